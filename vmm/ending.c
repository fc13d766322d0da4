#include "vmm/ending.h"

#include "vmm/timeline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void ending_init(struct ending *ending, int wake_fd)
{
	ending->wake_fd = wake_fd;
	ending->value = 0;
	ending->report[0] = '\0';
	atomic_store(&ending->kind, ENDING_NONE);
	atomic_store(&ending->claimed, 0);
}

bool ending_claim(struct ending *ending)
{
	int nobody = 0;

	return atomic_compare_exchange_strong(&ending->claimed, &nobody, 1);
}

void ending_declare(struct ending *ending, enum ending_kind kind)
{
	timeline_mark(TIMELINE_GUEST_END);
	atomic_store(&ending->kind, kind);
	ending_wake(ending);
}

void ending_by_host(struct ending *ending, const char *format, ...)
{
	size_t room = sizeof(ending->report) - 1;
	va_list values;

	if (!ending_claim(ending))
		return;
	va_start(values, format);
	vsnprintf(ending->report, room, format, values);
	va_end(values);
	memcpy(ending->report + strlen(ending->report), "\n", 2);
	ending_declare(ending, ENDING_HOST);
}

void ending_set(struct ending *ending, enum ending_kind kind, uint32_t value)
{
	if (!ending_claim(ending))
		return;
	ending->value = value;
	ending_declare(ending, kind);
}

enum ending_kind ending_get(struct ending *ending)
{
	return (enum ending_kind)atomic_load(&ending->kind);
}

void ending_wake(const struct ending *ending)
{
	const uint64_t one = 1;
	int error = errno;

	/* It can fail only when the count is full, and then main is awake. */
	if (write(ending->wake_fd, &one, sizeof(one)) < 0)
		errno = error;
}
