/*
 * Broadwell: Intel's core of 2014, by QEMU's name and with QEMU's versions, the
 * laptop's model number among them. Intel SDM vol. 2 (CPUID); the caches are
 * those of a Core i7-5600U.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model broadwell;

const struct cpu_model broadwell = {
	.name = "Broadwell",
	.vendor = "GenuineIntel",
	.level = 0xD,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 61,
	.stepping = 2,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = HASWELL_1_ECX,
	.features[FEATURES_7_0_EBX] = V3_7_0_EBX | BROADWELL_7_0_EBX,
	.features[FEATURES_D_1_EAX] = FEATURE(XSAVEOPT),
	.features[FEATURES_8000_0001_EDX] = V1_8000_0001_EDX | FEATURE(RDTSCP),
	.features[FEATURES_8000_0001_ECX] =
	    V3_8000_0001_ECX | FEATURE(3DNOWPREFETCH),
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 256, 8) },
		{ CACHE(UNIFIED, 3, PACKAGE, 4 * 1024, 16),
		  .is_inclusive = true,
		  .has_complex_indexing = true },
	},
	.model_id = "Intel Core Processor (Broadwell)",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2,
		  .change = "-hle,-rtm",
		  .model_id = "Intel Core Processor (Broadwell, no TSX)" },
		{ .number = 3,
		  .change = "+hle,+rtm,+spec_ctrl",
		  .model_id = "Intel Core Processor (Broadwell, IBRS)" },
		{ .number = 4,
		  .change = "-hle,-rtm",
		  .model_id =
		      "Intel Core Processor (Broadwell, no TSX, IBRS)" },
	},
};
