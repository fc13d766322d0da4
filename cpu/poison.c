#include "cpu/poison.h"

#include "cpu/machine_check.h"

#include <stdio.h>
#include <string.h>

#define PAGE_MASK (~UINT64_C(4095))

/* Intel SDM vol. 3, 15.3; AMD APM vol. 2, 9.3. */
#define MSR_MCG_STATUS 0x17A
#define MSR_MCG_CTL    0x17B
#define MSR_MC0_CTL    0x400 /* and CTL, STATUS, ADDR, MISC of each bank */

/* The layout of KVM_GET_MSRS. */
struct mce_msrs {
	uint32_t count;
	uint32_t padding;
	struct kvm_msr_entry entries[4];
};

void poison_reset(struct poison *poison)
{
	atomic_store(&poison->required, POISON_NONE);
	atomic_store(&poison->optional, POISON_NONE);
	atomic_store(&poison->broadcast, false);
}

void poison_note(struct poison *poison, uint64_t gpa, bool required)
{
	atomic_store(required ? &poison->required : &poison->optional,
		     gpa & PAGE_MASK);
}

void poison_broadcast(struct poison *poison)
{
	atomic_store(&poison->broadcast, true);
}

bool poison_is_noted(struct poison *poison)
{
	return atomic_load(&poison->required) != POISON_NONE;
}

static bool is_amd(const struct cpuid_table *cpuid)
{
	const struct kvm_cpuid_entry2 *row = cpuid_row(cpuid, 0, 0);

	return row && (!memcmp(&row->ebx, "Auth", 4) || /* AuthenticAMD */
		       !memcmp(&row->ebx, "Hygo", 4));  /* HygonGenuine */
}

/* CPUID.1:EAX */
static uint32_t signature(const struct cpuid_table *cpuid)
{
	const struct kvm_cpuid_entry2 *row = cpuid_row(cpuid, 1, 0);

	return row ? row->eax : 0;
}

static bool get_state(const struct kvm_vcpu *kvm, uint32_t bank,
		      struct machine_check_state *state)
{
	struct mce_msrs msrs = { .count = 4,
				 .entries = {
				     { .index = MSR_MCG_STATUS },
				     { .index = MSR_MCG_CTL },
				     { .index = MSR_MC0_CTL + 4 * bank },
				     { .index = MSR_MC0_CTL + 4 * bank + 1 },
				 } };
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (!kvm_get_registers(kvm, &sregs, &regs) || !kvm_get_msrs(kvm, &msrs))
		return false;
	*state = (struct machine_check_state){
		.cr4 = sregs.cr4,
		.mcg_status = msrs.entries[0].data,
		.mcg_ctl = msrs.entries[1].data,
		.mci_ctl = msrs.entries[2].data,
		.mci_status = msrs.entries[3].data,
	};
	return true;
}

/* NULL, or why the vCPU did not get it. */
static const char *inject(const struct kvm_vcpu *kvm,
			  const struct kvm_x86_mce *mce)
{
	struct machine_check_state state;
	const char *obstacle;

	if (!get_state(kvm, mce->bank, &state))
		return "KVM does not tell its state";
	obstacle = machine_check_obstacle(mce, &state);
	if (!obstacle && !kvm_set_mce(kvm, mce))
		return "KVM refuses the machine check";
	return obstacle;
}

static void die(struct exits *exits, uint64_t gpa, const char *obstacle)
{
	char why[200];

	snprintf(why, sizeof(why),
		 "it touched memory that the host has lost, at guest address "
		 "0x%llx, and %s",
		 (unsigned long long)gpa, obstacle);
	exits_died(exits, why);
}

/* True when the vCPU has got an exception. */
static bool give(struct exits *exits, const struct machine_check *check)
{
	struct kvm_x86_mce mce = machine_check_of(check);
	const char *obstacle = inject(exits->kvm, &mce);

	if (obstacle && check->kind == MACHINE_CHECK_REQUIRED)
		die(exits, check->gpa, obstacle);
	return !obstacle && mce.status & MCI_STATUS_UC;
}

/* After the first one the others find it in progress. */
bool poison_answer(struct poison *poison, const struct cpuid_table *cpuid,
		   struct exits *exits)
{
	struct machine_check check = { .is_amd = is_amd(cpuid) };
	bool given = false;

	check.gpa = atomic_exchange(&poison->required, POISON_NONE);
	check.kind = MACHINE_CHECK_REQUIRED;
	if (check.gpa != POISON_NONE)
		given |= give(exits, &check);
	check.gpa = atomic_exchange(&poison->optional, POISON_NONE);
	check.kind = MACHINE_CHECK_OPTIONAL;
	if (check.gpa != POISON_NONE)
		given |= give(exits, &check);
	check.kind = MACHINE_CHECK_BROADCAST;
	if (atomic_exchange(&poison->broadcast, false))
		give(exits, &check);
	return given &&
	       machine_check_is_broadcast(check.is_amd, signature(cpuid));
}
