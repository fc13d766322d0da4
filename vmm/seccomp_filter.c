/*
 * A filter is a list of calls: its size is what a start pays for. The kernel
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

enum fate { FORBIDDEN, CHECKED, ALLOWED };

/* Until it is known how far away the answer is. */
#define TO_ALLOW 0xFF

struct maker {
	struct sock_filter *filter;
	unsigned length;
	const struct seccomp_facts *facts;
	enum seccomp_kind kind;
	int vcpu;
	unsigned parts; /* of the VM */
};

static unsigned parts_of(const struct seccomp_facts *facts)
{
	return (facts->has_virtio ? DEVICE : 0) | (facts->has_disk ? DISK : 0) |
	       (facts->has_net ? NET : 0) | (facts->has_vsock ? VSOCK : 0) |
	       (facts->has_smp ? SMP : 0) | (facts->has_restart ? RESTART : 0) |
	       (facts->has_testdev ? TESTDEV : 0);
}

static bool is_for(const struct maker *maker, const struct seccomp_row *row)
{
	unsigned who =
	    maker->kind == SECCOMP_ATTENDANT ? EACH : 1U << maker->kind;

	return row->threads & who &&
	       (row->parts == ALWAYS || row->parts & maker->parts);
}

static void add(struct maker *maker, uint16_t code, uint32_t k, unsigned yes,
		unsigned no)
{
	assert(maker->length < SECCOMP_FILTER_MAX && yes < 256 && no < 256);
	maker->filter[maker->length++] =
	    (struct sock_filter){ code, (uint8_t)yes, (uint8_t)no, k };
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

/* Allowed if it is equal, else on. */
static void allow_if(struct maker *maker, uint32_t value)
{
	add(maker, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	answer(maker, SECCOMP_RET_ALLOW);
}

/* -1: any. */
static int descriptor_of(const struct maker *maker, uint32_t fd)
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

/* With the request loaded, and still so when it is another one. */
static void allow_request(struct maker *maker, const struct seccomp_row *row)
{
	int fd = descriptor_of(maker, row->argument);

	if (fd < 0 && row->argument != FD_TERMINAL) {
		allow_if(maker, row->value);
		return;
	}
	add(maker, BPF_JMP | BPF_JEQ | BPF_K, row->value, 0, 4);
	load_argument(maker, 0);
	if (row->argument == FD_TERMINAL)
		add(maker, BPF_JMP | BPF_JGT | BPF_K, 2, 1, 0);
	else
		add(maker, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)fd, 0, 1);
	answer(maker, SECCOMP_RET_ALLOW);
	answer(maker, SECCOMP_RET_TRAP);
}

static void allow_masked(struct maker *maker, unsigned number, uint32_t mask,
			 uint32_t value)
{
	load_argument(maker, number);
	add(maker, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	allow_if(maker, value);
}

static void check(struct maker *maker, const struct seccomp_row *row)
{
	switch (row->check) {
	case CHECK_REFUSED:
		answer(maker, SECCOMP_RET_ERRNO | row->value);
		return;
	case CHECK_IOCTL:
		allow_request(maker, row);
		return;
	case CHECK_PID:
		load_argument(maker, row->argument);
		allow_if(maker, maker->facts->pid);
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
		allow_if(maker, row->value);
	}
}

/* All rows of the call whose first one it is: one of them has to fit. */
static void check_all(struct maker *maker, unsigned first)
{
	uint16_t call = seccomp_rows[first].call;

	if (call == SYS_ioctl)
		load_argument(maker, 1);
	for (unsigned i = first; i < seccomp_row_count; i++)
		if (seccomp_rows[i].call == call &&
		    is_for(maker, &seccomp_rows[i]))
			check(maker, &seccomp_rows[i]);
	answer(maker, SECCOMP_RET_TRAP);
}

/* What becomes of each call, in `fates`, of CALLS. */
static void look_up(const struct maker *maker, uint8_t *fates)
{
	memset(fates, FORBIDDEN, CALLS);
	for (unsigned i = 0; i < seccomp_row_count; i++) {
		const struct seccomp_row *row = &seccomp_rows[i];

		assert(row->call < CALLS);
		if (!is_for(maker, row))
			continue;
		if (row->check == CHECK_NOTHING)
			fates[row->call] = ALLOWED;
		else if (fates[row->call] == FORBIDDEN)
			fates[row->call] = CHECKED;
	}
}

/*
 * The calls, in the order of the table. The checks stand behind the list: a
 * jump to them has 32 bits, and their row first, instead of the distance.
 */
static void add_list(struct maker *maker)
{
	unsigned from = maker->length;
	uint8_t fates[CALLS];

	look_up(maker, fates);
	for (unsigned i = 0; i < seccomp_row_count; i++) {
		uint16_t call = seccomp_rows[i].call;
		uint8_t fate = fates[call];

		fates[call] = FORBIDDEN; /* no second time */
		if (fate == ALLOWED) {
			add(maker, BPF_JMP | BPF_JEQ | BPF_K, call, TO_ALLOW,
			    0);
		} else if (fate == CHECKED) {
			add(maker, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
			add(maker, BPF_JMP | BPF_JA, i, 0, 0);
		}
	}
	answer(maker, SECCOMP_RET_TRAP);
	for (unsigned i = from; i < maker->length; i++)
		if (maker->filter[i].jt == TO_ALLOW)
			maker->filter[i].jt = (uint8_t)(maker->length - i - 1);
	answer(maker, SECCOMP_RET_ALLOW);
}

/* Jumps that have a row yet get the way to its checks. */
static void add_checks(struct maker *maker)
{
	unsigned list = maker->length;

	for (unsigned i = 0; i < list; i++) {
		struct sock_filter *jump = &maker->filter[i];
		unsigned row = jump->k;

		if (jump->code != (BPF_JMP | BPF_JA))
			continue;
		jump->k = maker->length - i - 1;
		check_all(maker, row);
	}
}

unsigned seccomp_filter_make(const struct seccomp_facts *facts,
			     enum seccomp_kind kind, int vcpu,
			     struct sock_filter filter[SECCOMP_FILTER_MAX])
{
	struct maker maker = { .filter = filter,
			       .facts = facts,
			       .kind = kind,
			       .vcpu = vcpu,
			       .parts = parts_of(facts) };

	load_argument(&maker, 0); /* see above */
	load(&maker, offsetof(struct seccomp_data, arch));
	add(&maker, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	answer(&maker, SECCOMP_RET_TRAP);
	load(&maker, offsetof(struct seccomp_data, nr));
	add_list(&maker);
	add_checks(&maker);
	return maker.length;
}
