#include "vmm/seccomp.h"

#include "vmm/seccomp_filter.h"
#include "vmm/syscall_names.h"
#include "vmm/thread.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP /* si_code */
#define SYS_SECCOMP 1
#endif

enum { STATUS_DIED = 126 };

static struct seccomp_facts vm;
static bool is_on;
static atomic_int attendant; /* its thread's id */

/* Of this thread, for the line. */
static _Thread_local enum seccomp_kind kind;
static _Thread_local unsigned vcpu_id;
static _Thread_local bool is_narrowed;

static void say_who(char *who, size_t size)
{
	if (is_narrowed && kind == SECCOMP_VCPU)
		snprintf(who, size, "vCPU %u", vcpu_id);
	else
		snprintf(who, size, "%s",
			 is_narrowed && kind == SECCOMP_IO ? "the I/O thread"
							   : "the main thread");
}

/* (snprintf of numbers and strings: see vmm/memory_failure.c) */
static void say_what(unsigned call, const greg_t *arguments)
{
	char name[SYSCALL_NAME_SIZE], who[24], request[40] = "", line[200];

	syscall_name(call, name);
	say_who(who, sizeof(who));
	if (call == SYS_ioctl)
		snprintf(request, sizeof(request), ", request 0x%x of %d",
			 (unsigned)arguments[REG_RSI], (int)arguments[REG_RDI]);
	snprintf(line, sizeof(line),
		 "mayfly: the sandbox stopped %s: %s (%u%s) is not in 'mayfly "
		 "doctor --sandbox'; to go without: --no-sandbox\n",
		 who, *name ? name : "a system call", call, request);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		_exit(STATUS_DIED);
}

static _Noreturn void end(void)
{
	if (vm.clean_up)
		vm.clean_up();
	_exit(STATUS_DIED);
}

/*
 * This thread's filter may be too narrow for that: the attendant does it, in
 * this very handler, whatever it is at. A second is for the case that it
 * cannot.
 */
static _Noreturn void let_attendant_end(void)
{
	const struct timespec second = { .tv_sec = 1 };
	const struct timespec moment = { .tv_nsec = 10000000 };
	static uint32_t never;

	/* It may have begun only just now. */
	for (int i = 0; !attendant && i < 100; i++)
		syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 0, &moment, NULL,
			0);
	syscall(SYS_tgkill, vm.pid, attendant, SIGSYS);
	syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 0, &second, NULL, 0);
	_exit(STATUS_DIED);
}

static void on_sigsys(int signal_number, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;

	if (info->si_code == SYS_SECCOMP) {
		say_what((unsigned)info->si_syscall, at->uc_mcontext.gregs);
		if (is_narrowed && kind != SECCOMP_ATTENDANT)
			let_attendant_end();
		end();
	}
	if (info->si_code == SI_TKILL && (uint32_t)info->si_pid == vm.pid)
		end(); /* another thread asks for it */
	/* Somebody sent it: it kills on return. */
	if (vm.clean_up)
		vm.clean_up();
	signal(signal_number, SIG_DFL);
	syscall(SYS_tgkill, vm.pid, thread_id(), signal_number);
}

static bool install(const struct seccomp_facts *facts, enum seccomp_kind which,
		    int vcpu, struct reason *why)
{
	struct sock_filter filter[SECCOMP_FILTER_MAX];
	struct sock_fprog program = { .filter = filter };

	program.len = (uint16_t)seccomp_filter_make(facts, which, vcpu, filter);
	return !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) ||
	       fail(why,
		    "seccomp: %s (to go without the host's filters of system "
		    "calls: --no-sandbox)",
		    strerror(errno));
}

bool seccomp_begin(const struct seccomp_facts *facts, struct reason *why)
{
	struct sigaction action = { .sa_sigaction = on_sigsys,
				    .sa_flags = SA_SIGINFO };

	if (!SECCOMP_HAS_TABLE)
		return true;
	vm = *facts;
	vm.pid = (uint32_t)thread_id(); /* the first thread's */
	sigaction(SIGSYS, &action, NULL);
	is_on = install(&vm, SECCOMP_ATTENDANT, -1, why);
	return is_on;
}

bool seccomp_narrow(enum seccomp_kind which, unsigned id, int vcpu,
		    struct reason *why)
{
	if (!is_on)
		return true;
	kind = which;
	vcpu_id = id;
	is_narrowed = true;
	if (which == SECCOMP_ATTENDANT)
		attendant = thread_id();
	return which == SECCOMP_ATTENDANT ||
	       (vm.has_restart && (uint32_t)thread_id() == vm.pid) ||
	       install(&vm, which, vcpu, why);
}
