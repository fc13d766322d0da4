/*
 * The feature bits of CPUID, and of one MSR: one bit, one name.
 *
 * Names are those of Intel SDM vol. 2 (CPUID) and AMD APM vol. 3 appendix E,
 * in lower case, as QEMU and /proc/cpuinfo spell them. Each list below gives
 * F(NAME, "name", bit) for one register of one leaf.
 */
#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum feature_word {
	FEATURES_1_EDX,
	FEATURES_1_ECX,
	FEATURES_6_EAX,
	FEATURES_7_0_EBX,
	FEATURES_7_0_ECX,
	FEATURES_7_0_EDX,
	FEATURES_7_1_EAX,
	FEATURES_7_1_EDX,
	FEATURES_7_2_EDX,
	FEATURES_A_EAX,
	FEATURES_D_1_EAX,
	FEATURES_8000_0001_EDX,
	FEATURES_8000_0001_ECX,
	FEATURES_8000_0007_EBX,
	FEATURES_8000_0007_EDX,
	FEATURES_8000_0008_EBX,
	FEATURES_8000_0021_EAX,
	FEATURES_4000_0001_EAX,
	FEATURES_ARCH_CAPABILITIES,
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
	F(PN, "pn", 18)                                                        \
	F(CLFLUSH, "clflush", 19)                                              \
	F(DS, "ds", 21)                                                        \
	F(ACPI, "acpi", 22)                                                    \
	F(MMX, "mmx", 23)                                                      \
	F(FXSR, "fxsr", 24)                                                    \
	F(SSE, "sse", 25)                                                      \
	F(SSE2, "sse2", 26)                                                    \
	F(SS, "ss", 27)                                                        \
	F(HTT, "htt", 28)                                                      \
	F(TM, "tm", 29)                                                        \
	F(PBE, "pbe", 31)

#define FEATURE_LIST_1_ECX(F)                                                  \
	F(SSE3, "sse3", 0)                                                     \
	F(PCLMULQDQ, "pclmulqdq", 1)                                           \
	F(DTES64, "dtes64", 2)                                                 \
	F(MONITOR, "monitor", 3)                                               \
	F(DS_CPL, "ds_cpl", 4)                                                 \
	F(VMX, "vmx", 5)                                                       \
	F(SMX, "smx", 6)                                                       \
	F(EST, "est", 7)                                                       \
	F(TM2, "tm2", 8)                                                       \
	F(SSSE3, "ssse3", 9)                                                   \
	F(CID, "cid", 10)                                                      \
	F(FMA, "fma", 12)                                                      \
	F(CX16, "cx16", 13)                                                    \
	F(XTPR, "xtpr", 14)                                                    \
	F(PDCM, "pdcm", 15)                                                    \
	F(PCID, "pcid", 17)                                                    \
	F(DCA, "dca", 18)                                                      \
	F(SSE4_1, "sse4_1", 19)                                                \
	F(SSE4_2, "sse4_2", 20)                                                \
	F(X2APIC, "x2apic", 21)                                                \
	F(MOVBE, "movbe", 22)                                                  \
	F(POPCNT, "popcnt", 23)                                                \
	F(TSC_DEADLINE, "tsc_deadline", 24)                                    \
	F(AES, "aes", 25)                                                      \
	F(XSAVE, "xsave", 26)                                                  \
	F(AVX, "avx", 28)                                                      \
	F(F16C, "f16c", 29)                                                    \
	F(RDRAND, "rdrand", 30)                                                \
	F(HYPERVISOR, "hypervisor", 31)

#define FEATURE_LIST_6_EAX(F) F(ARAT, "arat", 2)

