/*
 * The feature bits of CPUID: one bit, one name.
 *
 * Names are those of Intel SDM vol. 2 (CPUID) and AMD APM vol. 3 appendix E,
 * in lower case, as /proc/cpuinfo and QEMU spell them. Each list below gives
 * F(NAME, "name", bit) for one register of one leaf.
 */
#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include <stdint.h>

enum feature_word {
	FEATURES_1_EDX,
	FEATURES_1_ECX,
	FEATURES_8000_0001_EDX,
	FEATURES_8000_0001_ECX,
	FEATURE_WORDS,
};

#define FEATURE_LIST_1_EDX(F)                                                  \
	F(FPU, "fpu", 0)                                                       \
	F(VME, "vme", 1)                                                       \
	F(DE, "de", 2)                                                         \
	F(PSE, "pse", 3)                                                       \
	F(TSC, "tsc", 4)                                                       \
	F(MSR, "msr", 5)                                                       \
	F(PAE, "pae", 6)                                                       \
	F(MCE, "mce", 7)                                                       \
	F(CX8, "cx8", 8)                                                       \
	F(APIC, "apic", 9)                                                     \
	F(SEP, "sep", 11)                                                      \
	F(MTRR, "mtrr", 12)                                                    \
	F(PGE, "pge", 13)                                                      \
	F(MCA, "mca", 14)                                                      \
	F(CMOV, "cmov", 15)                                                    \
	F(PAT, "pat", 16)                                                      \
	F(PSE36, "pse36", 17)                                                  \
	F(CLFLUSH, "clflush", 19)                                              \
	F(MMX, "mmx", 23)                                                      \
	F(FXSR, "fxsr", 24)                                                    \
	F(SSE, "sse", 25)                                                      \
	F(SSE2, "sse2", 26)                                                    \
	F(HTT, "htt", 28)

#define FEATURE_LIST_1_ECX(F)                                                  \
	F(SSE3, "sse3", 0)                                                     \
	F(SSSE3, "ssse3", 9)                                                   \
	F(CX16, "cx16", 13)                                                    \
	F(SSE4_1, "sse4_1", 19)                                                \
	F(SSE4_2, "sse4_2", 20)                                                \
	F(X2APIC, "x2apic", 21)                                                \
	F(POPCNT, "popcnt", 23)                                                \
	F(TSC_DEADLINE, "tsc_deadline", 24)                                    \
	F(XSAVE, "xsave", 26)                                                  \
	F(HYPERVISOR, "hypervisor", 31)

#define FEATURE_LIST_8000_0001_EDX(F)                                          \
	F(SYSCALL, "syscall", 11)                                              \
	F(NX, "nx", 20)                                                        \
	F(LM, "lm", 29)

#define FEATURE_LIST_8000_0001_ECX(F)                                          \
	F(LAHF_LM, "lahf_lm", 0)                                               \
	F(CMP_LEGACY, "cmp_legacy", 1)

#define FEATURE_NUMBER(NAME, name, bit) FEATURE_##NAME = (bit),
enum feature_1_edx { FEATURE_LIST_1_EDX(FEATURE_NUMBER) };
enum feature_1_ecx { FEATURE_LIST_1_ECX(FEATURE_NUMBER) };
enum feature_8000_0001_edx { FEATURE_LIST_8000_0001_EDX(FEATURE_NUMBER) };
enum feature_8000_0001_ecx { FEATURE_LIST_8000_0001_ECX(FEATURE_NUMBER) };
#undef FEATURE_NUMBER

/* A feature as a bit of its word. */
#define FEATURE(NAME) (UINT32_C(1) << FEATURE_##NAME)

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/* Where a word of features is found, and what its bits are called. */
struct feature_word_info {
	uint32_t leaf;
	enum cpuid_register reg;
	const char *reg_name;
	const char *names[32]; /* NULL: a bit that no model here has */
};

extern const struct feature_word_info feature_words[FEATURE_WORDS];

#endif
