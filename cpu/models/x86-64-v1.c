/*
 * x86-64-v1: the baseline of the x86-64 psABI, which every KVM backend runs.
 *
 * No SSE3, CX16, XSAVE or POPCNT, and no invariant TSC, so that Linux takes
 * kvm-clock. Vendor and family are those of the first CPUs of that level (AMD
 * K8). These had no threads, and no leaves to tell of them; here there are
 * leaf 0xB and TOPOEXT, so that a guest sees those that --cpus asks for.
 */
#include "cpu/models/model.h"

extern const struct cpu_model x86_64_v1;

const struct cpu_model x86_64_v1 = {
	.name = "x86-64-v1",
	.vendor = "AuthenticAMD",
	.level = 0xB,
	.xlevel = 0x8000001E,
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
	.features[FEATURES_8000_0001_EDX] =
	    FEATURE(SYSCALL) | FEATURE(NX) | FEATURE(LM),
	.features[FEATURES_8000_0001_ECX] = FEATURE(TOPOEXT),
	.model_id = "mayfly x86-64-v1",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
};
