#include "cpu/features.h"

#include <stdio.h>

/*
 * All names are one block, and a bit has its name's place in it: two bytes,
 * where a pointer takes eight, and work at each start.
 */
#define MEMBER(NAME, name, bit) char name_##NAME[sizeof(name)];
#define TEXT(NAME, name, bit)   .name_##NAME = name,
#define ALL_LISTS(F)                                                           \
	FEATURE_LIST_1_EDX(F)                                                  \
	FEATURE_LIST_1_ECX(F)                                                  \
	FEATURE_LIST_6_EAX(F)                                                  \
	FEATURE_LIST_7_0_EBX(F)                                                \
	FEATURE_LIST_7_0_ECX(F)                                                \
	FEATURE_LIST_7_0_EDX(F)                                                \
	FEATURE_LIST_7_1_EAX(F)                                                \
	FEATURE_LIST_7_1_EDX(F)                                                \
	FEATURE_LIST_7_2_EDX(F)                                                \
	FEATURE_LIST_A_EAX(F)                                                  \
	FEATURE_LIST_D_1_EAX(F)                                                \
	FEATURE_LIST_8000_0001_EDX(F)                                          \
	FEATURE_LIST_8000_0001_ECX(F)                                          \
	FEATURE_LIST_8000_0007_EBX(F)                                          \
	FEATURE_LIST_8000_0007_EDX(F)                                          \
	FEATURE_LIST_8000_0008_EBX(F)                                          \
	FEATURE_LIST_8000_0021_EAX(F)                                          \
	FEATURE_LIST_4000_0001_EAX(F)                                          \
	FEATURE_LIST_ARCH_CAPABILITIES(F)

static const struct names {
	char none;
	ALL_LISTS(MEMBER)
} texts = { ALL_LISTS(TEXT) };

_Static_assert(sizeof(texts) <= UINT16_MAX, "a place fits");

#define NAME_OF(NAME, name, bit) [bit] = offsetof(struct names, name_##NAME),
#define CPUID_WORD(LEAF, SUBLEAF, REG, LIST)                                   \
	{                                                                      \
		.leaf = LEAF, .subleaf = SUBLEAF, .reg = CPUID_##REG,          \
		.reg_name = #REG, .names = {                                   \
			LIST(NAME_OF)                                          \
		}                                                              \
	}

const struct feature_word_info feature_words[FEATURE_WORDS] = {
	[FEATURES_1_EDX] = CPUID_WORD(0x1, 0, EDX, FEATURE_LIST_1_EDX),
	[FEATURES_1_ECX] = CPUID_WORD(0x1, 0, ECX, FEATURE_LIST_1_ECX),
	[FEATURES_6_EAX] = CPUID_WORD(0x6, 0, EAX, FEATURE_LIST_6_EAX),
	[FEATURES_7_0_EBX] = CPUID_WORD(0x7, 0, EBX, FEATURE_LIST_7_0_EBX),
	[FEATURES_7_0_ECX] = CPUID_WORD(0x7, 0, ECX, FEATURE_LIST_7_0_ECX),
	[FEATURES_7_0_EDX] = CPUID_WORD(0x7, 0, EDX, FEATURE_LIST_7_0_EDX),
	[FEATURES_7_1_EAX] = CPUID_WORD(0x7, 1, EAX, FEATURE_LIST_7_1_EAX),
	[FEATURES_7_1_EDX] = CPUID_WORD(0x7, 1, EDX, FEATURE_LIST_7_1_EDX),
	[FEATURES_7_2_EDX] = CPUID_WORD(0x7, 2, EDX, FEATURE_LIST_7_2_EDX),
	[FEATURES_A_EAX] = CPUID_WORD(0xa, 0, EAX, FEATURE_LIST_A_EAX),
	[FEATURES_D_1_EAX] = CPUID_WORD(0xd, 1, EAX, FEATURE_LIST_D_1_EAX),
	[FEATURES_8000_0001_EDX] =
	    CPUID_WORD(0x80000001, 0, EDX, FEATURE_LIST_8000_0001_EDX),
	[FEATURES_8000_0001_ECX] =
	    CPUID_WORD(0x80000001, 0, ECX, FEATURE_LIST_8000_0001_ECX),
	[FEATURES_8000_0007_EBX] =
	    CPUID_WORD(0x80000007, 0, EBX, FEATURE_LIST_8000_0007_EBX),
	[FEATURES_8000_0007_EDX] =
	    CPUID_WORD(0x80000007, 0, EDX, FEATURE_LIST_8000_0007_EDX),
	[FEATURES_8000_0008_EBX] =
	    CPUID_WORD(0x80000008, 0, EBX, FEATURE_LIST_8000_0008_EBX),
	[FEATURES_8000_0021_EAX] =
	    CPUID_WORD(0x80000021, 0, EAX, FEATURE_LIST_8000_0021_EAX),
	[FEATURES_4000_0001_EAX] =
	    CPUID_WORD(0x40000001, 0, EAX, FEATURE_LIST_4000_0001_EAX),
	[FEATURES_ARCH_CAPABILITIES] = { .msr = 0x10A,
					 .names = { FEATURE_LIST_ARCH_CAPABILITIES(
					     NAME_OF) } },
};

const char *feature_name(enum feature_word word, unsigned bit)
{
	unsigned at = feature_words[word].names[bit];

	return at ? (const char *)&texts + at : NULL;
}

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

/* Whether they are the same but for separators. */
static bool is_name(const char *name, const char *text, size_t length)
{
	size_t at = 0;

	for (; *name; name++) {
		if (is_separator(*name))
			continue;
		while (at < length && is_separator(text[at]))
			at++;
		if (at == length || text[at++] != *name)
			return false;
	}
	while (at < length && is_separator(text[at]))
		at++;
	return at == length;
}

bool feature_find(const char *name, size_t length, enum feature_word *word,
		  unsigned *bit)
{
	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++) {
		const char *candidate = feature_name(i / 32, i % 32);

		if (candidate && is_name(candidate, name, length)) {
			*word = i / 32;
			*bit = i % 32;
			return true;
		}
	}
	return false;
}

void feature_text(enum feature_word word, unsigned bit,
		  char text[FEATURE_TEXT_SIZE])
{
	const struct feature_word_info *info = &feature_words[word];
	const char *name = feature_name(word, bit);

	if (!name)
		name = "unknown";
	if (info->msr)
		snprintf(text, FEATURE_TEXT_SIZE, "MSR(%XH).%s [bit %u]",
			 info->msr, name, bit);
	else if (info->subleaf)
		snprintf(text, FEATURE_TEXT_SIZE,
			 "CPUID.%02XH.%02XH:%s.%s [bit %u]", info->leaf,
			 info->subleaf, info->reg_name, name, bit);
	else
		snprintf(text, FEATURE_TEXT_SIZE, "CPUID.%02XH:%s.%s [bit %u]",
			 info->leaf, info->reg_name, name, bit);
}
