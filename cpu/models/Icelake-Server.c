/*
 * Icelake-Server: the Xeon Scalable of 2021 (Ice Lake-SP), by QEMU's name and
 * with QEMU's versions. Intel SDM vol. 2 (CPUID); the caches are those of a
 * Xeon Platinum 8358: 48 MiB of L3 for 32 cores.
 *
 * Versions 1 to 3 have the model number 134, of no server that was sold, as
 * QEMU has it; from 4 on it is Ice Lake-SP's own, 106. Left out: as in
 * Skylake-Server.c; SGX. Version 6 changed only what concerns guests of guests.
 * Version 7 gives TSX back, safe since 3 tells TAA_NO.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model icelake_server;

const struct cpu_model icelake_server = {
	.name = "Icelake-Server",
	.vendor = "GenuineIntel",
	.level = 0xD,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 134,
	.stepping = 0,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = HASWELL_1_ECX,
	.features[FEATURES_7_0_EBX] = XEON_7_0_EBX,
	.features[FEATURES_7_0_ECX] = ICELAKE_7_0_ECX,
	.features[FEATURES_7_0_EDX] = FEATURE(SPEC_CTRL) | FEATURE(SSBD),
	.features[FEATURES_D_1_EAX] = XEON_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = XEON_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = XEON_8000_0001_ECX,
	.features[FEATURES_8000_0008_EBX] = FEATURE(WBNOINVD),
	.caches = {
		{ CACHE(DATA, 1, CORE, 48, 12) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 1280, 20) },
		{ CACHE(UNIFIED, 3, PACKAGE, 48 * 1024, 12),
		  .has_complex_indexing = true },
	},
	.model_id = "Intel Xeon Processor (Icelake)",
	.physical_address_bits = 40,
	.linear_address_bits = 57,
	.versions = {
		{ .number = 2, .change = "-hle,-rtm" },
		{ .number = 3,
		  .change = "+arch_capabilities,+rdctl_no,+ibrs_all,"
			    "+skip_l1dfl_vmentry,+mds_no,+pschange_mc_no,"
			    "+taa_no" },
		{ .number = 4,
		  .change = "+sha_ni,+avx512ifma,+rdpid,+fsrm",
		  .model = 106 },
		{ .number = 5, .change = "+xsaves" },
		{ .number = 6, .change = "" },
		{ .number = 7, .change = "+hle,+rtm" },
	},
};
