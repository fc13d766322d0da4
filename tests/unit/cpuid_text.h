/* A CPUID table as text, in the format of `cpuid -r`. */
#ifndef TESTS_CPUID_TEXT_H
#define TESTS_CPUID_TEXT_H

#include <stdio.h>

#include "cpu/cpuid.h"

static inline void cpuid_write(const struct cpuid_table *table, FILE *file)
{
	fputs("CPU 0:\n", file);
	for (uint32_t i = 0; i < table->count; i++) {
		const struct kvm_cpuid_entry2 *row = &table->rows[i];

		fprintf(file,
			"   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x "
			"edx=0x%08x\n",
			row->function, row->index, row->eax, row->ebx, row->ecx,
			row->edx);
	}
}

#endif
