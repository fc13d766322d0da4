/*
 * EPYC-Rome: AMD's server of 2019 (Zen 2), by QEMU's name and with QEMU's
 * versions. AMD APM vol. 3, appendix E. The L3 is that of a core complex, told
 * here as the package's.
 *
 * QEMU mended its caches' flags by and by (versions 3 and 5); all versions here
 * have the last. XSAVES is gone from version 4 on, for erratum 1386.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model epyc_rome;

const struct cpu_model epyc_rome = {
	.name = "EPYC-Rome",
	.vendor = "AuthenticAMD",
	.level = 0xD,
	.xlevel = 0x8000001E,
	.family = 23,
	.model = 49,
	.stepping = 0,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = ZEN_1_ECX,
	.features[FEATURES_7_0_EBX] = ZEN2_7_0_EBX,
	.features[FEATURES_7_0_ECX] = ZEN2_7_0_ECX,
	.features[FEATURES_D_1_EAX] = ZEN2_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = ZEN_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = ZEN2_8000_0001_ECX,
	.features[FEATURES_8000_0008_EBX] = ZEN2_8000_0008_EBX,
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 512, 8), .is_inclusive = true },
		{ CACHE(UNIFIED, 3, PACKAGE, 16 * 1024, 16),
		  .does_not_write_back_invalidate = true },
	},
	.model_id = "AMD EPYC-Rome Processor",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2, .change = "+ibrs,+amd_ssbd" },
		{ .number = 3,
		  .change = "",
		  .model_id = "AMD EPYC-Rome-v3 Processor" },
		{ .number = 4,
		  .change = "-xsaves",
		  .model_id = "AMD EPYC-Rome-v4 Processor (no XSAVES)" },
		{ .number = 5,
		  .change = "+overflow_recov,+succor",
		  .model_id = "AMD EPYC-Rome-v5 Processor" },
	},
};
