/*
 * pty [-s] STEP... -- COMMAND...: COMMAND on a terminal of its own, and someone
 * who sits in front of it:
 *
 *	raw		waits until the terminal is raw
 *	see:TEXT	waits until TEXT was printed
 *	type:TEXT	types it
 *	kill:NUMBER	sends a signal to COMMAND
 *	close		hangs up
 *	pause		a fifth of a second
 *	deaf		reads nothing any more
 *
 * Then waits for COMMAND's end. Its parent is a session's leader, as a shell
 *is, that passes a SIGHUP on; with -s it does not, so that COMMAND learns of
 *the end of the line only by its input. Prints on standard output what the
 * terminal showed, and on standard error one line: `status N` or `signal N`,
 * and `, raw` when the terminal was not left as it was found. Ends with 0; with
 * 1 when a step did not come to pass within 20 s.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* What the leader tells of the command. */
struct end {
	int status;
	bool is_restored;
};

static int master, slave, from_leader;
static pid_t child, leader;
static bool passes_hangup = true;
static char shown[1 << 20];
static size_t length, seen;
static bool is_deaf;

static void fail(const char *what, const char *detail)
{
	fprintf(stderr, "pty: %s %s\n", what, detail);
	if (child > 0)
		kill(child, SIGKILL);
	if (leader > 0)
		kill(leader, SIGKILL);
	exit(1);
}

static void on_alarm(int signal)
{
	static const char text[] = "pty: too late\n";

	(void)signal;
	if (child > 0)
		kill(child, SIGKILL);
	if (leader > 0)
		kill(leader, SIGKILL);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void open_terminal(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("no terminal:", strerror(errno));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		fail("no terminal:", strerror(errno));
}

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       !memcmp(a->c_cc, b->c_cc, NCCS);
}

static void on_hangup(int signal)
{
	if (passes_hangup)
		kill(child, signal);
}

static void become(char **command)
{
	for (int fd = 0; fd <= 2; fd++)
		dup2(slave, fd);
	execvp(command[0], command);
	_exit(127);
}

/* The session's leader: starts the command, and tells how it ended. */
static void lead(char **command, int to_master)
{
	struct termios before = { 0 }, after = { 0 };
	struct end end;

	close(master);
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) || tcgetattr(slave, &before))
		_exit(127);
	signal(SIGHUP, on_hangup);
	child = fork();
	if (child == 0)
		become(command);
	if (write(to_master, &child, sizeof(child)) < 0)
		_exit(1);
	while (waitpid(child, &end.status, 0) < 0)
		continue;
	/* After a hang-up there is no terminal to look at. */
	end.is_restored = tcgetattr(slave, &after) || same(&before, &after);
	_exit(write(to_master, &end, sizeof(end)) < 0);
}

static void start(char **command)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		fail("no pipe:", strerror(errno));
	leader = fork();
	if (leader == 0)
		lead(command, ends[1]);
	close(ends[1]);
	from_leader = ends[0];
	if (read(from_leader, &child, sizeof(child)) != sizeof(child))
		fail("the command was not started", "");
	close(slave);
}

/* Reads what is there, waiting at most `ms`. */
static void look(int ms)
{
	struct pollfd ready = { .fd = master, .events = POLLIN };
	ssize_t count;

	if (is_deaf || master < 0 || length == sizeof(shown) - 1) {
		poll(NULL, 0, ms);
		return;
	}
	if (poll(&ready, 1, ms) <= 0)
		return;
	count = read(master, shown + length, sizeof(shown) - 1 - length);
	if (count > 0)
		length += (size_t)count;
	else
		poll(NULL, 0, ms);
}

static void see(const char *text)
{
	char *at;

	while (!(at = memmem(shown + seen, length - seen, text, strlen(text))))
		look(10);
	seen = (size_t)(at - shown) + strlen(text);
}

static bool is_raw(void)
{
	struct termios now;

	return !tcgetattr(master, &now) && !(now.c_lflag & ICANON);
}

static void type(const char *text)
{
	if (write(master, text, strlen(text)) < 0)
		fail("cannot type:", strerror(errno));
}

static const char *argument(const char *step, const char *verb)
{
	size_t count = strlen(verb);

	return strncmp(step, verb, count) ? NULL : step + count;
}

static void take(const char *step)
{
	const char *text;

	if ((text = argument(step, "see:"))) {
		see(text);
	} else if ((text = argument(step, "type:"))) {
		type(text);
	} else if ((text = argument(step, "kill:"))) {
		kill(child, atoi(text));
	} else if (!strcmp(step, "raw")) {
		while (!is_raw())
			look(10);
	} else if (!strcmp(step, "pause")) {
		poll(NULL, 0, 200);
	} else if (!strcmp(step, "deaf")) {
		is_deaf = true;
	} else if (!strcmp(step, "close")) {
		close(master);
		master = -1;
	} else {
		fail("no such step:", step);
	}
}

static struct end wait_for_end(void)
{
	struct pollfd ready = { .fd = from_leader, .events = POLLIN };
	struct end end;
	size_t before;

	while (!poll(&ready, 1, 0))
		look(10);
	if (read(from_leader, &end, sizeof(end)) != sizeof(end))
		fail("the leader is gone", "");
	do {
		before = length;
		look(10);
	} while (length > before);
	return end;
}

static void tell(struct end end)
{
	fwrite(shown, 1, length, stdout);
	if (WIFSIGNALED(end.status))
		fprintf(stderr, "signal %d", WTERMSIG(end.status));
	else
		fprintf(stderr, "status %d", WEXITSTATUS(end.status));
	fprintf(stderr, "%s\n", end.is_restored ? "" : ", raw");
}

int main(int argc, char **argv)
{
	char **step = argv + 1, **command;

	if (argc > 1 && !strcmp(argv[1], "-s")) {
		passes_hangup = false;
		step++;
	}
	for (command = step; *command && strcmp(*command, "--");)
		command++;
	if (!*command || !command[1])
		fail("usage: pty [-s] STEP... --", "COMMAND...");
	signal(SIGALRM, on_alarm);
	signal(SIGPIPE, SIG_IGN);
	alarm(20);
	open_terminal();
	start(command + 1);
	for (; step < command; step++)
		take(*step);
	tell(wait_for_end());
	return 0;
}
