/*
 * A start, step by step: from execve to the first KVM_RUN, by ptrace.
 */
#ifndef TESTS_BENCH_STEPS_H
#define TESTS_BENCH_STEPS_H

#include <stdbool.h>

/*
 * Those on the path are those of the thread that runs the guest, and of the
 * one that created it, until it did, and so on: in other threads, others may be
 * made at the same time.
 */
struct steps {
	unsigned long calls, all_calls; /* on the path, and all; KVM_RUN too */
	unsigned long faults;           /* of pages, in all threads */
	unsigned long instructions;     /* in user space, on the path */
};

/* More instructions than these are not waited for: then `instructions` is 0. */
enum { STEPS_MAX = 200000 };

bool steps_count(char **argv, struct steps *found);

#endif
