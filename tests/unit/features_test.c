/* The features' names, bits and texts; and how a name is found. */
#include "cpu/features.h"

#include "tests/unit/unit.h"

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
	CHECK(!strcmp(text_of(FEATURES_A_EAX, 1),
		      "CPUID.0AH:EAX.arch_perfmon [bit 1]"));
}

CASE(a_sub_leaf_above_0_is_named_too)
{
	CHECK(!strcmp(text_of(FEATURES_7_0_EBX, 5),
		      "CPUID.07H:EBX.avx2 [bit 5]"));
	CHECK(!strcmp(text_of(FEATURES_7_1_EAX, 4),
		      "CPUID.07H.01H:EAX.avx_vnni [bit 4]"));
	CHECK(!strcmp(text_of(FEATURES_D_1_EAX, 0),
		      "CPUID.0DH.01H:EAX.xsaveopt [bit 0]"));
}

CASE(an_msr_is_named_by_its_number)
{
	CHECK(!strcmp(text_of(FEATURES_ARCH_CAPABILITIES, 0),
		      "MSR(10AH).rdctl_no [bit 0]"));
}

CASE(a_bit_without_a_name_is_no_crash)
{
	CHECK(!strcmp(text_of(FEATURES_1_EDX, 10),
		      "CPUID.01H:EDX.unknown [bit 10]"));
}

CASE(every_text_has_room)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			CHECK(strchr(text_of(word, bit), ']'));
}

CASE(no_two_bits_share_a_name)
{
	const char *names[FEATURE_WORDS * 32];
	size_t count = 0;

	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (feature_name(word, bit))
				names[count++] = feature_name(word, bit);
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
		{ FEATURES_1_ECX, 28, "avx" },
		{ FEATURES_6_EAX, 2, "arat" },
		{ FEATURES_7_0_EBX, 0, "fsgsbase" },
		{ FEATURES_7_0_EBX, 16, "avx512f" },
		{ FEATURES_7_0_EBX, 31, "avx512vl" },
		{ FEATURES_7_0_ECX, 3, "pku" },
		{ FEATURES_7_0_ECX, 16, "la57" },
		{ FEATURES_7_0_EDX, 24, "amx_tile" },
		{ FEATURES_7_0_EDX, 29, "arch_capabilities" },
		{ FEATURES_7_1_EAX, 5, "avx512_bf16" },
		{ FEATURES_7_1_EDX, 4, "avx_vnni_int8" },
		{ FEATURES_7_2_EDX, 5, "mcdt_no" },
		{ FEATURES_D_1_EAX, 3, "xsaves" },
		{ FEATURES_8000_0007_EBX, 1, "succor" },
		{ FEATURES_8000_0007_EDX, 8, "invtsc" },
		{ FEATURES_8000_0008_EBX, 0, "clzero" },
		{ FEATURES_8000_0021_EAX, 1, "fs_gs_base_ns" },
		{ FEATURES_8000_0021_EAX, 8, "auto_ibrs" },
		{ FEATURES_4000_0001_EAX, 11, "kvm_pv_ipi" },
		{ FEATURES_ARCH_CAPABILITIES, 8, "taa_no" },
		{ FEATURES_8000_0001_EDX, 11, "syscall" },
		{ FEATURES_8000_0001_EDX, 20, "nx" },
		{ FEATURES_8000_0001_ECX, 0, "lahf_lm" },
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const char *name = feature_name(facts[i].word, facts[i].bit);

		CHECK(name != NULL);
		CHECK(!strcmp(name, facts[i].name));
	}
	/* Reserved: 1 EDX 10 and 20. */
	CHECK(feature_name(FEATURES_1_EDX, 10) == NULL);
	CHECK(feature_name(FEATURES_1_EDX, 20) == NULL);
}

static bool found(const char *name, enum feature_word word, unsigned bit)
{
	enum feature_word its_word;
	unsigned its_bit;

	return feature_find(name, strlen(name), &its_word, &its_bit) &&
	       its_word == word && its_bit == bit;
}

CASE(every_name_finds_its_own_bit)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (feature_name(word, bit))
				CHECK(
				    found(feature_name(word, bit), word, bit));
}

CASE(separators_do_not_count)
{
	CHECK(found("sse4_1", FEATURES_1_ECX, 19));
	CHECK(found("sse4.1", FEATURES_1_ECX, 19));
	CHECK(found("sse4-1", FEATURES_1_ECX, 19));
	CHECK(found("sse41", FEATURES_1_ECX, 19));
	CHECK(found("avx512-vnni", FEATURES_7_0_ECX, 11));
	CHECK(found("tsc-deadline", FEATURES_1_ECX, 24));
	CHECK(found("tsc", FEATURES_1_EDX, 4));
}

static bool is_there(const char *name, size_t length)
{
	enum feature_word word;
	unsigned bit;

	return feature_find(name, length, &word, &bit);
}

CASE(only_whole_names_are_found)
{
	CHECK(!is_there("", 0));
	CHECK(!is_there("-", 1));
	CHECK(!is_there("ss", 1));
	CHECK(!is_there("sse4", 4));
	CHECK(!is_there("sse4_12", 7));
	CHECK(!is_there("nonsense", 8));
	CHECK(!is_there("AVX2", 4));
	CHECK(is_there("avx2,x", 4));
}

RUN("features", &a_feature_is_named_by_leaf_register_and_bit,
    &a_sub_leaf_above_0_is_named_too, &an_msr_is_named_by_its_number,
    &a_bit_without_a_name_is_no_crash, &every_text_has_room,
    &no_two_bits_share_a_name, &bits_are_where_the_manuals_have_them,
    &every_name_finds_its_own_bit, &separators_do_not_count,
    &only_whole_names_are_found)
