#include "cpu/msr.h"

#include <stddef.h>

#define MSR_MTRR_DEF_TYPE 0x2FF /* Intel SDM vol. 3, 12.11.2.1 */
#define MTRR_ENABLE       (1 << 11)
#define MTRR_WRITE_BACK   6

/* With the MTRRs off, as after a reset, all memory would be uncached. */
const struct msr_table msr_table = {
	.count = MSR_COUNT,
	.entries = { { .index = MSR_MTRR_DEF_TYPE,
		       .data = MTRR_ENABLE | MTRR_WRITE_BACK } },
};

_Static_assert(offsetof(struct msr_table, entries) ==
		   offsetof(struct kvm_msrs, entries),
	       "an msr_table is what KVM_SET_MSRS takes");
