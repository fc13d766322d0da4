/*
 * inject [OPTION]... THREAD K COMMAND...: runs COMMAND, and the K-th of the
 * system calls that are looked at fails in one of its threads, as if the kernel
 * had refused it: 0 is the first thread, the others count as they are created.
 *
 *	-a		every call from the K-th, or N-th, on
 *	-e ERRNO	a name below, or a number; ENOMEM without it
 *	-g SIGNAL	another number than SIGTERM's, for -t
 *	-s CALL		a name below, also that of an ioctl, or `all`; all
 *			ioctls without it
 *	-t N		sends SIGTERM when the thread makes its N-th such call
 *	-v		each call that is looked at is a line `THREAD NAME`
 *	-x WORDS	for -t: no signal; a shell runs WORDS, $VM being
 *			COMMAND's process, before the call is made
 *
 * Says on descriptor 3 what it was that failed (KVM_CREATE_VM, mmap, ...), or
 * that came with -t; `none` when there was no such call; then `hung` when
 *COMMAND did not end in 20 s and was killed, and `left` when a process of its
 *is still there. Ends with COMMAND's status, 128 and the signal's number, or 99
 *when nothing can be traced here.
 *
 * A filter lets the kernel stop COMMAND at these calls only, so that a guest
 * runs at nearly its own speed: ptrace(2), seccomp(2).
 */
#include "call_names.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT      99
#define SECONDS     20
#define THREADS_MAX 300
#define ALL_CALLS   (-1)

static int wanted_call = SYS_ioctl, error = ENOMEM;
static long wanted_thread, first, disturb_at, wanted_ioctl = -1;
static int disturbing_signal = SIGTERM;
static const char *disturbing_words;
static bool onwards, verbose;

static pid_t command;
static volatile sig_atomic_t hung;

/* By order of creation: a creator stands still until its new one is known. */
static struct {
	pid_t id;
	long calls;
} threads[THREADS_MAX];
static size_t thread_count;

static char noted[32] = "none";

static void cannot(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	_exit(CANNOT);
}

static bool has_name(const struct name *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].name, name))
			return true;
	return false;
}

static const char *look_up(const struct name *table, size_t count, long number)
{
	static char unknown[24];

	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	snprintf(unknown, sizeof(unknown), "%#lx", number);
	return unknown;
}

static long number_of(const struct name *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].name, name))
			return table[i].number;
	return atol(name);
}

static void on_alarm(int signal)
{
	(void)signal;
	hung = 1;
	kill(command, SIGKILL);
}

