#include "cpu/model_check.h"

/*
 * Provided by KVM whatever the CPU, or only leaves that are made here
 * (TOPOEXT); some kernels do not list them.
 */
static const uint32_t by_kvm[FEATURE_WORDS] = {
	[FEATURES_1_ECX] =
	    FEATURE(X2APIC) | FEATURE(TSC_DEADLINE) | FEATURE(HYPERVISOR),
	[FEATURES_6_EAX] = FEATURE(ARAT),
	[FEATURES_8000_0001_ECX] = FEATURE(TOPOEXT),
	[FEATURES_4000_0001_EAX] = UINT32_MAX,
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

/* The value of a word in a list of rows; 0 when it has no such leaf. */
static uint32_t word_value(const struct kvm_cpuid_entry2 *rows, uint32_t count,
			   enum feature_word word)
{
	const struct feature_word_info *info = &feature_words[word];

	for (uint32_t i = 0; i < count; i++)
		if (rows[i].function == info->leaf &&
		    rows[i].index == info->subleaf)
			return reg_value(&rows[i], info->reg);
	return 0;
}

/* Bits without a name are no features: AMD repeats those of another word. */
static uint32_t named(enum feature_word word)
{
	uint32_t bits = 0;

	for (unsigned bit = 0; bit < 32; bit++)
		if (feature_name(word, bit))
			bits |= UINT32_C(1) << bit;
	return bits;
}

static uint32_t msr_value(const struct msr_table *msrs, uint32_t msr)
{
	for (uint32_t i = 0; i < msrs->count; i++)
		if (msrs->entries[i].index == msr)
			return (uint32_t)msrs->entries[i].data;
	return 0;
}

uint32_t model_features(const struct cpuid_table *rows,
			const struct msr_table *msrs, enum feature_word word)
{
	uint32_t msr = feature_words[word].msr;

	return named(word) & (msr ? msr_value(msrs, msr)
				  : word_value(rows->rows, rows->count, word));
}

uint32_t model_missing(const struct compiled_cpu *cpu,
		       const struct kvm_cpuid2 *supported,
		       uint64_t arch_capabilities, enum feature_word word)
{
	uint32_t there =
	    feature_words[word].msr
		? (uint32_t)arch_capabilities
		: word_value(supported->entries, supported->nent, word);

	return model_features(&cpu->cpuid, &cpu->msrs, word) &
	       ~(there | by_kvm[word]);
}