#define FEATURE_LIST_7_0_EBX(F)                                                \
	F(FSGSBASE, "fsgsbase", 0)                                             \
	F(TSC_ADJUST, "tsc_adjust", 1)                                         \
	F(SGX, "sgx", 2)                                                       \
	F(BMI1, "bmi1", 3)                                                     \
	F(HLE, "hle", 4)                                                       \
	F(AVX2, "avx2", 5)                                                     \
	F(FDP_EXCPTN_ONLY, "fdp_excptn_only", 6)                               \
	F(SMEP, "smep", 7)                                                     \
	F(BMI2, "bmi2", 8)                                                     \
	F(ERMS, "erms", 9)                                                     \
	F(INVPCID, "invpcid", 10)                                              \
	F(RTM, "rtm", 11)                                                      \
	F(ZERO_FCS_FDS, "zero_fcs_fds", 13)                                    \
	F(MPX, "mpx", 14)                                                      \
	F(AVX512F, "avx512f", 16)                                              \
	F(AVX512DQ, "avx512dq", 17)                                            \
	F(RDSEED, "rdseed", 18)                                                \
	F(ADX, "adx", 19)                                                      \
	F(SMAP, "smap", 20)                                                    \
	F(AVX512IFMA, "avx512ifma", 21)                                        \
	F(PCOMMIT, "pcommit", 22)                                              \
	F(CLFLUSHOPT, "clflushopt", 23)                                        \
	F(CLWB, "clwb", 24)                                                    \
	F(INTEL_PT, "intel_pt", 25)                                            \
	F(AVX512PF, "avx512pf", 26)                                            \
	F(AVX512ER, "avx512er", 27)                                            \
	F(AVX512CD, "avx512cd", 28)                                            \
	F(SHA_NI, "sha_ni", 29)                                                \
	F(AVX512BW, "avx512bw", 30)                                            \
	F(AVX512VL, "avx512vl", 31)

#define FEATURE_LIST_7_0_ECX(F)                                                \
	F(AVX512VBMI, "avx512vbmi", 1)                                         \
	F(UMIP, "umip", 2)                                                     \
	F(PKU, "pku", 3)                                                       \
	F(WAITPKG, "waitpkg", 5)                                               \
	F(AVX512VBMI2, "avx512vbmi2", 6)                                       \
	F(CET_SS, "cet_ss", 7)                                                 \
	F(GFNI, "gfni", 8)                                                     \
	F(VAES, "vaes", 9)                                                     \
	F(VPCLMULQDQ, "vpclmulqdq", 10)                                        \
	F(AVX512VNNI, "avx512vnni", 11)                                        \
	F(AVX512BITALG, "avx512bitalg", 12)                                    \
	F(AVX512_VPOPCNTDQ, "avx512_vpopcntdq", 14)                            \
	F(LA57, "la57", 16)                                                    \
	F(RDPID, "rdpid", 22)                                                  \
	F(BUS_LOCK_DETECT, "bus_lock_detect", 24)                              \
	F(CLDEMOTE, "cldemote", 25)                                            \
	F(MOVDIRI, "movdiri", 27)                                              \
	F(MOVDIR64B, "movdir64b", 28)                                          \
	F(SGXLC, "sgxlc", 30)                                                  \
	F(PKS, "pks", 31)

#define FEATURE_LIST_7_0_EDX(F)                                                \
	F(AVX512_4VNNIW, "avx512_4vnniw", 2)                                   \
	F(AVX512_4FMAPS, "avx512_4fmaps", 3)                                   \
	F(FSRM, "fsrm", 4)                                                     \
	F(AVX512_VP2INTERSECT, "avx512_vp2intersect", 8)                       \
	F(MD_CLEAR, "md_clear", 10)                                            \
	F(SERIALIZE, "serialize", 14)                                          \
	F(TSX_LDTRK, "tsx_ldtrk", 16)                                          \
	F(ARCH_LBR, "arch_lbr", 19)                                            \
	F(CET_IBT, "cet_ibt", 20)                                              \
	F(AMX_BF16, "amx_bf16", 22)                                            \
	F(AVX512_FP16, "avx512_fp16", 23)                                      \
	F(AMX_TILE, "amx_tile", 24)                                            \
	F(AMX_INT8, "amx_int8", 25)                                            \
	F(SPEC_CTRL, "spec_ctrl", 26)                                          \
	F(STIBP, "stibp", 27)                                                  \
	F(FLUSH_L1D, "flush_l1d", 28)                                          \
	F(ARCH_CAPABILITIES, "arch_capabilities", 29)                          \
	F(CORE_CAPABILITY, "core_capability", 30)                              \
	F(SSBD, "ssbd", 31)

