#include "tests/bench/steps.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_INSN 0x050F
#define OPTIONS                                                                \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |    \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

static pid_t start(char **argv)
{
	pid_t child = fork();
	int null;

	if (!child) {
		null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd <= 2; fd++)
			dup2(null, fd);
		close(null);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(127);
	}
	return child;
}

static unsigned long faults_of(pid_t process)
{
	unsigned long faults = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	file = fopen(path, "r");
	if (!file || fscanf(file,
			    "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*d "
			    "%lu",
			    &faults) != 1)
		faults = 0;
	if (file)
		fclose(file);
	return faults;
}

static bool is_run(unsigned long call, unsigned long request)
{
	return call == SYS_ioctl && request == KVM_RUN;
}

/* Whether the thread has entered a system call; then `runs` if it is KVM_RUN.
 */
static bool entered(pid_t thread, bool *runs)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	*runs = is_run(info.entry.nr, info.entry.args[1]);
	return true;
}

/* Whether the thread's next instruction is the call that runs the guest. */
static bool is_about_to_run(pid_t thread, unsigned long *rip)
{
	struct user_regs_struct regs = { 0 };
	long bytes;

	ptrace(PTRACE_GETREGS, thread, 0, &regs);
	*rip = regs.rip;
	if (!is_run(regs.rax, regs.rsi))
		return false;
	bytes = ptrace(PTRACE_PEEKTEXT, thread, regs.rip, 0);
	return (bytes & 0xFFFF) == SYSCALL_INSN;
}

/* A string instruction traps once each time round: it is one all the same. */
static bool on_step(pid_t thread, struct steps *found)
{
	static unsigned long last;
	unsigned long rip;
	bool runs = is_about_to_run(thread, &rip);

	if (rip != last)
		found->instructions++;
	last = rip;
	return runs;
}

/* The signal that a stopped thread goes on with. */
static int signal_of(int status)
{
	int signal = WSTOPSIG(status);

	if (status >> 16 || signal == SIGSTOP || signal == SIGTRAP ||
	    signal == (SIGTRAP | 0x80))
		return 0;
	return signal;
}

/* Until the first KVM_RUN; false when it ended, or took too long, before. */
static bool follow(pid_t process, bool by_step, struct steps *found)
{
	long onwards = by_step ? PTRACE_SINGLESTEP : PTRACE_SYSCALL;
	unsigned long before = 0;
	bool executed = false, runs = false;
	pid_t thread;
	int status;

	while ((thread = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (thread == process)
				return false;
			continue;
		}
		if (status >> 16 == PTRACE_EVENT_EXEC) {
			executed = true;
			before = faults_of(process);
		} else if (executed && by_step && WSTOPSIG(status) == SIGTRAP) {
			runs = on_step(thread, found);
		} else if (executed && !by_step && entered(thread, &runs)) {
			found->calls++;
		}
		if (runs && !by_step)
			found->faults = faults_of(process) - before;
		if (runs || found->instructions > STEPS_MAX)
			return runs;
		ptrace(executed ? onwards : PTRACE_CONT, thread, 0,
		       signal_of(status));
	}
	return false;
}

static bool trace(char **argv, bool by_step, struct steps *found)
{
	pid_t process = start(argv);
	bool done = false;
	int status;

	if (process < 0)
		return false;
	if (waitpid(process, &status, __WALL) == process &&
	    WIFSTOPPED(status) &&
	    !ptrace(PTRACE_SETOPTIONS, process, 0, OPTIONS)) {
		ptrace(PTRACE_CONT, process, 0, 0);
		done = follow(process, by_step, found);
	}
	kill(process, SIGKILL);
	while (waitpid(-1, &status, __WALL) > 0)
		;
	return done;
}

bool steps_count(char **argv, struct steps *found)
{
	*found = (struct steps){ 0 };
	if (!trace(argv, false, found))
		return false;
	if (!trace(argv, true, found))
		found->instructions = 0;
	return true;
}
