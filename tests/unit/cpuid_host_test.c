/*
 * What KVM supports, made into a table for guests (CPU=host) and into a model
 * (CPU=captured).
 */
#include "cpu/cpuid_host.h"

#include "cpu/models/capture.h"
#include "cpu/models/check.h"
#include "cpu/models/rows.h"
#include "tests/unit/unit.h"

#define INDEXED KVM_CPUID_FLAG_SIGNIFCANT_INDEX

/* An Intel host's KVM: what it tells, in its order. */
static const struct kvm_cpuid_entry2 told[] = {
	{ 0x0, 0, 0, 0x20, 0x756E6547, 0x6C65746E, 0x49656E69, { 0 } },
	/* SSE3, VMX, PDCM, XSAVE, AVX and what it needs; of CPU 5. */
	{ 0x1, 0, 0, 0x000806F8, 0x05100800, 0x14188221, 0x078BFBFF, { 0 } },
	{ 0x2, 0, 0, 0x00FEFF01, 0xF0, 0, 0, { 0 } },
	{ 0x4, 0, INDEXED, 0xFC004121, 0x02C0003F, 0x3F, 0, { 0 } },
	{ 0x4, 1, INDEXED, 0xFC1FC163, 0x0380003F, 0x1BFFF, 4, { 0 } },
	{ 0x5, 0, 0, 0, 0, 0, 0, { 0 } },
	{ 0x6, 0, 0, 4, 0, 0, 0, { 0 } },
	/* TSC_ADJUST, SGX and bit 12 (resource control); arch_capabilities. */
	{ 0x7, 0, INDEXED, 1, 0x1006, 0, 1 << 29, { 0 } },
	{ 0x7, 1, INDEXED, 1 << 5, 0, 0, 0, { 0 } }, /* AVX512_BF16 */
	{ 0xA, 0, 0, 0x08300802, 0, 0, 0x603, { 0 } },
	{ 0xB, 0, INDEXED, 1, 2, 0x100, 5, { 0 } },
	{ 0xB, 1, INDEXED, 7, 96, 0x201, 5, { 0 } },
	{ 0xD, 0, INDEXED, 7, 832, 832, 0, { 0 } },
	{ 0xD, 2, INDEXED, 256, 576, 0, 0, { 0 } },
	{ 0x1F, 0, INDEXED, 1, 2, 0x100, 5, { 0 } },
	{ 0x80000000, 0, 0, 0x80000008, 0, 0, 0, { 0 } },
	{ 0x80000001, 0, 0, 0, 0, 0x121, 0x2C100800, { 0 } },
	{ 0x80000002, 0, 0, 0x74736F48, 0x55504320, 0, 0, { 0 } },
	{ 0x80000007, 0, 0, 0, 0, 0, 1 << 8, { 0 } },
	{ 0x80000008, 0, 0, 0x392E, 0, 0, 0, { 0 } },
	{ 0xC0000000, 0, 0, 0xC0000001, 0, 0, 0, { 0 } },
	{ 0x40000000, 0, 0, 0x40000001, 0x4B4D564B, 0x564B4D56, 0x4D, { 0 } },
	{ 0x40000001, 0, 0, 0x01007EFB, 0, 0, 0, { 0 } },
};

enum { TOLD = sizeof(told) / sizeof(*told) };

static _Alignas(struct kvm_cpuid2) uint8_t
    room[sizeof(struct kvm_cpuid2) + 256 * sizeof(struct kvm_cpuid_entry2)];
static struct cpuid_table table;
static struct reason why;

static struct kvm_cpuid2 *supported(void)
{
	struct kvm_cpuid2 *list = (void *)room;

	list->nent = TOLD;
	memcpy(list->entries, told, sizeof(told));
	return list;
}

static const struct kvm_cpuid_entry2 *row(uint32_t leaf, uint32_t index)
{
	const struct kvm_cpuid_entry2 *found = cpuid_row(&table, leaf, index);

	CHECK(found != NULL);
	return found;
}

static void make(void)
{
	const struct topology topology = { 1, 2, 1 };
	const struct cpuid_host host = { .pv_features = UINT32_MAX,
					 .hypercalls = true };
	static struct cpuid_table model;

	memset(&model, 0xAA, sizeof(model));
	CHECK(cpuid_from_host(&model, supported(), &why));
	cpuid_for_vm(&table, &model, &topology, &host);
	cpuid_for_vcpu(&table, 1);
}

