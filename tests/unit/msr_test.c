/* MSRs: the table is what KVM_SET_MSRS takes, and says what it should. */
#include "cpu/msr.h"

#include <stddef.h>

#include "tests/unit/unit.h"

CASE(the_table_is_laid_out_as_kvm_wants_it)
{
	CHECK_EQ(offsetof(struct msr_table, count),
		 offsetof(struct kvm_msrs, nmsrs));
	CHECK_EQ(offsetof(struct msr_table, entries),
		 offsetof(struct kvm_msrs, entries));
	CHECK_EQ(msr_table.count, MSR_COUNT);
	CHECK_EQ(msr_table.padding, 0);
}

CASE(memory_is_write_back)
{
	unsigned found = 0;

	for (uint32_t i = 0; i < msr_table.count; i++) {
		/* Intel SDM vol. 3, 12.11.2.1: type 7:0, FE 10, E 11. */
		if (msr_table.entries[i].index != 0x2FF)
			continue;
		CHECK_EQ(msr_table.entries[i].data, 0x806);
		found++;
	}
	CHECK_EQ(found, 1);
}

CASE(an_msr_is_set_once)
{
	for (uint32_t i = 0; i < msr_table.count; i++) {
		CHECK_EQ(msr_table.entries[i].reserved, 0);
		for (uint32_t j = 0; j < i; j++)
			CHECK(msr_table.entries[i].index !=
			      msr_table.entries[j].index);
	}
}

RUN("msr", &the_table_is_laid_out_as_kvm_wants_it, &memory_is_write_back,
    &an_msr_is_set_once)
