#include "vmm/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(struct reason *why, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(why->text, sizeof(why->text), format, values);
	va_end(values);
	return false;
}

/* What goes in front is cut rather than the reason: it may be a long path. */
bool fail_in(struct reason *why, const char *format, ...)
{
	struct reason inner = *why;
	size_t room = sizeof(why->text) - strlen(": ");
	size_t most = room - strnlen(inner.text, room / 2);
	va_list values;
	size_t length;

	va_start(values, format);
	vsnprintf(why->text, most, format, values);
	va_end(values);
	length = strlen(why->text);
	snprintf(why->text + length, sizeof(why->text) - length, ": %s",
		 inner.text);
	return false;
}
