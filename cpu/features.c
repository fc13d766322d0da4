#include "cpu/features.h"

#define NAME_OF(NAME, name, bit) [bit] = name,

const struct feature_word_info feature_words[FEATURE_WORDS] = {
	[FEATURES_1_EDX] = { 0x1,
			     CPUID_EDX,
			     "EDX",
			     { FEATURE_LIST_1_EDX(NAME_OF) } },
	[FEATURES_1_ECX] = { 0x1,
			     CPUID_ECX,
			     "ECX",
			     { FEATURE_LIST_1_ECX(NAME_OF) } },
	[FEATURES_8000_0001_EDX] = { 0x80000001,
				     CPUID_EDX,
				     "EDX",
				     { FEATURE_LIST_8000_0001_EDX(NAME_OF) } },
	[FEATURES_8000_0001_ECX] = { 0x80000001,
				     CPUID_ECX,
				     "ECX",
				     { FEATURE_LIST_8000_0001_ECX(NAME_OF) } },
};
