/*
 * The kernel's own clock for every monitor alike: the tracepoint kvm:kvm_pio,
 * in a tracefs instance of our own, for the marker's port and the exit port.
 */
#ifndef TESTS_BENCH_TRACE_H
#define TESTS_BENCH_TRACE_H

#include "vmm/reason.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct trace_stamps {
	uint64_t marker_ns; /* CLOCK_MONOTONIC; 0: not seen */
	uint64_t exit_ns;   /* the first write to the exit port after it */
};

/* Makes the instance; false where it cannot be had, and why. */
bool trace_open(struct reason *why);

/* Removes it; harmless where there is none. */
void trace_close(void);

/*
 * Takes all events out of the buffers; those of the threads of process
 * `process` from `since_ns` on become `stamps`. Others' guests do not count.
 */
void trace_take(pid_t process, uint64_t since_ns, struct trace_stamps *stamps);

#endif
