/*
 * Groups of features that several models have in common.
 *
 * The levels are those of the x86-64 psABI (section 3.1.1, table 3.1). What
 * that table calls OSXSAVE is the XSAVE of this CPU and the guest's decision.
 *
 * Left out of every model on purpose, whatever the CPU has: VMX and SVM, since
 * nothing here is for guests that run guests; MONITOR, which KVM does not list
 * as supported; the PMU's leaf 0xA and the debug store; and INVTSC, which ties
 * a guest to one host. CPU_FEATURES adds what is missed, but for what needs
 * leaves of its own (cpu/models/check.c), as SVM does. What KVM gives every
 * guest is added to every model (cpu/models/expand.c): x2APIC, the TSC deadline
 * timer, ARAT.
 */
#ifndef CPU_MODELS_PARTS_H
#define CPU_MODELS_PARTS_H

#include "cpu/features.h"

/* x86-64-v1, and what every 64-bit CPU has besides. */
#define V1_1_EDX                                                               \
	(FEATURE(FPU) | FEATURE(DE) | FEATURE(PSE) | FEATURE(TSC) |            \
	 FEATURE(MSR) | FEATURE(PAE) | FEATURE(MCE) | FEATURE(CX8) |           \
	 FEATURE(APIC) | FEATURE(SEP) | FEATURE(MTRR) | FEATURE(PGE) |         \
	 FEATURE(MCA) | FEATURE(CMOV) | FEATURE(PAT) | FEATURE(PSE36) |        \
	 FEATURE(CLFLUSH) | FEATURE(MMX) | FEATURE(FXSR) | FEATURE(SSE) |      \
	 FEATURE(SSE2))
#define V1_8000_0001_EDX (FEATURE(SYSCALL) | FEATURE(NX) | FEATURE(LM))

/* x86-64-v2: SSE4.2, POPCNT, CMPXCHG16B. */
#define V2_1_ECX                                                               \
	(FEATURE(SSE3) | FEATURE(SSSE3) | FEATURE(CX16) | FEATURE(SSE4_1) |    \
	 FEATURE(SSE4_2) | FEATURE(POPCNT))
#define V2_8000_0001_ECX FEATURE(LAHF_LM)

/* x86-64-v3: AVX2 and its time. ABM is LZCNT. */
#define V3_1_ECX                                                               \
	(V2_1_ECX | FEATURE(FMA) | FEATURE(MOVBE) | FEATURE(XSAVE) |           \
	 FEATURE(AVX) | FEATURE(F16C))
#define V3_7_0_EBX       (FEATURE(BMI1) | FEATURE(AVX2) | FEATURE(BMI2))
#define V3_8000_0001_ECX (V2_8000_0001_ECX | FEATURE(ABM))

/* x86-64-v4: the AVX-512 of servers. */
#define V4_7_0_EBX                                                             \
	(V3_7_0_EBX | FEATURE(AVX512F) | FEATURE(AVX512DQ) |                   \
	 FEATURE(AVX512CD) | FEATURE(AVX512BW) | FEATURE(AVX512VL))

/* Intel's cores from Haswell on. */
#define HASWELL_1_ECX                                                          \
	(V3_1_ECX | FEATURE(PCLMULQDQ) | FEATURE(PCID) | FEATURE(AES) |        \
	 FEATURE(RDRAND))
#define HASWELL_7_0_EBX                                                        \
	(FEATURE(FSGSBASE) | FEATURE(SMEP) | FEATURE(ERMS) |                   \
	 FEATURE(INVPCID) | FEATURE(HLE) | FEATURE(RTM))
#define BROADWELL_7_0_EBX                                                      \
	(HASWELL_7_0_EBX | FEATURE(RDSEED) | FEATURE(ADX) | FEATURE(SMAP))

/* Intel's servers from Skylake on. */
#define XEON_7_0_EBX                                                           \
	(V4_7_0_EBX | BROADWELL_7_0_EBX | FEATURE(CLFLUSHOPT) | FEATURE(CLWB))
