/*
 * inject [OPTION]... THREAD K COMMAND...: runs COMMAND, and the K-th of the
 * system calls that are looked at fails in one of its threads, as if the kernel
 * had refused it: 0 is the first thread, the others count as they are created.
 *
 *	-a		every call from the K-th on fails
 *	-e ERRNO	a name below, or a number; ENOMEM without it
 *	-s CALL		a name below, or `all`; ioctl without it
 *	-t N		sends SIGTERM when the thread makes its N-th such call
 *	-v		each call that is looked at is a line `THREAD NAME`
 *
 * Says on descriptor 3 what it was that failed (KVM_CREATE_VM, mmap, ...), or
 * `none` when there was no K-th call; then `hung` when COMMAND did not end in
 * 20 s and was killed, and `left` when a process of its is still there. Ends
 * with COMMAND's status, 128 and the signal's number, or 99 when nothing can
 * be traced here.
 *
 * A filter lets the kernel stop COMMAND at these calls only, so that a guest
 * runs at nearly its own speed: ptrace(2), seccomp(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

struct name {
	long number;
	const char *name;
};

#define NAME(number)                                                           \
	{                                                                      \
		number, #number                                                \
	}
#define CALL(name)                                                             \
	{                                                                      \
		SYS_##name, #name                                              \
	}
#define COUNT(array)  (sizeof(array) / sizeof(*(array)))
#define LOOK_UP(t, n) look_up(t, COUNT(t), n)
#define NUMBER(t, n)  number_of(t, COUNT(t), n)

static const struct name errnos[] = {
	NAME(ENOMEM), NAME(EINVAL), NAME(EFAULT), NAME(EIO),    NAME(EBUSY),
	NAME(EINTR),  NAME(EAGAIN), NAME(EMFILE), NAME(ENOSPC), NAME(EPERM),
};

static const struct name calls[] = {
	CALL(arch_prctl),
	CALL(capset),
	CALL(clock_gettime),
	CALL(clone),
	CALL(clone3),
	CALL(close),
	{ 436, "close_range" }, /* Linux 5.9: headers may be older */
	CALL(dup),
	CALL(eventfd2),
	CALL(exit),
	CALL(exit_group),
	CALL(fcntl),
	CALL(fstat),
	CALL(futex),
	CALL(ioctl),
	{ 445, "landlock_add_rule" }, /* Linux 5.13 */
	{ 444, "landlock_create_ruleset" },
	{ 446, "landlock_restrict_self" },
	CALL(madvise),
	CALL(mmap),
	CALL(mprotect),
	CALL(munmap),
	CALL(open),
	CALL(openat),
	CALL(poll),
	CALL(ppoll),
	CALL(prctl),
	CALL(pread64),
	CALL(read),
	CALL(readv),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sched_getaffinity),
	CALL(set_robust_list),
	CALL(set_tid_address),
	CALL(tgkill),
	CALL(tkill),
	CALL(write),
	CALL(writev),
};

/* KVM's own, and what a C library and a terminal ask. */
static const struct name ioctls[] = {
	NAME(KVM_GET_API_VERSION),
	NAME(KVM_CREATE_VM),
	NAME(KVM_CHECK_EXTENSION),
	NAME(KVM_GET_VCPU_MMAP_SIZE),
	NAME(KVM_GET_SUPPORTED_CPUID),
	NAME(KVM_GET_MSR_INDEX_LIST),
	NAME(KVM_GET_MSR_FEATURE_INDEX_LIST),
	NAME(KVM_X86_GET_MCE_CAP_SUPPORTED),
	NAME(KVM_X86_SETUP_MCE),
	NAME(KVM_X86_SET_MCE),
	NAME(KVM_CREATE_VCPU),
	NAME(KVM_REGISTER_COALESCED_MMIO),
	NAME(KVM_UNREGISTER_COALESCED_MMIO),
	NAME(KVM_SET_USER_MEMORY_REGION),
	NAME(KVM_SET_TSS_ADDR),
	NAME(KVM_SET_IDENTITY_MAP_ADDR),
	NAME(KVM_CREATE_IRQCHIP),
	NAME(KVM_CREATE_PIT2),
	NAME(KVM_ENABLE_CAP),
	NAME(KVM_IRQ_LINE),
	NAME(KVM_SET_GSI_ROUTING),
	NAME(KVM_SIGNAL_MSI),
	NAME(KVM_IRQFD),
	NAME(KVM_RUN),
	NAME(KVM_GET_REGS),
	NAME(KVM_SET_REGS),
	NAME(KVM_GET_SREGS),
	NAME(KVM_SET_SREGS),
	NAME(KVM_GET_MSRS),
	NAME(KVM_SET_MSRS),
	NAME(KVM_GET_CPUID2),
	NAME(KVM_SET_CPUID2),
	NAME(KVM_TRANSLATE),
	NAME(KVM_INTERRUPT),
	NAME(KVM_GET_LAPIC),
	NAME(KVM_SET_LAPIC),
	NAME(KVM_GET_MP_STATE),
	NAME(KVM_SET_MP_STATE),
	NAME(KVM_GET_TSC_KHZ),
	NAME(KVM_SET_TSC_KHZ),
	NAME(KVM_KVMCLOCK_CTRL),
	NAME(KVM_SET_SIGNAL_MASK),
	NAME(TCGETS),
	NAME(TCSETS),
	NAME(TIOCGWINSZ),
	NAME(TIOCGPGRP),
};

static int wanted_call = SYS_ioctl, error = ENOMEM;
static long wanted_thread, first, terminate_at;
static bool onwards, verbose;

static pid_t command;
static volatile sig_atomic_t hung;

/* By order of creation: a creator stands still until its new one is known. */
static struct {
	pid_t id;
	long calls;
} threads[THREADS_MAX];
static size_t thread_count;

static char failed[32] = "none";

static void cannot(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	_exit(CANNOT);
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
	struct sock_filter every_call[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	bool all = wanted_call == ALL_CALLS;
	struct sock_fprog program = {
		.len = all ? COUNT(every_call) : COUNT(one_call),
		.filter = all ? every_call : one_call,
	};

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

/* A call that becomes -1 is not made, and returns what RAX has. */
static void refuse(pid_t id, struct user_regs_struct *regs)
{
	if (!strcmp(failed, "none"))
		snprintf(failed, sizeof(failed), "%s", call_name(regs));
	regs->orig_rax = ~0ULL;
	regs->rax = (unsigned long)-error;
	ptrace(PTRACE_SETREGS, id, 0, regs);
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
	if (terminate_at && count == terminate_at)
		kill(command, SIGTERM);
	if (first && (count == first || (onwards && count > first)))
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

static char **parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+ae:s:t:v")) >= 0) {
		switch (option) {
		case 'a':
			onwards = true;
			break;
		case 'e':
			error = (int)NUMBER(errnos, optarg);
			break;
		case 's':
			wanted_call = strcmp(optarg, "all")
					  ? (int)NUMBER(calls, optarg)
					  : ALL_CALLS;
			break;
		case 't':
			terminate_at = atol(optarg);
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
	char **words = parse(argc, argv);
	int status;

	/* Orphans become children of this process: it sees what is left. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	command = fork();
	if (command < 0)
		cannot("fork");
	if (!command)
		execute(words);
	sigaction(SIGALRM, &action, NULL);
	alarm(SECONDS);
	trace();
	status = follow();
	dprintf(3, "%s%s%s\n", failed, hung ? " hung" : "",
		waitpid(-1, NULL, __WALL | WNOHANG) < 0 ? "" : " left");
	return status;
}
