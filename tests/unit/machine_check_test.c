/* Machine checks: what KVM is given, and who can take it. */
#include "cpu/machine_check.h"

#include "tests/unit/unit.h"

#define GPA UINT64_C(0x123456000)

static struct kvm_x86_mce of(enum machine_check_kind kind, bool is_amd)
{
	struct machine_check check = { kind, is_amd, GPA };

	return machine_check_of(&check);
}

static const struct machine_check_state willing = {
	.cr4 = CR4_MCE,
	.mcg_ctl = ~UINT64_C(0),
	.mci_ctl = ~UINT64_C(0),
};

/*
 * Tables 15-18 to 15-20 of SDM vol. 3: SRAR is VAL, UC, EN, MISCV, ADDRV, S
 * and AR with a data load's code, and RIPV and EIPV for the CPU concerned.
 */
CASE(intel_required)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_REQUIRED, false);

	CHECK_EQ(mce.bank, 9);
	CHECK_EQ(mce.status, 0xBD80000000000134);
	CHECK_EQ(mce.mcg_status, 7);
	CHECK_EQ(mce.addr, GPA);
	CHECK_EQ(mce.misc, 0x8C);
}

/* SRAO: the same less AR and EIPV, with a memory scrubber's code. */
CASE(intel_optional)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_OPTIONAL, false);

	CHECK_EQ(mce.bank, 9);
	CHECK_EQ(mce.status, 0xBD000000000000C0);
	CHECK_EQ(mce.mcg_status, 5);
	CHECK_EQ(mce.addr, GPA);
	CHECK_EQ(mce.misc, 0x8C);
}

/* APM vol. 2, 9.3.2.1: bits 56 and 55 mean something else on AMD. */
CASE(amd_required)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_REQUIRED, true);

	CHECK_EQ(mce.bank, 9);
	CHECK_EQ(mce.status, 0xBC00080000000000);
	CHECK_EQ(mce.mcg_status, 7);
	CHECK_EQ(mce.addr, GPA);
	CHECK_EQ(mce.misc, 0x8C);
}

CASE(amd_optional_is_a_deferred_error)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_OPTIONAL, true);

	CHECK_EQ(mce.bank, 8);
	CHECK_EQ(mce.status, 0x9C00180000000000);
	CHECK_EQ(mce.mcg_status, 0);
	CHECK_EQ(mce.addr, GPA);
}

CASE(a_broadcast_has_no_address)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_BROADCAST, false);

	CHECK_EQ(mce.bank, 1);
	CHECK_EQ(mce.status, 0xA000000000000000);
	CHECK_EQ(mce.mcg_status, 5);
	CHECK_EQ(mce.addr, 0);
	CHECK_EQ(mce.misc, 0);
}

CASE(the_banks_are_there)
{
	CHECK_EQ(MCG_CAP, 0x100010A);
	CHECK(MACHINE_CHECK_BANK < MCG_BANKS);
	CHECK(MACHINE_CHECK_DEFERRED_BANK < MCG_BANKS);
	CHECK(MACHINE_CHECK_BROADCAST_BANK < MCG_BANKS);
}

CASE(a_willing_guest_has_no_obstacle)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_REQUIRED, false);

	CHECK(machine_check_obstacle(&mce, &willing) == NULL);
}

CASE(each_obstacle_is_named)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_REQUIRED, true);
	struct machine_check_state state = willing;

	state.cr4 = ~CR4_MCE;
	CHECK_SAYS(machine_check_obstacle(&mce, &state), "CR4.MCE");
	state = willing;
	state.mcg_status = MCG_STATUS_MCIP;
	CHECK_SAYS(machine_check_obstacle(&mce, &state), "MCIP");
	state = willing;
	state.mcg_ctl = ~UINT64_C(1);
	CHECK_SAYS(machine_check_obstacle(&mce, &state), "MCG_CTL");
	state = willing;
	state.mci_ctl = 0;
	CHECK_SAYS(machine_check_obstacle(&mce, &state), "MC9_CTL");
}

/* No exception: the guest need not be ready for one, but must have read. */
CASE(a_deferred_error_needs_an_empty_bank)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_OPTIONAL, true);
	struct machine_check_state state = { 0 };

	CHECK(machine_check_obstacle(&mce, &state) == NULL);
	state.mci_status = MCI_STATUS_VAL;
	CHECK_SAYS(machine_check_obstacle(&mce, &state), "not looked");
}

/* KVM would take MCIP away from its handler. */
CASE(a_deferred_error_does_not_come_into_a_machine_check)
{
	struct kvm_x86_mce mce = of(MACHINE_CHECK_OPTIONAL, true);
	struct machine_check_state state = { .mcg_status = MCG_STATUS_MCIP };

	CHECK_SAYS(machine_check_obstacle(&mce, &state), "MCIP");
}

CASE(intel_broadcasts_since_family_6_model_14)
{
	CHECK(!machine_check_is_broadcast(false, 0x006D0)); /* 6, 13 */
	CHECK(machine_check_is_broadcast(false, 0x006E0));  /* 6, 14 */
	CHECK(machine_check_is_broadcast(false, 0x50654));  /* Skylake-SP */
	CHECK(machine_check_is_broadcast(false, 0x00F41));  /* 15 */
	CHECK(!machine_check_is_broadcast(false, 0x00543)); /* 5 */
	CHECK(!machine_check_is_broadcast(true, 0x60FB1));
	CHECK(!machine_check_is_broadcast(true, 0xA00F11));
}

RUN("machine_check", &intel_required, &intel_optional, &amd_required,
    &amd_optional_is_a_deferred_error, &a_broadcast_has_no_address,
    &the_banks_are_there, &a_willing_guest_has_no_obstacle,
    &each_obstacle_is_named, &a_deferred_error_needs_an_empty_bank,
    &a_deferred_error_does_not_come_into_a_machine_check,
    &intel_broadcasts_since_family_6_model_14)
