/*
 * The host's clocks. No chip includes this: a chip is told the time.
 */
#ifndef VMM_CLOCK_H
#define VMM_CLOCK_H

#include "vmm/chip.h"

#include <stdint.h>
#include <time.h>

/* The time of CLOCK_MONOTONIC or CLOCK_REALTIME; no system call, as a rule. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

#endif
