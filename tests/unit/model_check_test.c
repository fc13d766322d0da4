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
	struct kvm_cpuid_entry2 *found = NULL;

	for (uint32_t i = 0; i < host.count; i++)
		if (host.rows[i].function == leaf)
			found = &host.rows[i];
	CHECK(found != NULL);
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

static const char *text_of(enum feature_word word, unsigned bit)
{
	static char text[FEATURE_TEXT_SIZE];

	feature_text(word, bit, text);
	return text;
}

CASE(a_feature_is_named_by_leaf_register_and_bit)
{
	CHECK(!strcmp(text_of(FEATURES_1_EDX, 26),
		      "CPUID.01H:EDX.sse2 [bit 26]"));
	CHECK(
	    !strcmp(text_of(FEATURES_1_ECX, 0), "CPUID.01H:ECX.sse3 [bit 0]"));
	CHECK(!strcmp(text_of(FEATURES_8000_0001_EDX, 29),
		      "CPUID.80000001H:EDX.lm [bit 29]"));
	CHECK(!strcmp(text_of(FEATURES_8000_0001_ECX, 1),
		      "CPUID.80000001H:ECX.cmp_legacy [bit 1]"));
}

CASE(every_bit_of_the_model_has_a_name)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (cpu_model.features[word] >> bit & 1)
				CHECK(feature_words[word].names[bit] != NULL);
}

CASE(no_two_bits_share_a_name)
{
	const char *names[FEATURE_WORDS * 32];
	size_t count = 0;

	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (feature_words[word].names[bit])
				names[count++] = feature_words[word].names[bit];
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(names[i], names[j]));
}

/* Intel SDM vol. 2, tables 3-10 and 3-11; AMD APM vol. 3, E.4.2. */
CASE(bits_are_where_the_manuals_have_them)
{
	static const struct {
		enum feature_word word;
		unsigned bit;
		const char *name;
	} facts[] = {
		{ FEATURES_1_EDX, 0, "fpu" },
		{ FEATURES_1_EDX, 4, "tsc" },
		{ FEATURES_1_EDX, 6, "pae" },
		{ FEATURES_1_EDX, 9, "apic" },
		{ FEATURES_1_EDX, 11, "sep" },
		{ FEATURES_1_EDX, 19, "clflush" },
		{ FEATURES_1_EDX, 24, "fxsr" },
		{ FEATURES_1_EDX, 28, "htt" },
		{ FEATURES_1_ECX, 9, "ssse3" },
		{ FEATURES_1_ECX, 13, "cx16" },
		{ FEATURES_1_ECX, 21, "x2apic" },
		{ FEATURES_1_ECX, 23, "popcnt" },
		{ FEATURES_1_ECX, 24, "tsc_deadline" },
		{ FEATURES_1_ECX, 26, "xsave" },
		{ FEATURES_1_ECX, 31, "hypervisor" },
		{ FEATURES_8000_0001_EDX, 11, "syscall" },
		{ FEATURES_8000_0001_EDX, 20, "nx" },
		{ FEATURES_8000_0001_ECX, 0, "lahf_lm" },
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const char *name =
		    feature_words[facts[i].word].names[facts[i].bit];

		CHECK(name != NULL);
		CHECK(!strcmp(name, facts[i].name));
	}
	/* Reserved: 1 EDX 10 and 20. */
	CHECK(feature_words[FEATURES_1_EDX].names[10] == NULL);
	CHECK(feature_words[FEATURES_1_EDX].names[20] == NULL);
}

RUN("model_check", &a_host_with_all_of_it_misses_nothing,
    &a_host_with_more_misses_nothing, &a_missing_bit_is_found_in_its_word,
    &every_bit_of_the_model_can_be_missed,
    &a_host_without_the_leaf_misses_all_of_it,
    &what_kvm_provides_counts_as_there,
    &a_feature_is_named_by_leaf_register_and_bit,
    &every_bit_of_the_model_has_a_name, &no_two_bits_share_a_name,
    &bits_are_where_the_manuals_have_them)
