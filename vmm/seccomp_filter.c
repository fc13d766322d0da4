/*
 * A filter is a list of calls, and of what to check of them, that has each
 * answer once: its size is what a start pays for, some 12 microseconds and an
 * eighth of one for each instruction, which the kernel compiles. The kernel
 * does not run it for calls that it allows whatever their arguments are; which
 * ones these are it finds out beforehand, for each number there is (since Linux
 * 5.11), but not of a filter that looks at an argument first. That takes longer
 * than it spares a VM whose calls are mostly KVM_RUN, which looks at arguments
 * anyway: so each filter begins with an argument. A start was 30 microseconds
 * longer with a search tree that the kernel could run beforehand.
 */
#include "vmm/seccomp_filter.h"

#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/vhost.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_VMA /* Linux 5.17 */
#define PR_SET_VMA 0x53564d41
#endif
#ifndef ARCH_REQ_XCOMP_GUEST_PERM /* Linux 5.17 */
#define ARCH_REQ_XCOMP_GUEST_PERM 0x1025
#endif

/* How musl starts a thread; DETACHED means nothing. */
#define DETACHED 0x400000
#define THREAD_FLAGS                                                           \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |    \
	 CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |                  \
	 CLONE_CHILD_CLEARTID)

/* How vmm/outlet.c opens standard output once more; 0100000: O_LARGEFILE. */
#define OUTLET_FLAGS (O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | 0100000)

