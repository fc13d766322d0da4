/*
 * order: how long a start takes that does one thing otherwise.
 *
 *	order [-n RUNS] [-b] [-c] [WORDS...]
 *
 * Each variant (with WORDS, those whose name has one in it) is run in turn with
 * what it is compared to, A B B A, each time as a process of its own. Printed
 * are medians in microseconds, and the median of the ratios pair by pair.
 *
 * -b: while another process uses all of a CPU.
 * -c: instead, the median of each call's time: all of the base's, and what is
 *     different in the variants.
 */
#include "tests/bench/order.h"

#include "vmm/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS_MAX 2000
#define WARM_UP  5

extern char **environ;

enum measure { FIRST_EXIT, END_TO_REAPED, REAPED, MEASURES };

/* Of each measure, both sides' samples, in microseconds, and their ratios. */
static double samples[2][MEASURES][RUNS_MAX], ratios[MEASURES][RUNS_MAX];

static void fail_with(const char *what)
{
	perror(what);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), by_value);
	return count ? (values[count / 2] + values[(count - 1) / 2]) / 2 : 0;
}

/* Runs the variant once: its report, and when it began and was reaped. */
static void run_once(unsigned index, const char *flag,
		     struct order_report *report, uint64_t span[2])
{
	char number[16];
	char *arguments[] = { "order", (char *)flag, number, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	pid_t pid;

	snprintf(number, sizeof(number), "%u", index);
	if (pipe2(ends, O_CLOEXEC))
		fail_with("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], ORDER_REPORT_FD);
	span[0] = clock_ns(CLOCK_MONOTONIC);
	if (posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments,
			environ))
		fail_with("posix_spawn");
	if (waitpid(pid, &status, 0) != pid)
		fail_with("waitpid");
	span[1] = clock_ns(CLOCK_MONOTONIC);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status || read(ends[0], report, sizeof(*report)) !=
			  (ssize_t)sizeof(*report)) {
		fprintf(stderr, "order: variant %s failed\n",
			order_variants[index].name);
		exit(1);
	}
	close(ends[0]);
}

static void sample(unsigned index, unsigned side, unsigned run)
{
	struct order_report report;
	uint64_t span[2];

	run_once(index, "--start", &report, span);
	samples[side][FIRST_EXIT][run] =
	    (double)(report.first_exit_ns - span[0]) / 1e3;
	samples[side][END_TO_REAPED][run] =
	    (double)(span[1] - report.end_ns) / 1e3;
	samples[side][REAPED][run] = (double)(span[1] - span[0]) / 1e3;
}

/* A B, B A, A B: what comes at a fixed rate on the host hits both sides. */
static void sample_pair(unsigned base, unsigned index, unsigned run)
{
	if (run % 2)
		sample(index, 1, run);
	sample(base, 0, run);
	if (run % 2 == 0)
		sample(index, 1, run);
}

static unsigned base_of(unsigned index)
{
	const char *name = order_variants[index].base;

	for (unsigned i = 0; name && i < order_variant_count; i++)
		if (!strcmp(order_variants[i].name, name))
			return i;
	return 0;
}

static void compare(unsigned index, unsigned runs)
{
	unsigned base = base_of(index);

	for (unsigned i = 0; i < WARM_UP; i++)
		sample_pair(base, index, 0);
	for (unsigned i = 0; i < runs; i++) {
		sample_pair(base, index, i);
		for (unsigned m = 0; m < MEASURES; m++)
			ratios[m][i] = samples[1][m][i] / samples[0][m][i];
	}
	printf("| %s |", order_variants[index].name);
	for (unsigned m = 0; m < MEASURES; m++)
		printf(" %.0f | %.0f | %.2f |", median(samples[0][m], runs),
		       median(samples[1][m], runs), median(ratios[m], runs));
	printf("\n");
	fflush(stdout);
}

/* The calls of a start, each with its median time. */
struct call_costs {
	unsigned count;
	struct order_call calls[ORDER_CALLS_MAX];
};

