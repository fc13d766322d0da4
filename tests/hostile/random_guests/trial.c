#include "trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What nobody needs who is well, however busy the machine is. */
#define HANGS_S 100

/* A report has 9 lines; and an outlet may tell of an error. */
#define LINES_MAX 16
#define BYTES_MAX 8192

/*
 * Beside the guest's memory, of the release build. Most of it is for hosts that
 * give huge pages unasked.
 */
#define BESIDE_MAX_KIB 8192
#define SMALLEST_KIB   1280

__attribute__((format(printf, 2, 3))) static void
is_wrong(struct trial *trial, const char *format, ...)
{
	va_list values;

	if (*trial->wrong)
		return;
	va_start(values, format);
	vsnprintf(trial->wrong, sizeof(trial->wrong), format, values);
	va_end(values);
}

/* A pipe's end; the other one is kept open, here, or closed. */
static int open_pipe(int end, bool is_broken)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	if (is_broken)
		close(ends[!end]);
	return ends[end];
}

static int open_stream(const struct trial *trial, unsigned stream, int number)
{
	static const char *const full[] = { "/dev/zero", "/dev/full" };

	switch (stream) {
	case STREAM_NULL:
		return open("/dev/null", O_RDWR);
	case STREAM_FULL:
		return open(full[number], O_RDWR);
	case STREAM_CLOSED:
		return -1;
	case STREAM_BROKEN:
		return open_pipe(number, true);
	default:
		return trial->stuck[number];
	}
}

/* In the child: the descriptors that the monitor gets, and no others. */
static void set_streams(const struct trial *trial, int errors)
{
	int streams[] = { open_stream(trial, trial->input, 0),
			  open_stream(trial, trial->output, 1), errors };

	for (int i = 0; i < 3; i++)
		if (streams[i] >= 0)
			streams[i] = fcntl(streams[i], F_DUPFD_CLOEXEC, 20);
	for (int i = 0; i < 3; i++) {
		close(i);
		if (streams[i] >= 0)
			dup2(streams[i], i);
	}
}

static _Noreturn void be_the_monitor(const struct trial *trial, int errors)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_DFL);
	set_streams(trial, errors);
	execv(trial->mayfly, trial->words);
	_exit(125);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void heard(struct trial *trial, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (trial->bytes < SAID_MAX)
			trial->said[trial->bytes] = bytes[i];
		trial->bytes++;
		trial->lines += bytes[i] == '\n';
	}
}

/* Until the monitor has closed its standard error, which is its end. */
static bool listen_to(struct trial *trial, int errors)
{
	double limit = now_s() + HANGS_S;
	char bytes[16384];
	ssize_t count;

	do {
		struct pollfd poll_fd = { .fd = errors, .events = POLLIN };

		if (poll(&poll_fd, 1, 1000) <= 0) {
			count = 1;
			continue;
		}
		count = read(errors, bytes, sizeof(bytes));
		if (count > 0)
			heard(trial, bytes, (size_t)count);
	} while (count > 0 && now_s() < limit);
	return count <= 0;
}

static void judge_status(struct trial *trial, int status)
{
	int code = WEXITSTATUS(status);

	if (WIFSIGNALED(status))
		is_wrong(trial, "signal %d", WTERMSIG(status));
	else if (code == 125 || code > 126)
		is_wrong(trial, "status %d", code);
}

static void judge_said(struct trial *trial)
{
	trial->said[trial->bytes < SAID_MAX ? trial->bytes : SAID_MAX] = 0;
	if (strstr(trial->said, "Sanitizer") ||
	    strstr(trial->said, "runtime error:"))
		is_wrong(trial, "a sanitizer's report");
	if (strstr(trial->said, "the sandbox stopped"))
		is_wrong(trial, "a call that the sandbox forbids");
	if (!trial->is_loud &&
	    (trial->lines > LINES_MAX || trial->bytes > BYTES_MAX))
		is_wrong(trial, "%llu lines, %llu bytes of standard error",
			 (unsigned long long)trial->lines,
			 (unsigned long long)trial->bytes);
}

