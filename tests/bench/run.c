#include "tests/bench/run.h"

#include "tests/bench/trace.h"
#include "vmm/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 10 };

static volatile sig_atomic_t interrupted, timed_out;
static volatile pid_t running;

/* The child of vfork() writes it, the parent reads it. */
static volatile uint64_t exec_ns;

static void on_signal(int signal)
{
	if (signal == SIGALRM)
		timed_out = 1;
	else
		interrupted = 1;
	if (running > 0)
		kill(running, SIGKILL);
}

void run_catch_signals(void)
{
	const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

bool run_interrupted(void)
{
	return interrupted;
}

/* In the child, on the parent's memory. The clock starts at the execve. */
static _Noreturn void become(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(null);
	exec_ns = clock_ns(CLOCK_MONOTONIC);
	execv(argv[0], argv);
	_exit(127);
}

int run_start(char **argv)
{
	pid_t child = vfork();

	if (!child)
		become(argv);
	return child;
}

static double microseconds(uint64_t from, uint64_t to)
{
	return (double)(int64_t)(to - from) / 1000;
}

static bool check_end(int found, int status, const char *name,
		      struct reason *why)
{
	if (timed_out)
		return fail(why, "%s: did not end in %d s", name, SECONDS);
	if (WIFSIGNALED(found))
		return fail(why, "%s: ended by signal %d", name,
			    WTERMSIG(found));
	if (WEXITSTATUS(found) != status)
		return fail(why, "%s: ended with status %d, not %d", name,
			    WEXITSTATUS(found), status);
	return true;
}

bool run_timed(char **argv, int status, bool traced, struct sample *sample,
	       struct reason *why)
{
	struct trace_stamps stamps = { 0 };
	uint64_t reaped;
	pid_t child;
	int found;

	if (interrupted)
		return fail(why, "interrupted");
	timed_out = 0;
	alarm(SECONDS);
	child = running = run_start(argv);
	if (child < 0)
		return fail(why, "%s: %s", argv[0], strerror(errno));
	if (waitpid(child, &found, 0) < 0)
		return fail(why, "waitpid: %s", strerror(errno));
	reaped = clock_ns(CLOCK_MONOTONIC);
	running = 0;
	alarm(0);
	if (traced)
		trace_take(child, exec_ns, &stamps);
	sample->life = microseconds(exec_ns, reaped);
	sample->first =
	    stamps.marker_ns ? microseconds(exec_ns, stamps.marker_ns) : -1;
	sample->teardown =
	    stamps.exit_ns ? microseconds(stamps.exit_ns, reaped) : -1;
	if (!check_end(found, status, argv[0], why))
		return false;
	return !traced || stamps.marker_ns ||
	       fail(why, "%s: no marker was seen", argv[0]);
}
