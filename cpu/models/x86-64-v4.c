/*
 * x86-64-v4: the fourth level of the x86-64 psABI (table 3.1): AVX-512 F, BW,
 * CD, DQ and VL; Skylake-SP, Zen 4 and later.
 *
 * Vendor, family and caches: see x86-64-v2.c; XSAVE's kin: see x86-64-v3.c.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model x86_64_v4;

const struct cpu_model x86_64_v4 = {
	.name = "x86-64-v4",
	.vendor = "AuthenticAMD",
	.level = 0xD,
	.xlevel = 0x8000001E,
	.family = 15,
	.model = 107,
	.stepping = 1,
	.features[FEATURES_1_EDX] = V1_1_EDX,
	.features[FEATURES_1_ECX] = V3_1_ECX,
	.features[FEATURES_7_0_EBX] = V4_7_0_EBX,
	.features[FEATURES_8000_0001_EDX] = V1_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = V3_8000_0001_ECX | FEATURE(TOPOEXT),
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 512, 8) },
		{ CACHE(UNIFIED, 3, PACKAGE, 16 * 1024, 16) },
	},
	.model_id = "mayfly x86-64-v4",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
};
