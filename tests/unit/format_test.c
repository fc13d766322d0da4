/* vmm/format: what it knows, it writes as the C library does. */
#include "vmm/format.h"

#include "tests/unit/unit.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static char text[64];
static int length;

__attribute__((format(printf, 2, 3))) static void
write_text(size_t size, const char *format, ...)
{
	va_list arguments;

	memset(text, '#', sizeof(text));
	va_start(arguments, format);
	length = format_text(text, size, format, arguments);
	va_end(arguments);
}

#define CHECK_TEXT(want, ...)                                                  \
	do {                                                                   \
		write_text(sizeof(text), __VA_ARGS__);                         \
		CHECK(!strcmp(text, want));                                    \
		CHECK(length == (int)strlen(want));                            \
	} while (0)

CASE(text_and_characters)
{
	CHECK_TEXT("", "%s", "");
	CHECK_TEXT("100% of a", "100%% of %c", 'a');
	CHECK_TEXT("one, two", "%s, %s", "one", "two");
	CHECK_TEXT("  one|", "%5s|", "one");
	CHECK_TEXT("on|one", "%.2s|%.9s", "one", "one");
	CHECK_TEXT("o||e", "%.*s|%.*s|%s", 1, "one", 0, "two", "e");
}

CASE(a_text_with_a_precision_needs_no_end)
{
	const char three[3] = { 'a', 'b', 'c' };

	CHECK_TEXT("abc", "%.3s", three);
	CHECK_TEXT("ab", "%.*s", 2, three);
}

CASE(numbers)
{
	CHECK_TEXT("0 0 0", "%d %u %x", 0, 0U, 0U);
	CHECK_TEXT("-1 4294967295", "%d %u", -1, UINT_MAX);
	CHECK_TEXT("-2147483648", "%d", INT_MIN);
	CHECK_TEXT("deadbeef DEADBEEF", "%x %X", 0xdeadbeef, 0xdeadbeef);
	CHECK_TEXT("-9223372036854775808", "%ld", LONG_MIN);
	CHECK_TEXT("18446744073709551615", "%llu", ULLONG_MAX);
	CHECK_TEXT("ffffffffffffffff", "%lx", ULONG_MAX);
	CHECK_TEXT("18446744073709551615", "%zu", SIZE_MAX);
	CHECK_TEXT("255 -1", "%hhu %hd", (unsigned char)255, (short)-1);
}

CASE(widths)
{
	CHECK_TEXT("   42|00042", "%5u|%05u", 42U, 42U);
	CHECK_TEXT("  -42|-0042", "%5d|%05d", -42, -42);
	CHECK_TEXT("0a 1ff", "%02x %02x", 0xaU, 0x1ffU);
	CHECK_TEXT("00000000000000000000000000000001", "%032x", 1U);
}

CASE(what_does_not_fit_is_counted)
{
	write_text(4, "%s%u", "ab", 345U);
	CHECK(!memcmp(text, "ab3\0#", 5));
	CHECK(length == 5);
	write_text(1, "%s", "ab");
	CHECK(!memcmp(text, "\0#", 2));
	CHECK(length == 2);
	write_text(0, "%s", "ab");
	CHECK(text[0] == '#');
	CHECK(length == 2);
}

/* In the release build this is ours, in the other the C library's. */
CASE(a_file_takes_any_length)
{
	static char read_back[5000];
	FILE *file = tmpfile();

	CHECK(file && fprintf(file, "%04000x|%s", 7U, "end") == 4004);
	rewind(file);
	CHECK(fread(read_back, 1, sizeof(read_back), file) == 4004);
	CHECK(!strcmp(read_back + 3999, "7|end"));
	fclose(file);
}

RUN("format", &text_and_characters, &a_text_with_a_precision_needs_no_end,
    &numbers, &widths, &what_does_not_fit_is_counted, &a_file_takes_any_length)
