/*
 * The kernel runs a filter at each system call but those that it allows
 * whatever their arguments are; which ones these are it finds out beforehand,
 * by running it for each number there is (since Linux 5.11). So a filter is a
 * search tree: a list of its 60 calls would make a start 40 microseconds
 * longer.
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

/* From call `first` on, up to the next one, all have the same answer. */
struct span {
	uint16_t first;
	uint16_t row; /* of the call's first one, or one of these: */
};

enum { FORBIDDEN = 0xFFFF, ALLOWED = 0xFFFE };

#define SPANS_MAX 160

struct maker {
	struct sock_filter *filter;
	unsigned length;
	struct span spans[SPANS_MAX];
	unsigned span_count;
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

/* What each call has, in `rows`, of CALLS. */
static void look_up(const struct maker *maker, uint16_t *rows)
{
	for (unsigned i = 0; i < CALLS; i++)
		rows[i] = FORBIDDEN;
	for (unsigned i = 0; i < seccomp_row_count; i++) {
		uint16_t *row = &rows[seccomp_rows[i].call];

		assert(seccomp_rows[i].call < CALLS);
		if (!is_for(maker, &seccomp_rows[i]))
			continue;
		if (seccomp_rows[i].check == CHECK_NOTHING)
			*row = ALLOWED;
		else if (*row == FORBIDDEN)
			*row = (uint16_t)i;
	}
}

static void find_spans(struct maker *maker)
{
	uint16_t rows[CALLS];

	look_up(maker, rows);
	for (unsigned i = 0; i < CALLS; i++) {
		if (i && rows[i] == rows[i - 1])
			continue;
		assert(maker->span_count < SPANS_MAX);
		maker->spans[maker->span_count++] =
		    (struct span){ (uint16_t)i, rows[i] };
	}
}

/* The checks stand behind the tree: a jump to them has 32 bits. */
static void add_leaf(struct maker *maker, const struct span *span)
{
	if (span->row == FORBIDDEN)
		answer(maker, SECCOMP_RET_TRAP);
	else if (span->row == ALLOWED)
		answer(maker, SECCOMP_RET_ALLOW);
	else
		add(maker, BPF_JMP | BPF_JA, span->row, 0, 0);
}

/* As deep as the logarithm of the spans. NOLINTNEXTLINE(misc-no-recursion) */
static void add_tree(struct maker *maker, unsigned from, unsigned to)
{
	unsigned middle = from + (to - from) / 2, node;

	if (to - from == 1) {
		add_leaf(maker, &maker->spans[from]);
		return;
	}
	node = maker->length;
	add(maker, BPF_JMP | BPF_JGE | BPF_K, maker->spans[middle].first, 0, 0);
	add_tree(maker, from, middle);
	assert(maker->length - node - 1 < 256);
	maker->filter[node].jt = (uint8_t)(maker->length - node - 1);
	add_tree(maker, middle, to);
}

/* Leaves that have a row yet get the way to its checks. */
static void add_checks(struct maker *maker)
{
	unsigned tree = maker->length;

	for (unsigned i = 0; i < tree; i++) {
		struct sock_filter *leaf = &maker->filter[i];
		unsigned row = leaf->k;

		if (leaf->code != (BPF_JMP | BPF_JA))
			continue;
		leaf->k = maker->length - i - 1;
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

	find_spans(&maker);
	load(&maker, offsetof(struct seccomp_data, arch));
	add(&maker, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	answer(&maker, SECCOMP_RET_TRAP);
	load(&maker, offsetof(struct seccomp_data, nr));
	add_tree(&maker, 0, maker.span_count);
	add_checks(&maker);
	return maker.length;
}