CASE(rows_ascend_and_none_is_empty)
{
	make();
	for (uint32_t i = 1; i < table.count; i++)
		CHECK(table.rows[i - 1].function < table.rows[i].function ||
		      table.rows[i - 1].index < table.rows[i].index);
	CHECK(!cpuid_row(&table, 5, 0));
	CHECK(!cpuid_row(&table, 0xC0000000, 0));
}

CASE(the_host_s_own_topology_is_not_the_guest_s)
{
	make();
	CHECK_EQ(row(1, 0)->ebx, 1 << 24 | 2 << 16 | 0x800);
	CHECK_EQ(row(4, 0)->eax, 0x121 | 1 << 26);
	CHECK_EQ(row(4, 1)->eax, 0x163 | 1 << 26 | 1 << 14);
	CHECK_EQ(row(0xB, 0)->eax, 0);
	CHECK_EQ(row(0xB, 1)->ebx, 2);
	CHECK_EQ(row(0xB, 1)->edx, 1);
	CHECK_EQ(row(0xB, 2)->ecx, 2);
	CHECK_EQ(row(0x1F, 1)->ebx, 2);
}

CASE(what_kvm_provides_is_added_and_the_pmu_is_not)
{
	make();
	CHECK_EQ(row(1, 0)->ecx & (1U << 21 | 1U << 24 | 1U << 31),
		 1U << 21 | 1U << 24 | 1U << 31);
	CHECK_EQ(row(1, 0)->ecx & FEATURE(PDCM), 0);
	CHECK(!cpuid_row(&table, 0xA, 0));
	CHECK_EQ(row(0x80000007, 0)->edx, 0);
	CHECK_EQ(row(0x40000000, 0)->eax, 0x40000010);
	CHECK_EQ(row(0x40000001, 0)->eax, 0x01000AEB);
	CHECK(cpuid_row(&table, 0x15, 0) != NULL);
}

CASE(the_rest_is_the_host_s)
{
	make();
	CHECK_EQ(row(1, 0)->eax, 0x000806F8);
	CHECK_EQ(row(7, 1)->eax, 1 << 5);
	CHECK_EQ(row(0xD, 2)->ebx, 576);
	CHECK_EQ(row(0x80000002, 0)->eax, 0x74736F48);
	CHECK_EQ(row(0x80000008, 0)->eax, 0x392E);
}

CASE(more_rows_than_there_is_room_for_are_refused)
{
	struct kvm_cpuid2 *list = supported();

	for (uint32_t i = 0; i < 60; i++) {
		struct kvm_cpuid_entry2 *at = &list->entries[list->nent++];

		*at = told[8];
		at->function = 0x24;
		at->index = i;
	}
	CHECK(!cpuid_from_host(&table, list, &why));
	CHECK_SAYS(why.text, "CPU=NAME");
}

static struct cpu_model model;
static struct captured_text text;

static void capture(void)
{
	capture_model(supported(), 0x1A9 | UINT64_C(1) << 62, &model, &text);
}

CASE(a_captured_model_is_a_good_one)
{
	capture();
	CHECK(model_check(&model, &why));
	CHECK(!strcmp(model.name, "captured"));
	CHECK(!strcmp(model.vendor, "GenuineIntel"));
	CHECK(!strcmp(model.model_id, "Host CPU"));
	CHECK_EQ(model.level, 0x1F);
	CHECK_EQ(model.xlevel, 0x80000008);
	CHECK_EQ(model.family, 6);
	CHECK_EQ(model.model, 143);
	CHECK_EQ(model.stepping, 8);
	CHECK_EQ(model.physical_address_bits, 40);
	CHECK_EQ(model.linear_address_bits, 57);
}

CASE(what_it_cannot_be_without_is_left_out)
{
	capture();
	CHECK_EQ(model.features[FEATURES_7_0_EBX], FEATURE(TSC_ADJUST));
	CHECK_EQ(model.features[FEATURES_7_1_EAX], 0); /* no AVX-512 */
	CHECK_EQ(model.features[FEATURES_1_ECX] &
		     (FEATURE(VMX) | FEATURE(PDCM) | FEATURE(AVX)),
		 FEATURE(AVX));
	CHECK_EQ(model.features[FEATURES_8000_0007_EDX], 0);
	CHECK_EQ(model.features[FEATURES_A_EAX], 0);
	CHECK_EQ(model.features[FEATURES_4000_0001_EAX], 0);
	CHECK_EQ(model.features[FEATURES_ARCH_CAPABILITIES], 0x1A9);
}

