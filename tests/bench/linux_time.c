/*
 * linux_time SECONDS COMMAND...: runs a monitor and prints one line:
 *
 *	MARKER_US END_US STATUS
 *
 * MARKER_US is from exec to the guest's boot marker, a write to port 0x3F0. It
 * is stamped by the kernel, with the tracepoint kvm:kvm_pio, so alike for every
 * monitor; `-` where there is no such tracepoint, or the guest wrote none.
 * END_US is from exec to the process reaped. STATUS is its exit status, 128 and
 * the signal that ended it, or `hung` when it was killed after SECONDS.
 *
 * The monitor's output and input are /dev/null. Wants tracefs to be mounted at
 * /sys/kernel/tracing. Ends with 0, or 125 and a line that says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INSTANCE "/sys/kernel/tracing/instances/mayfly-bench"
#define PIO      INSTANCE "/events/kvm/kvm_pio/"
#define MARKER   "kvm_pio: pio_write at 0x3f0 "

static volatile sig_atomic_t is_late;
static volatile pid_t monitor;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int say(const char *file, const char *words)
{
	int fd = open(file, O_WRONLY | O_TRUNC);
	size_t length = strlen(words);
	int done = fd >= 0 && write(fd, words, length) == (ssize_t)length;

	if (fd >= 0)
		close(fd);
	return done;
}

/* Only writes to the marker's port are recorded, by the clock used here. */
static int trace_starts(void)
{
	if (mkdir(INSTANCE, 0700) && errno != EEXIST)
		return 0;
	return say(INSTANCE "/trace_clock", "mono") &&
	       say(INSTANCE "/trace", "\n") &&
	       say(PIO "filter", "port==0x3f0") && say(PIO "enable", "1");
}

/*
 * A line is "mayfly-101 [000] ..... 12.345678: kvm_pio: ...". Returns 0 where
 * there is none.
 */
static int64_t marker_us(void)
{
	FILE *trace = fopen(INSTANCE "/trace", "r");
	char line[256];
	int64_t at = 0;

	while (trace && !at && fgets(line, sizeof(line), trace)) {
		char *words = strstr(line, ": " MARKER);

		if (line[0] == '#' || !words)
			continue;
		while (words > line && words[-1] != ' ')
			words--;
		at = (int64_t)(strtod(words, NULL) * 1e6);
	}
	if (trace)
		fclose(trace);
	return at;
}

static void trace_ends(void)
{
	say(PIO "enable", "0");
	rmdir(INSTANCE);
}

static void kill_monitor(int signal)
{
	(void)signal;
	is_late = 1;
	kill(monitor, SIGKILL);
}

static void become(char **command)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(null, 1);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[1]) : 0;
	int64_t start, end, marker;
	int traced, status;

	if (!seconds) {
		fputs("usage: linux_time SECONDS COMMAND...\n", stderr);
		return 125;
	}
	traced = trace_starts();
	signal(SIGALRM, kill_monitor);
	start = now_us();
	monitor = vfork();
	if (!monitor)
		become(argv + 2);
	alarm(seconds);
	if (monitor < 0 || waitpid(monitor, &status, 0) < 0) {
		perror("linux_time");
		return 125;
	}
	end = now_us();
	marker = traced ? marker_us() : 0;
	trace_ends();

	if (marker)
		printf("%lld", (long long)(marker - start));
	else
		fputs("-", stdout);
	printf(" %lld ", (long long)(end - start));
	if (is_late)
		puts("hung");
	else
		printf("%d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status)
						   : WEXITSTATUS(status));
	return 0;
}
