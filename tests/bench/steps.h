/*
 * A start, step by step: from execve to the first KVM_RUN, by ptrace.
 */
#ifndef TESTS_BENCH_STEPS_H
#define TESTS_BENCH_STEPS_H

#include <stdbool.h>

struct steps {
	unsigned long calls;        /* of all threads, the KVM_RUN too */
	unsigned long faults;       /* pages */
	unsigned long instructions; /* in user space, of all threads */
};

/* More instructions than these are not waited for: `instructions` is 0. */
enum { STEPS_MAX = 400000 };

bool steps_count(char **argv, struct steps *found);

#endif
