/*
 * CPUID rows, against Intel SDM vol. 2 (CPUID), AMD APM vol. 3 appendix E and
 * the kernel's Documentation/virt/kvm/x86/cpuid.rst.
 */
#include "cpu/cpuid.h"

#include <asm/kvm_para.h>
#include <stddef.h>

#include "cpu/models/all.h"
#include "cpu/models/expand.h"
#include "cpu/models/rows.h"
#include "tests/unit/unit.h"

static struct cpuid_table table;
static struct expanded_cpu cpu;

/* x86-64-v1's, for one of so many cores of one package. */
static void build(uint32_t apic_id, unsigned cpus)
{
	const struct topology topology = { 1, cpus, 1 };
	static const struct cpuid_host host = { .pv_features = 0x0100000B };
	static struct cpuid_table rows;
	struct reason why;

	CHECK(model_expand(cpu_models, "x86-64-v1", "", &cpu, &why));
	model_rows(&cpu.model, &rows);
	memset(&table, 0xAA, sizeof(table));
	cpuid_for_vm(&table, &rows, &topology, &host);
	cpuid_for_vcpu(&table, apic_id);
	CHECK(table.count <= CPUID_ROWS_MAX);
}

static const struct kvm_cpuid_entry2 *leaf(uint32_t number)
{
	const struct kvm_cpuid_entry2 *found = NULL;

	for (uint32_t i = 0; i < table.count; i++)
		if (table.rows[i].function == number)
			found = &table.rows[i];
	CHECK(found != NULL);
	return found;
}

/* The bits from `high` to `low` of a register. */
static uint32_t bits(uint32_t value, unsigned high, unsigned low)
{
	return value << (31 - high) >> (31 - high + low);
}

static const unsigned counts[] = { 1, 2, 3, 4, 254, 255 };
enum { COUNTS = sizeof(counts) / sizeof(*counts) };

CASE(the_table_is_laid_out_as_kvm_wants_it)
{
	CHECK_EQ(offsetof(struct cpuid_table, count),
		 offsetof(struct kvm_cpuid2, nent));
	CHECK_EQ(offsetof(struct cpuid_table, rows),
		 offsetof(struct kvm_cpuid2, entries));
	build(0, 1);
	CHECK_EQ(table.padding, 0);
}

CASE(no_row_is_there_twice)
{
	for (int n = 0; n < COUNTS; n++) {
		build(0, counts[n]);
		for (uint32_t i = 0; i < table.count; i++)
			for (uint32_t j = 0; j < i; j++)
				CHECK(table.rows[i].function !=
					  table.rows[j].function ||
				      table.rows[i].index !=
					  table.rows[j].index);
	}
}

