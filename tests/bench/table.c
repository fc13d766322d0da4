#include "tests/bench/table.h"

#include <stdlib.h>
#include <string.h>

static const char *const titles[] = {
	[METRIC_FIRST] = "exec → first guest instruction, µs",
	[METRIC_LIFE] = "exec → process reaped, µs",
	[METRIC_TEARDOWN] = "the guest's exit → process reaped, µs",
};

static double value(const struct sample *sample, enum metric metric)
{
	switch (metric) {
	case METRIC_FIRST:
		return sample->first;
	case METRIC_LIFE:
		return sample->life;
	default:
		return sample->teardown;
	}
}

static int ascending(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

/* Of sorted values: the nearest rank. */
static double percentile(const double *sorted, unsigned count, unsigned percent)
{
	unsigned rank = (count * percent + 99) / 100;

	return sorted[rank ? rank - 1 : 0];
}

/* Those that could be measured, sorted; returns how many. */
static unsigned sorted_values(const struct series *series, enum metric metric,
			      unsigned rounds, double *values)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rounds; i++)
		if (value(&series->samples[i], metric) >= 0)
			values[count++] = value(&series->samples[i], metric);
	qsort(values, count, sizeof(*values), ascending);
	return count;
}

/* The median of a / b, round by round; less than 0: there is none. */
static double median_ratio(const struct series *a, const struct series *b,
			   enum metric metric, unsigned rounds)
{
	static double ratios[ROUNDS_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < rounds; i++) {
		double of = value(&a->samples[i], metric);
		double to = value(&b->samples[i], metric);

		if (of >= 0 && to > 0)
			ratios[count++] = of / to;
	}
	qsort(ratios, count, sizeof(*ratios), ascending);
	return count ? percentile(ratios, count, 50) : -1;
}

static const struct series *find(const struct series *series, unsigned count,
				 const char *monitor, const struct setup *setup)
{
	for (unsigned i = 0; i < count; i++)
		if (series[i].cell.setup == setup &&
		    !strcmp(plan_monitor_name(series[i].cell.monitor), monitor))
			return &series[i];
	return NULL;
}

static void print_ratio(FILE *out, const struct series *of,
			const struct series *to, enum metric metric,
			unsigned rounds)
{
	double ratio =
	    of && to && to != of ? median_ratio(of, to, metric, rounds) : -1;

	if (ratio < 0)
		fprintf(out, " %8s |", "");
	else
		fprintf(out, " %8.*f |", ratio < 0.1 ? 3 : 2, ratio);
}

static void print_row(FILE *out, enum metric metric, const struct series *all,
		      unsigned count, const struct series *row, unsigned rounds)
{
	static double values[ROUNDS_MAX];
	unsigned found = sorted_values(row, metric, rounds, values);
	const char *name = plan_monitor_name(row->cell.monitor);
	const struct setup *setup = row->cell.setup;

	if (!found)
		return;
	fprintf(out, "| %-19s | %-15s |", setup->name, name);
	fprintf(out, " %7.0f | %7.0f | %7.0f | %7.0f |", values[0],
		percentile(values, found, 50), percentile(values, found, 90),
		percentile(values, found, 99));
	print_ratio(out, row,
		    find(all, count, plan_monitor_name(MONITOR_FLOOR), setup),
		    metric, rounds);
	print_ratio(
	    out, find(all, count, plan_monitor_name(MONITOR_QEMU_BIOS), setup),
	    row, metric, rounds);
	print_ratio(out, row, find(all, count, name, &plan_setups[0]), metric,
		    rounds);
	fputs("\n", out);
}

void table_print(FILE *out, enum metric metric, const struct series *series,
		 unsigned count, unsigned rounds)
{
	static double values[ROUNDS_MAX];

	if (!count || !sorted_values(series, metric, rounds, values))
		return; /* without the tracepoint */
	fprintf(out, "**%s**\n\n", titles[metric]);
	fprintf(out,
		"| %-19s | %-15s | %7s | %7s | %7s | %7s | %8s | %8s | "
		"%8s |\n",
		"guest", "monitor", "min", "p50", "p90", "p99", "/ floor",
		"QEMU /", "/ 1 vCPU");
	fputs("|---------------------|-----------------|--------:|--------:|"
	      "--------:|--------:|---------:|---------:|---------:|\n",
	      out);
	for (unsigned i = 0; i < plan_setup_count; i++)
		for (unsigned j = 0; j < count; j++)
			if (series[j].cell.setup == &plan_setups[i])
				print_row(out, metric, series, count,
					  &series[j], rounds);
	fputs("\n", out);
}