const struct seccomp_row seccomp_rows[] = {
#define ROW(name, who, which, what, why)                                       \
	{ .call = SYS_##name, .threads = who, .parts = which, what },
#include "vmm/seccomp_rows.h"
#undef ROW
};

const unsigned seccomp_row_count = sizeof(seccomp_rows) / sizeof(*seccomp_rows);

/* Beyond them no row has a call, and x32's numbers begin far beyond. */
#define CALLS 512

/* Where a jump goes, until it is known how far away that is. */
enum {
	NEXT = 0,
	TO_FD = 0xF0, /* and a seccomp_fd: has the request its descriptor? */
	TO_CHECKS = 0xFD,
	TO_TRAP = 0xFE,
	TO_ALLOW = 0xFF,
};

static_assert(SECCOMP_FILTER_MAX <= TO_FD, "no distance is one of these");

struct maker {
	struct sock_filter *filter;
	unsigned length;
	const struct seccomp_facts *facts;
	enum seccomp_kind kind;
	int vcpu;
	const struct seccomp_row
	    *rows[sizeof(seccomp_rows) / sizeof(*seccomp_rows)];
	unsigned row_count; /* that are for the thread, and for the VM */
};

static unsigned parts_of(const struct seccomp_facts *facts)
{
	return (facts->has_virtio ? DEVICE : 0) | (facts->has_disk ? DISK : 0) |
	       (facts->has_net ? NET : 0) | (facts->has_vsock ? VSOCK : 0) |
	       (facts->has_smp ? SMP : 0) | (facts->has_restart ? RESTART : 0) |
	       (facts->has_testdev ? TESTDEV : 0);
}

static void choose_rows(struct maker *maker)
{
	unsigned who =
	    maker->kind == SECCOMP_ATTENDANT ? EACH : 1U << maker->kind;
	unsigned parts = parts_of(maker->facts);

	for (unsigned i = 0; i < seccomp_row_count; i++) {
		const struct seccomp_row *row = &seccomp_rows[i];

		if (row->threads & who &&
		    (row->parts == ALWAYS || row->parts & parts))
			maker->rows[maker->row_count++] = row;
	}
}

static void add(struct maker *maker, uint16_t code, uint32_t k, uint8_t yes,
		uint8_t no)
{
	assert(maker->length < SECCOMP_FILTER_MAX);
	maker->filter[maker->length++] =
	    (struct sock_filter){ code, yes, no, k };
}

static void load(struct maker *maker, uint32_t offset)
{
	add(maker, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

/* The lower half of an argument. */
static void load_argument(struct maker *maker, unsigned number)
{
	load(maker, (uint32_t)(offsetof(struct seccomp_data, args) +
			       number * sizeof(uint64_t)));
}

static void answer(struct maker *maker, uint32_t action)
{
	add(maker, BPF_RET | BPF_K, action, 0, 0);
}

static void jump_if(struct maker *maker, uint32_t value, uint8_t yes,
		    uint8_t no)
{
	add(maker, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

/* What the last comparison does not let go on is forbidden. */
static void else_trap(struct maker *maker)
{
	maker->filter[maker->length - 1].jf = TO_TRAP;
}

/* The jumps to `target`, from the instruction `from` on, come here. */
static bool land(struct maker *maker, unsigned from, uint8_t target)
{
	bool is_used = false;

	for (unsigned i = from; i < maker->length; i++) {
		struct sock_filter *jump = &maker->filter[i];
		uint8_t distance = (uint8_t)(maker->length - i - 1);

		if (BPF_CLASS(jump->code) != BPF_JMP)
			continue;
		is_used |= jump->jt == target || jump->jf == target;
		if (jump->jt == target)
			jump->jt = distance;
		if (jump->jf == target)
			jump->jf = distance;
	}
	return is_used;
}

/* -1: any. */
static int descriptor_of(const struct maker *maker, unsigned fd)
{
	switch (fd) {
	case FD_KVM:
		return maker->facts->kvm;
	case FD_VM:
		return maker->facts->has_restart ? -1 : maker->facts->vm;
	case FD_VCPU:
		return maker->kind == SECCOMP_VCPU ? maker->vcpu : -1;
	default:
		return -1;
	}
}

/* The requests, and then for each kind of descriptor whether it is that. */
static void check_requests(struct maker *maker)
{
	unsigned from = maker->length;

	load_argument(maker, 1);
	for (unsigned i = 0; i < maker->row_count; i++) {
		const struct seccomp_row *row = maker->rows[i];
		unsigned fd = row->argument;
		bool is_any = fd != FD_TERMINAL && descriptor_of(maker, fd) < 0;

		if (row->call == SYS_ioctl)
			jump_if(maker, row->value,
				(uint8_t)(is_any ? TO_ALLOW : TO_FD + fd),
				NEXT);
	}
	else_trap(maker);
	for (unsigned fd = 0; fd < FD_KINDS; fd++) {
		if (!land(maker, from, (uint8_t)(TO_FD + fd)))
			continue;
		load_argument(maker, 0);
		if (fd == FD_TERMINAL)
			add(maker, BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO,
			    TO_TRAP, TO_ALLOW);
		else
			jump_if(maker, (uint32_t)descriptor_of(maker, fd),
				TO_ALLOW, TO_TRAP);
	}
}

static void allow_masked(struct maker *maker, unsigned number, uint32_t mask,
			 uint32_t value)
{
	load_argument(maker, number);
	add(maker, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	jump_if(maker, value, TO_ALLOW, NEXT);
}

static void check(struct maker *maker, const struct seccomp_row *row)
{
	switch (row->check) {
	case CHECK_PID:
		load_argument(maker, row->argument);
		jump_if(maker, maker->facts->pid, TO_ALLOW, NEXT);
		return;
	case CHECK_THREAD:
		allow_masked(maker, row->argument, ~(uint32_t)DETACHED,
			     THREAD_FLAGS);
		return;
	case CHECK_WITHOUT:
		allow_masked(maker, row->argument, row->value, 0);
		return;
	default:
		load_argument(maker, row->argument);
		jump_if(maker, row->value, TO_ALLOW, NEXT);
	}
}

/* One of the call's rows has to fit; one that refuses is the only one. */
static void check_all(struct maker *maker, uint32_t call)
{
	if (call == SYS_ioctl) {
		check_requests(maker);
		return;
	}
	for (unsigned i = 0; i < maker->row_count; i++) {
		const struct seccomp_row *row = maker->rows[i];

		if (row->call != call)
			continue;
		if (row->check == CHECK_REFUSED) {
			answer(maker, SECCOMP_RET_ERRNO | row->value);
			return;
		}
		check(maker, row);
	}
	else_trap(maker);
}

/* The calls, in the order of the table. */
static void add_list(struct maker *maker)
{
	uint8_t where[CALLS] = { 0 };

	for (unsigned i = 0; i < maker->row_count; i++) {
		const struct seccomp_row *row = maker->rows[i];

		assert(row->call < CALLS);
		if (row->check == CHECK_NOTHING)
			where[row->call] = TO_ALLOW;
		else if (!where[row->call])
			where[row->call] = TO_CHECKS;
	}
	for (unsigned i = 0; i < maker->row_count; i++) {
		uint16_t call = maker->rows[i]->call;

		if (where[call])
			jump_if(maker, call, where[call], NEXT);
		where[call] = 0; /* no second time */
	}
	else_trap(maker);
}

/* Behind the list. */
static void add_checks(struct maker *maker)
{
	unsigned end = maker->length;

	for (unsigned i = 0; i < end; i++) {
		struct sock_filter *jump = &maker->filter[i];

		if (jump->jt != TO_CHECKS)
			continue;
		jump->jt = (uint8_t)(maker->length - i - 1);
		check_all(maker, jump->k);
	}
}

unsigned seccomp_filter_make(const struct seccomp_facts *facts,
			     enum seccomp_kind kind, int vcpu,
			     struct sock_filter filter[SECCOMP_FILTER_MAX])
{
	struct maker maker = {
		.filter = filter, .facts = facts, .kind = kind, .vcpu = vcpu
	};

	choose_rows(&maker);
	load_argument(&maker, 0); /* see above */
	load(&maker, offsetof(struct seccomp_data, arch));
	jump_if(&maker, AUDIT_ARCH_X86_64, 1, NEXT);
	answer(&maker, SECCOMP_RET_TRAP);
	load(&maker, offsetof(struct seccomp_data, nr));
	add_list(&maker);
	add_checks(&maker);
	land(&maker, 0, TO_TRAP);
	answer(&maker, SECCOMP_RET_TRAP);
	land(&maker, 0, TO_ALLOW);
	answer(&maker, SECCOMP_RET_ALLOW);
	return maker.length;
}