#define FEATURE_LIST_7_1_EAX(F)                                                \
	F(SHA512, "sha512", 0)                                                 \
	F(SM3, "sm3", 1)                                                       \
	F(SM4, "sm4", 2)                                                       \
	F(AVX_VNNI, "avx_vnni", 4)                                             \
	F(AVX512_BF16, "avx512_bf16", 5)                                       \
	F(CMPCCXADD, "cmpccxadd", 7)                                           \
	F(FZRM, "fzrm", 10)                                                    \
	F(FSRS, "fsrs", 11)                                                    \
	F(FSRC, "fsrc", 12)                                                    \
	F(FRED, "fred", 17)                                                    \
	F(LKGS, "lkgs", 18)                                                    \
	F(WRMSRNS, "wrmsrns", 19)                                              \
	F(AMX_FP16, "amx_fp16", 21)                                            \
	F(AVX_IFMA, "avx_ifma", 23)                                            \
	F(LAM, "lam", 26)

#define FEATURE_LIST_7_1_EDX(F)                                                \
	F(AVX_VNNI_INT8, "avx_vnni_int8", 4)                                   \
	F(AVX_NE_CONVERT, "avx_ne_convert", 5)                                 \
	F(AMX_COMPLEX, "amx_complex", 8)                                       \
	F(AVX_VNNI_INT16, "avx_vnni_int16", 10)                                \
	F(PREFETCHITI, "prefetchiti", 14)

#define FEATURE_LIST_7_2_EDX(F)                                                \
	F(INTEL_PSFD, "intel_psfd", 0)                                         \
	F(IPRED_CTRL, "ipred_ctrl", 1)                                         \
	F(RRSBA_CTRL, "rrsba_ctrl", 2)                                         \
	F(DDPD_U, "ddpd_u", 3)                                                 \
	F(BHI_CTRL, "bhi_ctrl", 4)                                             \
	F(MCDT_NO, "mcdt_no", 5)

/*
 * Not a bit but a number: the version of the PMU, which KVM's guests have as 2.
 */
#define FEATURE_LIST_A_EAX(F) F(ARCH_PERFMON, "arch_perfmon", 1)

#define FEATURE_LIST_D_1_EAX(F)                                                \
	F(XSAVEOPT, "xsaveopt", 0)                                             \
	F(XSAVEC, "xsavec", 1)                                                 \
	F(XGETBV1, "xgetbv1", 2)                                               \
	F(XSAVES, "xsaves", 3)                                                 \
	F(XFD, "xfd", 4)

/* AMD repeats bits of CPUID.1:EDX here; they have their names there. */
#define FEATURE_LIST_8000_0001_EDX(F)                                          \
	F(SYSCALL, "syscall", 11)                                              \
	F(NX, "nx", 20)                                                        \
	F(MMXEXT, "mmxext", 22)                                                \
	F(FXSR_OPT, "fxsr_opt", 25)                                            \
	F(PDPE1GB, "pdpe1gb", 26)                                              \
	F(RDTSCP, "rdtscp", 27)                                                \
	F(LM, "lm", 29)                                                        \
	F(3DNOWEXT, "3dnowext", 30)                                            \
	F(3DNOW, "3dnow", 31)

#define FEATURE_LIST_8000_0001_ECX(F)                                          \
	F(LAHF_LM, "lahf_lm", 0)                                               \
	F(CMP_LEGACY, "cmp_legacy", 1)                                         \
	F(SVM, "svm", 2)                                                       \
	F(EXTAPIC, "extapic", 3)                                               \
	F(CR8LEGACY, "cr8legacy", 4)                                           \
	F(ABM, "abm", 5)                                                       \
	F(SSE4A, "sse4a", 6)                                                   \
	F(MISALIGNSSE, "misalignsse", 7)                                       \
	F(3DNOWPREFETCH, "3dnowprefetch", 8)                                   \
	F(OSVW, "osvw", 9)                                                     \
	F(IBS, "ibs", 10)                                                      \
	F(XOP, "xop", 11)                                                      \
	F(SKINIT, "skinit", 12)                                                \
	F(WDT, "wdt", 13)                                                      \
	F(LWP, "lwp", 15)                                                      \
	F(FMA4, "fma4", 16)                                                    \
	F(TCE, "tce", 17)                                                      \
	F(NODEID_MSR, "nodeid_msr", 19)                                        \
	F(TBM, "tbm", 21)                                                      \
	F(TOPOEXT, "topoext", 22)                                              \
	F(PERFCTR_CORE, "perfctr_core", 23)                                    \
	F(PERFCTR_NB, "perfctr_nb", 24)

