/*
 * The CPU that this host's KVM can give a guest, and what of the compiled-in
 * model it lacks. To ask takes up to a millisecond where the CPUID instruction
 * traps: a model that is fixed is never asked for before its guest runs.
 */
#ifndef VMM_HOST_CPU_H
#define VMM_HOST_CPU_H

#include "cpu/cpuid.h"
#include "vmm/kvm.h"

struct host_cpu {
	const struct kvm_cpuid2 *supported; /* KVM_GET_SUPPORTED_CPUID */
	uint64_t arch_capabilities; /* the MSR of that name; 0: it has none */
};

/* Fills in `host`. There is one table for all callers. */
bool host_cpu_ask(const struct kvm *kvm, struct host_cpu *host,
		  struct reason *why);

/*
 * Calls `say` for each feature of the model that the host lacks, by its name as
 * "CPUID.01H:ECX.sse3 [bit 0]", and returns how many there are.
 */
unsigned host_cpu_each_missing(const struct host_cpu *host,
			       void (*say)(void *to, const char *feature),
			       void *to);

/*
 * The same as one line for the user, with all names that fit into `size`
 * bytes. False when nothing is missing; then there is no line.
 */
bool host_cpu_lacks(const struct host_cpu *host, char *line, size_t size);

#endif
