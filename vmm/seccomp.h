/*
 * Which system calls a thread may make: a filter for each kind of thread, made
 * of the rows of one table (vmm/seccomp_table.c), which `mayfly doctor
 * --sandbox` prints.
 *
 * Order: seccomp_begin in the first thread once all is set up and before any
 * other thread is started; it holds for that thread and, as they inherit it,
 * for all that are started later. Then seccomp_narrow in each thread, the first
 * one too, that is to have less. no_new_privs is set before.
 *
 * What a filter forbids raises SIGSYS in the thread that tried: one line with
 * the thread's kind and the system call's name, and the process ends with
 * STATUS_DIED.
 *
 * Source: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
 */
#ifndef VMM_SECCOMP_H
#define VMM_SECCOMP_H

#include "vmm/reason.h"

#include <stdbool.h>

enum seccomp_kind {
	SECCOMP_ATTENDANT, /* attends to the VM and starts the others: has what
			      any of them has */
	SECCOMP_VCPU,
	SECCOMP_IO,
};

/* What the VM is made of: what it has not, nobody may use. */
struct seccomp_facts {
	int kvm, vm;      /* descriptors; -1: any, for a VM that restarts */
	bool has_restart; /* --on-reset=restart: a start's calls as well */
	bool has_disk, has_net, has_vsock, has_virtio;
};

/*
 * Off, as with --no-sandbox, until this is called: then seccomp_narrow does
 * nothing. The facts are copied.
 */
bool seccomp_begin(const struct seccomp_facts *facts, struct reason *why);

/* For the calling thread, for good. `vcpu` is the descriptor of its vCPU, for
 * SECCOMP_VCPU. In a VM that restarts the first thread is not narrowed. */
bool seccomp_narrow(enum seccomp_kind kind, int vcpu, struct reason *why);

#endif