#define FEATURE_LIST_8000_0007_EBX(F)                                          \
	F(OVERFLOW_RECOV, "overflow_recov", 0)                                 \
	F(SUCCOR, "succor", 1)

#define FEATURE_LIST_8000_0007_EDX(F) F(INVTSC, "invtsc", 8)

#define FEATURE_LIST_8000_0008_EBX(F)                                          \
	F(CLZERO, "clzero", 0)                                                 \
	F(XSAVEERPTR, "xsaveerptr", 2)                                         \
	F(WBNOINVD, "wbnoinvd", 9)                                             \
	F(IBPB, "ibpb", 12)                                                    \
	F(IBRS, "ibrs", 14)                                                    \
	F(AMD_STIBP, "amd_stibp", 15)                                          \
	F(STIBP_ALWAYS_ON, "stibp_always_on", 17)                              \
	F(AMD_SSBD, "amd_ssbd", 24)                                            \
	F(VIRT_SSBD, "virt_ssbd", 25)                                          \
	F(AMD_NO_SSB, "amd_no_ssb", 26)                                        \
	F(AMD_PSFD, "amd_psfd", 28)

#define FEATURE_LIST_8000_0021_EAX(F)                                          \
	F(NO_NESTED_DATA_BP, "no_nested_data_bp", 0)                           \
	F(FS_GS_BASE_NS, "fs_gs_base_ns", 1)                                   \
	F(LFENCE_ALWAYS_SERIALIZING, "lfence_always_serializing", 2)           \
	F(NULL_SEL_CLR_BASE, "null_sel_clr_base", 6)                           \
	F(AUTO_IBRS, "auto_ibrs", 8)                                           \
	F(PREFETCHI, "prefetchi", 20)                                          \
	F(ERAPS, "eraps", 24)                                                  \
	F(SBPB, "sbpb", 27)                                                    \
	F(IBPB_BRTYPE, "ibpb_brtype", 28)                                      \
	F(SRSO_NO, "srso_no", 29)                                              \
	F(SRSO_USER_KERNEL_NO, "srso_user_kernel_no", 30)

/* Documentation/virt/kvm/x86/cpuid.rst. */
#define FEATURE_LIST_4000_0001_EAX(F)                                          \
	F(KVMCLOCK, "kvmclock", 0)                                             \
	F(KVM_NOPIODELAY, "kvm_nopiodelay", 1)                                 \
	F(KVM_MMU, "kvm_mmu", 2)                                               \
	F(KVMCLOCK2, "kvmclock2", 3)                                           \
	F(KVM_ASYNCPF, "kvm_asyncpf", 4)                                       \
	F(KVM_STEAL_TIME, "kvm_steal_time", 5)                                 \
	F(KVM_PV_EOI, "kvm_pv_eoi", 6)                                         \
	F(KVM_PV_UNHALT, "kvm_pv_unhalt", 7)                                   \
	F(KVM_PV_TLB_FLUSH, "kvm_pv_tlb_flush", 9)                             \
	F(KVM_ASYNCPF_VMEXIT, "kvm_asyncpf_vmexit", 10)                        \
	F(KVM_PV_IPI, "kvm_pv_ipi", 11)                                        \
	F(KVM_POLL_CONTROL, "kvm_poll_control", 12)                            \
	F(KVM_PV_SCHED_YIELD, "kvm_pv_sched_yield", 13)                        \
	F(KVM_ASYNCPF_INT, "kvm_asyncpf_int", 14)                              \
	F(KVM_MSI_EXT_DEST_ID, "kvm_msi_ext_dest_id", 15)                      \
	F(KVMCLOCK_STABLE_BIT, "kvmclock_stable_bit", 24)

