/*
 * The vCPUs: a thread and a run loop each.
 *
 * Order of calls: vcpus_create and vcpus_configure in the thread that will be
 * the boot vCPU's; then there vcpus_run_boot, and at the same time in another,
 * which attends to the VM: vcpus_start_others, vcpus_pause and vcpus_resume at
 * will, and, only when the process is to live on, vcpus_stop. With both threads
 * done, vcpus_destroy. A process that ends needs no stop: the kernel ends its
 * threads.
 */
#ifndef CPU_VCPU_H
#define CPU_VCPU_H

#include "cpu/cpuid.h"
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

/* What a vCPU's thread can be asked for: a set of bits. */
enum vcpu_request {
	VCPU_PAUSE = 1, /* wait until resumed */
	VCPU_STOP = 2,  /* leave the run loop for good */
	/* Inject the machine check that has been noted. */
	VCPU_MACHINE_CHECK = 4,
};

/* What the CPUs of a VM are. */
struct cpu_plan {
	struct topology topology;
	const struct cpuid_table *model; /* compiled_cpu.cpuid, or the host's */
	uint32_t tsc_khz;                /* 0: as fast as the host's */
};

/*
 * Makes the signal that gets a vCPU out of the guest a harmless one, whoever
 * sends it. The first kick does that too; a process may be sent it earlier.
 */
void vcpus_catch_kicks(void);

/*
 * Creates the vCPUs of a topology, 1 to VCPUS_MAX with APIC ids below that: all
 * of them exist before any runs, so that an INIT-SIPI always finds its target.
 * The plan's model is read until vcpus_configure has returned.
 */
bool vcpus_create(const struct kvm *kvm, const struct cpu_plan *plan,
		  struct reason *why);

/*
 * Configures the boot vCPU for `entry`. From now on how the VM ends is told
 * through `ending`.
 */
bool vcpus_configure(const struct entry *entry, const struct ram *ram,
		     struct ending *ending, struct reason *why);

/*
 * Starts a thread for each of the other vCPUs, which configures it first: the
 * guest's first instruction, the boot vCPU's, does not wait for that.
 */
bool vcpus_start_others(struct reason *why);

/* Of vCPU `id`, which has been created. */
int vcpu_descriptor(unsigned id);

/* Runs the boot vCPU in this thread until the VM has ended or is stopped. */
void vcpus_run_boot(void);

/*
 * Asks vCPU `id`, which has been created, for `requests`, and gets it out of
 * the guest if it is there. Its thread answers as soon as the exit that it may
 * have been answering is complete: then KVM holds the whole state of the vCPU,
 * and takes or gives any part of it. Requests for the same thing are one until
 * it is answered. Any thread may call it, and a signal handler.
 */
void vcpu_kick(unsigned id, unsigned requests);

/*
 * The board's INTR has risen: the boot vCPU is to take the interrupt. Any
 * thread may call it.
 */
void vcpus_interrupt(void);

/*
 * The host has lost the page at guest address `gpa`. For the handler of
 * SIGBUS, which any thread may run.
 *
 * When that was found as the calling thread's own vCPU touched the page
 * (`required`), that vCPU is given a machine check, or the guest ends when it
 * can take none. False: the calling thread was not in KVM_RUN, so that mayfly
 * itself touched the page, and cannot go on. Otherwise vCPU 0 is told, as far
 * as it takes machine checks: nobody has touched the page yet.
 */
bool vcpus_memory_lost(uint64_t gpa, bool required);

/*
 * KVM's ring of coalesced writes to ports, which lasts until vcpus_destroy;
 * NULL when this KVM does not coalesce them. Not on the way to the first guest
 * instruction: it asks for capabilities.
 */
struct kvm_coalesced_mmio_ring *vcpus_coalesced_ring(void);

/*
 * vcpus_pause returns when every vCPU has left the guest and waits, with no
 * exit half done: KVM has taken the answer to the last one. A vCPU whose thread
 * has ended, as threads do when the VM has, counts as waiting. The board is
 * as the vCPUs left it; its clocks and the event loop's input go on.
 * vcpus_resume lets them go on; a Linux guest's watchdog is told that time was
 * lost, where the guest has a kvmclock. To pause what is paused, or to resume
 * what runs, does nothing.
 */
void vcpus_pause(void);
void vcpus_resume(void);

/*
 * Stops every vCPU, running or paused, whether the VM has ended or not: the
 * others' threads have ended when it returns, and vcpus_run_boot is about to.
 * The board takes part in it: it is powered on anew before the next
 * vcpus_configure.
 */
void vcpus_stop(void);

/* Destroys all vCPUs. None runs any more. */
void vcpus_destroy(void);

#endif
