/*
 * EPYC-Milan: AMD's server of 2021 (Zen 3), by QEMU's name and with QEMU's
 * versions. AMD APM vol. 3, appendix E. The L3 is that of a core complex, told
 * here as the package's.
 *
 * QEMU mended its caches' flags by and by (versions 2 and 3); all versions here
 * have the last.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model epyc_milan;

const struct cpu_model epyc_milan = {
	.name = "EPYC-Milan",
	.vendor = "AuthenticAMD",
	.level = 0xD,
	.xlevel = 0x8000001E,
	.family = 25,
	.model = 1,
	.stepping = 1,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = ZEN3_1_ECX,
	.features[FEATURES_7_0_EBX] = ZEN3_7_0_EBX,
	.features[FEATURES_7_0_ECX] = ZEN2_7_0_ECX | FEATURE(PKU),
	.features[FEATURES_7_0_EDX] = FEATURE(FSRM),
	.features[FEATURES_D_1_EAX] = ZEN2_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = ZEN_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = ZEN2_8000_0001_ECX,
	.features[FEATURES_8000_0008_EBX] = ZEN3_8000_0008_EBX,
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 512, 8), .is_inclusive = true },
		{ CACHE(UNIFIED, 3, PACKAGE, 32 * 1024, 16),
		  .does_not_write_back_invalidate = true },
	},
	.model_id = "AMD EPYC-Milan Processor",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = {
		{ .number = 2,
		  .change = "xlevel=0x80000021,+vaes,+vpclmulqdq,"
			    "+stibp_always_on,+amd_psfd,+no_nested_data_bp,"
			    "+lfence_always_serializing,+null_sel_clr_base",
		  .model_id = "AMD EPYC-Milan-v2 Processor" },
		{ .number = 3,
		  .change = "+overflow_recov,+succor",
		  .model_id = "AMD EPYC-Milan-v3 Processor" },
	},
};