static void time_calls(unsigned index, unsigned runs, struct call_costs *costs)
{
	static double times[ORDER_CALLS_MAX][RUNS_MAX];
	struct order_report report = { 0 };
	uint64_t span[2];

	for (unsigned run = 0; run < runs; run++) {
		run_once(index, "--time-calls", &report, span);
		for (unsigned i = 0; i < report.call_count; i++)
			times[i][run] = (double)report.calls[i].ns;
	}
	costs->count = report.call_count;
	memcpy(costs->calls, report.calls, sizeof(costs->calls));
	for (unsigned i = 0; i < costs->count; i++)
		costs->calls[i].ns = (uint64_t)median(times[i], runs);
}

/* Of several calls of that name, the first. */
static const struct order_call *find_call(const struct call_costs *costs,
					  const char *name)
{
	for (unsigned i = 0; i < costs->count; i++)
		if (!strcmp(costs->calls[i].name, name))
			return &costs->calls[i];
	return NULL;
}

/* Worth a line: a call that the base has not, or with another price. */
static bool is_news(const struct call_costs *base,
		    const struct order_call *call)
{
	const struct order_call *same = find_call(base, call->name);
	double change = same ? (double)call->ns - (double)same->ns : 0;

	return !same || change > 5000 + 0.25 * (double)same->ns ||
	       -change > 5000 + 0.25 * (double)call->ns;
}

static void print_calls(unsigned index, unsigned runs)
{
	static struct call_costs base, costs;
	const struct order_call *call;

	time_calls(index, runs, &costs);
	if (index == 0)
		base = costs;
	for (unsigned i = 0; i < costs.count; i++) {
		call = &costs.calls[i];
		if (index && (call != find_call(&costs, call->name) ||
			      !is_news(&base, call)))
			continue;
		printf("| %s | %s | %.1f |\n", order_variants[index].name,
		       call->name, (double)call->ns / 1e3);
	}
	fflush(stdout);
}

/* Only the first thread's calls can be timed, and not too many of them. */
static bool can_time_calls(const struct choices *choices)
{
	return choices->threads == THREADS_ONE && !choices->life_ms &&
	       choices->vcpus <= 1;
}

static bool is_asked_for(unsigned index, char **words)
{
	if (!*words)
		return true;
	for (; *words; words++)
		if (strstr(order_variants[index].name, *words))
			return true;
	return false;
}

static pid_t start_hog(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			;
	return pid;
}

static void print_all_calls(unsigned runs, char **words)
{
	printf("| variant | call | us |\n|---|---|---|\n");
	for (unsigned i = 0; i < order_variant_count; i++)
		if (can_time_calls(&order_variants[i]) &&
		    (i == 0 || is_asked_for(i, words)))
			print_calls(i, runs);
}

static void compare_all(unsigned runs, char **words)
{
	printf("| variant | first exit: base | it | ratio | end to reaped: "
	       "base | it | ratio | exec to reaped: base | it | ratio |\n"
	       "|---|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned i = 1; i < order_variant_count; i++)
		if (is_asked_for(i, words))
			compare(i, runs);
}

static void start_asked_for(int argc, char **argv)
{
	bool timed = argc == 3 && !strcmp(argv[1], "--time-calls");

	if (timed || (argc == 3 && !strcmp(argv[1], "--start")))
		order_start(&order_variants[atoi(argv[2])], timed);
}

static unsigned parse_runs(const char *text)
{
	int runs = atoi(text);

	if (runs >= 1 && runs <= RUNS_MAX)
		return (unsigned)runs;
	fprintf(stderr, "order: -n 1 to %u\n", RUNS_MAX);
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned runs = 200;
	bool calls = false;
	pid_t hog = 0;
	int option;

	start_asked_for(argc, argv);
	while ((option = getopt(argc, argv, "n:bc")) != -1) {
		if (option == 'n')
			runs = parse_runs(optarg);
		else if (option == 'b')
			hog = start_hog();
		else if (option == 'c')
			calls = true;
		else
			return 1;
	}
	(calls ? print_all_calls : compare_all)(runs, argv + optind);
	if (hog > 0)
		kill(hog, SIGKILL);
	return 0;
}
