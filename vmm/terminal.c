#include "vmm/terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_A 0x01

const char terminal_help[] = "\r\n"
			     "Ctrl-A x       end the guest and mayfly\r\n"
			     "Ctrl-A h       this help\r\n"
			     "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n";

static struct termios saved, raw;
static volatile sig_atomic_t is_raw;

/* Any thread may die while one makes the terminal raw: each tells the other. */
static atomic_bool is_changing, is_dying;

/* TCSANOW: a line that is stopped, or a signal, must not keep us from it. */
void terminal_restore(void)
{
	if (!is_raw)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	is_raw = 0; /* last: a signal may come in between */
}

/* Who changes it gets no signal meanwhile, so that this is another thread. */
void terminal_restore_at_death(void)
{
	atomic_store(&is_dying, true);
	while (atomic_load(&is_changing))
		continue;
	terminal_restore();
}

static void die_restored(int signal)
{
	terminal_restore_at_death();
	/* SA_RESETHAND: it kills this time. (musl's raise has a call that
	 * reaches any process: the sandbox forbids it.) */
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

static bool is_caught(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) &&
	       action.sa_handler != SIG_DFL;
}

/*
 * The signals that end a process, but for those that end a guest cleanly, those
 * of lost memory (memory_failure.h), and SIGUSR1, by which vCPUs are kicked;
 * and SIGSYS, where there is a sandbox (seccomp.h).
 */
static void catch_deaths(void)
{
	static const int deadly[] = { SIGQUIT, SIGILL,    SIGABRT, SIGFPE,
				      SIGSEGV, SIGTRAP,   SIGALRM, SIGXCPU,
				      SIGUSR2, SIGVTALRM, SIGPROF, SIGPWR,
				      SIGIO,   SIGSTKFLT };
	struct sigaction action = { .sa_handler = die_restored,
				    .sa_flags = (int)SA_RESETHAND };

	if (!is_caught(SIGSYS))
		sigaction(SIGSYS, &action, NULL);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		sigaction(deadly[i], &action, NULL);
	for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
		sigaction(signal, &action, NULL);
}

/* The shell had it while we were stopped, and is behind us again. */
static void on_continue(int signal)
{
	(void)signal;
	if (is_raw && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/* In the background that stops us (SIGTTOU), as it should. */
static void make_raw(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigdelset(&all, SIGTTOU);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store(&is_changing, true);
	if (!atomic_load(&is_dying)) {
		is_raw = 1;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	atomic_store(&is_changing, false);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool terminal_raw(void)
{
	struct sigaction action = { .sa_handler = on_continue,
				    .sa_flags = SA_RESTART };

	if (is_raw)
		return true;
	if (tcgetattr(STDIN_FILENO, &saved))
		return errno == EIO;
	raw = saved;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	catch_deaths();
	sigaction(SIGCONT, &action, NULL);
	make_raw();
	return true;
}

enum key_action key_action(uint8_t byte, bool *prefixed)
{
	if (!*prefixed) {
		*prefixed = byte == CTRL_A;
		return *prefixed ? KEY_NOTHING : KEY_SEND;
	}
	*prefixed = false;
	switch (byte) {
	case CTRL_A:
		return KEY_SEND;
	case 'x':
	case 'X':
		return KEY_QUIT;
	case 'h':
	case 'H':
	case '?':
		return KEY_HELP;
	default:
		return KEY_NOTHING;
	}
}
