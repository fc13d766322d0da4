/*
 * The MSRs that differ from KVM's own reset values: which ones, and why, is in
 * cpu/models/msrs.c.
 */
#ifndef CPU_MSR_H
#define CPU_MSR_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#define MSRS_MAX 8

/*
 * The layout of KVM_SET_MSRS, and how many of its entries a vCPU cannot do
 * without: the first ones.
 */
struct msr_table {
	uint32_t count;
	uint32_t padding;
	struct kvm_msr_entry entries[MSRS_MAX];
	uint32_t required;
};

_Static_assert(offsetof(struct msr_table, entries) ==
		   offsetof(struct kvm_msrs, entries),
	       "an msr_table is what KVM_SET_MSRS takes");

#endif
