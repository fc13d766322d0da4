#include "vmm/memory_failure.h"

#include "cpu/vcpu.h"
#include "vmm/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_HOST = 125, STATUS_GUEST = 126 };

static const struct ram *vm_ram;

/*
 * The thread that is interrupted may hold any lock, and cannot go on: nothing
 * is left to do but this. (snprintf takes no lock in either libc, and for a
 * number and a string allocates nothing.)
 */
static _Noreturn void end(int status, const char *what, uint64_t address)
{
	char line[200];

	terminal_restore();
	snprintf(line, sizeof(line), "mayfly: %s (at 0x%llx)\n", what,
		 (unsigned long long)address);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		_exit(status);
	_exit(status);
}

static void lost(uint64_t address, bool required)
{
	uint64_t gpa;

	if (!ram_address_of(vm_ram, (void *)(uintptr_t)address, &gpa))
		end(STATUS_HOST,
		    "the host has lost memory of mayfly's own: replace it",
		    address);
	if (!vcpus_memory_lost(gpa, required))
		end(STATUS_GUEST,
		    "the guest died: mayfly touched memory for it that the "
		    "host has lost",
		    gpa);
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	uint64_t address = (uintptr_t)info->si_addr;

	(void)context;
	switch (info->si_code) {
	case BUS_MCEERR_AR:
		lost(address, true);
		return;
	case BUS_MCEERR_AO:
		lost(address, false);
		return;
	case BUS_ADRERR:
		end(STATUS_HOST,
		    "SIGBUS: the kernel or initrd has become shorter while it "
		    "was in use",
		    address);
	default:
		/* Somebody sent it, or it is our bug: it kills on return. */
		terminal_restore();
		signal(signal_number, SIG_DFL);
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid),
			signal_number);
	}
}

void memory_failure_catch(const struct ram *ram)
{
	struct sigaction action = { .sa_sigaction = on_sigbus,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	vm_ram = ram;
	sigaction(SIGBUS, &action, NULL);
}

void memory_failure_tell_early(void)
{
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
}
