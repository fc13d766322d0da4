/*
 * A model of what a host's KVM supports, for `make CPU=captured`.
 */
#ifndef CPU_MODELS_CAPTURE_H
#define CPU_MODELS_CAPTURE_H

#include "cpu/models/model.h"

#include <linux/kvm.h>

/* The texts of a captured model. */
struct captured_text {
	char vendor[13];
	char model_id[49];
};

/*
 * `supported` is what KVM_GET_SUPPORTED_CPUID tells, `arch_capabilities` what
 * KVM_GET_MSRS on the device has for that MSR, or 0. The model passes
 * model_check. Left out: bits that have no name here, what ties a guest to this
 * host (invariant TSC), what wants leaves or state that mayfly does not have
 * (nested virtualisation, SGX, PT, LBRs, PMU), what follows the topology, and
 * what lacks its prerequisite.
 */
void capture_model(const struct kvm_cpuid2 *supported,
		   uint64_t arch_capabilities, struct cpu_model *model,
		   struct captured_text *text);

/* Prints it as a file of this folder has it. */
void capture_print(const struct cpu_model *model);

#endif
