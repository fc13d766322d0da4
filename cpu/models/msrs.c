/*
 * Each MSR that is set costs time at every start of a vCPU. So these are not,
 * since KVM resets them to what a model needs: IA32_PAT (the value after a
 * reset), IA32_TSC_ADJUST (0), MSR_PLATFORM_INFO (no turbo ratios, CPUID
 * faulting where the host has it), IA32_BIOS_SIGN_ID (its vendor's revision),
 * EFER (in the registers of the entry). Machine check banks are KVM's own call.
 */
#include "cpu/models/rows.h"

#include "cpu/models/rows_add.h"

#include <assert.h>
#include <string.h>

/* Intel SDM vol. 4, table 2-2. */
#define MSR_FEATURE_CONTROL   0x3A
#define MSR_ARCH_CAPABILITIES 0x10A
#define MSR_MISC_ENABLE       0x1A0
#define MSR_MTRR_DEF_TYPE     0x2FF

#define FEATURE_CONTROL_LOCKED 1
#define FEATURE_CONTROL_VMX    (1 << 2) /* outside SMX */
#define MISC_FAST_STRINGS      1
#define MISC_BTS_UNAVAILABLE   (1 << 11)
#define MISC_PEBS_UNAVAILABLE  (1 << 12)
#define MTRR_ENABLE            (1 << 11)
#define MTRR_WRITE_BACK        6

static void add(struct msr_table *table, uint32_t index, uint64_t data)
{
	assert(table->count < MSRS_MAX);
	table->entries[table->count].index = index;
	table->entries[table->count++].data = data;
}

void model_msrs(const struct cpu_model *model, struct msr_table *table)
{
	const uint32_t *words = model->features;

	memset(table, 0, sizeof(*table));
	/* With the MTRRs off, as after a reset, all memory is uncached. */
	if (words[FEATURES_1_EDX] & FEATURE(MTRR))
		add(table, MSR_MTRR_DEF_TYPE, MTRR_ENABLE | MTRR_WRITE_BACK);
	/* Linux takes ERMS from an Intel CPU without fast strings. */
	if (!model_is_amd(model))
		add(table, MSR_MISC_ENABLE,
		    MISC_FAST_STRINGS | MISC_BTS_UNAVAILABLE |
			MISC_PEBS_UNAVAILABLE);
	/* As firmware leaves it; VMXON fails otherwise. */
	if (words[FEATURES_1_ECX] & FEATURE(VMX))
		add(table, MSR_FEATURE_CONTROL,
		    FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX);
	table->required = table->count;
	/*
	 * KVM's own value is the host's, not the model's. Where it cannot be
	 * set (kvm-pvm) it is 0: the guest then guards against weaknesses that
	 * the CPU has not.
	 */
	if (words[FEATURES_7_0_EDX] & FEATURE(ARCH_CAPABILITIES))
		add(table, MSR_ARCH_CAPABILITIES,
		    words[FEATURES_ARCH_CAPABILITIES]);
}
