/*
 * Leaves from 0x80000000 on, and caches in all their forms. AMD has most of
 * these leaves, Intel a few.
 */
#include "cpu/models/rows_add.h"

#include <string.h>

#define CACHE_SELF_INITIALIZING (1U << 8)

void rows_caches(const struct cpu_model *model, uint32_t leaf,
		 struct cpuid_table *table)
{
	for (int i = 0; i < MODEL_CACHES_MAX && model->caches[i].type; i++) {
		const struct cpu_cache *cache = &model->caches[i];

		rows_add(table, leaf, i,
			 cache->type | cache->level << 5 |
			     CACHE_SELF_INITIALIZING,
			 (cache->ways - 1) << 22 |
			     (cache->partitions - 1) << 12 | (cache->line - 1),
			 cache->sets - 1,
			 (uint32_t)cache->does_not_write_back_invalidate |
			     (uint32_t)cache->is_inclusive << 1 |
			     (uint32_t)cache->has_complex_indexing << 2);
	}
}

static const struct cpu_cache *find_cache(const struct cpu_model *model,
					  unsigned level, enum cache_type type)
{
	for (int i = 0; i < MODEL_CACHES_MAX; i++)
		if (model->caches[i].level == level &&
		    model->caches[i].type == type)
			return &model->caches[i];
	return NULL;
}

static uint32_t size_kib(const struct cpu_cache *cache)
{
	return cache->ways * cache->partitions * cache->line / 64 *
	       cache->sets / 16;
}

/* APM vol. 3, E.4.4: L1, in KiB, with the number of ways as it is. */
static uint32_t l1(const struct cpu_cache *cache)
{
	return cache ? size_kib(cache) << 24 | cache->ways << 16 | 1 << 8 |
			   cache->line
		     : 0;
}

/* APM vol. 3, table E-4; 9 is "see 0x8000001D". Intel: 7 is "see leaf 4". */
static uint32_t ways_code(unsigned ways, bool is_amd)
{
	static const unsigned char amd[] = {
		[1] = 1,  [2] = 2,   [3] = 3,   [4] = 4,   [6] = 5,   [8] = 6,
		[16] = 8, [32] = 10, [48] = 11, [64] = 12, [96] = 13, [128] = 14
	};
	static const unsigned char intel[] = {
		[1] = 1, [2] = 2, [4] = 4, [8] = 6, [16] = 8
	};
	uint32_t code;

	if (is_amd)
		code = ways < sizeof(amd) ? amd[ways] : 0;
	else
		code = ways < sizeof(intel) ? intel[ways] : 0;
	return code ? code : is_amd ? 9 : 7;
}

static uint32_t l2(const struct cpu_cache *cache, bool is_amd)
{
	return cache ? size_kib(cache) << 16 |
			   ways_code(cache->ways, is_amd) << 12 |
			   (uint32_t)is_amd << 8 | cache->line
		     : 0;
}

/* In units of 512 KiB. */
static uint32_t l3(const struct cpu_cache *cache)
{
	return cache ? (size_kib(cache) / 512) << 18 |
			   ways_code(cache->ways, true) << 12 | 1 << 8 |
			   cache->line
		     : 0;
}

/* TLBs are not told: Linux wants them for its log alone. */
void rows_extended_caches(const struct cpu_model *model,
			  struct cpuid_table *table)
{
	bool is_amd = model_is_amd(model);

	if (is_amd && model->xlevel >= 0x80000005)
		rows_add_if_any(table, 0x80000005, NO_INDEX, 0, 0,
				l1(find_cache(model, 1, CACHE_DATA)),
				l1(find_cache(model, 1, CACHE_INSTRUCTION)));
	if (model->xlevel >= 0x80000006)
		rows_add_if_any(table, 0x80000006, NO_INDEX, 0, 0,
				l2(find_cache(model, 2, CACHE_UNIFIED), is_amd),
				is_amd ? l3(find_cache(model, 3, CACHE_UNIFIED))
				       : 0);
}

/* What AMD repeats of CPUID.1:EDX; bit 11, SEP's, is SYSCALL's here. */
#define REPEATED UINT32_C(0x0183F3FF)

static void row_features(const struct cpu_model *model,
			 struct cpuid_table *table)
{
	const uint32_t *words = model->features;
	bool is_amd = model_is_amd(model);

	rows_add(table, 0x80000001, NO_INDEX,
		 is_amd ? model_signature(model) : 0, 0,
		 words[FEATURES_8000_0001_ECX],
		 words[FEATURES_8000_0001_EDX] |
		     (is_amd ? words[FEATURES_1_EDX] & REPEATED : 0));
}

static void rows_name(const struct cpu_model *model, struct cpuid_table *table)
{
	char name[48] = "";
	const char *at = name;

	memcpy(name, model->model_id, strlen(model->model_id));
	for (uint32_t leaf = 0x80000002; leaf <= 0x80000004; leaf++, at += 16)
		rows_add(table, leaf, NO_INDEX, rows_word(at),
			 rows_word(at + 4), rows_word(at + 8),
			 rows_word(at + 12));
}

static void rows_amd_topology(const struct cpu_model *model,
			      struct cpuid_table *table)
{
	if (!(model->features[FEATURES_8000_0001_ECX] & FEATURE(TOPOEXT)))
		return;
	rows_caches(model, 0x8000001D, table);
	rows_add(table, 0x8000001E, NO_INDEX, 0, 0, 0, 0);
}

void rows_extended(const struct cpu_model *model, struct cpuid_table *table)
{
	const char *vendor = model->vendor;
	bool is_amd = model_is_amd(model);

	rows_add(table, 0x80000000, NO_INDEX, model->xlevel,
		 is_amd ? rows_word(vendor) : 0,
		 is_amd ? rows_word(vendor + 8) : 0,
		 is_amd ? rows_word(vendor + 4) : 0);
	if (model->xlevel >= 0x80000001)
		row_features(model, table);
	if (model->xlevel >= 0x80000004)
		rows_name(model, table);
	rows_extended_caches(model, table);
	rows_add_if_any(table, 0x80000007, NO_INDEX, 0,
			model->features[FEATURES_8000_0007_EBX], 0,
			model->features[FEATURES_8000_0007_EDX]);
	if (model->xlevel >= 0x80000008)
		rows_add(table, 0x80000008, NO_INDEX,
			 model->linear_address_bits << 8 |
			     model->physical_address_bits,
			 model->features[FEATURES_8000_0008_EBX], 0, 0);
	rows_amd_topology(model, table);
	rows_add_if_any(table, 0x80000021, NO_INDEX,
			model->features[FEATURES_8000_0021_EAX], 0, 0, 0);
}
