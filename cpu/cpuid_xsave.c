#include "cpu/cpuid_xsave.h"

#include <cpuid.h>
#include <stddef.h>

#define PART_IS_SUPERVISOR 1 /* CPUID.0DH.n:ECX bit 0: has no place */

void cpuid_of_this_host(uint32_t leaf, uint32_t index, uint32_t registers[4])
{
	__cpuid_count(leaf, index, registers[0], registers[1], registers[2],
		      registers[3]);
}

static bool is_user_part(const struct kvm_cpuid_entry2 *row)
{
	return row->function == 0xD && row->index >= 2 &&
	       !(row->ecx & PART_IS_SUPERVISOR);
}

uint32_t cpuid_xstate_size(const struct cpuid_table *table)
{
	uint32_t size = XSAVE_LEGACY_SIZE;

	for (uint32_t i = 0; i < table->count; i++) {
		const struct kvm_cpuid_entry2 *row = &table->rows[i];

		if (is_user_part(row) && row->eax + row->ebx > size)
			size = row->eax + row->ebx;
	}
	return size;
}

/* Whether the part is somewhere else than it was. */
static bool move(struct kvm_cpuid_entry2 *row, cpuid_instruction host)
{
	uint32_t there[4], was = row->ebx;

	host(0xD, row->index, there);
	if (there[0] == row->eax && there[1])
		row->ebx = there[1];
	return row->ebx != was;
}

void cpuid_place_xstate(struct cpuid_table *table, cpuid_instruction host)
{
	struct kvm_cpuid_entry2 *whole = NULL;
	bool moved = false;

	for (uint32_t i = 0; i < table->count; i++) {
		struct kvm_cpuid_entry2 *row = &table->rows[i];

		if (row->function == 0xD && !row->index)
			whole = row;
		if (is_user_part(row) && row->index >= XSAVE_FIRST_MOVING)
			moved |= move(row, host);
	}
	if (whole && moved)
		whole->ecx = cpuid_xstate_size(table);
}
