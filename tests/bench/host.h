/*
 * What a measurement was made on.
 */
#ifndef TESTS_BENCH_HOST_H
#define TESTS_BENCH_HOST_H

#include <stdio.h>

/* A line: CPU and how many, kernel, what serves KVM, the date, the rounds. */
void host_print(FILE *out, unsigned rounds);

#endif
