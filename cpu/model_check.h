/*
 * A CPU model against what a KVM supports.
 */
#ifndef CPU_MODEL_CHECK_H
#define CPU_MODEL_CHECK_H

#include "cpu/compiled.h"
#include "cpu/features.h"

#include <linux/kvm.h>

/* The bits of the model's `word`, by its rows and MSRs. */
uint32_t model_features(const struct cpuid_table *rows,
			const struct msr_table *msrs, enum feature_word word);

/*
 * Those of them that KVM does not have: `supported` is what
 * KVM_GET_SUPPORTED_CPUID tells, `arch_capabilities` what KVM_GET_MSRS on the
 * device has for IA32_ARCH_CAPABILITIES, or 0. What KVM itself provides with an
 * in-kernel LAPIC counts as there, and so do its paravirtual features, of which
 * a guest only sees those that there are; and TOPOEXT, which is only that there
 * are leaves.
 */
uint32_t model_missing(const struct compiled_cpu *cpu,
		       const struct kvm_cpuid2 *supported,
		       uint64_t arch_capabilities, enum feature_word word);

#endif
