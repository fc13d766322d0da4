/* The MSRs of the models: Intel SDM vol. 4, table 2-2. */
#include "cpu/models/rows.h"

#include "cpu/compiled.h"
#include "tests/unit/unit.h"

static struct cpu_model model;
static struct msr_table table;

static void build(const char *vendor)
{
	model = (struct cpu_model){ .vendor = vendor };
	model.features[FEATURES_1_EDX] = FEATURE(MTRR);
}

/* The value of an MSR; it must be there once. */
static uint64_t msr(uint32_t index)
{
	uint64_t value = 0;
	int found = 0;

	model_msrs(&model, &table);
	for (uint32_t i = 0; i < table.count; i++)
		if (table.entries[i].index == index) {
			value = table.entries[i].data;
			found++;
		}
	CHECK_EQ(found, 1);
	return value;
}

CASE(memory_is_cached)
{
	build("AuthenticAMD");
	CHECK_EQ(msr(0x2FF), 1 << 11 | 6);
}

CASE(amd_needs_no_more)
{
	build("AuthenticAMD");
	model_msrs(&model, &table);
	CHECK_EQ(table.count, 1);
	CHECK_EQ(table.padding, 0);
}

CASE(intel_has_fast_strings_and_no_pebs_or_bts)
{
	build("GenuineIntel");
	CHECK_EQ(msr(0x1A0), 1 | 1 << 11 | 1 << 12);
}

CASE(arch_capabilities_are_the_models)
{
	build("GenuineIntel");
	model.features[FEATURES_ARCH_CAPABILITIES] = 0x1A9;
	model_msrs(&model, &table);
	CHECK_EQ(table.count, 2);
	model.features[FEATURES_7_0_EDX] = FEATURE(ARCH_CAPABILITIES);
	CHECK_EQ(msr(0x10A), 0x1A9);
}

/* It is the last one, so that a KVM that does not take it takes the others. */
CASE(a_guest_can_do_without_arch_capabilities)
{
	build("GenuineIntel");
	model.features[FEATURES_7_0_EDX] = FEATURE(ARCH_CAPABILITIES);
	model.features[FEATURES_1_ECX] = FEATURE(VMX);
	model_msrs(&model, &table);
	CHECK_EQ(table.required, table.count - 1);
	CHECK_EQ(table.entries[table.required].index, 0x10A);
	build("GenuineIntel");
	model_msrs(&model, &table);
	CHECK_EQ(table.required, table.count);
}

CASE(vmx_is_let_on)
{
	build("GenuineIntel");
	model.features[FEATURES_1_ECX] = FEATURE(VMX);
	CHECK_EQ(msr(0x3A), 5);
}

CASE(what_is_compiled_in_is_in_the_same_form)
{
	CHECK(compiled_cpu.msrs.count <= MSRS_MAX);
	CHECK_EQ(compiled_cpu.msrs.entries[0].index, 0x2FF);
}

RUN("msr", &memory_is_cached, &amd_needs_no_more,
    &intel_has_fast_strings_and_no_pebs_or_bts,
    &arch_capabilities_are_the_models,
    &a_guest_can_do_without_arch_capabilities, &vmx_is_let_on,
    &what_is_compiled_in_is_in_the_same_form)
