/*
 * Which system calls a thread may make: a filter for each kind of thread, made
 * of the rows of one table (vmm/seccomp_rows.h), which `mayfly doctor
 * --sandbox` prints.
 *
 * Order: seccomp_begin in the first thread once all is set up and before any
 * other thread is started; it holds for that thread and, as they inherit it,
 * for all that are started later. Then seccomp_narrow in each thread, the first
 * one too. no_new_privs is set before.
 *
 * What a filter forbids raises SIGSYS in the thread that tried: one line with
 * the thread's kind and the system call's name, and the process ends with
 * status 126. One that has SIGSYS blocked, as musl has all signals for a moment
 * when a thread begins or ends, is killed by SIGSYS without a word.
 *
 * The table is that of a build with musl. One with another libc, and the
 * sanitizers want one, makes other calls: it has no filter, and
 * SECCOMP_HAS_TABLE says so.
 *
 * Source: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
 */
#ifndef VMM_SECCOMP_H
#define VMM_SECCOMP_H

#include "vmm/reason.h"

#include <features.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __GLIBC__
#define SECCOMP_HAS_TABLE false
#else
#define SECCOMP_HAS_TABLE true
#endif

enum seccomp_kind {
	SECCOMP_ATTENDANT, /* attends to the VM and starts the others: has what
			      any of them has */
	SECCOMP_VCPU,
	SECCOMP_IO,
	SECCOMP_KINDS,
};

/* What the VM is made of: what it has not, nobody may use. */
struct seccomp_facts {
	int kvm, vm;      /* descriptors; after a restart `vm` is another */
	bool has_restart; /* --on-reset=restart: a start's calls as well */
	bool has_smp;     /* more than one vCPU */
	bool has_testdev;
	bool has_disk, has_net, has_vsock;
	bool has_virtio; /* any virtio device at all, those too */

	/*
	 * What must not stay behind: the terminal's mode, a vsock's socket. Is
	 * called when a thread has been stopped, before the process ends, by
	 * the signal handler of the attendant, once there is one.
	 */
	void (*clean_up)(void);

	uint32_t pid; /* seccomp_begin fills it in */
};

/*
 * Off, as with --no-sandbox, until this is called: then seccomp_narrow does
 * nothing. The facts are copied.
 */
bool seccomp_begin(const struct seccomp_facts *facts, struct reason *why);

/*
 * For the calling thread, for good; the attendant has all it needs, and is only
 * made known. `id` and `vcpu` are the number and the descriptor of the vCPU,
 * for SECCOMP_VCPU. The first thread of a VM that restarts is not narrowed: it
 * starts the next one.
 */
bool seccomp_narrow(enum seccomp_kind kind, unsigned id, int vcpu,
		    struct reason *why);

#endif
