/*
 * What a start takes that does not depend on who else uses the machine.
 */
#ifndef TESTS_BENCH_COUNTS_H
#define TESTS_BENCH_COUNTS_H

#include "tests/bench/table.h"

#include <stdio.h>

/* A table with a row for each monitor's run of the first machine. */
void counts_print(FILE *out, const struct series *series, unsigned count);

#endif
