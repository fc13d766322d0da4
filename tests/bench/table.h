/*
 * Samples become tables, in Markdown that is read as it is, too.
 */
#ifndef TESTS_BENCH_TABLE_H
#define TESTS_BENCH_TABLE_H

#include "tests/bench/plan.h"
#include "tests/bench/run.h"

#include <stdio.h>

enum { ROUNDS_MAX = 5000 };
enum metric { METRIC_FIRST, METRIC_LIFE, METRIC_TEARDOWN };

/* A cell and its samples, one a round: those of a round were taken together. */
struct series {
	struct cell cell;
	struct sample samples[ROUNDS_MAX];
};

/*
 * A row for each series: minimum and percentiles in microseconds, and the
 * medians of ratios, round by round: to the floor, and of QEMU to it, with the
 * same machine, and to the same monitor's with the first one.
 */
void table_print(FILE *out, enum metric metric, const struct series *series,
		 unsigned count, unsigned rounds);

#endif
