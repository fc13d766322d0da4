#include "tests/bench/steps.h"

#include "tests/bench/run.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
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

struct thread {
	pid_t id;
	unsigned long path; /* steps of it and, before, of its creators */
	unsigned long rip;
};

enum { THREADS_MAX = 64 };
static struct thread threads[THREADS_MAX];
static unsigned thread_count;
static unsigned long faults_before;

/* The thread; a new one where it is unknown. The last place is for all more. */
static struct thread *find(pid_t id)
{
	for (unsigned i = 0; i < thread_count; i++)
		if (threads[i].id == id)
			return &threads[i];
	if (thread_count < THREADS_MAX)
		thread_count++;
	threads[thread_count - 1] = (struct thread){ .id = id };
	return &threads[thread_count - 1];
}

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
static bool on_step(struct thread *thread)
{
	unsigned long rip;
	bool runs = is_about_to_run(thread->id, &rip);

	if (rip != thread->rip)
		thread->path++;
	thread->rip = rip;
	return runs;
}

/* A new thread goes on from where its creator was. */
static void on_clone(const struct thread *creator)
{
	unsigned long created;
	struct thread *thread;

	if (ptrace(PTRACE_GETEVENTMSG, creator->id, 0, &created))
		return;
	thread = find((pid_t)created);
	thread->path += creator->path;
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

static void go_on(const struct thread *thread, bool by_step, int status)
{
	if (by_step)
		ptrace(PTRACE_SINGLESTEP, thread->id, 0, signal_of(status));
	else
		ptrace(PTRACE_SYSCALL, thread->id, 0, signal_of(status));
}

/*
 * Until the first KVM_RUN, which the returned thread is about to make; NULL
 * when the process ended, or took too many steps, before. `calls`: the entries
 * of system calls, of all threads.
 */
static const struct thread *follow(pid_t process, bool by_step,
				   unsigned long *calls)
{
	bool executed = false, runs = false;
	struct thread *thread;
	pid_t id;
	int status;

	thread_count = 0;
	while ((id = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status) && id == process)
			return NULL;
		if (!WIFSTOPPED(status))
			continue;
		thread = find(id);
		if (status >> 16 == PTRACE_EVENT_EXEC) {
			executed = true;
			faults_before = faults_of(process);
		} else if (status >> 16) {
			on_clone(thread);
		} else if (executed && by_step && WSTOPSIG(status) == SIGTRAP) {
			runs = on_step(thread);
		} else if (executed && !by_step && entered(id, &runs)) {
			thread->path++;
			++*calls;
		}
		if (runs)
			return thread;
		if (run_interrupted() || thread->path > STEPS_MAX)
			return NULL;
		go_on(thread, by_step && executed, status);
	}
	return NULL;
}

static void kill_all(pid_t process)
{
	int status;

	kill(process, SIGKILL);
	while (waitpid(-1, &status, __WALL) > 0)
		;
}

/* Attaches to it in the moment before it executes. */
static bool begin(pid_t process)
{
	int status;

	return process > 0 && waitpid(process, &status, __WALL) == process &&
	       WIFSTOPPED(status) &&
	       !ptrace(PTRACE_SETOPTIONS, process, 0, OPTIONS) &&
	       !ptrace(PTRACE_CONT, process, 0, 0);
}

bool steps_count(char **argv, struct steps *found)
{
	const struct thread *runner;
	unsigned long ignored = 0;
	pid_t process = start(argv);

	*found = (struct steps){ 0 };
	runner =
	    begin(process) ? follow(process, false, &found->all_calls) : NULL;
	if (runner) {
		found->calls = runner->path;
		found->faults = faults_of(process) - faults_before;
	}
	if (process > 0)
		kill_all(process);
	if (!runner)
		return false;
	process = start(argv);
	runner = begin(process) ? follow(process, true, &ignored) : NULL;
	if (runner)
		found->instructions = runner->path;
	if (process > 0)
		kill_all(process);
	return true;
}
