/*
 * SapphireRapids: the Xeon Scalable of 2023 (Sapphire Rapids-SP), by QEMU's
 * name and with QEMU's versions. Intel SDM vol. 2 (CPUID); the caches are those
 * that QEMU's version 4 has: 60 MiB of L3 for 32 cores.
 *
 * AMX needs a host whose kernel lets a process have it (Linux 5.17). Left out:
 * as in Icelake-Server.c. Version 4 has the caches and leaf 0x1F, which here
 * all versions have.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model sapphire_rapids;

const struct cpu_model sapphire_rapids = {
	.name = "SapphireRapids",
	.vendor = "GenuineIntel",
	.level = 0x20,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 143,
	.stepping = 4,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = HASWELL_1_ECX,
	.features[FEATURES_7_0_EBX] =
	    XEON_7_0_EBX | FEATURE(AVX512IFMA) | FEATURE(SHA_NI),
	.features[FEATURES_7_0_ECX] =
	    ICELAKE_7_0_ECX | FEATURE(RDPID) | FEATURE(BUS_LOCK_DETECT),
	.features[FEATURES_7_0_EDX] =
	    FEATURE(FSRM) | FEATURE(SERIALIZE) | FEATURE(TSX_LDTRK) |
	    FEATURE(AMX_BF16) | FEATURE(AVX512_FP16) | FEATURE(AMX_TILE) |
	    FEATURE(AMX_INT8) | FEATURE(SPEC_CTRL) |
	    FEATURE(ARCH_CAPABILITIES) | FEATURE(SSBD),
	.features[FEATURES_7_1_EAX] = FEATURE(AVX_VNNI) | FEATURE(AVX512_BF16) |
				      FEATURE(FZRM) | FEATURE(FSRS) |
				      FEATURE(FSRC),
	.features[FEATURES_D_1_EAX] =
	    XEON_D_1_EAX | FEATURE(XSAVES) | FEATURE(XFD),
	.features[FEATURES_8000_0001_EDX] = XEON_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = XEON_8000_0001_ECX,
	.features[FEATURES_8000_0008_EBX] = FEATURE(WBNOINVD),
	.features[FEATURES_ARCH_CAPABILITIES] =
	    FEATURE(RDCTL_NO) | FEATURE(IBRS_ALL) |
	    FEATURE(SKIP_L1DFL_VMENTRY) | FEATURE(MDS_NO) |
	    FEATURE(PSCHANGE_MC_NO) | FEATURE(TAA_NO),
	.caches = {
		{ CACHE(DATA, 1, CORE, 48, 12) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 2048, 16) },
		{ CACHE(UNIFIED, 3, PACKAGE, 60 * 1024, 15),
		  .has_complex_indexing = true },
	},
	.model_id = "Intel Xeon Processor (SapphireRapids)",
	.physical_address_bits = 40,
	.linear_address_bits = 57,
	.versions = {
		{ .number = 2, .change = "+sbdr_ssdp_no,+fbsdp_no,+psdp_no" },
		{ .number = 3,
		  .change = "+ss,+tsc_adjust,+cldemote,+movdiri,+movdir64b" },
		{ .number = 4, .change = "" },
	},
};
