#include "cpu/models/capture.h"

#include "cpu/models/check.h"

#include <stddef.h>
#include <string.h>

/* Nothing above these leaves is in a model's rows. */
#define LEVEL_MAX        0x1F
#define XLEVEL_MAX_INTEL 0x80000008
#define XLEVEL_MAX_AMD   0x80000021

/*
 * As the named models have it: hosts of a fleet differ in how much they
 * address, and a guest of the same model should run on each of them.
 */
#define PHYSICAL_ADDRESS_BITS_MAX 40

static const uint32_t left_out[FEATURE_WORDS] = {
	[FEATURES_1_EDX] = FEATURE(HTT) | FEATURE(DS),
	[FEATURES_1_ECX] = FEATURE(VMX) | FEATURE(PDCM) | FEATURE(MONITOR) |
			   FEATURE(DCA) | FEATURE(DTES64),
	[FEATURES_7_0_EBX] = FEATURE(SGX) | FEATURE(INTEL_PT),
	[FEATURES_7_0_ECX] = FEATURE(SGXLC),
	[FEATURES_7_0_EDX] = FEATURE(ARCH_LBR) | FEATURE(CORE_CAPABILITY),
	[FEATURES_A_EAX] = UINT32_MAX,
	[FEATURES_8000_0001_ECX] = FEATURE(CMP_LEGACY) | FEATURE(SVM) |
				   FEATURE(IBS) | FEATURE(LWP) |
				   FEATURE(PERFCTR_CORE) | FEATURE(PERFCTR_NB),
	[FEATURES_8000_0007_EDX] = FEATURE(INVTSC),
	[FEATURES_4000_0001_EAX] = UINT32_MAX,
};

static const struct kvm_cpuid_entry2 *row(const struct kvm_cpuid2 *supported,
					  uint32_t leaf, uint32_t index)
{
	static const struct kvm_cpuid_entry2 none;

	for (uint32_t i = 0; i < supported->nent; i++)
		if (supported->entries[i].function == leaf &&
		    supported->entries[i].index == index)
			return &supported->entries[i];
	return &none;
}

static uint32_t word_value(const struct kvm_cpuid2 *supported,
			   const struct feature_word_info *word)
{
	const struct kvm_cpuid_entry2 *at =
	    row(supported, word->leaf, word->subleaf);

	switch (word->reg) {
	case CPUID_EAX:
		return at->eax;
	case CPUID_EBX:
		return at->ebx;
	case CPUID_ECX:
		return at->ecx;
	default:
		return at->edx;
	}
}

static bool is_within(const struct cpu_model *model, uint32_t leaf)
{
	return leaf <= (leaf >= 0x80000000 ? model->xlevel : model->level);
}

static void take_features(struct cpu_model *model,
			  const struct kvm_cpuid2 *supported,
			  uint32_t arch_capabilities)
{
	for (unsigned i = 0; i < FEATURE_WORDS; i++) {
		const struct feature_word_info *word = &feature_words[i];
		uint32_t value =
		    word->msr ? arch_capabilities : word_value(supported, word);

		if (!word->msr && !is_within(model, word->leaf))
			value = 0;
		for (unsigned bit = 0; bit < 32; bit++)
			if (!feature_name(i, bit))
				value &= ~(UINT32_C(1) << bit);
		model->features[i] = value & ~left_out[i];
	}
	if (!(model->features[FEATURES_7_0_EDX] & FEATURE(ARCH_CAPABILITIES)))
		model->features[FEATURES_ARCH_CAPABILITIES] = 0;
}

/* Takes away `feature` when `needs` is not there; whether it did. */
static bool drop(struct cpu_model *model, const struct prerequisite *pair)
{
	enum feature_word word, its_word;
	unsigned bit, its_bit;

	if (!feature_find(pair->feature, strlen(pair->feature), &word, &bit) ||
	    !feature_find(pair->needs, strlen(pair->needs), &its_word,
			  &its_bit) ||
	    !(model->features[word] >> bit & 1) ||
	    model->features[its_word] >> its_bit & 1)
		return false;
	model->features[word] &= ~(UINT32_C(1) << bit);
	return true;
}

static void drop_lonely(struct cpu_model *model)
{
	bool dropped;

	if (model->level < 0xD)
		model->features[FEATURES_1_ECX] &= ~FEATURE(XSAVE);
	if (model->level < 0x1E)
		model->features[FEATURES_7_0_EDX] &= ~FEATURE(AMX_TILE);
	if (model->xlevel < 0x8000001E)
		model->features[FEATURES_8000_0001_ECX] &= ~FEATURE(TOPOEXT);
	do {
		dropped = false;
		for (size_t i = 0; model_prerequisites[i].feature; i++)
			dropped |= drop(model, &model_prerequisites[i]);
	} while (dropped);
}

