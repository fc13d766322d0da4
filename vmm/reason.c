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

/* Of a place that is cut, this much stays: half, less ": " and the zero. */
#define PLACE_MIN (sizeof(((struct reason *)0)->text) / 2 - 3)

/* How much of a place there is room for in front of `reason`. */
static size_t place_max(const struct reason *reason)
{
	size_t room = sizeof(reason->text) - 3, taken = strlen(reason->text);

	return taken + PLACE_MIN < room ? room - taken : PLACE_MIN;
}

bool fail_in(struct reason *why, const char *format, ...)
{
	struct reason inner = *why;
	va_list values;
	size_t length;

	va_start(values, format);
	vsnprintf(why->text, sizeof(why->text), format, values);
	va_end(values);
	length = strnlen(why->text, place_max(&inner));
	snprintf(why->text + length, sizeof(why->text) - length, ": %s",
		 inner.text);
	return false;
}
