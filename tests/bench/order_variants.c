/*
 * The choices, and what each is compared with.
 */
#include "tests/bench/order.h"

#include <stddef.h>

/* mayfly's threads, and those with the boot vCPU in the first one. */
#define VCPU_NEW   .threads = THREADS_VCPU_NEW, .waiter_ends = true
#define WAITER_NEW .threads = THREADS_WAITER_NEW

#define LONG  "a life of 30 ms"
#define EIGHT "8 vCPUs"
#define TODAY "vCPU in a new thread, the first ends"

const struct choices order_variants[] = {
	{ .name = "base" },
	{ .name = "the base again: noise" },

	/* Chips in the kernel, and what is on its I/O bus. */
	{ .name = "split irqchip before the memory slot", .chips_first = true },
	{ .name = "full irqchip after the slot", .chips = CHIPS_KERNEL },
	{ .name = "full irqchip before the slot",
	  .chips = CHIPS_KERNEL,
	  .chips_first = true },
	{ .name = "full irqchip and PIT", .chips = CHIPS_KERNEL_AND_PIT },
	{ .name = "an ioeventfd", .ioeventfd = true },
	{ .name = "a coalesced port", .coalesced = true },
	{ .name = LONG, .life_ms = 30 },
	{ .name = LONG ", full irqchip",
	  .base = LONG,
	  .life_ms = 30,
	  .chips = CHIPS_KERNEL },
	{ .name = LONG ", full irqchip and PIT",
	  .base = LONG,
	  .life_ms = 30,
	  .chips = CHIPS_KERNEL_AND_PIT },
	{ .name = LONG ", an ioeventfd",
	  .base = LONG,
	  .life_ms = 30,
	  .ioeventfd = true },
	{ .name = LONG ", a coalesced port",
	  .base = LONG,
	  .life_ms = 30,
	  .coalesced = true },
	{ .name = "no TSS address", .no_tss = true },
	{ .name = "no identity map address", .no_identity = true },

	/* The boot vCPU's state. */
	{ .name = "KVM_SET_SREGS, KVM_SET_REGS", .set_calls = true },
	{ .name = "no CPUID table", .cpuid = CPUID_NONE },
	{ .name = "CPUID without the empty leaf 0xD",
	  .cpuid = CPUID_LESS_XSAVE },
	{ .name = "CPUID of Icelake-Server", .cpuid = CPUID_LARGE },
	{ .name = "CPUID of Icelake-Server less leaf 0xD",
	  .cpuid = CPUID_LARGE_LESS_XSAVE },
	{ .name = "KVM_GET_SUPPORTED_CPUID", .ask_supported = true },
	{ .name = "KVM_GET_TSC_KHZ of the VM", .vm_tsc = true },
	{ .name = "no KVM_SET_MSRS", .no_msrs = true },
	{ .name = "no KVM_X86_SETUP_MCE", .no_mce = true },

	/* Threads. */
	{ .name = TODAY, VCPU_NEW },
	{ .name = "vCPU in a new thread, which ends",
	  .threads = THREADS_VCPU_NEW },
	{ .name = "vCPU in a new thread, which configures it",
	  .threads = THREADS_VCPU_EARLY,
	  .waiter_ends = true },
	{ .name = "vCPU in the first thread, which ends", WAITER_NEW },
	{ .name = "vCPU in the first thread, the waiter ends",
	  WAITER_NEW,
	  .waiter_ends = true },
	{ .name = "waiter thread at the first exit, the first ends",
	  .threads = THREADS_WAITER_LATE },
	{ .name = "waiter thread at the first exit, which ends",
	  .threads = THREADS_WAITER_LATE,
	  .waiter_ends = true },

	/* The end. */
	{ .name = "unmaps and closes", .tidy = true },
	{ .name = "joins the thread, unmaps and closes",
	  .base = TODAY,
	  VCPU_NEW,
	  .tidy = true },

	/* Memory. */
	{ .name = "64 KiB of RAM populated", .populate = true },
	{ .name = "RAM with MADV_HUGEPAGE", .huge = true },
	{ .name = "MADV_HUGEPAGE, first 4 MiB NOHUGEPAGE",
	  .huge = true,
	  .small_low = true },
	{ .name = "RAM with MADV_NOHUGEPAGE, first 4 MiB", .small_low = true },
	{ .name = "RAM without MAP_NORESERVE", .reserve = true },
	{ .name = "RAM not aligned to 2 MiB", .unaligned = true },
	{ .name = "RAM named", .named = true },

	{ .name = "100 trivial calls", .trivial = 100 },

	/* More vCPUs. */
	{ .name = EIGHT, .base = TODAY, .vcpus = 8, VCPU_NEW },
	{ .name = EIGHT ", created by two threads",
	  .base = EIGHT,
	  .vcpus = 8,
	  .makers = MADE_BY_TWO,
	  VCPU_NEW },
	{ .name = EIGHT ", each created by its own thread",
	  .base = EIGHT,
	  .vcpus = 8,
	  .makers = MADE_BY_EACH,
	  VCPU_NEW },
	{ .name = EIGHT ", configured before the boot vCPU runs",
	  .base = EIGHT,
	  .vcpus = 8,
	  .configured_first = true,
	  VCPU_NEW },
	{ .name = EIGHT ", boot vCPU in the first thread",
	  .base = EIGHT,
	  .vcpus = 8,
	  WAITER_NEW },
	{ .name = EIGHT ", the same, others created beside it",
	  .base = EIGHT,
	  .vcpus = 8,
	  .chips_first = true,
	  .makers = MADE_BESIDE,
	  WAITER_NEW },
	{ .name = EIGHT ", the same, others created meanwhile",
	  .base = EIGHT,
	  .vcpus = 8,
	  .makers = MADE_MEANWHILE,
	  WAITER_NEW },
};

const unsigned order_variant_count =
    sizeof(order_variants) / sizeof(order_variants[0]);
