/*
 * The command that shows the compiled-in CPU model: `mayfly cpu`.
 */
#ifndef VMM_SHOW_CPU_H
#define VMM_SHOW_CPU_H

#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Prints the compiled-in CPU model: its name and features, or with `raw` its
 * CPUID table in the format of `cpuid -r`. With `check`, only what this host
 * lacks of it, a feature a line. Returns a status of doctor.h, with the reason
 * for DOCTOR_BROKEN.
 */
int show_cpu(bool raw, bool check, struct reason *why);

#endif
