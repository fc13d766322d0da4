#include "cpu/machine_check.h"

#include <stddef.h>

#define ALL_ONES (~UINT64_C(0))

static uint64_t bank_status(const struct machine_check *check)
{
	uint64_t status = MCI_STATUS_VAL | MCI_STATUS_EN | MCI_STATUS_MISCV |
			  MCI_STATUS_ADDRV;
	bool required = check->kind == MACHINE_CHECK_REQUIRED;

	if (check->is_amd)
		/*
		 * Hardware has no POISON in a deferred error; with it Linux
		 * takes the address for one it can use, as it does with QEMU's.
		 */
		return status | MCI_STATUS_POISON |
		       (required ? MCI_STATUS_UC : MCI_STATUS_DEFERRED);
	status |= MCI_STATUS_UC | MCI_STATUS_S;
	return required ? status | MCI_STATUS_AR | MCA_DATA_LOAD
			: status | MCA_MEMORY_SCRUB_0;
}

struct kvm_x86_mce machine_check_of(const struct machine_check *check)
{
	/* RIPV: whoever touched the page can be started again, or ended. */
	struct kvm_x86_mce mce = {
		.bank = MACHINE_CHECK_BANK,
		.mcg_status = MCG_STATUS_MCIP | MCG_STATUS_RIPV,
		.misc = MCI_MISC_PHYSICAL | MCI_MISC_PAGE,
	};

	if (check->kind == MACHINE_CHECK_BROADCAST) {
		mce.bank = MACHINE_CHECK_BROADCAST_BANK;
		mce.status = MCI_STATUS_VAL | MCI_STATUS_UC;
		mce.misc = 0;
		return mce;
	}
	if (check->kind == MACHINE_CHECK_REQUIRED)
		mce.mcg_status |= MCG_STATUS_EIPV;
	mce.status = bank_status(check);
	mce.addr = check->gpa;
	return mce;
}

const char *machine_check_obstacle(const struct kvm_x86_mce *mce,
				   const struct machine_check_state *state)
{
	if (!(mce->status & MCI_STATUS_UC))
		return NULL; /* no exception: it is only noted */
	if (!(state->cr4 & CR4_MCE))
		return "it takes no machine checks (its CR4.MCE is 0)";
	if (state->mcg_status & MCG_STATUS_MCIP)
		return "a machine check is in progress (MCG_STATUS.MCIP)";
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
