/*
 * What a start of a VM may do otherwise than mayfly does, and how long it then
 * takes. `order` is one program: as a driver it runs itself, again and again,
 * as the smallest of monitors.
 */
#ifndef TESTS_BENCH_ORDER_H
#define TESTS_BENCH_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Which chips KVM has, besides the LAPICs. */
enum chips { CHIPS_SPLIT, CHIPS_KERNEL, CHIPS_KERNEL_AND_PIT };

/* The table that every vCPU is given. */
enum cpuid {
	CPUID_COMPILED,
	CPUID_NONE,
	CPUID_LESS_XSAVE, /* the compiled one without leaf 0xD */
	CPUID_LARGE,
	CPUID_LARGE_LESS_XSAVE,
};

/* The thread that runs the boot vCPU, and the one that waits for the end. */
enum threads {
	THREADS_ONE,         /* nobody waits */
	THREADS_VCPU_NEW,    /* a new thread runs it, the first one waits */
	THREADS_VCPU_EARLY,  /* the same; the new one configures it, too */
	THREADS_WAITER_NEW,  /* the first runs it, a new one waits */
	THREADS_WAITER_LATE, /* the same, created at the first exit */
};

/* Who makes secondary vCPUs, before the boot vCPU runs unless said. */
enum makers {
	MADE_BY_ONE,
	MADE_BY_TWO,  /* the first thread and another, half each */
	MADE_BY_EACH, /* each by its own thread */
	/* By the new thread, */
	MADE_BESIDE,    /* as the first one gives memory, makes the boot vCPU */
	MADE_MEANWHILE, /* as the boot vCPU runs */
};

/* All zero is the base: what mayfly does, in as few steps as there can be. */
struct choices {
	const char *name;
	const char *base; /* the variant to compare with; NULL: the first */
	unsigned vcpus;   /* 0: one */
	unsigned life_ms; /* the guest waits so long before its end */

	enum chips chips;
	bool chips_first; /* before the memory slot */
	bool ioeventfd, coalesced;
	bool no_tss, no_identity;

	enum cpuid cpuid;
	bool ask_supported; /* KVM_GET_SUPPORTED_CPUID */
	bool set_calls;     /* KVM_SET_SREGS and SET_REGS, no SYNC_REGS */
	bool no_msrs, no_mce;
	bool vm_tsc; /* its frequency is asked of the VM, not the vCPU */

	enum threads threads;
	bool waiter_ends; /* it is woken, and then ends the process */
	enum makers makers;
	bool configured_first; /* all vCPUs, before the boot vCPU runs */
	bool tidy;             /* joins, unmaps, closes at the end */

	bool populate, huge, reserve, unaligned, named;
	bool small_low;   /* no huge pages in the first 4 MiB */
	unsigned trivial; /* so many system calls that do nothing */
};

extern const struct choices order_variants[];
extern const unsigned order_variant_count;

/* A call of the start, with the nanoseconds that it took. */
#define ORDER_CALLS_MAX 64
struct order_call {
	char name[32];
	uint64_t ns;
};

/* What a start tells the driver, through ORDER_REPORT_FD: CLOCK_MONOTONIC. */
#define ORDER_REPORT_FD 3
struct order_report {
	uint64_t main_ns, first_exit_ns, end_ns;
	uint32_t call_count; /* 0 unless they were to be timed */
	struct order_call calls[ORDER_CALLS_MAX];
};

/* Starts a VM, and ends the process when the guest has ended. */
_Noreturn void order_start(const struct choices *choices, bool time_calls);

#endif
