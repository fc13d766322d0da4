#include "cpu/models/check.h"

#include <stddef.h>
#include <string.h>

/*
 * Intel SDM vol. 1, chapters 10 to 15 and 18 (how to detect each extension),
 * vol. 3, chapter 4 (paging); AMD APM vol. 3, appendix D. What hardware happens
 * to have together is not here.
 */
const struct prerequisite model_prerequisites[] = {
	{ "sse", "fxsr" },
	{ "sse2", "sse" },
	{ "sse3", "sse2" },
	{ "ssse3", "sse3" },
	{ "sse4_1", "ssse3" },
	{ "sse4_2", "sse4_1" },
	{ "sse4a", "sse3" },
	{ "misalignsse", "sse" },
	{ "pclmulqdq", "sse2" },
	{ "aes", "sse2" },
	{ "sha_ni", "sse2" },
	{ "gfni", "sse2" },
	{ "mmxext", "mmx" },
	{ "3dnow", "mmx" },
	{ "3dnowext", "3dnow" },

	{ "xsaveopt", "xsave" },
	{ "xsavec", "xsave" },
	{ "xgetbv1", "xsave" },
	{ "xsaves", "xsave" },
	{ "xsaves", "xsavec" },
	{ "xfd", "xsave" },
	{ "xsaveerptr", "xsave" },
	{ "pku", "xsave" },
	{ "mpx", "xsave" },
	{ "cet_ss", "xsaves" },
	{ "cet_ibt", "xsaves" },
	{ "arch_lbr", "xsaves" },

	{ "avx", "xsave" },
	{ "avx", "sse4_2" },
	{ "f16c", "avx" },
	{ "fma", "avx" },
	{ "fma4", "avx" },
	{ "xop", "avx" },
	{ "avx2", "avx" },
	{ "vaes", "avx" },
	{ "vaes", "aes" },
	{ "vpclmulqdq", "avx" },
	{ "vpclmulqdq", "pclmulqdq" },
	{ "avx_vnni", "avx2" },
	{ "avx_ifma", "avx2" },
	{ "avx_vnni_int8", "avx2" },
	{ "avx_vnni_int16", "avx2" },
	{ "avx_ne_convert", "avx2" },
	{ "sha512", "avx2" },
	{ "sm3", "avx" },
	{ "sm4", "avx2" },

	{ "avx512f", "avx2" },
	{ "avx512dq", "avx512f" },
	{ "avx512cd", "avx512f" },
	{ "avx512bw", "avx512f" },
	{ "avx512vl", "avx512f" },
	{ "avx512ifma", "avx512f" },
	{ "avx512pf", "avx512f" },
	{ "avx512er", "avx512f" },
	{ "avx512vbmi", "avx512f" },
	{ "avx512vbmi2", "avx512f" },
	{ "avx512vnni", "avx512f" },
	{ "avx512bitalg", "avx512f" },
	{ "avx512_vpopcntdq", "avx512f" },
	{ "avx512_4vnniw", "avx512f" },
	{ "avx512_4fmaps", "avx512f" },
	{ "avx512_vp2intersect", "avx512f" },
	{ "avx512_bf16", "avx512f" },
	{ "avx512_fp16", "avx512bw" },

	{ "amx_tile", "xsave" },
	{ "amx_tile", "xfd" },
	{ "amx_bf16", "amx_tile" },
	{ "amx_int8", "amx_tile" },
	{ "amx_fp16", "amx_tile" },
	{ "amx_complex", "amx_tile" },

	{ "lm", "pae" },
	{ "nx", "pae" },
	{ "pcid", "lm" },
	{ "la57", "lm" },
	{ "pdpe1gb", "lm" },
	{ "lahf_lm", "lm" },
	{ "cx16", "cx8" },
	{ "mca", "mce" },
	{ "x2apic", "apic" },
	{ "tsc_deadline", "apic" },
	{ "tsc_deadline", "tsc" },
	{ "tsc_adjust", "tsc" },
	{ "invtsc", "tsc" },
	{ "rdtscp", "tsc" },
	{ "tsx_ldtrk", "rtm" },
	{ "sgxlc", "sgx" },
	{ "lkgs", "lm" },
	{ "fred", "lkgs" },
	{ "fred", "wrmsrns" },
	{ NULL, NULL },
};

static bool has(const struct cpu_model *model, const char *name)
{
	enum feature_word word;
	unsigned bit;

	return feature_find(name, strlen(name), &word, &bit) &&
	       model->features[word] >> bit & 1;
}

static bool check_pair(const struct cpu_model *model, const char *feature,
		       const char *needs, struct reason *why)
{
	if (has(model, needs))
		return true;
	return fail(why, "%s needs %s, which is not there: +%s, or -%s too",
		    feature, needs, needs, feature);
}

static bool check_prerequisites(const struct cpu_model *model,
				struct reason *why)
{
	const struct prerequisite *pair;

