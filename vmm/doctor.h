/*
 * The commands that look at the host: `mayfly doctor` and `mayfly cpu`.
 */
#ifndef VMM_DOCTOR_H
#define VMM_DOCTOR_H

#include "vmm/reason.h"

#include <stdbool.h>

enum {
	DOCTOR_WELL = 0,     /* nothing to mend */
	DOCTOR_COSTS = 1,    /* guests run, but something is slow or missing */
	DOCTOR_BROKEN = 125, /* no guest can run */
};

/*
 * Prints one line a check to standard output ("ok", "cost" or "bad", what was
 * found, what to do) and returns one of the above.
 */
int doctor(void);

/*
 * Prints the compiled-in CPU model: its name and features, or with `raw` its
 * CPUID table in the format of `cpuid -r`. With `check`, only what this host
 * lacks of it, a feature a line. Returns one of the above, with the reason for
 * DOCTOR_BROKEN.
 */
int doctor_cpu(bool raw, bool check, struct reason *why);

#endif
