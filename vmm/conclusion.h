/*
 * What is said when a VM has ended, and the exit status of mayfly.
 */
#ifndef VMM_CONCLUSION_H
#define VMM_CONCLUSION_H

#include "vmm/ending.h"
#include "vmm/outlet.h"
#include "vmm/reason.h"

/* Exit statuses; 0 to STATUS_GUEST_MAX are the guest's own. */
enum {
	STATUS_GUEST_MAX = 123,
	STATUS_TIMEOUT = 124,
	STATUS_ERROR = 125,
	STATUS_DIED = 126,
	STATUS_SIGNAL = 128,
};

/*
 * Says on standard error, in one line, what could not be done; whatever is in
 * the name of a file. Returns STATUS_ERROR.
 */
int conclusion_of_failure(const struct reason *why);

/* Says how the VM has ended, where there is something to say. */
int conclusion_of(struct ending *ending, const struct outlet *console);

#endif
