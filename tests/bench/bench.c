/*
 * bench [-r ROUNDS] [-d DIRECTORY] [-m MAYFLY]: how long mayfly, the floor
 * (floor.c), QEMU's microvm and what else is on PATH take to start and end a
 * tiny guest. A round runs every cell of the plan once: machine by machine, the
 * monitors of each one after the other in an order drawn anew, so that what
 * disturbs the host disturbs all alike, and none always comes after the same.
 *
 * DIRECTORY (build/bench) has the guests and the floor, and gets samples.csv
 * (microseconds, a line a run) and table.md, which is printed too. Ends with 0,
 * 1 when a run failed or was interrupted, 125 when there is no beginning.
 */
#include "tests/bench/counts.h"
#include "tests/bench/host.h"
#include "tests/bench/plan.h"
#include "tests/bench/run.h"
#include "tests/bench/table.h"
#include "tests/bench/trace.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM_UPS = 3, TRIALS = 7, ROUNDS = 200 };

static struct series series[CELLS_MAX];
static unsigned series_count;
static bool traced;

static const char *directory = "build/bench", *mayfly = "build/mayfly";
static unsigned rounds = ROUNDS;

static bool run_cell(const struct cell *cell, struct sample *sample,
		     struct reason *why)
{
	return run_timed((char **)cell->argv, cell->status, traced, sample,
			 why);
}

/* Shortens `life` where a run took less; -1 where there is none. */
static void try_monitor(enum monitor_id monitor, double *life,
			struct reason *why)
{
	struct sample sample;
	struct cell cell;

	if (*life < 0)
		return;
	if (!plan_cell(monitor, &plan_setups[0], false, &cell, why) ||
	    !run_cell(&cell, &sample, why))
		*life = -1;
	else if (*life == 0 || sample.life < *life)
		*life = sample.life;
}

static bool add_cell(enum monitor_id monitor, const struct setup *setup,
		     struct reason *why)
{
	struct series *next = &series[series_count];

	if (!plan_cell(monitor, setup, false, &next->cell, why))
		return true; /* it is not in the plan */
	for (unsigned i = 0; i < WARM_UPS; i++)
		if (!run_cell(&next->cell, &next->samples[0], why))
			return fail_in(why, "%s", setup->name);
	series_count++;
	return true;
}

/* Whether a monitor is timed; QEMU by the faster of its two ways in. */
static bool is_timed(enum monitor_id monitor, const double *lives)
{
	double bios = lives[MONITOR_QEMU_BIOS], pvh = lives[MONITOR_QEMU_PVH];

	if (lives[monitor] < 0)
		return false;
	if (monitor == MONITOR_QEMU_BIOS)
		return pvh < 0 || bios <= pvh;
	if (monitor == MONITOR_QEMU_PVH)
		return bios < 0 || pvh < bios;
	return true;
}

static void tell_qemu(FILE *notes, const double *lives)
{
	double bios = lives[MONITOR_QEMU_BIOS], pvh = lives[MONITOR_QEMU_PVH];

	if (bios >= 0 && pvh >= 0)
		fprintf(notes,
			"QEMU has the guest as its %s: at best %.0f µs with "
			"-bios, %.0f with -kernel, by qboot and PVH.\n",
			bios <= pvh ? "firmware" : "kernel", bios, pvh);
}

/* Finds out what runs here, and warms it up. */
static bool make_series(FILE *notes, struct reason *why)
{
	double lives[MONITOR_COUNT] = { 0 };

	for (unsigned i = 0; i < TRIALS * MONITOR_COUNT; i++) {
		enum monitor_id monitor = i % MONITOR_COUNT;
		bool failed = lives[monitor] < 0;

		try_monitor(monitor, &lives[monitor], why);
		if (failed || lives[monitor] >= 0)
			continue;
		if (monitor <= MONITOR_MAYFLY)
			return false;
		fprintf(notes, "Not timed: %s.\n", why->text);
	}
	tell_qemu(notes, lives);
	fputs("Solo5's hvt runs only guests that are built for it.\n", notes);
	for (unsigned i = 0; i < plan_setup_count; i++)
		for (unsigned j = 0; j < MONITOR_COUNT; j++)
			if (is_timed((enum monitor_id)j, lives) &&
			    !add_cell((enum monitor_id)j, &plan_setups[i], why))
				fprintf(notes, "Not timed: %s.\n", why->text);
	return true;
}

