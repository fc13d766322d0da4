#include "vmm/conclusion.h"

#include "vmm/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int conclusion_of_failure(const struct reason *why)
{
	struct reason line = *why;

	for (char *at = line.text; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = '?';
	terminal_restore();
	fprintf(stderr, "mayfly: %s\n", line.text);
	return STATUS_ERROR;
}

static int of_exit(uint32_t value)
{
	if (value <= STATUS_GUEST_MAX)
		return (int)value;
	fprintf(stderr,
		"mayfly: the guest wrote %u to the exit port; the status is "
		"%d\n",
		value, STATUS_GUEST_MAX);
	return STATUS_GUEST_MAX;
}

static int of_report(const struct ending *ending, int status)
{
	fprintf(stderr, "mayfly: %s", ending->report);
	return status;
}

int conclusion_of(struct ending *ending, const struct outlet *console)
{
	if (console->error && console->error != EPIPE)
		fprintf(stderr,
			"mayfly: standard output: %s; the rest of the "
			"guest's output is lost\n",
			strerror(console->error));
	switch (ending_get(ending)) {
	case ENDING_EXIT:
		return of_exit(ending->value);
	case ENDING_DIED:
		return of_report(ending, STATUS_DIED);
	case ENDING_HOST:
		return of_report(ending, STATUS_ERROR);
	case ENDING_TIMEOUT:
		return STATUS_TIMEOUT;
	case ENDING_SIGNAL:
		return STATUS_SIGNAL + (int)ending->value;
	default:
		return 0;
	}
}
