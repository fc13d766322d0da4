/*
 * CPUID rows: Intel SDM vol. 2 (CPUID), AMD APM vol. 3 appendix E, and for
 * 0x40000000 on the kernel's Documentation/virt/kvm/x86/cpuid.rst.
 *
 * All that does not differ between vCPUs is worked out by the compiler from
 * the model. Left out so far: cache descriptors, topology leaves, timing.
 */
#include "cpu/cpuid.h"

#include "cpu/model.h"

#include <asm/kvm_para.h>
#include <stddef.h>
#include <string.h>

#define CLFLUSH_QWORDS UINT32_C(8)

static uint32_t word(const char *text)
{
	uint32_t value;

	memcpy(&value, text, sizeof(value));
	return value;
}

/* CPUID.1:EAX; families above 14 go into the extended field. */
static uint32_t signature(void)
{
	uint32_t family = cpu_model.family, model = cpu_model.model;
	uint32_t base = family < 15 ? family : 15;

	return (family - base) << 20 | (model >> 4) << 16 | base << 8 |
	       (model & 15) << 4 | cpu_model.stepping;
}

static struct kvm_cpuid_entry2 *add(struct cpuid_table *table, uint32_t leaf,
				    uint32_t eax, uint32_t ebx, uint32_t ecx,
				    uint32_t edx)
{
	struct kvm_cpuid_entry2 *row = &table->rows[table->count++];

	*row = (struct kvm_cpuid_entry2){
		.function = leaf, .eax = eax, .ebx = ebx, .ecx = ecx, .edx = edx
	};
	return row;
}

static void add_basic(struct cpuid_table *table, uint32_t apic_id,
		      unsigned cpus)
{
	const char *vendor = cpu_model.vendor;
	uint32_t htt = cpus > 1 ? FEATURE(HTT) : 0;

	add(table, 0, cpu_model.level, word(vendor), word(vendor + 8),
	    word(vendor + 4));
	add(table, 1, signature(),
	    apic_id << 24 | cpus << 16 | CLFLUSH_QWORDS << 8,
	    cpu_model.features[FEATURES_1_ECX],
	    cpu_model.features[FEATURES_1_EDX] | htt);
}

/* Everything here is in every KVM since 2.6.35. */
static void add_paravirtual(struct cpuid_table *table)
{
	static const char id[12] = "KVMKVMKVM";

	add(table, KVM_CPUID_SIGNATURE, KVM_CPUID_FEATURES, word(id),
	    word(id + 4), word(id + 8));
	add(table, KVM_CPUID_FEATURES,
	    1 << KVM_FEATURE_CLOCKSOURCE | 1 << KVM_FEATURE_NOP_IO_DELAY |
		1 << KVM_FEATURE_CLOCKSOURCE2 |
		1 << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT,
	    0, 0, 0);
}

static unsigned bits_for(unsigned count)
{
	unsigned bits = 0;

	while (UINT32_C(1) << bits < count)
		bits++;
	return bits;
}

static void add_extended(struct cpuid_table *table, unsigned cpus)
{
	const char *vendor = cpu_model.vendor, *id = cpu_model.model_id;
	uint32_t legacy = cpus > 1 ? FEATURE(CMP_LEGACY) : 0;

	add(table, 0x80000000, cpu_model.xlevel, word(vendor), word(vendor + 8),
	    word(vendor + 4));
	/* AMD repeats CPUID.1:EDX here, but for SEP, which is SYSCALL. */
	add(table, 0x80000001, signature(), 0,
	    cpu_model.features[FEATURES_8000_0001_ECX] | legacy,
	    cpu_model.features[FEATURES_8000_0001_EDX] |
		(cpu_model.features[FEATURES_1_EDX] & 0x0183F3FF));
	for (uint32_t i = 0; i < 3; i++, id += 16)
		add(table, 0x80000002 + i, word(id), word(id + 4), word(id + 8),
		    word(id + 12));
	add(table, 0x80000008,
	    cpu_model.linear_address_bits << 8 |
		cpu_model.physical_address_bits,
	    0, bits_for(cpus) << 12 | (cpus - 1), 0);
}

void cpuid_build(struct cpuid_table *table, uint32_t apic_id, unsigned cpus)
{
	table->count = 0;
	table->padding = 0;
	add_basic(table, apic_id, cpus);
	add_paravirtual(table);
	add_extended(table, cpus);
}

_Static_assert(offsetof(struct cpuid_table, rows) ==
		   offsetof(struct kvm_cpuid2, entries),
	       "a cpuid_table is what KVM_SET_CPUID2 takes");