/* xorshift; the same orders in each run of the benchmark. */
static unsigned draw(unsigned below)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static void shuffle(unsigned *order, unsigned from, unsigned to)
{
	for (unsigned i = to; i > from + 1; i--) {
		unsigned j = from + draw(i - from), kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
}

/* An order of a round: machines stay together, in theirs. */
static void draw_order(unsigned *order)
{
	unsigned from = 0;

	for (unsigned i = 0; i < series_count; i++)
		order[i] = i;
	for (unsigned i = 1; i <= series_count; i++)
		if (i == series_count ||
		    series[i].cell.setup != series[from].cell.setup) {
			shuffle(order, from, i);
			from = i;
		}
}

static bool run_round(unsigned round, struct reason *why)
{
	unsigned order[CELLS_MAX];

	draw_order(order);
	for (unsigned i = 0; i < series_count; i++) {
		struct series *one = &series[order[i]];

		if (!run_cell(&one->cell, &one->samples[round], why))
			return fail_in(why, "%s", one->cell.setup->name);
	}
	return true;
}

static FILE *create(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w+");
	if (!file)
		fprintf(stderr, "bench: %s: cannot write\n", path);
	return file;
}

static void write_number(FILE *csv, double number)
{
	if (number < 0)
		fputs(",", csv);
	else
		fprintf(csv, ",%.3f", number);
}

static bool write_samples(void)
{
	FILE *csv = create("samples.csv");

	if (!csv)
		return false;
	fputs("round,monitor,guest,first_us,life_us,teardown_us\n", csv);
	for (unsigned i = 0; i < rounds; i++)
		for (unsigned j = 0; j < series_count; j++) {
			const struct cell *cell = &series[j].cell;
			const struct sample *sample = &series[j].samples[i];

			fprintf(csv, "%u,%s,\"%s\"", i,
				plan_monitor_name(cell->monitor),
				cell->setup->name);
			write_number(csv, sample->first);
			write_number(csv, sample->life);
			write_number(csv, sample->teardown);
			fputs("\n", csv);
		}
	return !fclose(csv);
}

static void copy(FILE *from, FILE *to)
{
	int byte;

	rewind(from);
	while ((byte = getc(from)) != EOF)
		putc(byte, to);
}

static bool write_tables(FILE *notes)
{
	FILE *out = create("table.md");

	if (!out)
		return false;
	host_print(out, rounds);
	fputs("\n", out);
	for (int i = METRIC_FIRST; i <= METRIC_TEARDOWN; i++)
		table_print(out, (enum metric)i, series, series_count, rounds);
	counts_print(out, series, series_count);
	copy(notes, out);
	copy(out, stdout);
	return !fclose(out);
}

static bool measure(FILE *notes, struct reason *why)
{
	if (!make_series(notes, why))
		return false;
	for (unsigned i = 0; i < rounds; i++) {
		if (!run_round(i, why))
			return false;
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\rround %u of %u ", i + 1, rounds);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return true;
}

static bool parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:d:m:")) >= 0) {
		if (option == 'r')
			rounds = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'd')
			directory = optarg;
		else if (option == 'm')
			mayfly = optarg;
		else
			return false;
	}
	return optind == argc && rounds > 0 && rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
	struct reason why = { 0 };
	FILE *notes = tmpfile();
	bool done;

	if (!parse(argc, argv) || !notes) {
		fprintf(stderr,
			"usage: bench [-r ROUNDS] [-d DIRECTORY] [-m MAYFLY]; "
			"at most %d rounds\n",
			ROUNDS_MAX);
		return 125;
	}
	fcntl(fileno(notes), F_SETFD, FD_CLOEXEC); /* no monitor's */
	plan_init(directory, mayfly);
	run_catch_signals();
	traced = trace_open(&why);
	if (!traced)
		fprintf(notes,
			"No tracepoint (%s): only whole lives are compared.\n",
			why.text);
	done = measure(notes, &why);
	trace_close();
	if (!done) {
		fprintf(stderr, "bench: %s\n", why.text);
		return 1;
	}
	done = write_samples() && write_tables(notes);
	return done && !run_interrupted() ? 0 : 1;
}
