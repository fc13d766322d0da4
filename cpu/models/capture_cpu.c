/*
 * capture-cpu: prints a model of what this host's KVM supports. Part of the
 * build (see scripts/capture-cpu), not of the monitor.
 */
#include "cpu/models/capture.h"

#include "vmm/kvm.h"

#include <stdio.h>
#include <stdlib.h>

#define SUPPORTED_ROWS 256 /* the kernel's own limit */

#define MSR_ARCH_CAPABILITIES 0x10A

int main(void)
{
	static _Alignas(struct kvm_cpuid2)
	    uint8_t table[sizeof(struct kvm_cpuid2) +
			  SUPPORTED_ROWS * sizeof(struct kvm_cpuid_entry2)];
	struct kvm_cpuid2 *supported = (void *)table;
	static struct captured_text text;
	static struct cpu_model model;
	uint64_t capabilities;
	struct reason why;
	struct kvm kvm;

	if (!kvm_open(&kvm, &why) ||
	    !kvm_supported_cpuid(&kvm, supported, SUPPORTED_ROWS, &why)) {
		fprintf(stderr, "capture-cpu: %s\n", why.text);
		return EXIT_FAILURE;
	}
	capabilities = kvm_feature_msr(&kvm, MSR_ARCH_CAPABILITIES);
	capture_model(supported, capabilities, &model, &text);
	capture_print(&model);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
