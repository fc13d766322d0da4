/*
 * The state in which a boot vCPU meets its first instruction.
 */
#ifndef CPU_ENTRY_H
#define CPU_ENTRY_H

#include "vmm/handover.h"

#include <linux/kvm.h>

/*
 * Fills in all of both register sets for `entry`. `signature` is CPUID.1:EAX,
 * which is in EDX after a reset. The LAPIC is at its
 * architectural address and this vCPU is the boot processor.
 */
void entry_registers(const struct entry *entry, uint32_t signature,
		     struct kvm_sregs *sregs, struct kvm_regs *regs);

#endif
