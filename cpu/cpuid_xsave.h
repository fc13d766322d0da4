/*
 * Where the parts of an XSAVE area lie: Intel SDM vol. 1, 13.4 and 13.5, AMD
 * APM vol. 2, 11.5.
 *
 * A guest's XSAVE runs on the host's CPU, and in its standard format each part
 * has the place that this CPU gives it: the same up to AVX, beyond that Intel's
 * and AMD's differ. A model's table is right for its own vendor; on a host of
 * the other, or one with other parts, the table follows the host.
 */
#ifndef CPU_CPUID_XSAVE_H
#define CPU_CPUID_XSAVE_H

#include "cpu/cpuid.h"

/* The legacy area and the header, which every XSAVE area begins with. */
#define XSAVE_LEGACY_SIZE UINT32_C(576)

/* The parts beyond AVX, whose places differ: from this number on. */
#define XSAVE_FIRST_MOVING 3

/* Does the CPUID instruction, for the registers from EAX to EDX. */
typedef void (*cpuid_instruction)(uint32_t leaf, uint32_t index,
				  uint32_t registers[4]);

void cpuid_of_this_host(uint32_t leaf, uint32_t index, uint32_t registers[4]);

/*
 * Moves the parts of leaf 0xD that `host` has in the same size to its places,
 * and works out the size of the whole. Asks the host nothing where the model
 * has no part that could move.
 */
void cpuid_place_xstate(struct cpuid_table *table, cpuid_instruction host);

/* CPUID.0DH.0:ECX: the size of an area with all user parts of the table. */
uint32_t cpuid_xstate_size(const struct cpuid_table *table);

#endif
