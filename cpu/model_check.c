#include "cpu/model_check.h"

#include "cpu/model.h"

#include <stddef.h>

/* Provided by KVM whatever the CPU; some kernels do not list them. */
static const uint32_t by_kvm[FEATURE_WORDS] = {
	[FEATURES_1_ECX] =
	    FEATURE(X2APIC) | FEATURE(TSC_DEADLINE) | FEATURE(HYPERVISOR),
};

static uint32_t reg_value(const struct kvm_cpuid_entry2 *row,
			  enum cpuid_register reg)
{
	switch (reg) {
	case CPUID_EAX:
		return row->eax;
	case CPUID_EBX:
		return row->ebx;
	case CPUID_ECX:
		return row->ecx;
	default:
		return row->edx;
	}
}

uint32_t model_missing(const struct kvm_cpuid2 *table, enum feature_word word)
{
	const struct feature_word_info *info = &feature_words[word];
	uint32_t supported = by_kvm[word];

	for (uint32_t i = 0; i < table->nent; i++)
		if (table->entries[i].function == info->leaf &&
		    table->entries[i].index == info->subleaf)
			supported |= reg_value(&table->entries[i], info->reg);
	return cpu_model.features[word] & ~supported;
}
