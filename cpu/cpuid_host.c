#include "cpu/cpuid_host.h"

#include "cpu/features.h"

#include <string.h>

/* A row of zeros is what the guest reads without it. */
static bool is_empty(const struct kvm_cpuid_entry2 *row)
{
	return !(row->eax | row->ebx | row->ecx | row->edx);
}

static bool is_left_out(const struct kvm_cpuid_entry2 *row)
{
	switch (row->function) {
	case 0xA:        /* the PMU */
	case 0xB:        /* topology */
	case 0x15:       /* the TSC's frequency */
	case 0x16:       /* frequencies */
	case 0x1F:       /* topology */
	case 0x8000001E: /* topology */
	case 0x8000001F: /* memory encryption */
	case 0x80000022: /* the PMU */
		return true;
	case 0x80000002: /* the brand string, see adapt() */
	case 0x80000003:
	case 0x80000004:
		return false;
	default:
		return is_empty(row);
	}
}

/* KVM does not tell the brand string: the CPU does. */
static void fill_brand(struct kvm_cpuid_entry2 *row)
{
	uint32_t registers[4];

	cpuid_of_this_host(row->function, 0, registers);
	row->eax = registers[CPUID_EAX];
	row->ebx = registers[CPUID_EBX];
	row->ecx = registers[CPUID_ECX];
	row->edx = registers[CPUID_EDX];
}

static void adapt(struct kvm_cpuid_entry2 *row)
{
	switch (row->function) {
	case 0x1:
		row->ecx |= FEATURE(HYPERVISOR) | FEATURE(X2APIC) |
			    FEATURE(TSC_DEADLINE);
		row->ecx &= ~FEATURE(PDCM);
		break;
	case 0x80000001:
		row->ecx &= ~(FEATURE(PERFCTR_CORE) | FEATURE(PERFCTR_NB));
		break;
	case 0x80000002:
	case 0x80000003:
	case 0x80000004:
		if (is_empty(row))
			fill_brand(row);
		break;
	case 0x80000007:
		row->edx &= ~FEATURE(INVTSC);
		break;
	}
}

/* One row too many is counted, but not there. */
static void add(struct cpuid_table *table, const struct kvm_cpuid_entry2 *row)
{
	if (table->count++ < CPUID_ROWS_MAX)
		table->rows[table->count - 1] = *row;
}

static void add_leaf(struct cpuid_table *table, uint32_t leaf, uint32_t index,
		     uint32_t flags)
{
	const struct kvm_cpuid_entry2 row = { .function = leaf,
					      .index = index,
					      .flags = flags };

	add(table, &row);
}

/* Rows that cpuid_for_vm fills in, when the host's highest leaf reaches them.
 */
static void add_made(struct cpuid_table *table, uint32_t leaf)
{
	if (leaf == 0xB || leaf == 0x1F)
		for (uint32_t index = 0; index <= 2; index++)
			add_leaf(table, leaf, index,
				 KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	else
		add_leaf(table, leaf, 0, 0);
}

/* The rows from `first` to `last`, in KVM's own order, which ascends. */
static void copy(struct cpuid_table *table, const struct kvm_cpuid2 *supported,
		 uint32_t first, uint32_t last)
{
	for (uint32_t i = 0; i < supported->nent; i++) {
		struct kvm_cpuid_entry2 row = supported->entries[i];

		if (row.function < first || row.function > last ||
		    is_left_out(&row))
			continue;
		adapt(&row);
		add(table, &row);
	}
}

static uint32_t value(const struct kvm_cpuid2 *supported, uint32_t leaf,
		      enum cpuid_register reg)
{
	for (uint32_t i = 0; i < supported->nent; i++)
		if (supported->entries[i].function == leaf)
			return reg == CPUID_ECX ? supported->entries[i].ecx
						: supported->entries[i].eax;
	return 0;
}

/* AMD has no leaves of frequencies. */
static bool is_told(const struct cpuid_table *table, uint32_t leaf)
{
	return !cpuid_is_amd(table) || (leaf != 0x15 && leaf != 0x16);
}

static void add_basic(struct cpuid_table *table,
		      const struct kvm_cpuid2 *supported)
{
	static const uint32_t made[] = { 0xB, 0x15, 0x16, 0x1F };
	uint32_t level = value(supported, 0, CPUID_EAX), next = 0;

	for (unsigned i = 0; i < sizeof(made) / sizeof(*made); i++) {
		copy(table, supported, next, made[i]);
		if (made[i] <= level && is_told(table, made[i]))
			add_made(table, made[i]);
		next = made[i] + 1;
	}
	copy(table, supported, next, CPUID_PV_SIGNATURE - 1);
}

static void add_extended(struct cpuid_table *table,
			 const struct kvm_cpuid2 *supported)
{
	uint32_t ecx = value(supported, 0x80000001, CPUID_ECX);

	copy(table, supported, 0x80000000, 0x8000001E);
	if (ecx & FEATURE(TOPOEXT))
		add_made(table, 0x8000001E);
	copy(table, supported, 0x8000001F, 0x8FFFFFFF);
}

static void add_paravirtual(struct cpuid_table *table, uint32_t features)
{
	static const struct kvm_cpuid_entry2 signature = {
		.function = CPUID_PV_SIGNATURE,
		.eax = CPUID_PV_TIMING,
		.ebx = 0x4B4D564B, /* KVMK */
		.ecx = 0x564B4D56, /* VMKV */
		.edx = 0x0000004D, /* M */
	};

	add(table, &signature);
	add_leaf(table, CPUID_PV_FEATURES, 0, 0);
	if (table->count <= CPUID_ROWS_MAX)
		table->rows[table->count - 1].eax = features;
	add_leaf(table, CPUID_PV_TIMING, 0, 0);
}

bool cpuid_from_host(struct cpuid_table *table,
		     const struct kvm_cpuid2 *supported, struct reason *why)
{
	static const struct topology alone = { 1, 1, 1 };

	memset(table, 0, sizeof(*table));
	add_basic(table, supported);
	add_paravirtual(table, CPUID_PV_OFFERED);
	add_extended(table, supported);
	if (table->count > CPUID_ROWS_MAX)
		return fail(why,
			    "this host's KVM tells %u rows of CPUID, more than "
			    "the %d there is room for; build with a named "
			    "model (make CPU=NAME)",
			    table->count, CPUID_ROWS_MAX);
	cpuid_set_topology(table, &alone);
	return true;
}

bool cpuid_host_has_hypercalls(const struct cpuid_table *model,
			       cpuid_instruction host)
{
	uint32_t registers[4];

	host(0x1, 0, registers);
	return !(registers[CPUID_ECX] & FEATURE(VMX)) == cpuid_is_amd(model);
}