	for (pair = model_prerequisites; pair->feature; pair++)
		if (has(model, pair->feature) &&
		    !check_pair(model, pair->feature, pair->needs, why))
			return false;
	/* The bits of an MSR need the bit that says that it exists. */
	for (unsigned bit = 0; bit < 32; bit++)
		if (model->features[FEATURES_ARCH_CAPABILITIES] >> bit & 1 &&
		    !check_pair(model,
				feature_name(FEATURES_ARCH_CAPABILITIES, bit),
				"arch_capabilities", why))
			return false;
	return true;
}

static bool check_leaf(const struct cpu_model *model, const char *feature,
		       uint32_t leaf, struct reason *why)
{
	bool is_extended = leaf >= 0x80000000;
	const char *kind = is_extended ? "xlevel" : "level";
	uint32_t highest = is_extended ? model->xlevel : model->level;

	if (highest >= leaf)
		return true;
	return fail(why,
		    "%s is told in leaf 0x%X, and the model's %s is only 0x%X: "
		    "%s=0x%X, or -%s",
		    feature, leaf, kind, highest, kind, leaf, feature);
}

/* Features that need a leaf beside the one that they are told in. */
static const struct {
	const char *feature;
	uint32_t leaf;
} more_leaves[] = {
	{ "xsave", 0xD },
	{ "amx_tile", 0x1E },
	{ "topoext", 0x8000001E },
};

/* Those that need a leaf which cpu/models/rows.c has no row for. */
static const struct {
	const char *feature;
	uint32_t leaf;
} unmade_leaves[] = {
	{ "sgx", 0x12 },       { "intel_pt", 0x14 },  { "arch_lbr", 0x1C },
	{ "svm", 0x8000000A }, { "ibs", 0x8000001B }, { "lwp", 0x8000001C },
};

static bool check_unmade(const struct cpu_model *model, struct reason *why)
{
	size_t count = sizeof(unmade_leaves) / sizeof(*unmade_leaves);

	for (size_t i = 0; i < count; i++)
		if (has(model, unmade_leaves[i].feature))
			return fail(why,
				    "%s needs leaf 0x%X, which no model here "
				    "has: -%s",
				    unmade_leaves[i].feature,
				    unmade_leaves[i].leaf,
				    unmade_leaves[i].feature);
	return true;
}

static bool check_leaves(const struct cpu_model *model, struct reason *why)
{
	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++) {
		const struct feature_word_info *word = &feature_words[i / 32];
		bool is_leaf = !word->msr && word->leaf >> 30 != 1;

		if (is_leaf && model->features[i / 32] >> i % 32 & 1 &&
		    !check_leaf(model, feature_name(i / 32, i % 32),
				word->leaf, why))
			return false;
	}
	for (size_t i = 0; i < sizeof(more_leaves) / sizeof(*more_leaves); i++)
		if (has(model, more_leaves[i].feature) &&
		    !check_leaf(model, more_leaves[i].feature,
				more_leaves[i].leaf, why))
			return false;
	return true;
}

/* So that everything has a name to be shown by. */
static bool check_names(const struct cpu_model *model, struct reason *why)
{
	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++)
		if (model->features[i / 32] >> i % 32 & 1 &&
		    !feature_name(i / 32, i % 32))
			return fail(why,
				    "bit %u of its feature word %u has no name "
				    "in cpu/features.h",
				    i % 32, i / 32);
	return true;
}

/* Leaf 4 has no word for who shares a cache but its level (cpu/cpuid.c). */
static bool check_cache(const struct cpu_cache *cache, struct reason *why)
{
	bool is_shared = cache->scope == CACHE_PER_PACKAGE;

	if (!cache->ways || !cache->partitions || !cache->line || !cache->sets)
		return fail(why, "its level-%u cache has a 0 in its geometry",
			    cache->level);
	if (is_shared != (cache->level > 2))
		return fail(why,
			    "its level-%u cache: levels 1 and 2 are per core, "
			    "level 3 per package",
			    cache->level);
	return true;
}

static bool check_figures(const struct cpu_model *model, struct reason *why)
{
	if (!model->vendor || strlen(model->vendor) != 12)
		return fail(why, "its vendor is not of 12 bytes");
	if (!model->model_id || strlen(model->model_id) > 47)
		return fail(why, "its model id is not of 47 bytes at most");
	if (model->stepping > 15 || model->model > 255 || model->family > 270)
		return fail(why, "its signature does not fit CPUID.1:EAX");
	for (int i = 0; i < MODEL_CACHES_MAX; i++)
		if (model->caches[i].type != CACHE_NONE &&
		    !check_cache(&model->caches[i], why))
			return false;
	return true;
}

bool model_check(const struct cpu_model *model, struct reason *why)
{
	return check_figures(model, why) && check_names(model, why) &&
	       check_prerequisites(model, why) && check_unmade(model, why) &&
	       check_leaves(model, why);
}
