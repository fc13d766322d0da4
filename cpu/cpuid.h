/*
 * The CPUID table that a vCPU is given.
 */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include <linux/kvm.h>
#include <stdint.h>

#define CPUID_ROWS_MAX 16

/* The layout of KVM_SET_CPUID2 with room for every row. */
struct cpuid_table {
	uint32_t count;
	uint32_t padding;
	struct kvm_cpuid_entry2 rows[CPUID_ROWS_MAX];
};

/*
 * Fills in the rows of the compiled-in model for the vCPU whose APIC id is
 * `apic_id`, one of `cpus` cores of one package. 1 <= cpus <= 255.
 */
void cpuid_build(struct cpuid_table *table, uint32_t apic_id, unsigned cpus);

#endif
