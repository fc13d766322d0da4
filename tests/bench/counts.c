#include "tests/bench/counts.h"

#include "board-pc/map.h"
#include "tests/bench/memory.h"
#include "tests/bench/steps.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* A guest that stays has long begun to. */
static const struct timespec settled = { .tv_nsec = 300 * 1000 * 1000 };

static bool measure_memory(const struct cell *like, struct footprint *found)
{
	struct reason why;
	struct cell cell;
	bool done;
	pid_t process;

	if (!plan_cell(like->monitor, like->setup, true, &cell, &why))
		return false;
	process = run_start(cell.argv);
	if (process < 0)
		return false;
	nanosleep(&settled, NULL);
	done = memory_measure(process, MIB(cell.setup->mib), found);
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
	return done;
}

static void print_row(FILE *out, const struct cell *cell)
{
	struct footprint memory = { 0 };
	struct steps steps = { 0 };
	char instructions[32] = "";

	if (!steps_count((char **)cell->argv, &steps) ||
	    !measure_memory(cell, &memory))
		return;
	if (steps.instructions)
		snprintf(instructions, sizeof(instructions), "%lu",
			 steps.instructions);
	else
		snprintf(instructions, sizeof(instructions), "> %d", STEPS_MAX);
	fprintf(out,
		"| %-15s | %8lu | %8lu | %12s | %8u | %8u | %7u | %9llu |\n",
		plan_monitor_name(cell->monitor), steps.calls, steps.faults,
		instructions, memory.resident_kib, memory.dirty_kib,
		memory.threads, (unsigned long long)memory.file_bytes / 1024);
}

void counts_print(FILE *out, const struct series *series, unsigned count)
{
	fputs("**what a start takes, 1 vCPU, 128 MiB** (from execve to the "
	      "first KVM_RUN, all threads; KiB of memory besides the guest's "
	      "RAM while it runs; KiB of files with code)\n\n"
	      "| monitor         |    calls |   faults | instructions | "
	      "resident |    dirty | threads |     files |\n"
	      "|-----------------|---------:|---------:|-------------:|"
	      "---------:|---------:|--------:|----------:|\n",
	      out);
	for (unsigned i = 0; i < count; i++)
		if (series[i].cell.setup == &plan_setups[0])
			print_row(out, &series[i].cell);
	fputs("\n", out);
}