CASE(what_needs_it_goes_too)
{
	struct kvm_cpuid2 *list = supported();

	list->entries[1].ecx &= ~FEATURE(SSSE3);
	capture_model(list, 0, &model, &text);
	CHECK_EQ(model.features[FEATURES_1_ECX] &
		     (FEATURE(SSE4_1) | FEATURE(SSE4_2) | FEATURE(AVX) |
		      FEATURE(XSAVE)),
		 FEATURE(XSAVE));
	CHECK(model_check(&model, &why));
}

CASE(its_caches_are_the_host_s)
{
	static struct cpuid_table rows;

	capture();
	CHECK_EQ(model.caches[1].sets, 0x1C000);
	CHECK_EQ(model.caches[1].scope, CACHE_PER_PACKAGE);
	CHECK_EQ(model.caches[2].type, CACHE_NONE);
	model_rows(&model, &rows);
	CHECK_EQ(cpuid_row(&rows, 4, 0)->ebx, 0x02C0003F);
	CHECK_EQ(cpuid_row(&rows, 4, 1)->ecx, 0x1BFFF);
	CHECK_EQ(cpuid_row(&rows, 4, 1)->edx, 4);
}

CASE(fewer_address_bits_are_kept)
{
	struct kvm_cpuid2 *list = supported();

	for (uint32_t i = 0; i < list->nent; i++)
		if (list->entries[i].function == 0x80000008)
			list->entries[i].eax = 0x3027;
	capture_model(list, 0, &model, &text);
	CHECK_EQ(model.physical_address_bits, 39);
	CHECK_EQ(model.features[FEATURES_ARCH_CAPABILITIES], 0);
}

static void intel(uint32_t leaf, uint32_t index, uint32_t registers[4])
{
	CHECK_EQ(leaf, 1);
	CHECK_EQ(index, 0);
	memset(registers, 0xFF, 16);
}

static void amd(uint32_t leaf, uint32_t index, uint32_t registers[4])
{
	intel(leaf, index, registers);
	registers[CPUID_ECX] &= ~FEATURE(VMX);
}

static uint32_t pv_features(bool hypercalls)
{
	const struct topology topology = { 1, 2, 1 };
	const struct cpuid_host host = { .pv_features = UINT32_MAX,
					 .hypercalls = hypercalls };
	static struct cpuid_table of_host;

	CHECK(cpuid_from_host(&of_host, supported(), &why));
	cpuid_for_vm(&table, &of_host, &topology, &host);
	return row(0x40000001, 0)->eax;
}

CASE(hypercalls_are_for_hosts_of_the_model_s_vendor)
{
	static struct cpuid_table sold = { .count = 1 };
	const char names[] = "GenuntelineI" "AuthcAMDenti" "HygouinenGen";

	for (int i = 0; i < 3; i++) {
		memcpy(&sold.rows[0].ebx, names + 12 * i, 12);
		CHECK_EQ(cpuid_host_has_hypercalls(&sold, intel), i == 0);
		CHECK_EQ(cpuid_host_has_hypercalls(&sold, amd), i != 0);
	}
	/* PV unhalt and PV IPI */
	CHECK_EQ(pv_features(true) & ~pv_features(false), 1 << 7 | 1 << 11);
	CHECK_EQ(pv_features(false) & ~pv_features(true), 0);
}

RUN("cpuid_host", &rows_ascend_and_none_is_empty,
    &the_host_s_own_topology_is_not_the_guest_s,
    &what_kvm_provides_is_added_and_the_pmu_is_not, &the_rest_is_the_host_s,
    &more_rows_than_there_is_room_for_are_refused,
    &a_captured_model_is_a_good_one, &what_it_cannot_be_without_is_left_out,
    &what_needs_it_goes_too, &its_caches_are_the_host_s,
    &fewer_address_bits_are_kept,
    &hypercalls_are_for_hosts_of_the_model_s_vendor)