#define XEON_8000_0001_EDX                                                     \
	(V1_8000_0001_EDX | FEATURE(PDPE1GB) | FEATURE(RDTSCP))
#define XEON_8000_0001_ECX (V3_8000_0001_ECX | FEATURE(3DNOWPREFETCH))
#define XEON_D_1_EAX       (FEATURE(XSAVEOPT) | FEATURE(XSAVEC) | FEATURE(XGETBV1))

/* What Icelake-SP added of AVX-512, in leaf 7's ECX; Zen 4 has the same. */
#define ICELAKE_7_0_ECX                                                        \
	(FEATURE(AVX512VBMI) | FEATURE(UMIP) | FEATURE(PKU) |                  \
	 FEATURE(AVX512VBMI2) | FEATURE(GFNI) | FEATURE(VAES) |                \
	 FEATURE(VPCLMULQDQ) | FEATURE(AVX512VNNI) | FEATURE(AVX512BITALG) |   \
	 FEATURE(AVX512_VPOPCNTDQ) | FEATURE(LA57))

/* AMD's Zen cores. */
#define ZEN_1_ECX                                                              \
	(V3_1_ECX | FEATURE(PCLMULQDQ) | FEATURE(AES) | FEATURE(RDRAND))
#define ZEN_7_0_EBX                                                            \
	(V3_7_0_EBX | FEATURE(FSGSBASE) | FEATURE(SMEP) | FEATURE(RDSEED) |    \
	 FEATURE(ADX) | FEATURE(SMAP) | FEATURE(CLFLUSHOPT) | FEATURE(SHA_NI))
#define ZEN_8000_0001_EDX                                                      \
	(V1_8000_0001_EDX | FEATURE(MMXEXT) | FEATURE(FXSR_OPT) |              \
	 FEATURE(PDPE1GB) | FEATURE(RDTSCP))
#define ZEN_8000_0001_ECX                                                      \
	(V3_8000_0001_ECX | FEATURE(CR8LEGACY) | FEATURE(SSE4A) |              \
	 FEATURE(MISALIGNSSE) | FEATURE(3DNOWPREFETCH) | FEATURE(OSVW) |       \
	 FEATURE(TOPOEXT))
#define ZEN_D_1_EAX (FEATURE(XSAVEOPT) | FEATURE(XSAVEC) | FEATURE(XGETBV1))

/* From Zen 2 on. */
#define ZEN2_7_0_EBX       (ZEN_7_0_EBX | FEATURE(CLWB))
#define ZEN2_7_0_ECX       (FEATURE(UMIP) | FEATURE(RDPID))
#define ZEN2_8000_0001_ECX (ZEN_8000_0001_ECX | FEATURE(PERFCTR_CORE))
#define ZEN2_8000_0008_EBX                                                     \
	(FEATURE(CLZERO) | FEATURE(XSAVEERPTR) | FEATURE(WBNOINVD) |           \
	 FEATURE(IBPB) | FEATURE(AMD_STIBP))
#define ZEN2_D_1_EAX (ZEN_D_1_EAX | FEATURE(XSAVES))

/* From Zen 3 on. */
#define ZEN3_1_ECX   (ZEN_1_ECX | FEATURE(PCID))
#define ZEN3_7_0_EBX (ZEN2_7_0_EBX | FEATURE(ERMS) | FEATURE(INVPCID))
#define ZEN3_8000_0008_EBX                                                     \
	(ZEN2_8000_0008_EBX | FEATURE(IBRS) | FEATURE(AMD_SSBD))

/* A cache of KIB in all; lines of 64 bytes. */
#define CACHE(TYPE, LEVEL, SCOPE, KIB, WAYS)                                   \
	.type = CACHE_##TYPE, .level = (LEVEL), .scope = CACHE_PER_##SCOPE,    \
	.ways = (WAYS), .partitions = 1, .line = 64,                           \
	.sets = (KIB)*1024 / 64 / (WAYS)

#endif
