/*
 * Skylake-Server: the Xeon Scalable of 2017 (Skylake-SP), by QEMU's name and
 * with QEMU's versions. Intel SDM vol. 2 (CPUID); the caches are those of a
 * Xeon Platinum 8160: 1.375 MiB of L3 a core, 24 cores.
 *
 * Left out as QEMU leaves them out: MPX, which is gone from later CPUs and from
 * Linux; Processor Trace; XSAVES, but for version 5. CLFLUSHOPT is gone from
 * version 2 on, by an oversight there that is kept, so that a version is one
 * thing everywhere. Version 4 changed only what concerns guests of guests.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model skylake_server;

const struct cpu_model skylake_server = {
	.name = "Skylake-Server",
	.vendor = "GenuineIntel",
	.level = 0xD,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 85,
	.stepping = 4,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = HASWELL_1_ECX,
	.features[FEATURES_7_0_EBX] = XEON_7_0_EBX,
	.features[FEATURES_7_0_ECX] = FEATURE(PKU),
	.features[FEATURES_D_1_EAX] = XEON_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = XEON_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = XEON_8000_0001_ECX,
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 1024, 16) },
		{ CACHE(UNIFIED, 3, PACKAGE, 33 * 1024, 11),
		  .has_complex_indexing = true },
	},
	.model_id = "Intel Xeon Processor (Skylake)",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2,
		  .change = "-clflushopt,+spec_ctrl",
		  .model_id = "Intel Xeon Processor (Skylake, IBRS)" },
		{ .number = 3,
		  .change = "-hle,-rtm",
		  .model_id = "Intel Xeon Processor (Skylake, IBRS, no TSX)" },
		{ .number = 4, .change = "" },
		{ .number = 5, .change = "+xsaves" },
	},
};
