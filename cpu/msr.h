/*
 * The MSRs that differ from KVM's own reset values.
 */
#ifndef CPU_MSR_H
#define CPU_MSR_H

#include <linux/kvm.h>
#include <stdint.h>

#define MSR_COUNT 1

/* The layout of KVM_SET_MSRS. */
struct msr_table {
	uint32_t count;
	uint32_t padding;
	struct kvm_msr_entry entries[MSR_COUNT];
};

extern const struct msr_table msr_table;

#endif
