/*
 * A filter of system calls, made of the rows of vmm/seccomp_rows.h: what the
 * words of a row mean, and the program that the kernel runs at each call.
 *
 * Source: Documentation/userspace-api/seccomp_filter.rst.
 */
#ifndef VMM_SECCOMP_FILTER_H
#define VMM_SECCOMP_FILTER_H

#include "vmm/seccomp.h"

#include <linux/filter.h>
#include <stdint.h>

/* A row's threads: who makes the call. */
enum {
	MAIN = 1 << SECCOMP_ATTENDANT, /* and who starts a VM again */
	VCPU = 1 << SECCOMP_VCPU,
	IO = 1 << SECCOMP_IO,
	EACH = MAIN | VCPU | IO,
};

/* A row's parts: it is for a VM that has any of them. */
enum {
	ALWAYS = 0,
	DEVICE = 1 << 0, /* any virtio device */
	DISK = 1 << 1,
	NET = 1 << 2,
	VSOCK = 1 << 3,
	SMP = 1 << 4,     /* more than one vCPU */
	RESTART = 1 << 5, /* --on-reset=restart */
	TESTDEV = 1 << 6, /* --testdev */
};

/* What the descriptor of an ioctl has to be. */
enum seccomp_fd {
	FD_ANY,
	FD_TERMINAL, /* one of the standard files */
	FD_KVM,      /* /dev/kvm, as it was opened */
	FD_VM,       /* the VM's; any when it restarts */
	FD_VCPU,     /* the thread's own vCPU's; any for the attendant */
	FD_KINDS,
};

enum seccomp_check {
	CHECK_NOTHING,
	CHECK_IS,      /* the argument is `value` */
	CHECK_WITHOUT, /* it has none of the bits of `value` */
	CHECK_THREAD,  /* it says how a thread of this process is started */
	CHECK_PID,     /* it is the process's id */
	CHECK_IOCTL,   /* the request is `value`, `argument` a seccomp_fd */
	CHECK_REFUSED, /* none passes; errno is `value`, and nobody dies */
};

struct seccomp_row {
	uint32_t call : 9, threads : 3, parts : 7, check : 3, argument : 3;
	uint32_t value;
};

/* A row's checks. */
#define ANY .check = CHECK_NOTHING
#define IS(number, wanted)                                                     \
	.check = CHECK_IS, .argument = number, .value = (uint32_t)(wanted)
#define WITHOUT(number, bits)                                                  \
	.check = CHECK_WITHOUT, .argument = number, .value = (uint32_t)(bits)
#define THREAD(number)  .check = CHECK_THREAD, .argument = number
#define OWN_PID(number) .check = CHECK_PID, .argument = number
#define ON(what, request)                                                      \
	.check = CHECK_IOCTL, .argument = FD_##what,                           \
	.value = (uint32_t)(request)
#define REFUSED(error) .check = CHECK_REFUSED, .value = error

extern const struct seccomp_row seccomp_rows[];
extern const unsigned seccomp_row_count;

/* As many instructions load the call's number; all jumps are behind them. */
#define SECCOMP_FILTER_HEAD 5

/* Room for any filter, and few enough for a jump from its begin to its end. */
#define SECCOMP_FILTER_MAX 240

/*
 * Fills in the filter for a thread; `vcpu` is the descriptor of its vCPU.
 * Returns how many instructions it has.
 */
unsigned seccomp_filter_make(const struct seccomp_facts *facts,
			     enum seccomp_kind kind, int vcpu,
			     struct sock_filter filter[SECCOMP_FILTER_MAX]);

#endif
