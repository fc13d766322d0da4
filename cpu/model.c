/*
 * x86-64-v1: the baseline of the x86-64 psABI, which every KVM backend runs.
 *
 * No SSE3, CX16, XSAVE or POPCNT, and no invariant TSC, so that Linux takes
 * kvm-clock. Beyond the baseline it has what KVM itself provides whatever the
 * host: x2APIC and the TSC deadline timer of the in-kernel LAPIC. Vendor and
 * family are those of the first CPUs of that level (AMD K8).
 */
#include "cpu/model.h"

const struct cpu_model cpu_model = {
	.name = "x86-64-v1",
	.vendor = "AuthenticAMD",
	.level = 0x1,
	.xlevel = 0x80000008,
	.family = 15,
	.model = 107,
	.stepping = 1,
	.features[FEATURES_1_EDX] =
	    FEATURE(FPU) | FEATURE(DE) | FEATURE(PSE) | FEATURE(TSC) |
	    FEATURE(MSR) | FEATURE(PAE) | FEATURE(MCE) | FEATURE(CX8) |
	    FEATURE(APIC) | FEATURE(SEP) | FEATURE(MTRR) | FEATURE(PGE) |
	    FEATURE(MCA) | FEATURE(CMOV) | FEATURE(PAT) | FEATURE(PSE36) |
	    FEATURE(CLFLUSH) | FEATURE(MMX) | FEATURE(FXSR) | FEATURE(SSE) |
	    FEATURE(SSE2),
	.features[FEATURES_1_ECX] =
	    FEATURE(X2APIC) | FEATURE(TSC_DEADLINE) | FEATURE(HYPERVISOR),
	.features[FEATURES_8000_0001_EDX] =
	    FEATURE(SYSCALL) | FEATURE(NX) | FEATURE(LM),
	.model_id = "mayfly x86-64-v1",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
};
