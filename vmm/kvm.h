/*
 * KVM, as mayfly uses it. The only file that issues KVM's ioctls; the words
 * are those of the kernel's Documentation/virt/kvm/api.rst.
 */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include "vmm/handover.h"
#include "vmm/ram.h"
#include "vmm/reason.h"

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KVM_DEVICE "/dev/kvm"

struct kvm {
	int device; /* -1 while it is not open */
	int vm;
	size_t run_size; /* bytes of each vCPU's struct kvm_run mapping */
};

struct kvm_vcpu {
	int fd;
	struct kvm_run *run;
};

/* Opens the device and checks its API version. */
bool kvm_open(struct kvm *kvm, struct reason *why);

/* KVM_CHECK_EXTENSION on the device: 0 when `capability` is unknown. */
int kvm_capability(const struct kvm *kvm, int capability);

/* The number of vCPUs that one VM may have. */
unsigned kvm_max_vcpus(const struct kvm *kvm);

/* The ids of vCPUs, which are their APIC ids, are below this. */
unsigned kvm_max_vcpu_id(const struct kvm *kvm);

/*
 * The paravirtual features that this KVM is known to have, as in
 * CPUID.40000001H:EAX. It costs a call or two: KVM_GET_SUPPORTED_CPUID would
 * tell them all, but is slow.
 */
uint32_t kvm_pv_features(const struct kvm *kvm);

/*
 * Asks the kernel for leave to give guests AMX's tile registers, which have
 * eight KiB of state a thread. Without it KVM neither supports nor takes a
 * CPUID table with AMX. Before the first vCPU; a host without AMX refuses, and
 * then the feature is missing like any other.
 */
void kvm_permit_amx(void);

/* The pins of the IOAPIC, which is ours, that KVM is told of. */
#define KVM_IOAPIC_PINS 24

/*
 * A VM with `ram` as its memory and KVM's LAPICs. PIC pair, IOAPIC and PIT are
 * not KVM's (a split irqchip): each device on its I/O bus makes it wait for
 * SRCU grace periods, milliseconds of them at the end of a short life.
 */
bool kvm_create_vm(struct kvm *kvm, const struct ram *ram, struct reason *why);

/* The device stays open, for the next VM. */
void kvm_destroy_vm(struct kvm *kvm);

/*
 * Puts `rom`, whole pages, where it ends at 4 GiB. A guest reads and runs it;
 * what it writes there goes to the board.
 */
bool kvm_map_rom(const struct kvm *kvm, const struct image *rom,
		 struct reason *why);

/*
 * Sends a message-signalled interrupt to the LAPICs (Intel SDM vol. 3, 11.11).
 * Any thread may call it. False: no LAPIC took it.
 */
bool kvm_signal_msi(const struct kvm *kvm, uint32_t address, uint32_t data);

/*
 * The messages of IOAPIC pins: of those that are level-triggered, so that when
 * a LAPIC has ended one of their vectors its vCPU exits with
 * KVM_EXIT_IOAPIC_EOI; and of those that irqfds drive. They replace the ones
 * before. The host may be short of memory for them.
 */
struct kvm_route {
	unsigned pin;
	uint32_t address;
	uint32_t data;
};
bool kvm_set_routes(const struct kvm *kvm, const struct kvm_route *routes,
		    unsigned count, struct reason *why);

/*
 * Lets whatever writes to the eventfd send the message of a pin's route, if it
 * has one then.
 */
bool kvm_irqfd(const struct kvm *kvm, unsigned pin, int fd, struct reason *why);

/*
 * Lets a guest's write of a dword at `gpa`, of the value `match` or, if that is
 * NULL, of any, signal the eventfd without an exit; or no longer. Has the price
 * of all that changes KVM's I/O bus, see kvm_coalesce. False when KVM refuses.
 */
bool kvm_ioeventfd(const struct kvm *kvm, uint64_t gpa, const uint32_t *match,
		   int fd, bool on);

/*
 * Queues an interrupt of the PIC pair for the next KVM_RUN, which must be due:
 * when kvm_run tells that it is ready for one: that is also when no vector is
 * queued, for KVM keeps one even over a KVM_RUN that returns before the guest
 * is entered. In the vCPU's own thread.
 */
bool kvm_interrupt(const struct kvm_vcpu *vcpu, uint8_t vector,
		   struct reason *why);

/*
 * Coalesced writes: while a port is coalesced, bytes that vCPUs write to it go
 * to the VM's ring (vmm/coalesced.h), and only when that is full do they leave
 * the guest. The ring is in every vCPU's mapping; NULL when this KVM has none
 * for ports (before Linux 5.0). It is the kernel's page: whoever looks into it
 * first has a page fault.
 *
 * kvm_coalesce may take milliseconds, as anything does that changes KVM's I/O
 * bus, and a VM that ends soon after the first takes 15 ms to end (split
 * irqchip or not). So not in a vCPU's thread, and not for a short-lived guest.
 * False when KVM refuses.
 */
