#include "vmm/format.h"

#include <assert.h>
#include <features.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Where it goes: what does not fit is counted, or makes room in `file`. */
struct sink {
	char *text;
	size_t used, size;
	size_t length; /* of all of it */
	FILE *file;    /* or NULL */
};

static bool flush(struct sink *sink)
{
	size_t used = sink->used;

	sink->used = 0;
	return fwrite(sink->text, 1, used, sink->file) == used;
}

static void put(struct sink *sink, char c)
{
	sink->length++;
	if (sink->used == sink->size && sink->file)
		flush(sink);
	if (sink->used < sink->size)
		sink->text[sink->used++] = c;
}

/* What stands between % and the conversion. */
struct field {
	char pad; /* a space, or a zero */
	size_t width;
	size_t most; /* characters of a text */
	bool is_long;
};

static void put_field(struct sink *sink, const struct field *field,
		      const char *text, size_t length)
{
	for (size_t i = length; i < field->width; i++)
		put(sink, field->pad);
	for (size_t i = 0; i < length; i++)
		put(sink, text[i]);
}

static void put_number(struct sink *sink, struct field *field, uint64_t value,
		       bool is_negative, char conversion)
{
	const char *digits =
	    conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = conversion == 'x' || conversion == 'X' ? 16 : 10;
	char text[24], *first = text + sizeof(text);

	do {
		*--first = digits[value % base];
		value /= base;
	} while (value);
	if (is_negative && field->pad == '0') {
		put(sink, '-');
		field->width -= field->width > 0;
	} else if (is_negative) {
		*--first = '-';
	}
	put_field(sink, field, first, (size_t)(text + sizeof(text) - first));
}

static const char *read_number(const char *format, size_t *number)
{
	for (*number = 0; *format >= '0' && *format <= '9'; format++)
		*number = *number * 10 + (size_t)(*format - '0');
	return format;
}

/* h and hh are promoted; of this machine's longs all have 64 bits. */
static const char *read_length(const char *format, struct field *field)
{
	while (*format == 'h')
		format++;
	field->is_long = *format == 'l' || *format == 'z';
	while (*format == 'l' || *format == 'z')
		format++;
	return format;
}

/* In a struct, so that a pointer to it can be passed on. */
struct arguments {
	va_list list;
};

static const char *read_field(const char *format, struct field *field,
			      struct arguments *arguments)
{
	*field = (struct field){ .pad = *format == '0' ? '0' : ' ',
				 .most = SIZE_MAX };
	format = read_number(format, &field->width);
	if (*format != '.')
		return read_length(format, field);
	if (*++format != '*')
		return read_number(format, &field->most);
	field->most = (size_t)va_arg(arguments->list, int);
	return format + 1;
}

static void put_signed(struct sink *sink, struct field *field,
		       struct arguments *arguments)
{
	int64_t value = field->is_long ? va_arg(arguments->list, long)
				       : va_arg(arguments->list, int);
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

	put_number(sink, field, size, value < 0, 'd');
}

static void convert(struct sink *sink, struct field *field, char conversion,
		    struct arguments *arguments)
{
	const char *text;
	char c;

	switch (conversion) {
	case '%':
		put(sink, '%');
		break;
	case 'c':
		c = (char)va_arg(arguments->list, int);
		put_field(sink, field, &c, 1);
		break;
	case 's':
		text = va_arg(arguments->list, const char *);
		put_field(sink, field, text, strnlen(text, field->most));
		break;
	case 'd':
		put_signed(sink, field, arguments);
		break;
	case 'u':
	case 'x':
	case 'X':
		put_number(sink, field,
			   field->is_long
			       ? va_arg(arguments->list, unsigned long)
			       : va_arg(arguments->list, unsigned),
			   false, conversion);
		break;
	default:
		assert(false); /* no conversion that is known here */
	}
}

static void put_all(struct sink *sink, const char *format, va_list list)
{
	struct arguments arguments;
	struct field field;

	va_copy(arguments.list, list);
	for (; *format; format++) {
		if (*format != '%') {
			put(sink, *format);
			continue;
		}
		format = read_field(format + 1, &field, &arguments);
		convert(sink, &field, *format, &arguments);
	}
	va_end(arguments.list);
}

int format_text(char *text, size_t size, const char *format, va_list arguments)
{
	struct sink sink = { .text = text, .size = size ? size - 1 : 0 };

	put_all(&sink, format, arguments);
	if (size)
		text[sink.used] = '\0';
	return (int)sink.length;
}

#ifndef __GLIBC__

int vsnprintf(char *restrict text, size_t size, const char *restrict format,
	      va_list arguments)
{
	return format_text(text, size, format, arguments);
}

/* A line is one write(), to standard error too, which has no buffer. */
int vfprintf(FILE *restrict file, const char *restrict format,
	     va_list arguments)
{
	char text[1024];
	struct sink sink = { .text = text, .size = sizeof(text), .file = file };

	put_all(&sink, format, arguments);
	return flush(&sink) ? (int)sink.length : -1;
}

#endif
