/*
 * The CPUID table that a vCPU is given: the compiled-in model's rows, with what
 * differs between hosts, VMs and vCPUs filled in. Intel SDM vol. 2 (CPUID), AMD
 * APM vol. 3 appendix E, and for 0x40000000 on the kernel's
 * Documentation/virt/kvm/x86/cpuid.rst.
 *
 * A leaf below the highest one that is not in the table is all zero to the
 * guest, so rows of zeros are left out.
 */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include "cpu/features.h"
#include "cpu/topology.h"
#include "vmm/reason.h"

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#define CPUID_ROWS_MAX 64

#define CPUID_AMX UINT32_C(0x1D) /* tile palettes: only there with AMX */

/* Where Linux guests look for KVM's leaves, and the highest of ours. */
#define CPUID_PV_SIGNATURE UINT32_C(0x40000000)
#define CPUID_PV_FEATURES  UINT32_C(0x40000001)
#define CPUID_PV_TIMING    UINT32_C(0x40000010)

/* The paravirtual features of every model; a guest sees what its KVM has. */
#define CPUID_PV_OFFERED                                                       \
	(FEATURE(KVMCLOCK) | FEATURE(KVM_NOPIODELAY) | FEATURE(KVMCLOCK2) |    \
	 FEATURE(KVM_STEAL_TIME) | FEATURE(KVM_PV_EOI) |                       \
	 FEATURE(KVM_PV_UNHALT) | FEATURE(KVM_PV_TLB_FLUSH) |                  \
	 FEATURE(KVM_PV_IPI) | FEATURE(KVMCLOCK_STABLE_BIT))

/* The layout of KVM_SET_CPUID2 with room for every row. */
struct cpuid_table {
	uint32_t count;
	uint32_t padding;
	struct kvm_cpuid_entry2 rows[CPUID_ROWS_MAX];
};

/*
 * Those for which a guest makes hypercalls, from one CPU to another. It makes
 * them with the instruction of its CPU's vendor, VMCALL or VMMCALL. Where that
 * is not the host's, KVM writes the host's over it, in the guest's memory: for
 * Linux, whose code is read-only, the first IPI is an oops (KVM's api.rst,
 * KVM_X86_QUIRK_FIX_HYPERCALL_INSN).
 */
#define CPUID_PV_BY_HYPERCALL (FEATURE(KVM_PV_UNHALT) | FEATURE(KVM_PV_IPI))

/* What only the host can tell. */
struct cpuid_host {
	uint32_t tsc_khz;     /* of the guest's TSC; 0: not known */
	uint32_t pv_features; /* CPUID.40000001H:EAX: what this KVM has */
	bool hypercalls;      /* by the model's instruction are its own */
};

/* The row of a leaf, or NULL. `index` is 0 where a leaf has no sub-leaves. */
const struct kvm_cpuid_entry2 *cpuid_row(const struct cpuid_table *table,
					 uint32_t leaf, uint32_t index);

/* Whether its vendor is AMD, or Hygon, whose CPUs are AMD's. */
bool cpuid_is_amd(const struct cpuid_table *table);

/* The table of a VM, complete but for what differs between its vCPUs. */
void cpuid_for_vm(struct cpuid_table *table, const struct cpuid_table *model,
		  const struct topology *topology,
		  const struct cpuid_host *host);

/* `table`, made by cpuid_for_vm, becomes that of CPU `apic_id`. */
void cpuid_for_vcpu(struct cpuid_table *table, uint32_t apic_id);

/*
 * Gives a table without leaf 0xD, that of a model without XSAVE, a row of zeros
 * for it. That tells a guest what no row does, but without it KVM_SET_CPUID2
 * takes 78 and not 31 microseconds on a host where the CPUID instruction is an
 * exit (kvm-pvm, Linux 6.18).
 */
void cpuid_hurry_kvm(struct cpuid_table *table);

/*
 * Part of cpuid_for_vm, and what the build does for one CPU: every field that
 * follows the topology. It may be called again with another one.
 */
void cpuid_set_topology(struct cpuid_table *table,
			const struct topology *topology);

#endif
