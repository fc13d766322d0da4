/*
 * Left out: what no model here has (SGX, Intel PT, resource control), leaf 5
 * (MONITOR), leaf 9 (DCA), and thermal and power data of leaf 6.
 */
#include "cpu/models/rows.h"

#include "cpu/models/rows_add.h"

#include <assert.h>
#include <string.h>

#define CLFLUSH_QWORDS UINT32_C(8)

void rows_add(struct cpuid_table *table, uint32_t leaf, int index, uint32_t eax,
	      uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	assert(table->count < CPUID_ROWS_MAX);
	table->rows[table->count++] = (struct kvm_cpuid_entry2){
		.function = leaf,
		.index = index == NO_INDEX ? 0 : (uint32_t)index,
		.flags =
		    index == NO_INDEX ? 0 : KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		.eax = eax,
		.ebx = ebx,
		.ecx = ecx,
		.edx = edx,
	};
}

void rows_add_if_any(struct cpuid_table *table, uint32_t leaf, int index,
		     uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	if (eax | ebx | ecx | edx)
		rows_add(table, leaf, index, eax, ebx, ecx, edx);
}

uint32_t rows_word(const char *text)
{
	uint32_t value;

	memcpy(&value, text, sizeof(value));
	return value;
}

bool model_is_amd(const struct cpu_model *model)
{
	return !strcmp(model->vendor, "AuthenticAMD") ||
	       !strcmp(model->vendor, "HygonGenuine");
}

/* Families above 14 go into the extended field. */
uint32_t model_signature(const struct cpu_model *model)
{
	uint32_t family = model->family, number = model->model;
	uint32_t base = family < 15 ? family : 15;

	return (family - base) << 20 | (number >> 4) << 16 | base << 8 |
	       (number & 15) << 4 | model->stepping;
}

static void rows_0_and_1(const struct cpu_model *model,
			 struct cpuid_table *table)
{
	const char *vendor = model->vendor;

	rows_add(table, 0x0, NO_INDEX, model->level, rows_word(vendor),
		 rows_word(vendor + 8), rows_word(vendor + 4));
	rows_add(table, 0x1, NO_INDEX, model_signature(model),
		 CLFLUSH_QWORDS << 8, model->features[FEATURES_1_ECX],
		 model->features[FEATURES_1_EDX]);
}

/* Intel's descriptors: only that leaf 4 has the caches (0xFF). */
static void rows_2_and_4(const struct cpu_model *model,
			 struct cpuid_table *table)
{
	if (model_is_amd(model) || model->level < 4 || !model->caches[0].type)
		return;
	rows_add(table, 0x2, NO_INDEX, 0x0000FF01, 0, 0, 0);
	rows_caches(model, 0x4, table);
}

static void rows_7(const struct cpu_model *model, struct cpuid_table *table)
{
	const uint32_t *words = model->features;
	uint32_t last = 0;

	if (words[FEATURES_7_1_EAX] | words[FEATURES_7_1_EDX])
		last = 1;
	if (words[FEATURES_7_2_EDX])
		last = 2;
	rows_add_if_any(table, 0x7, 0, last, words[FEATURES_7_0_EBX],
			words[FEATURES_7_0_ECX], words[FEATURES_7_0_EDX]);
	rows_add_if_any(table, 0x7, 1, words[FEATURES_7_1_EAX], 0, 0,
			words[FEATURES_7_1_EDX]);
	rows_add_if_any(table, 0x7, 2, 0, 0, 0, words[FEATURES_7_2_EDX]);
}

/*
 * A PMU of version 2, when asked for: EAX version, 4 counters of 48 bits, 7
 * events known to be there or not; EBX none of them is missing; EDX 3 fixed
 * counters of 48 bits.
 */
static void row_a(const struct cpu_model *model, struct cpuid_table *table)
{
	if (model->features[FEATURES_A_EAX])
		rows_add(table, 0xA, NO_INDEX, 7 << 24 | 48 << 16 | 4 << 8 | 2,
			 0, 0, 48 << 5 | 3);
}

/* Levels of the topology: threads, cores, and the end. */
static void rows_topology(const struct cpu_model *model, uint32_t leaf,
			  struct cpuid_table *table)
{
	if (model->level >= leaf)
		for (int index = 0; index <= 2; index++)
			rows_add(table, leaf, index, 0, 0, 0, 0);
}

/* TSC and frequencies: Intel's, filled in when the TSC's is known. */
static void rows_timing(const struct cpu_model *model,
			struct cpuid_table *table)
{
	if (model_is_amd(model))
		return;
	if (model->level >= 0x15)
		rows_add(table, 0x15, NO_INDEX, 0, 0, 0, 0);
	if (model->level >= 0x16)
		rows_add(table, 0x16, NO_INDEX, 0, 0, 0, 0);
}

/*
 * AMX: palette 1 has 8 tiles of 1 KiB, 16 rows of 64 bytes; the multiplier
 * takes as many rows and columns.
 */
static void rows_amx(const struct cpu_model *model, struct cpuid_table *table)
{
	if (!(model->features[FEATURES_7_0_EDX] & FEATURE(AMX_TILE)))
		return;
	rows_add(table, 0x1D, 0, 1, 0, 0, 0);
	rows_add(table, 0x1D, 1, 1024 << 16 | 8192, 8 << 16 | 64, 16, 0);
	rows_add(table, 0x1E, 0, 0, 64 << 8 | 16, 0, 0);
}

static void rows_paravirtual(const struct cpu_model *model,
			     struct cpuid_table *table)
{
	static const char id[12] = "KVMKVMKVM";

	rows_add(table, CPUID_PV_SIGNATURE, NO_INDEX, CPUID_PV_TIMING,
		 rows_word(id), rows_word(id + 4), rows_word(id + 8));
	rows_add(table, CPUID_PV_FEATURES, NO_INDEX,
		 model->features[FEATURES_4000_0001_EAX], 0, 0, 0);
	rows_add(table, CPUID_PV_TIMING, NO_INDEX, 0, 0, 0, 0);
}

void model_rows(const struct cpu_model *model, struct cpuid_table *table)
{
	static const struct topology alone = { 1, 1, 1 };

	memset(table, 0, sizeof(*table));
	rows_0_and_1(model, table);
	rows_2_and_4(model, table);
	rows_add_if_any(table, 0x6, NO_INDEX, model->features[FEATURES_6_EAX],
			0, 0, 0);
	rows_7(model, table);
	row_a(model, table);
	rows_topology(model, 0xB, table);
	rows_xsave(model, table);
	rows_timing(model, table);
	rows_amx(model, table);
	rows_topology(model, 0x1F, table);
	rows_paravirtual(model, table);
	rows_extended(model, table);
	cpuid_set_topology(table, &alone);
}
