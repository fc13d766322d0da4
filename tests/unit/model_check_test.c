/* The model against a KVM: what is missing, and what it is called. */
#include "cpu/model_check.h"

#include "cpu/compiled.h"
#include "tests/unit/unit.h"

/* What KVM supports: just the model, as KVM_GET_SUPPORTED_CPUID tells it. */
static struct cpuid_table host;

static const struct kvm_cpuid2 *supported(void)
{
	return (const void *)&host;
}

static struct kvm_cpuid_entry2 *row(uint32_t leaf)
{
	static struct kvm_cpuid_entry2 none;
	struct kvm_cpuid_entry2 *found = &none;

	for (uint32_t i = 0; i < host.count; i++)
		if (host.rows[i].function == leaf)
			found = &host.rows[i];
	return found;
}

static void begin(void)
{
	host = compiled_cpu.cpuid;
}

static uint32_t missing(enum feature_word word)
{
	return model_missing(&compiled_cpu, supported(), UINT64_MAX, word);
}

static uint32_t has(enum feature_word word)
{
	return model_features(&compiled_cpu.cpuid, &compiled_cpu.msrs, word);
}

CASE(a_host_with_all_of_it_misses_nothing)
{
	begin();
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		CHECK_EQ(missing(word), 0);
}

CASE(a_host_with_more_misses_nothing)
{
	begin();
	for (uint32_t i = 0; i < host.count; i++)
		host.rows[i].ecx = host.rows[i].edx = UINT32_MAX;
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		CHECK_EQ(missing(word), 0);
}

CASE(a_missing_bit_is_found_in_its_word)
{
	begin();
	row(1)->edx &= ~FEATURE(SSE2);
	CHECK_EQ(missing(FEATURES_1_EDX), FEATURE(SSE2));
	CHECK_EQ(missing(FEATURES_1_ECX), 0);
	CHECK_EQ(missing(FEATURES_8000_0001_EDX), 0);
	CHECK_EQ(missing(FEATURES_8000_0001_ECX), 0);
	begin();
	row(0x80000001)->edx &= ~FEATURE(NX);
	CHECK_EQ(missing(FEATURES_8000_0001_EDX), FEATURE(NX));
	CHECK_EQ(missing(FEATURES_1_EDX), 0);
}

CASE(every_bit_of_the_model_can_be_missed)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		uint32_t by_kvm = 0;

		if (word == FEATURES_1_ECX)
			by_kvm = 1U << 21 | 1U << 24 | 1U << 31;
		else if (word == FEATURES_6_EAX)
			by_kvm = 1U << 2;
		else if (word == FEATURES_8000_0001_ECX)
			by_kvm = 1U << 22;
		else if (word == FEATURES_4000_0001_EAX)
			by_kvm = UINT32_MAX;
		begin();
		host.count = 0;
		if (!feature_words[word].msr)
			CHECK_EQ(missing(word), has(word) & ~by_kvm);
	}
}

/* A model with sub-leaves and an MSR. */
static struct compiled_cpu other = {
	.cpuid = { .count = 3,
		   .rows = { { .function = 7, .index = 0, .ebx = 1 << 5 },
			     { .function = 7, .index = 1, .eax = 1 << 4 },
			     { .function = 0x80000001,
			       .edx = 0x0183F3FF | 1 << 29 } } },
	.msrs = { .count = 1, .entries = { { .index = 0x10A, .data = 5 } } },
};

CASE(sub_leaves_are_told_apart)
{
	begin();
	host.count = 1;
	host.rows[0] = (struct kvm_cpuid_entry2){ .function = 7,
						  .ebx = 1 << 5,
						  .eax = 1 << 4 };
	CHECK_EQ(model_missing(&other, supported(), 0, FEATURES_7_0_EBX), 0);
	CHECK_EQ(model_missing(&other, supported(), 0, FEATURES_7_1_EAX),
		 1 << 4);
}

CASE(bits_of_an_msr_are_missed)
{
	begin();
	CHECK_EQ(
	    model_missing(&other, supported(), 5, FEATURES_ARCH_CAPABILITIES),
	    0);
	CHECK_EQ(
	    model_missing(&other, supported(), 4, FEATURES_ARCH_CAPABILITIES),
	    1);
	CHECK_EQ(
	    model_missing(&other, supported(), 0, FEATURES_ARCH_CAPABILITIES),
	    5);
}

CASE(what_amd_repeats_is_no_feature)
{
	host.count = 0;
	CHECK_EQ(model_missing(&other, supported(), 0, FEATURES_8000_0001_EDX),
		 1 << 29);
}

CASE(a_host_without_the_leaf_misses_all_of_it)
{
	begin();
	host.count = 0;
	CHECK_EQ(missing(FEATURES_1_EDX), has(FEATURES_1_EDX));
	CHECK_EQ(missing(FEATURES_8000_0001_EDX), has(FEATURES_8000_0001_EDX));
}

CASE(what_kvm_provides_counts_as_there)
{
	begin();
	row(1)->ecx = 0;
	/* x2APIC 21, TSC deadline 24, hypervisor 31 */
	CHECK_EQ(missing(FEATURES_1_ECX) & (1U << 21 | 1U << 24 | 1U << 31), 0);
}

/* It says that there are leaves, which are the monitor's own; QEMU alike. */
CASE(topoext_needs_nothing_of_a_host)
{
	static struct compiled_cpu cpu;

	begin();
	cpu = compiled_cpu;
	for (uint32_t i = 0; i < cpu.cpuid.count; i++)
		if (cpu.cpuid.rows[i].function == 0x80000001)
			cpu.cpuid.rows[i].ecx |=
			    FEATURE(TOPOEXT) | FEATURE(SSE4A);
	row(0x80000001)->ecx &= ~(FEATURE(TOPOEXT) | FEATURE(SSE4A));
	CHECK_EQ(model_missing(&cpu, supported(), UINT64_MAX,
			       FEATURES_8000_0001_ECX),
		 FEATURE(SSE4A));
}

RUN("model_check", &a_host_with_all_of_it_misses_nothing,
    &a_host_with_more_misses_nothing, &a_missing_bit_is_found_in_its_word,
    &every_bit_of_the_model_can_be_missed,
    &a_host_without_the_leaf_misses_all_of_it,
    &what_kvm_provides_counts_as_there, &topoext_needs_nothing_of_a_host,
    &sub_leaves_are_told_apart, &bits_of_an_msr_are_missed,
    &what_amd_repeats_is_no_feature)
