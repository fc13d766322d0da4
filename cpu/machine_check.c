#include "cpu/machine_check.h"

#include <stddef.h>

#define ALL_ONES (~UINT64_C(0))

#define STATUS_OF_ALL                                                          \
	(MCI_STATUS_VAL | MCI_STATUS_EN | MCI_STATUS_MISCV | MCI_STATUS_ADDRV)

static const struct kvm_x86_mce intel_required = {
	.bank = MACHINE_CHECK_BANK,
	.status = STATUS_OF_ALL | MCI_STATUS_UC | MCI_STATUS_S | MCI_STATUS_AR |
		  MCA_DATA_LOAD,
	.mcg_status = MCG_STATUS_MCIP | MCG_STATUS_RIPV | MCG_STATUS_EIPV,
};

static const struct kvm_x86_mce intel_optional = {
	.bank = MACHINE_CHECK_BANK,
	.status =
	    STATUS_OF_ALL | MCI_STATUS_UC | MCI_STATUS_S | MCA_MEMORY_SCRUB_0,
	.mcg_status = MCG_STATUS_MCIP | MCG_STATUS_RIPV,
};

static const struct kvm_x86_mce amd_required = {
	.bank = MACHINE_CHECK_BANK,
	.status = STATUS_OF_ALL | MCI_STATUS_UC | MCI_STATUS_POISON,
	.mcg_status = MCG_STATUS_MCIP | MCG_STATUS_RIPV | MCG_STATUS_EIPV,
};

/*
 * Hardware has no POISON in a deferred error; with it Linux takes the address
 * for one that it can use.
 */
static const struct kvm_x86_mce amd_optional = {
	.bank = MACHINE_CHECK_DEFERRED_BANK,
	.status = STATUS_OF_ALL | MCI_STATUS_DEFERRED | MCI_STATUS_POISON,
};

static const struct kvm_x86_mce broadcast = {
	.bank = MACHINE_CHECK_BROADCAST_BANK,
	.status = MCI_STATUS_VAL | MCI_STATUS_UC,
	.mcg_status = MCG_STATUS_MCIP | MCG_STATUS_RIPV,
};

struct kvm_x86_mce machine_check_of(const struct machine_check *check)
{
	struct kvm_x86_mce mce;

	switch (check->kind) {
	case MACHINE_CHECK_REQUIRED:
		mce = check->is_amd ? amd_required : intel_required;
		break;
	case MACHINE_CHECK_OPTIONAL:
		mce = check->is_amd ? amd_optional : intel_optional;
		break;
	default:
		return broadcast;
	}
	mce.addr = check->gpa;
	mce.misc = MCI_MISC_PHYSICAL | MCI_MISC_PAGE;
	return mce;
}

const char *machine_check_obstacle(const struct kvm_x86_mce *mce,
				   const struct machine_check_state *state)
{
	if (state->mcg_status & MCG_STATUS_MCIP)
		return "a machine check is in progress (MCG_STATUS.MCIP)";
	if (!(mce->status & MCI_STATUS_UC))
		return state->mci_status & MCI_STATUS_VAL
			   ? "it has not looked at the last one"
			   : NULL;
	if (!(state->cr4 & CR4_MCE))
		return "it takes no machine checks (its CR4.MCE is 0)";
	if (state->mcg_ctl != ALL_ONES)
		return "it has turned machine checks off in IA32_MCG_CTL";
	if (state->mci_ctl != ALL_ONES)
		return "it has turned the bank off in IA32_MC9_CTL";
	return NULL;
}

/* CPUID.1:EAX, as SDM vol. 2 puts family and model together. */
bool machine_check_is_broadcast(bool is_amd, uint32_t signature)
{
	uint32_t family = signature >> 8 & 15;
	uint32_t model = (signature >> 16 & 15) << 4 | (signature >> 4 & 15);

	if (is_amd)
		return false;
	return family > 6 || (family == 6 && model >= 14);
}
