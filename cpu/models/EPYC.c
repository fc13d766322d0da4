/*
 * EPYC: AMD's server of 2017 (Naples, Zen 1), by QEMU's name and with QEMU's
 * versions. AMD APM vol. 3, appendix E. The L3 is that of a core complex, told
 * here as the package's.
 *
 * QEMU mended its caches' flags by and by (versions 4 and 5); all versions here
 * have the last.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model epyc;

const struct cpu_model epyc = {
	.name = "EPYC",
	.vendor = "AuthenticAMD",
	.level = 0xD,
	.xlevel = 0x8000001E,
	.family = 23,
	.model = 1,
	.stepping = 2,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = ZEN_1_ECX,
	.features[FEATURES_7_0_EBX] = ZEN_7_0_EBX,
	.features[FEATURES_D_1_EAX] = ZEN_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = ZEN_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = ZEN_8000_0001_ECX,
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 64, 4) },
		{ CACHE(UNIFIED, 2, CORE, 512, 8), .is_inclusive = true },
		{ CACHE(UNIFIED, 3, PACKAGE, 8 * 1024, 16),
		  .does_not_write_back_invalidate = true },
	},
	.model_id = "AMD EPYC Processor",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2,
		  .change = "+ibpb",
		  .model_id = "AMD EPYC Processor (with IBPB)" },
		{ .number = 3,
		  .change = "+perfctr_core,+clzero,+xsaveerptr,+xsaves",
		  .model_id = "AMD EPYC Processor" },
		{ .number = 4,
		  .change = "",
		  .model_id = "AMD EPYC-v4 Processor" },
		{ .number = 5,
		  .change = "+overflow_recov,+succor",
		  .model_id = "AMD EPYC-v5 Processor" },
	},
};
