/*
 * What of a guest's CPUID the host decides: with CPU=host a model's whole table
 * comes from what this host's KVM supports; with any, hypercalls.
 */
#ifndef CPU_CPUID_HOST_H
#define CPU_CPUID_HOST_H

#include "cpu/cpuid_xsave.h"

/*
 * `supported` is what KVM_GET_SUPPORTED_CPUID tells; `table` becomes what
 * cpuid_for_vm takes. Left out: the host's own topology (leaves 0xB, 0x1F and
 * 0x8000001E are made anew), PMU, memory encryption, invariant TSC, which would
 * tie a guest to this host, and what KVM says of paravirtual features that no
 * model here has. It fails when KVM tells more than a table has room for.
 */
bool cpuid_from_host(struct cpuid_table *table,
		     const struct kvm_cpuid2 *supported, struct reason *why);

/*
 * Whether a guest of this model makes hypercalls with the instruction that the
 * CPU has for them: VMCALL with Intel's VMX, VMMCALL without. Asks for one leaf,
 * which takes microseconds where the host is itself a guest.
 */
bool cpuid_host_has_hypercalls(const struct cpuid_table *model,
			       cpuid_instruction host);

#endif
