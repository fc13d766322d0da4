#include "vmm/syscall_names.h"

#include <stddef.h>

/* For each number its name or none, and an end; the Makefile makes them. */
static const char names[] =
#include <syscall_names.inc>
    ;

const char *syscall_name(unsigned number)
{
	const char *at = names, *end = names + sizeof(names) - 1;

	for (; number && at < end; number--)
		while (*at++)
			;
	return at < end && *at ? at : NULL;
}
