/*
 * x86-64-v2: the second level of the x86-64 psABI (table 3.1), which every
 * server since 2009 has (Nehalem, Bulldozer) and RHEL 9 and its kin ask for.
 *
 * It calls itself an AMD K8 as x86-64-v1 does. No CPU of that family had these
 * features, but the name has to run on Intel's and AMD's hosts alike, and for
 * this family Linux has no workaround that costs a guest anything: QEMU's
 * qemu64 and max are the same, and much used. What it costs: a guest on an
 * Intel host does not turn on its own mitigations for that host's weaknesses,
 * and a library that looks at the family instead of the features (some BLAS)
 * takes its oldest code. Where that matters, take a model with a CPU's name.
 *
 * Level 0xB and TOPOEXT, to have the leaves of topology and caches; without,
 * Linux gives each CPU of AMD's a core and an L3 of its own. The caches are
 * made up: plain ones.
 */
#include "cpu/models/model.h"
#include "cpu/models/parts.h"

extern const struct cpu_model x86_64_v2;

const struct cpu_model x86_64_v2 = {
	.name = "x86-64-v2",
	.vendor = "AuthenticAMD",
	.level = 0xB,
	.xlevel = 0x8000001E,
	.family = 15,
	.model = 107,
	.stepping = 1,
	.features[FEATURES_1_EDX] = V1_1_EDX,
	.features[FEATURES_1_ECX] = V2_1_ECX,
	.features[FEATURES_8000_0001_EDX] = V1_8000_0001_EDX,
	.features[FEATURES_8000_0001_ECX] = V2_8000_0001_ECX | FEATURE(TOPOEXT),
	.caches = {
		{ CACHE(DATA, 1, CORE, 32, 8) },
		{ CACHE(INSTRUCTION, 1, CORE, 32, 8) },
		{ CACHE(UNIFIED, 2, CORE, 512, 8) },
		{ CACHE(UNIFIED, 3, PACKAGE, 16 * 1024, 16) },
	},
	.model_id = "mayfly x86-64-v2",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
};
