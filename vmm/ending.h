/*
 * How a VM ends. Whoever notices first says so, once; the thread that attends
 * to the VM, which sleeps in its event loop, is woken and carries it out.
 */
#ifndef VMM_ENDING_H
#define VMM_ENDING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum ending_kind {
	ENDING_NONE,     /* it runs */
	ENDING_POWEROFF, /* the guest turned itself off */
	ENDING_RESET,    /* the guest reset itself */
	ENDING_EXIT,     /* the guest wrote `value` to the exit port */
	ENDING_DIED,     /* the guest cannot go on; the report says why */
	ENDING_HOST,     /* the host let us down; the report says how */
	ENDING_TIMEOUT,  /* --timeout ran out */
	ENDING_SIGNAL,   /* signal `value` was sent to mayfly */
	ENDING_USER,     /* the user typed Ctrl-A x */
};

struct ending {
	atomic_int claimed; /* somebody is writing the rest */
	atomic_int kind;    /* enum ending_kind; the rest is valid when set */
	uint32_t value;
	int wake_fd;       /* eventfd that wakes the event loop */
	char report[4096]; /* lines for the user, or empty */
};

/* Before a VM starts, or starts again. Most of the report is left as it is. */
void ending_init(struct ending *ending, int wake_fd);

/*
 * Claims the right to end the VM: true for the first caller only, who then
 * fills in `value` and `report` and calls ending_declare.
 */
bool ending_claim(struct ending *ending);
void ending_declare(struct ending *ending, enum ending_kind kind);

/*
 * All of that for ENDING_HOST: the report is a line, without its end. Nothing
 * when somebody else was first.
 */
__attribute__((format(printf, 2, 3))) void
ending_by_host(struct ending *ending, const char *format, ...);

/* Both at once, for an ending without a report. */
void ending_set(struct ending *ending, enum ending_kind kind, uint32_t value);

enum ending_kind ending_get(struct ending *ending);

/* Wakes the event loop; safe in a signal handler. */
void ending_wake(const struct ending *ending);

#endif
