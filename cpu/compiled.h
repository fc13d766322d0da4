/*
 * The CPU model that is compiled in: all that the compiler could work out of
 * it. The build writes it from cpu/models/ (make CPU=NAME).
 */
#ifndef CPU_COMPILED_H
#define CPU_COMPILED_H

#include "cpu/cpuid.h"
#include "cpu/msr.h"

#include <stdbool.h>

struct compiled_cpu {
	char name[40]; /* with its version: "Skylake-Server-v2" */

	/* CPU=host: the rows are what KVM supports, asked at each start. */
	bool is_host;

	/* It has nothing that a host with a 64-bit KVM could lack. */
	bool is_baseline;

	unsigned physical_address_bits;

	/*
	 * The rows as they are for the only CPU of a machine, in the order of
	 * their leaves; zero where only a start can tell (see cpuid.h).
	 */
	struct cpuid_table cpuid;
	struct msr_table msrs;
};

extern const struct compiled_cpu compiled_cpu;

#endif