/* What is not looked at, and what another architecture calls, goes its way. */
static void filter(void)
{
	struct sock_filter one_call[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)wanted_call, 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_filter one_ioctl[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)wanted_ioctl, 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_filter every_call[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	struct sock_fprog program = { COUNT(one_call), one_call };

	if (wanted_call == ALL_CALLS)
		program = (struct sock_fprog){ COUNT(every_call), every_call };
	else if (wanted_ioctl >= 0)
		program = (struct sock_fprog){ COUNT(one_ioctl), one_ioctl };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		cannot("seccomp");
}

static void execute(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		cannot("ptrace");
	raise(SIGSTOP);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	filter();
	execvp(argv[0], argv);
	cannot(argv[0]);
}

/* The thread's place; a new one when `is_new` is not NULL and it is unknown. */
static size_t place_of(pid_t id, bool *is_new)
{
	size_t i = 0;

	while (i < thread_count && threads[i].id != id)
		i++;
	*is_new = i == thread_count;
	if (!*is_new)
		return i;
	if (thread_count == THREADS_MAX) {
		errno = ENOMEM;
		cannot("threads");
	}
	threads[thread_count].id = id;
	return thread_count++;
}

static const char *call_name(const struct user_regs_struct *regs)
{
	if (regs->orig_rax == SYS_ioctl)
		return LOOK_UP(ioctls, (long)(uint32_t)regs->rsi);
	return LOOK_UP(calls, (long)regs->orig_rax);
}

static void note(const struct user_regs_struct *regs)
{
	if (!strcmp(noted, "none"))
		snprintf(noted, sizeof(noted), "%s", call_name(regs));
}

/* A call that becomes -1 is not made, and returns what RAX has. */
static void refuse(pid_t id, struct user_regs_struct *regs)
{
	note(regs);
	regs->orig_rax = ~0ULL;
	regs->rax = (unsigned long)-error;
	ptrace(PTRACE_SETREGS, id, 0, regs);
}

/* Whoever disturbs it from outside, at this very moment. */
static void disturb(const struct user_regs_struct *regs)
{
	note(regs);
	if (!disturbing_words)
		kill(command, disturbing_signal);
	else if (system(disturbing_words) < 0)
		cannot("sh");
}

static bool is_hit(long count, long at)
{
	return at && (count == at || (onwards && count > at));
}

static void on_call(pid_t id)
{
	struct user_regs_struct regs;
	bool is_new;
	size_t place = place_of(id, &is_new);
	long count = ++threads[place].calls;

	if (ptrace(PTRACE_GETREGS, id, 0, &regs))
		return; /* it was killed meanwhile */
	if (verbose)
		dprintf(3, "%zu %s\n", place, call_name(&regs));
	if ((long)place != wanted_thread)
		return;
	if (is_hit(count, disturb_at))
		disturb(&regs);
	if (is_hit(count, first))
		refuse(id, &regs);
}

/* A tracee has stopped; returns the signal that it goes on with. */
static int on_stop(pid_t id, int status)
{
	static bool executed;
	unsigned long created;
	bool is_new;

	switch (status >> 16) {
	case PTRACE_EVENT_EXEC:
		executed = true;
		return 0;
	case PTRACE_EVENT_CLONE:
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		if (!ptrace(PTRACE_GETEVENTMSG, id, 0, &created))
			place_of((pid_t)created, &is_new);
		return 0;
	case PTRACE_EVENT_SECCOMP:
		if (executed)
			on_call(id);
		return 0;
	default:
		place_of(id, &is_new);
		/* How a new thread reports itself. */
		return WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
	}
}

/* Until the command has ended; returns its status. */
static int follow(void)
{
	int status;
	pid_t id;

	for (;;) {
		id = waitpid(-1, &status, __WALL);
		if (id < 0 && errno != EINTR)
			cannot("waitpid");
		if (id < 0)
			continue;
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, id, 0, on_stop(id, status));
		else if (id == command)
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
	}
}

static void trace(void)
{
	long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;
	bool is_new;

	if (waitpid(command, &status, __WALL) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, command, 0, options))
		cannot("ptrace");
	place_of(command, &is_new);
	ptrace(PTRACE_CONT, command, 0, 0);
}

static void want(const char *name)
{
	if (has_name(ioctls, COUNT(ioctls), name))
		wanted_ioctl = NUMBER(ioctls, name);
	else if (!strcmp(name, "all"))
		wanted_call = ALL_CALLS;
	else
		wanted_call = (int)NUMBER(calls, name);
}

static char **parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+ae:g:s:t:vx:")) >= 0) {
		switch (option) {
		case 'a':
			onwards = true;
			break;
		case 'e':
			error = (int)NUMBER(errnos, optarg);
			break;
		case 's':
			want(optarg);
			break;
		case 'g':
			disturbing_signal = atoi(optarg);
			break;
		case 't':
			disturb_at = atol(optarg);
			break;
		case 'x':
			disturbing_words = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			_exit(CANNOT);
		}
	}
	if (argc - optind < 3) {
		fputs("usage: inject [OPTION]... THREAD K COMMAND...\n",
		      stderr);
		_exit(CANNOT);
	}
	wanted_thread = atol(argv[optind]);
	first = atol(argv[optind + 1]);
	return argv + optind + 2;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_alarm };
	char **words = parse(argc, argv), number[16];
	int status;

	/* Orphans become children of this process: it sees what is left. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	command = fork();
	if (command < 0)
		cannot("fork");
	if (!command)
		execute(words);
	snprintf(number, sizeof(number), "%d", (int)command);
	setenv("VM", number, 1);
	sigaction(SIGALRM, &action, NULL);
	alarm(SECONDS);
	trace();
	status = follow();
	dprintf(3, "%s%s%s\n", noted, hung ? " hung" : "",
		waitpid(-1, NULL, __WALL | WNOHANG) < 0 ? "" : " left");
	return status;
}
