/*
 * What the files that make rows have in common.
 */
#ifndef CPU_MODELS_ROWS_ADD_H
#define CPU_MODELS_ROWS_ADD_H

#include "cpu/cpuid.h"
#include "cpu/models/model.h"

#define NO_INDEX (-1)

/*
 * Appends a row. `index` is that of the sub-leaf, or NO_INDEX for a leaf that
 * has none. The second leaves it out when all four registers are 0, which is
 * what the guest then reads.
 */
void rows_add(struct cpuid_table *table, uint32_t leaf, int index, uint32_t eax,
	      uint32_t ebx, uint32_t ecx, uint32_t edx);
void rows_add_if_any(struct cpuid_table *table, uint32_t leaf, int index,
		     uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx);

/* Four bytes of a text, as a register has them. */
uint32_t rows_word(const char *text);

bool model_is_amd(const struct cpu_model *model);

/* CPUID.1:EAX */
uint32_t model_signature(const struct cpu_model *model);

/* Leaf 0xD. */
void rows_xsave(const struct cpu_model *model, struct cpuid_table *table);

/* Leaf 4 or 0x8000001D; and 0x80000005 and 6. */
void rows_caches(const struct cpu_model *model, uint32_t leaf,
		 struct cpuid_table *table);
void rows_extended_caches(const struct cpu_model *model,
			  struct cpuid_table *table);

/* From 0x80000000 on. */
void rows_extended(const struct cpu_model *model, struct cpuid_table *table);

#endif
