/*
 * EPYC-Genoa: AMD's server of 2022 (Zen 4), by QEMU's name and with QEMU's
 * versions. AMD APM vol. 3, appendix E. The L3 is that of a core complex, told
 * here as the package's.
 *
 * QEMU mended its caches' flags in version 2; both versions here have the last.
 * Left out of version 2: PerfMonV2, whose leaf 0x80000022 counts counters that
 * KVM may not have. That leaf is there, and zero.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model epyc_genoa;

const struct cpu_model epyc_genoa = {
	.name = "EPYC-Genoa",
	.vendor = "AuthenticAMD",
	.level = 0xD,
	.xlevel = 0x80000022,
	.family = 25,
	.model = 17,
	.stepping = 0,
	.features[FEATURES_1_EDX] = V1_1_EDX | FEATURE(VME),
	.features[FEATURES_1_ECX] = ZEN3_1_ECX,
	/* NOLINTBEGIN(misc-redundant-expression): sets that overlap */
	.features[FEATURES_7_0_EBX] =
	    ZEN3_7_0_EBX | V4_7_0_EBX | FEATURE(AVX512IFMA),
	.features[FEATURES_7_0_ECX] = ZEN2_7_0_ECX | ICELAKE_7_0_ECX,
	/* NOLINTEND(misc-redundant-expression) */
	.features[FEATURES_7_0_EDX] = FEATURE(FSRM),
	.features[FEATURES_7_1_EAX] = FEATURE(AVX512_BF16),
	.features[FEATURES_D_1_EAX] = ZEN2_D_1_EAX,
	.features[FEATURES_8000_0001_EDX] = ZEN_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = ZEN2_8000_0001_ECX,
	.features[FEATURES_8000_0008_EBX] = ZEN3_8000_0008_EBX |
					    FEATURE(STIBP_ALWAYS_ON) |
					    FEATURE(AMD_PSFD),
	.features[FEATURES_8000_0021_EAX] = FEATURE(NO_NESTED_DATA_BP) |
					    FEATURE(LFENCE_ALWAYS_SERIALIZING) |
					    FEATURE(NULL_SEL_CLR_BASE) |
					    FEATURE(AUTO_IBRS),
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 1024, 8), .is_inclusive = true },
		{ CACHE(UNIFIED, 3, PACKAGE, 32 * 1024, 16),
		  .does_not_write_back_invalidate = true },
	},
	.model_id = "AMD EPYC-Genoa Processor",
	.physical_address_bits = 40,
	.linear_address_bits = 57,
	.versions = {
		{ .number = 2,
		  .change = "+overflow_recov,+succor,+fs_gs_base_ns",
		  .model_id = "AMD EPYC-Genoa-v2 Processor" },
	},
};
