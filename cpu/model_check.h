/*
 * The compiled-in model against what a KVM supports.
 */
#ifndef CPU_MODEL_CHECK_H
#define CPU_MODEL_CHECK_H

#include "cpu/features.h"

#include <linux/kvm.h>

/*
 * The bits of the model's `word` that KVM_GET_SUPPORTED_CPUID does not have in
 * `table`. What KVM itself provides with an in-kernel LAPIC counts as there.
 */
uint32_t model_missing(const struct kvm_cpuid2 *table, enum feature_word word);

#endif
