#include "tests/bench/counts.h"

#include "board-pc/map.h"
#include "tests/bench/memory.h"
#include "tests/bench/steps.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* What was just built is dirty in the page cache, as if its process wrote it.
 */
static void clean(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static void print_row(FILE *out, const struct cell *cell)
{
	struct footprint memory = { 0 };
	struct steps steps = { 0 };
	char instructions[32] = "";

	clean(cell->argv[0]);
	if (!steps_count((char **)cell->argv, &steps) ||
	    !measure_memory(cell, &memory))
		return;
	if (steps.instructions)
		snprintf(instructions, sizeof(instructions), "%lu",
			 steps.instructions);
	else
		snprintf(instructions, sizeof(instructions), "> %d", STEPS_MAX);
	fprintf(
	    out,
	    "| %-15s | %8lu | %8lu | %8lu | %12s | %8u | %8u | %7u | %9llu |\n",
	    plan_monitor_name(cell->monitor), steps.calls, steps.all_calls,
	    steps.faults, instructions, memory.resident_kib, memory.dirty_kib,
	    memory.threads, (unsigned long long)memory.file_bytes / 1024);
}

void counts_print(FILE *out, const struct series *series, unsigned count)
{
	fputs("**what a start takes, 1 vCPU, 128 MiB**\n\n"
	      "| monitor         |    calls | of all   |   faults | "
	      "instructions | resident |    dirty | threads |     files |\n"
	      "|-----------------|---------:|---------:|---------:|"
	      "-------------:|---------:|---------:|--------:|----------:|\n",
	      out);
	for (unsigned i = 0; i < count; i++)
		if (series[i].cell.setup == &plan_setups[0] &&
		    !run_interrupted())
			print_row(out, &series[i].cell);
	fputs(
	    "\nFrom execve to the first KVM_RUN: system calls on its path (the "
	    "thread's own, and its creator's until then), and those of all "
	    "threads until then; page faults; instructions in user space. "
	    "While the guest runs: KiB of memory besides its RAM, threads "
	    "(KVM's worker is one of them). KiB of the files that it runs "
	    "code of.\n\n",
	    out);
}
