/*
 * The vCPUs: a thread and a run loop each.
 *
 * Order of calls: vcpus_create, vcpus_start, and, only when the process is to
 * live on, vcpus_stop. A process that ends needs none of that: the kernel ends
 * its threads.
 */
#ifndef CPU_VCPU_H
#define CPU_VCPU_H

#include "cpu/topology.h"
#include "vmm/ending.h"
#include "vmm/handover.h"
#include "vmm/kvm.h"
#include "vmm/ram.h"

/*
 * Local APIC ids are 8 bits, and 255 is broadcast. The IOAPIC has an id of its
 * own that may be one of theirs: no message goes to an IOAPIC by its id.
 */
#define VCPUS_MAX 255

/*
 * Creates the vCPUs of a topology, 1 to VCPUS_MAX with APIC ids below that: all
 * of them exist before any runs, so that an INIT-SIPI always finds its target.
 */
bool vcpus_create(const struct kvm *kvm, const struct topology *topology,
		  struct reason *why);

/*
 * Configures the boot vCPU for `entry` and starts every thread; the others
 * configure themselves. From now on how the VM ends is told through `ending`.
 */
bool vcpus_start(const struct entry *entry, const struct ram *ram,
		 struct ending *ending, struct reason *why);

/* Stops and destroys every vCPU. An ending must have been declared. */
void vcpus_stop(void);

#endif
