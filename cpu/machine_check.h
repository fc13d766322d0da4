/*
 * The machine check that a guest is given for a page of its memory that the
 * host has lost: Intel SDM vol. 3, chapter 15 (17 in later editions) and
 * 15.9 for the error codes; AMD APM vol. 2, chapter 9.
 *
 * Pure functions: what KVM_X86_SET_MCE is to be given, and whether a vCPU can
 * take it. Left out: corrected errors, CMCI, and local machine checks (LMCE).
 */
#ifndef CPU_MACHINE_CHECK_H
#define CPU_MACHINE_CHECK_H

#include "vmm/kvm.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * IA32_MCG_CAP, for KVM_X86_SETUP_MCE. Every KVM takes these bits; on SVM it
 * hides SER_P, which AMD reserves.
 */
#define MCG_BANKS 10
#define MCG_CTL_P (UINT64_C(1) << 8)  /* IA32_MCG_CTL is there */
#define MCG_SER_P (UINT64_C(1) << 24) /* software may recover */
#define MCG_CAP   (MCG_BANKS | MCG_CTL_P | MCG_SER_P)

/* IA32_MCG_STATUS */
#define MCG_STATUS_RIPV (UINT64_C(1) << 0) /* RIP: can be gone on from */
#define MCG_STATUS_EIPV (UINT64_C(1) << 1) /* RIP: has to do with it */
#define MCG_STATUS_MCIP (UINT64_C(1) << 2) /* one is in progress */

/* IA32_MCi_STATUS. The last two are AMD's alone, S and AR Intel's. */
#define MCI_STATUS_VAL      (UINT64_C(1) << 63) /* the bank has an error */
#define MCI_STATUS_UC       (UINT64_C(1) << 61) /* uncorrected */
#define MCI_STATUS_EN       (UINT64_C(1) << 60) /* MCi_CTL had it on */
#define MCI_STATUS_MISCV    (UINT64_C(1) << 59) /* MCi_MISC is valid */
#define MCI_STATUS_ADDRV    (UINT64_C(1) << 58) /* MCi_ADDR is valid */
#define MCI_STATUS_S        (UINT64_C(1) << 56) /* signalled by #MC */
#define MCI_STATUS_AR       (UINT64_C(1) << 55) /* action required */
#define MCI_STATUS_DEFERRED (UINT64_C(1) << 44) /* nobody consumed it */
#define MCI_STATUS_POISON   (UINT64_C(1) << 43) /* poison was consumed */

/* Compound error codes, in MCi_STATUS[15:0]. */
#define MCA_DATA_LOAD      0x134 /* SRAR: cache, L0, data read */
#define MCA_MEMORY_SCRUB_0 0xC0  /* SRAO: memory controller, scrub */

/* MCi_MISC: the lowest bit of MCi_ADDR that counts, and what kind it is. */
#define MCI_MISC_PHYSICAL (UINT64_C(2) << 6)
#define MCI_MISC_PAGE     UINT64_C(12)

/*
 * The banks that errors are told in. What the guest was told without an
 * exception may stay for minutes: in a bank of its own it does not make a
 * later error an overflow.
 */
#define MACHINE_CHECK_BANK           9
#define MACHINE_CHECK_DEFERRED_BANK  8
#define MACHINE_CHECK_BROADCAST_BANK 1

#define CR4_MCE (UINT64_C(1) << 6)

enum machine_check_kind {
	MACHINE_CHECK_NONE,
	MACHINE_CHECK_REQUIRED,  /* the vCPU itself touched it: SRAR */
	MACHINE_CHECK_OPTIONAL,  /* somebody found it: SRAO */
	MACHINE_CHECK_BROADCAST, /* another vCPU has one */
};

/* `is_amd`: the guest sees an AMD, or a Hygon, CPU. */
struct machine_check {
	enum machine_check_kind kind;
	bool is_amd;
	uint64_t gpa; /* of the lost page; nothing for a broadcast */
};

/*
 * What KVM is to be given. An optional one is on Intel an exception, on AMD
 * only a deferred error in the bank, which the guest finds when it polls.
 */
struct kvm_x86_mce machine_check_of(const struct machine_check *check);

/* What of a vCPU tells whether it can take one. */
struct machine_check_state {
	uint64_t cr4;
	uint64_t mcg_status;
	uint64_t mcg_ctl;
	uint64_t mci_ctl;    /* of the bank */
	uint64_t mci_status; /* of the bank */
};

/*
 * Why a vCPU cannot take it, in words for the user ("its CR4.MCE is 0"), or
 * NULL when it can. KVM would shut the guest down, or say nothing and have it
 * touch the page for ever.
 */
const char *machine_check_obstacle(const struct kvm_x86_mce *mce,
				   const struct machine_check_state *state);

/*
 * Do all CPUs of a package get each other's exceptions? Intel's from family 6
 * model 14 on do (SDM vol. 3, 15.10.4.1): Linux waits for all of them.
 * `signature` is CPUID.1:EAX.
 */
bool machine_check_is_broadcast(bool is_amd, uint32_t signature);

#endif