/* The low half of MSR IA32_ARCH_CAPABILITIES, not of CPUID. */
#define FEATURE_LIST_ARCH_CAPABILITIES(F)                                      \
	F(RDCTL_NO, "rdctl_no", 0)                                             \
	F(IBRS_ALL, "ibrs_all", 1)                                             \
	F(RSBA, "rsba", 2)                                                     \
	F(SKIP_L1DFL_VMENTRY, "skip_l1dfl_vmentry", 3)                         \
	F(SSB_NO, "ssb_no", 4)                                                 \
	F(MDS_NO, "mds_no", 5)                                                 \
	F(PSCHANGE_MC_NO, "pschange_mc_no", 6)                                 \
	F(TSX_CTRL, "tsx_ctrl", 7)                                             \
	F(TAA_NO, "taa_no", 8)                                                 \
	F(SBDR_SSDP_NO, "sbdr_ssdp_no", 13)                                    \
	F(FBSDP_NO, "fbsdp_no", 14)                                            \
	F(PSDP_NO, "psdp_no", 15)                                              \
	F(FB_CLEAR, "fb_clear", 17)                                            \
	F(BHI_NO, "bhi_no", 20)                                                \
	F(PBRSB_NO, "pbrsb_no", 24)                                            \
	F(GDS_NO, "gds_no", 26)                                                \
	F(RFDS_NO, "rfds_no", 27)                                              \
	F(RFDS_CLEAR, "rfds_clear", 28)

#define FEATURE_NUMBER(NAME, name, bit) FEATURE_##NAME = (bit),
enum feature_1_edx { FEATURE_LIST_1_EDX(FEATURE_NUMBER) };
enum feature_1_ecx { FEATURE_LIST_1_ECX(FEATURE_NUMBER) };
enum feature_6_eax { FEATURE_LIST_6_EAX(FEATURE_NUMBER) };
enum feature_7_0_ebx { FEATURE_LIST_7_0_EBX(FEATURE_NUMBER) };
enum feature_7_0_ecx { FEATURE_LIST_7_0_ECX(FEATURE_NUMBER) };
enum feature_7_0_edx { FEATURE_LIST_7_0_EDX(FEATURE_NUMBER) };
enum feature_7_1_eax { FEATURE_LIST_7_1_EAX(FEATURE_NUMBER) };
enum feature_7_1_edx { FEATURE_LIST_7_1_EDX(FEATURE_NUMBER) };
enum feature_7_2_edx { FEATURE_LIST_7_2_EDX(FEATURE_NUMBER) };
enum feature_a_eax { FEATURE_LIST_A_EAX(FEATURE_NUMBER) };
enum feature_d_1_eax { FEATURE_LIST_D_1_EAX(FEATURE_NUMBER) };
enum feature_8000_0001_edx { FEATURE_LIST_8000_0001_EDX(FEATURE_NUMBER) };
enum feature_8000_0001_ecx { FEATURE_LIST_8000_0001_ECX(FEATURE_NUMBER) };
enum feature_8000_0007_ebx { FEATURE_LIST_8000_0007_EBX(FEATURE_NUMBER) };
enum feature_8000_0007_edx { FEATURE_LIST_8000_0007_EDX(FEATURE_NUMBER) };
enum feature_8000_0008_ebx { FEATURE_LIST_8000_0008_EBX(FEATURE_NUMBER) };
enum feature_8000_0021_eax { FEATURE_LIST_8000_0021_EAX(FEATURE_NUMBER) };
enum feature_4000_0001_eax { FEATURE_LIST_4000_0001_EAX(FEATURE_NUMBER) };
enum feature_arch_capabilities {
	FEATURE_LIST_ARCH_CAPABILITIES(FEATURE_NUMBER)
};
#undef FEATURE_NUMBER

/* A feature as a bit of its word. */
#define FEATURE(NAME) (UINT32_C(1) << FEATURE_##NAME)

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/* Where a word of features is found, and what its bits are called. */
struct feature_word_info {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t
	    msr; /* not 0: of this MSR, and leaf and register mean nothing */
	enum cpuid_register reg;
	char reg_name[4];
	uint16_t names[32]; /* see feature_name() */
};

extern const struct feature_word_info feature_words[FEATURE_WORDS];

/* What a bit is called. NULL: one that no model here has. */
const char *feature_name(enum feature_word word, unsigned bit);

/*
 * Finds the feature that is called `name`, of `length` bytes; '-', '_' and '.'
 * in it do not count: sse4_1, sse4.1 and sse41 are one.
 */
bool feature_find(const char *name, size_t length, enum feature_word *word,
		  unsigned *bit);

/* "CPUID.01H:ECX.sse3 [bit 0]" into `text`, as Intel and QEMU write it. */
#define FEATURE_TEXT_SIZE 64
void feature_text(enum feature_word word, unsigned bit,
		  char text[FEATURE_TEXT_SIZE]);

#endif
