/* The model against a KVM: what is missing, and what it is called. */
#include "cpu/model_check.h"

#include "cpu/cpuid.h"
#include "cpu/model.h"
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
	cpuid_build(&host, 0, 1);
}

static uint32_t missing(enum feature_word word)
{
	return model_missing(supported(), word);
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
		uint32_t by_kvm =
		    word == FEATURES_1_ECX ? 1U << 21 | 1U << 24 | 1U << 31 : 0;

		begin();
		row(feature_words[word].leaf)->ecx = 0;
		row(feature_words[word].leaf)->edx = 0;
		CHECK_EQ(missing(word), cpu_model.features[word] & ~by_kvm);
	}
}

CASE(a_host_without_the_leaf_misses_all_of_it)
{
	begin();
	host.count = 0;
	CHECK_EQ(missing(FEATURES_1_EDX), cpu_model.features[FEATURES_1_EDX]);
	CHECK_EQ(missing(FEATURES_8000_0001_EDX),
		 cpu_model.features[FEATURES_8000_0001_EDX]);
}

CASE(what_kvm_provides_counts_as_there)
{
	begin();
	row(1)->ecx = 0;
	/* x2APIC 21, TSC deadline 24, hypervisor 31 */
	CHECK_EQ(missing(FEATURES_1_ECX) & (1U << 21 | 1U << 24 | 1U << 31), 0);
}

CASE(every_bit_of_the_model_has_a_name)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (cpu_model.features[word] >> bit & 1)
				CHECK(feature_words[word].names[bit] != NULL);
}

RUN("model_check", &a_host_with_all_of_it_misses_nothing,
    &a_host_with_more_misses_nothing, &a_missing_bit_is_found_in_its_word,
    &every_bit_of_the_model_can_be_missed,
    &a_host_without_the_leaf_misses_all_of_it,
    &what_kvm_provides_counts_as_there, &every_bit_of_the_model_has_a_name)