/* A large guest touches less than it has; the smallest tell how much we need.
 */
static void judge_memory(struct trial *trial, struct tally *tally,
			 const struct rusage *usage)
{
	long kib = usage->ru_maxrss, guests = (long)(trial->plan.memory >> 10);
	unsigned most = atomic_load(&tally->resident_kib);

	if (strstr(trial->mayfly, "debug"))
		return;
	if (kib > guests + BESIDE_MAX_KIB)
		is_wrong(trial, "%ld KiB resident, %ld of them the guest's",
			 kib, guests);
	while (guests == SMALLEST_KIB && kib > (long)most &&
	       !atomic_compare_exchange_weak(&tally->resident_kib, &most,
					     (unsigned)kib))
		;
}

/* They get a moment; a sanitizer's helper takes it after its report. */
static bool children_are_left(bool wait_for_them)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	int tries = wait_for_them ? 300 : 1;

	while (tries--) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static void judge_leftovers(struct trial *trial)
{
	char path[256];

	if (children_are_left(*trial->wrong)) {
		is_wrong(trial, "a process is left");
		children_are_left(true);
	}
	snprintf(path, sizeof(path), "%s/vsock", trial->folder);
	if (trial->has_socket && !unlink(path))
		is_wrong(trial, "its socket is left");
}

static enum end kind_of(int status)
{
	switch (WEXITSTATUS(status)) {
	case 124:
		return END_TIMEOUT;
	case 126:
		return END_DIED;
	default:
		return END_GUEST;
	}
}

static void tell_command(const struct trial *trial)
{
	static const char *const names[] = { "null", "full", "closed", "broken",
					     "stuck" };

	printf("#");
	for (unsigned i = 0; i < trial->word_count; i++)
		printf(" %s", trial->words[i]);
	printf(" (input: %s, output: %s)\n", names[trial->input],
	       names[trial->output]);
}

/* In one write: others tell theirs at the same time. */
static void tell_failure(const struct trial *trial)
{
	char text[SAID_MAX + 1024];
	int size = snprintf(
	    text, sizeof(text), "# seed %llu: %s; with %s\n# err: ",
	    (unsigned long long)trial->seed, trial->wrong, trial->mayfly);
	unsigned lines = 0;

	for (const char *from = trial->said; *from && lines < 25; from++) {
		text[size++] = *from;
		if (*from == '\n' && ++lines)
			size += sprintf(text + size, "# err: ");
		if (size > (int)sizeof(text) - 20)
			break;
	}
	text[size++] = '\n';
	if (write(STDOUT_FILENO, text, (size_t)size) < 0)
		_exit(125);
}

static int observe(struct trial *trial, pid_t monitor, int errors,
		   struct tally *tally)
{
	struct rusage usage;
	int status;

	if (!listen_to(trial, errors)) {
		is_wrong(trial, "did not end in %d s", HANGS_S);
		kill(monitor, SIGKILL);
	}
	while (wait4(monitor, &status, 0, &usage) < 0)
		if (errno != EINTR)
			_exit(125);
	judge_memory(trial, tally, &usage);
	return status;
}

void trial_run(struct trial *trial, struct tally *tally)
{
	int errors[2], status;
	pid_t monitor;

	trial_prepare(trial);
	trial->bytes = trial->lines = 0;
	*trial->wrong = 0;
	if (trial->tell)
		tell_command(trial);
	if (pipe2(errors, O_CLOEXEC) || (monitor = fork()) < 0)
		_exit(125);
	if (!monitor)
		be_the_monitor(trial, errors[1]);
	close(errors[1]);
	status = observe(trial, monitor, errors[0], tally);
	close(errors[0]);
	judge_status(trial, status);
	judge_said(trial);
	judge_leftovers(trial);
	if (*trial->wrong)
		tell_failure(trial);
	atomic_fetch_add(
	    &tally->ends[*trial->wrong ? END_WRONG : kind_of(status)], 1);
}

void trial_begin(struct trial *trial)
{
	for (int i = 0; i < 2; i++)
		trial->stuck[i] = open_pipe(i, false);
}