static void take_signature(struct cpu_model *model, uint32_t eax)
{
	model->stepping = eax & 15;
	model->model = eax >> 4 & 15;
	model->family = eax >> 8 & 15;
	if (model->family == 6 || model->family == 15)
		model->model |= (eax >> 16 & 15) << 4;
	if (model->family == 15)
		model->family += eax >> 20 & 255;
}

/* Leaf 4 and 0x8000001D are alike. */
static bool take_cache(struct cpu_cache *cache,
		       const struct kvm_cpuid_entry2 *at)
{
	*cache = (struct cpu_cache){
		.type = at->eax & 31,
		.level = at->eax >> 5 & 7,
		.ways = (at->ebx >> 22) + 1,
		.partitions = (at->ebx >> 12 & 1023) + 1,
		.line = (at->ebx & 4095) + 1,
		.sets = at->ecx + 1,
		.does_not_write_back_invalidate = at->edx & 1,
		.is_inclusive = at->edx & 2,
		.has_complex_indexing = at->edx & 4,
	};
	cache->scope = cache->level > 2 ? CACHE_PER_PACKAGE : CACHE_PER_CORE;
	return cache->type >= CACHE_DATA && cache->type <= CACHE_UNIFIED &&
	       cache->level >= 1 && cache->level <= 3;
}

static void take_caches(struct cpu_model *model,
			const struct kvm_cpuid2 *supported, bool is_amd)
{
	uint32_t leaf = is_amd ? 0x8000001D : 0x4;
	unsigned count = 0;

	if (!is_within(model, leaf))
		return;
	for (uint32_t i = 0; i < MODEL_CACHES_MAX; i++)
		if (take_cache(&model->caches[count], row(supported, leaf, i)))
			count++;
		else
			model->caches[count] = (struct cpu_cache){ 0 };
}

static void take_text(struct captured_text *text,
		      const struct kvm_cpuid2 *supported)
{
	const struct kvm_cpuid_entry2 *at = row(supported, 0, 0);
	size_t length;

	memset(text, 0, sizeof(*text));
	memcpy(text->vendor, &at->ebx, 4);
	memcpy(text->vendor + 4, &at->edx, 4);
	memcpy(text->vendor + 8, &at->ecx, 4);
	for (uint32_t i = 0; i < 3; i++) {
		at = row(supported, 0x80000002 + i, 0);
		memcpy(text->model_id + 16 * i, &at->eax, 4);
		memcpy(text->model_id + 16 * i + 4, &at->ebx, 4);
		memcpy(text->model_id + 16 * i + 8, &at->ecx, 4);
		memcpy(text->model_id + 16 * i + 12, &at->edx, 4);
	}
	text->model_id[47] = '\0';
	length = strlen(text->model_id);
	while (length && text->model_id[length - 1] == ' ')
		text->model_id[--length] = '\0';
	if (!length)
		strcpy(text->model_id, "mayfly captured");
}

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void capture_model(const struct kvm_cpuid2 *supported,
		   uint64_t arch_capabilities, struct cpu_model *model,
		   struct captured_text *text)
{
	uint32_t sizes = row(supported, 0x80000008, 0)->eax;
	bool is_amd;

	take_text(text, supported);
	is_amd = !strcmp(text->vendor, "AuthenticAMD") ||
		 !strcmp(text->vendor, "HygonGenuine");
	*model = (struct cpu_model){
		.name = "captured",
		.vendor = text->vendor,
		.model_id = text->model_id,
		.level = min(row(supported, 0, 0)->eax, LEVEL_MAX),
		.xlevel = min(row(supported, 0x80000000, 0)->eax,
			      is_amd ? XLEVEL_MAX_AMD : XLEVEL_MAX_INTEL),
		.physical_address_bits = min(sizes & 255 ? sizes & 255 : 36,
					     PHYSICAL_ADDRESS_BITS_MAX),
		.linear_address_bits = sizes >> 8 & 255 ? sizes >> 8 & 255 : 48,
	};
	take_signature(model, row(supported, 1, 0)->eax);
	take_caches(model, supported, is_amd);
	take_features(model, supported, (uint32_t)arch_capabilities);
	drop_lonely(model);
}