/* For KVM's sake, and of zeros: a guest sees none. */
CASE(without_xsave_kvm_gets_leaf_0xd)
{
	const struct kvm_cpuid_entry2 *row;
	uint32_t count;

	build(0, 2);
	count = table.count;
	cpuid_hurry_kvm(&table);
	CHECK_EQ(table.count, count + 1);
	row = leaf(0xD);
	CHECK_EQ(row->flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	CHECK(!row->index && !row->eax && !row->ebx && !row->ecx && !row->edx);
	cpuid_hurry_kvm(&table);
	CHECK_EQ(table.count, count + 1);
}

CASE(an_index_counts_only_where_it_is_said_to)
{
	build(0, 4);
	for (uint32_t i = 0; i < table.count; i++) {
		bool is_indexed = table.rows[i].function == 0xB;

		CHECK_EQ(table.rows[i].flags,
			 is_indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0);
		CHECK(is_indexed || !table.rows[i].index);
		for (int j = 0; j < 3; j++)
			CHECK_EQ(table.rows[i].padding[j], 0);
	}
}

CASE(vendor_and_level)
{
	const struct kvm_cpuid_entry2 *row;
	char vendor[13] = "";

	build(0, 1);
	row = leaf(0);
	CHECK_EQ(row->eax, cpu.model.level);
	memcpy(vendor, &row->ebx, 4);
	memcpy(vendor + 4, &row->edx, 4);
	memcpy(vendor + 8, &row->ecx, 4);
	CHECK(!strcmp(vendor, "AuthenticAMD"));
	CHECK(!strcmp(vendor, cpu.model.vendor));
	CHECK_EQ(leaf(0x80000000)->ebx, row->ebx);
	CHECK_EQ(leaf(0x80000000)->ecx, row->ecx);
	CHECK_EQ(leaf(0x80000000)->edx, row->edx);
}

CASE(no_leaf_is_above_the_highest)
{
	build(0, 4);
	CHECK_EQ(leaf(0x80000000)->eax, cpu.model.xlevel);
	for (uint32_t i = 0; i < table.count; i++) {
		uint32_t number = table.rows[i].function;

		if (number >= 0x80000000)
			CHECK(number <= cpu.model.xlevel);
		else if (number >= 0x40000000)
			CHECK(number <= leaf(0x40000000)->eax);
		else
			CHECK(number <= cpu.model.level);
	}
}

CASE(family_15_model_107_stepping_1)
{
	build(0, 1);
	CHECK_EQ(leaf(1)->eax, 0x00060FB1);
	CHECK_EQ(leaf(0x80000001)->eax, 0x00060FB1);
	/* As it is taken apart: extended family is added at family 15. */
	CHECK_EQ(bits(leaf(1)->eax, 11, 8) + bits(leaf(1)->eax, 27, 20),
		 cpu.model.family);
	CHECK_EQ(bits(leaf(1)->eax, 19, 16) << 4 | bits(leaf(1)->eax, 7, 4),
		 cpu.model.model);
	CHECK_EQ(bits(leaf(1)->eax, 3, 0), cpu.model.stepping);
}

CASE(the_apic_id_is_the_only_thing_that_differs)
{
	static struct cpuid_table first;

	build(0, 254);
	first = table;
	CHECK_EQ(bits(leaf(1)->ebx, 31, 24), 0);
	build(253, 254);
	CHECK_EQ(bits(leaf(1)->ebx, 31, 24), 253);
	CHECK_EQ(table.count, first.count);
	for (uint32_t i = 0; i < table.count; i++) {
		struct kvm_cpuid_entry2 *row = &table.rows[i];

		if (row->function == 1) {
			row->ebx &= 0x00FFFFFF;
		} else if (row->function == 0xB) {
			CHECK_EQ(row->edx, 253);
			row->edx = 0;
		} else if (row->function == 0x8000001E) {
			CHECK_EQ(row->eax, 253);
			CHECK_EQ(row->ebx, 253);
			row->eax = row->ebx = 0;
		}
	}
	CHECK(!memcmp(&table, &first,
		      offsetof(struct cpuid_table, rows) +
			  table.count * sizeof(*table.rows)));
}

CASE(a_cache_line_is_64_bytes)
{
	build(0, 1);
	CHECK_EQ(bits(leaf(1)->ebx, 15, 8) * 8, 64);
	CHECK_EQ(bits(leaf(1)->ebx, 7, 0), 0);
}

/* EBX 23:16 counts where HTT (EDX 28) says so, CMP_LEGACY that it is cores. */
CASE(one_cpu_is_no_multiprocessor)
{
	build(0, 1);
	CHECK_EQ(bits(leaf(1)->edx, 28, 28), 0);
	CHECK_EQ(bits(leaf(1)->ebx, 23, 16), 1);
	CHECK_EQ(bits(leaf(0x80000001)->ecx, 1, 1), 0);
	CHECK_EQ(leaf(0x80000008)->ecx, 0);
}

CASE(more_cpus_are_cores_of_one_package)
{
	for (int n = 1; n < COUNTS; n++) {
		build(0, counts[n]);
		CHECK_EQ(bits(leaf(1)->edx, 28, 28), 1);
		CHECK_EQ(bits(leaf(1)->ebx, 23, 16), counts[n]);
		CHECK_EQ(bits(leaf(0x80000001)->ecx, 1, 1), 1);
		CHECK_EQ(bits(leaf(0x80000008)->ecx, 7, 0), counts[n] - 1);
	}
}

/* 8000_0008 ECX 15:12: bits of the APIC id that are the core's number. */
CASE(the_apic_ids_cores_fit_their_bits)
{
	static const unsigned sizes[COUNTS] = { 0, 1, 2, 2, 8, 8 };

	for (int n = 0; n < COUNTS; n++) {
		build(counts[n] - 1, counts[n]);
		CHECK_EQ(bits(leaf(0x80000008)->ecx, 15, 12), sizes[n]);
		CHECK(bits(leaf(1)->ebx, 31, 24) < 1U << sizes[n]);
		CHECK_EQ(bits(leaf(0x80000008)->ecx, 31, 16), 0);
		CHECK_EQ(bits(leaf(0x80000008)->ecx, 11, 8), 0);
	}
}

CASE(features_are_the_models)
{
	build(0, 1);
	CHECK_EQ(leaf(1)->edx, cpu.model.features[FEATURES_1_EDX]);
	CHECK_EQ(leaf(1)->ecx, cpu.model.features[FEATURES_1_ECX]);
	CHECK_EQ(leaf(0x80000001)->ecx,
		 cpu.model.features[FEATURES_8000_0001_ECX]);
	CHECK_EQ(leaf(0x80000001)->ebx, 0);
}

CASE(amd_repeats_basic_features_in_the_extended_leaf)
{
	/* APM vol. 3, E.4.2: bits 9:0, 17:12, 24:23; bit 11 is SYSCALL. */
	const uint32_t same = 0x000003FF | 0x0003F000 | 0x01800000;

	for (int n = 0; n < COUNTS; n++) {
		build(0, counts[n]);
		CHECK_EQ(leaf(0x80000001)->edx & same, leaf(1)->edx & same);
		CHECK_EQ(leaf(0x80000001)->edx & ~same,
			 cpu.model.features[FEATURES_8000_0001_EDX]);
	}
}

/* What Linux needs to get into long mode on this baseline. */
CASE(the_baseline_is_there)
{
	const uint32_t edx = 1U << 0 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6 |
			     1U << 8 | 1U << 9 | 1U << 13 | 1U << 15 |
			     1U << 24 | 1U << 25 | 1U << 26;

	build(0, 1);
	CHECK_EQ(leaf(1)->edx & edx, edx);
	CHECK(leaf(0x80000001)->edx & 1U << 29); /* long mode */
	CHECK(leaf(0x80000001)->edx & 1U << 20); /* no-execute */
	CHECK(leaf(0x80000001)->edx & 1U << 11); /* SYSCALL */
	CHECK(leaf(1)->ecx & 1U << 31);          /* a hypervisor's leaves */
}

CASE(the_name_is_three_leaves_and_ends)
{
	char name[49] = "";

	build(0, 1);
	for (uint32_t i = 0; i < 3; i++) {
		const struct kvm_cpuid_entry2 *row = leaf(0x80000002 + i);

		memcpy(name + 16 * i, &row->eax, 4);
		memcpy(name + 16 * i + 4, &row->ebx, 4);
		memcpy(name + 16 * i + 8, &row->ecx, 4);
		memcpy(name + 16 * i + 12, &row->edx, 4);
	}
	CHECK(!strcmp(name, cpu.model.model_id));
	CHECK_EQ(name[47], '\0');
}

CASE(address_sizes)
{
	build(0, 4);
	CHECK_EQ(leaf(0x80000008)->eax, 48 << 8 | 40);
	CHECK_EQ(leaf(0x80000008)->ebx, 0);
	CHECK_EQ(leaf(0x80000008)->edx, 0);
}

CASE(kvm_is_found_by_its_signature)
{
	const struct kvm_cpuid_entry2 *row;
	char id[13] = "";

	build(0, 1);
	row = leaf(0x40000000);
	memcpy(id, &row->ebx, 4);
	memcpy(id + 4, &row->ecx, 4);
	memcpy(id + 8, &row->edx, 4);
	CHECK(!memcmp(id, "KVMKVMKVM\0\0\0", 12));
	CHECK_EQ(row->eax, 0x40000010);
}

CASE(the_clock_is_paravirtual_and_stable)
{
	build(0, 1);
	/* Of what the model has, what the host has: clocksource 0, nop_io_delay
	 * 1, clocksource2 3, stable 24 */
	CHECK_EQ(leaf(0x40000001)->eax, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 24);
	CHECK_EQ(leaf(0x40000001)->edx, 0);
}

RUN("cpuid", &the_table_is_laid_out_as_kvm_wants_it, &no_row_is_there_twice,
    &without_xsave_kvm_gets_leaf_0xd, &an_index_counts_only_where_it_is_said_to,
    &vendor_and_level, &no_leaf_is_above_the_highest,
    &family_15_model_107_stepping_1,
    &the_apic_id_is_the_only_thing_that_differs, &a_cache_line_is_64_bytes,
    &one_cpu_is_no_multiprocessor, &more_cpus_are_cores_of_one_package,
    &the_apic_ids_cores_fit_their_bits, &features_are_the_models,
    &amd_repeats_basic_features_in_the_extended_leaf, &the_baseline_is_there,
    &the_name_is_three_leaves_and_ends, &address_sizes,
    &kvm_is_found_by_its_signature, &the_clock_is_paravirtual_and_stable)
