#include "vmm/memory_failure.h"

#include "cpu/vcpu.h"
#include "vmm/devices.h"
#include "vmm/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_HOST = 125, STATUS_GUEST = 126 };

static const struct ram *vm_ram;
static const char *(*vm_name_of)(const void *address);

/*
 * The thread that is interrupted may hold any lock, and cannot go on: nothing
 * is left to do but this. (snprintf takes no lock in either libc, and for a
 * number and a string allocates nothing.)
 */
static _Noreturn void end(int status, const char *name, const char *what,
			  uint64_t address)
{
	char line[400];

	terminal_restore_at_death();
	devices_close();
	snprintf(line, sizeof(line), "mayfly: %.200s%s%s (at 0x%llx)\n", name,
		 *name ? ": " : "", what, (unsigned long long)address);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		_exit(status);
	_exit(status);
}

/* A page that its file has no more: a copy of the file's is in guest memory. */
static _Noreturn void cut_short(const void *address)
{
	const char *name = vm_name_of(address);

	end(STATUS_HOST, name ? name : "a kernel or initrd",
	    "was cut short while it was in use", (uintptr_t)address);
}

static void lost(uint64_t address, bool required)
{
	uint64_t gpa;

	if (!ram_address_of(vm_ram, (void *)(uintptr_t)address, &gpa))
		end(STATUS_HOST, "",
		    "the host has lost memory of mayfly's own: replace it",
		    address);
	if (!vcpus_memory_lost(gpa, required))
		end(STATUS_GUEST, "",
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
		cut_short(info->si_addr);
	default:
		/* Somebody sent it, or it is our bug: it kills on return. */
		terminal_restore_at_death();
		signal(signal_number, SIG_DFL);
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid),
			signal_number);
	}
}

void memory_failure_catch(const struct ram *ram,
			  const char *(*name_of)(const void *address))
{
	struct sigaction action = { .sa_sigaction = on_sigbus,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	vm_ram = ram;
	vm_name_of = name_of;
	sigaction(SIGBUS, &action, NULL);
}

void memory_failure_tell_early(void)
{
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
}
