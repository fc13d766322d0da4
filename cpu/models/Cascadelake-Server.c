/*
 * Cascadelake-Server: the Xeon Scalable of 2019 (Cascade Lake-SP), by QEMU's
 * name and with QEMU's versions. Intel SDM vol. 2 (CPUID); the caches are
 * those of a Xeon Platinum 8280: 1.375 MiB of L3 a core, 28 cores.
 *
 * Left out: as in Skylake-Server.c. Version 4 changed only what concerns
 * guests of guests.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model cascadelake_server;

const struct cpu_model cascadelake_server = {
	.name = "Cascadelake-Server",
	.vendor = "GenuineIntel",
	.level = 0xD,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 85,
	.stepping = 6,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = HASWELL_1_ECX,
	.features[FEATURES_7_0_EBX] = XEON_7_0_EBX,
	.features[FEATURES_7_0_ECX] = FEATURE(PKU) | FEATURE(AVX512VNNI),
	.features[FEATURES_7_0_EDX] = FEATURE(SPEC_CTRL) | FEATURE(SSBD),
	.features[FEATURES_D_1_EAX] = XEON_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = XEON_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = XEON_8000_0001_ECX,
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 1024, 16) },
		{ CACHE(UNIFIED, 3, PACKAGE, 77 * 512, 11),
		  .has_complex_indexing = true },
	},
	.model_id = "Intel Xeon Processor (Cascadelake)",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2,
		  .change = "+arch_capabilities,+rdctl_no,+ibrs_all,"
			    "+skip_l1dfl_vmentry,+mds_no" },
		{ .number = 3, .change = "-hle,-rtm" },
		{ .number = 4, .change = "" },
		{ .number = 5, .change = "+xsaves" },
	},
};
