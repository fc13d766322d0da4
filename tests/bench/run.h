/*
 * One run of a monitor, timed from outside it.
 */
#ifndef TESTS_BENCH_RUN_H
#define TESTS_BENCH_RUN_H

#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Microseconds of CLOCK_MONOTONIC. `first` and `teardown` are less than 0
 * where the kernel's tracepoint did not stamp the marker, or the exit.
 */
struct sample {
	double first;    /* from execve to the marker's OUT */
	double life;     /* from execve to the process reaped */
	double teardown; /* from the exit port's OUT to the process reaped */
};

/*
 * Runs argv[0], a path, with standard files on /dev/null. It must end with
 * `status`. The process is killed when this one ends, and after ten seconds.
 */
bool run_timed(char **argv, int status, bool traced, struct sample *sample,
	       struct reason *why);

/* Starts it like that, and returns its process; less than 0: it could not. */
int run_start(char **argv);

/* After SIGINT, SIGTERM or SIGHUP: no run goes on, and none begins. */
bool run_interrupted(void);
void run_catch_signals(void);

#endif