struct kvm_coalesced_mmio_ring *kvm_coalesced_ring(const struct kvm *kvm,
						   const struct kvm_vcpu *vcpu);
bool kvm_coalesce(const struct kvm *kvm, uint16_t port, bool on);

bool kvm_create_vcpu(const struct kvm *kvm, uint32_t id, struct kvm_vcpu *vcpu,
		     struct reason *why);

/*
 * Maps a vCPU's kvm_run, which is NULL until then, and is published with
 * sequential consistency. Before its first KVM_RUN.
 */
bool kvm_map_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu,
		  struct reason *why);
void kvm_destroy_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu);

/*
 * `table` and `msrs` have the layout of struct kvm_cpuid2 and kvm_msrs. Of the
 * MSRs, the `required` first ones must be set: it fails when one cannot be. Of
 * the others none is set from the first on that cannot be.
 */
bool kvm_set_cpuid(const struct kvm_vcpu *vcpu, const void *table,
		   struct reason *why);
bool kvm_set_msrs(const struct kvm_vcpu *vcpu, const void *msrs,
		  uint32_t required, struct reason *why);

/* The frequency of a vCPU's TSC, or 0 where the host's is not constant. */
uint32_t kvm_tsc_khz(const struct kvm_vcpu *vcpu);

/*
 * That of a new VM's vCPUs; `vcpu` is one of them. The VM tells it several
 * microseconds sooner than a vCPU, which has to be loaded for that, but only
 * since Linux 5.18.
 */
uint32_t kvm_vm_tsc_khz(const struct kvm *kvm, const struct kvm_vcpu *vcpu);

/* Before the guest runs. Not every host can make its TSC look slower. */
bool kvm_set_tsc_khz(const struct kvm_vcpu *vcpu, uint32_t khz,
		     struct reason *why);

/*
 * Before the vCPU's first KVM_RUN. Where the host has KVM_CAP_SYNC_REGS the
 * registers wait in kvm_run for that call, which then is the one to refuse
 * them; else they are set at once.
 */
bool kvm_set_registers(const struct kvm *kvm, const struct kvm_vcpu *vcpu,
		       const struct kvm_sregs *sregs,
		       const struct kvm_regs *regs, struct reason *why);

/* False when KVM does not tell, as for a vCPU that it has given up. */
bool kvm_get_registers(const struct kvm_vcpu *vcpu, struct kvm_sregs *sregs,
		       struct kvm_regs *regs);

/*
 * Gives a vCPU the banks and abilities of `mcg_cap` (IA32_MCG_CAP), with all
 * error reporting on. KVM refuses a bit that it has not on this host.
 */
bool kvm_setup_mce(const struct kvm_vcpu *vcpu, uint64_t mcg_cap,
		   struct reason *why);

/*
 * Puts an error into a bank and, when it is uncorrected, makes its #MC
 * pending. Only for a vCPU that machine_check_obstacle finds none for.
 */
bool kvm_set_mce(const struct kvm_vcpu *vcpu, const struct kvm_x86_mce *mce);

/* KVM_GET_MSRS, with the layout of struct kvm_msrs: all of them, or false. */
bool kvm_get_msrs(const struct kvm_vcpu *vcpu, void *msrs);

/* The guest physical address of a linear one, or false when not mapped. */
bool kvm_translate(const struct kvm_vcpu *vcpu, uint64_t linear, uint64_t *gpa);

/* Runs until the next exit: 0, or the errno of KVM_RUN. */
int kvm_run_vcpu(const struct kvm_vcpu *vcpu);

/*
 * The vCPU was held up, by us and not by its guest, and is about to go on: KVM
 * tells the guest's watchdog, if it has a kvmclock.
 */
void kvm_clock_was_stopped(const struct kvm_vcpu *vcpu);

/*
 * Says that KVM_RUN failed with `error`, and where the vCPU stands; returns
 * false. That is the host's failure, never a guest's: what a guest does wrong
 * is an exit.
 */
bool kvm_run_refused(const struct kvm_vcpu *vcpu, int error,
		     struct reason *why);

/*
 * KVM_GET_SUPPORTED_CPUID into `table` (a struct kvm_cpuid2 with room for
 * `rows`). Slow where CPUID traps; never on the path to a guest.
 */
bool kvm_supported_cpuid(const struct kvm *kvm, struct kvm_cpuid2 *table,
			 uint32_t rows, struct reason *why);

/*
 * The value of an MSR that tells of features, as KVM supports it for guests: 0
 * when it has none.
 */
uint64_t kvm_feature_msr(const struct kvm *kvm, uint32_t index);

#endif
