#include "cpu/cpuid.h"

#include "cpu/cpuid_xsave.h"
#include "cpu/features.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Of KVM's LAPICs, whatever the host (KVM_CAP_X86_APIC_BUS_CYCLES_NS). */
#define APIC_BUS_KHZ UINT32_C(1000000)

#define TOPOLOGY_THREAD 1 /* level types of leaves 0xB and 0x1F */
#define TOPOLOGY_CORE   2

/* Caches above this level belong to the package, the others to a core. */
#define CACHE_LEVEL_OF_CORE 2

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* `value` in the bits from `high` to `low` of a register. */
static void put(uint32_t *reg, unsigned high, unsigned low, uint32_t value)
{
	uint32_t mask = UINT32_MAX << (31 - high) >> (31 - high + low) << low;

	*reg = (*reg & ~mask) | (value << low & mask);
}

static uint32_t get(uint32_t reg, unsigned high, unsigned low)
{
	return reg << (31 - high) >> (31 - high + low);
}

const struct kvm_cpuid_entry2 *cpuid_row(const struct cpuid_table *table,
					 uint32_t leaf, uint32_t index)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].function == leaf &&
		    table->rows[i].index == index)
			return &table->rows[i];
	return NULL;
}

bool cpuid_is_amd(const struct cpuid_table *table)
{
	const struct kvm_cpuid_entry2 *row = cpuid_row(table, 0, 0);

	/* "Auth", "Hygo": of AuthenticAMD and HygonGenuine. */
	return row && (row->ebx == 0x68747541 || row->ebx == 0x6F677948);
}

static unsigned package_cpus(const struct topology *topology)
{
	return topology->cores * topology->threads;
}

/*
 * CPUID.1: the number of CPUs in a package, and HTT that says it counts. Intel
 * counts APIC ids, holes among them included.
 */
static void basic(struct kvm_cpuid_entry2 *row, bool amd,
		  const struct topology *topology)
{
	unsigned cpus = package_cpus(topology);
	unsigned ids = 1U << topology_package_shift(topology);

	put(&row->ebx, 23, 16, min(amd ? cpus : ids, 255));
	put(&row->edx, FEATURE_HTT, FEATURE_HTT, cpus > 1);
}

/*
 * CPUID.4 and 0x8000001D alike: how many APIC ids share a cache, holes among
 * them included; only in Intel's leaf also how many a package has for cores,
 * where 64 is the most that can be said.
 */
static void cache(struct kvm_cpuid_entry2 *row, const struct topology *topology)
{
	unsigned thread_bits = topology_thread_bits(topology);
	unsigned shift = topology_package_shift(topology);
	unsigned level = get(row->eax, 7, 5);

	if (!get(row->eax, 4, 0))
		return;
	put(&row->eax, 25, 14,
	    (1U << (level > CACHE_LEVEL_OF_CORE ? shift : thread_bits)) - 1);
	if (row->function == 0x4)
		put(&row->eax, 31, 26,
		    min((1U << (shift - thread_bits)) - 1, 63));
}

/* CPUID.0BH and 1FH: a row a level, and one of type 0 that ends them. */
static void level(struct kvm_cpuid_entry2 *row, const struct topology *topology)
{
	row->ecx = row->index;
	if (row->index == 0) {
		row->eax = topology_thread_bits(topology);
		row->ebx = topology->threads;
		put(&row->ecx, 15, 8, TOPOLOGY_THREAD);
	} else if (row->index == 1) {
		row->eax = topology_package_shift(topology);
		row->ebx = package_cpus(topology);
		put(&row->ecx, 15, 8, TOPOLOGY_CORE);
	}
}

/* 0x80000008: the bits of an APIC id within the package, and its CPUs. */
static void address_sizes(struct kvm_cpuid_entry2 *row,
			  const struct topology *topology)
{
	put(&row->ecx, 15, 12, topology_package_shift(topology));
	put(&row->ecx, 7, 0, min(package_cpus(topology), 256) - 1);
}

static void row_topology(struct kvm_cpuid_entry2 *row, bool amd,
			 const struct topology *topology)
{
	switch (row->function) {
	case 0x1:
		basic(row, amd, topology);
		break;
	case 0x4:
	case 0x8000001D:
		cache(row, topology);
		break;
	case 0xB:
	case 0x1F:
		level(row, topology);
		break;
	case 0x80000001:
		/* AMD: the CPUs of a package are cores. */
		if (amd)
			put(&row->ecx, FEATURE_CMP_LEGACY, FEATURE_CMP_LEGACY,
			    package_cpus(topology) > 1);
		break;
	case 0x80000008:
		if (amd)
			address_sizes(row, topology);
		break;
	case 0x8000001E:
		put(&row->ebx, 15, 8, topology->threads - 1);
		break;
	}
}

void cpuid_set_topology(struct cpuid_table *table,
			const struct topology *topology)
{
	bool amd = cpuid_is_amd(table);

	for (uint32_t i = 0; i < table->count; i++)
		row_topology(&table->rows[i], amd, topology);
}

/*
 * CPUID.15H: the TSC ticks EBX / EAX times as fast as a crystal of ECX Hz,
 * which drives the LAPIC timer, too; KVM's does 1 GHz. Linux works out the
 * product of the crystal's kHz and EBX in 32 bits, which bounds EBX. So the
 * ratio is the best approximation by a continued fraction that stays within:
 * exact, or off by a few in a million, and at the very worst by 0.02 %.
 */
static void tsc_ratio(struct kvm_cpuid_entry2 *row, uint32_t tsc_khz)
{
	const uint32_t most = UINT32_MAX / APIC_BUS_KHZ;
	uint32_t from = tsc_khz, to = APIC_BUS_KHZ;
	uint32_t above = 1, was_above = 0, below = 0, was_below = 1;

	while (to) {
		uint32_t whole = from / to, rest = from % to;
		uint32_t fits = above ? (most - was_above) / above : whole;
		uint32_t step = min(whole, fits), next;

		/* Less than half of a step is worse than no step. */
		if (step < whole - step)
			break;
		next = step * above + was_above;
		was_above = above;
		above = next;
		next = step * below + was_below;
		was_below = below;
		below = next;
		from = to;
		to = step < whole ? 0 : rest;
	}
	row->eax = below;
	row->ebx = above;
	row->ecx = APIC_BUS_KHZ * 1000;
}

static void row_host(struct kvm_cpuid_entry2 *row,
		     const struct cpuid_host *host)
{
	switch (row->function) {
	case 0x15:
		if (host->tsc_khz)
			tsc_ratio(row, host->tsc_khz);
		break;
	case 0x16:
		/* Base and highest frequency, and that of the bus, in MHz. */
		if (!host->tsc_khz)
			break;
		row->eax = row->ebx = host->tsc_khz / 1000;
		row->ecx = 100;
		break;
	case CPUID_PV_FEATURES:
		row->eax &= host->pv_features;
		if (!host->hypercalls)
			row->eax &= ~CPUID_PV_BY_HYPERCALL;
		break;
	case CPUID_PV_TIMING:
		row->eax = host->tsc_khz;
		row->ebx = host->tsc_khz ? APIC_BUS_KHZ : 0;
		break;
	}
}

void cpuid_for_vm(struct cpuid_table *table, const struct cpuid_table *model,
		  const struct topology *topology,
		  const struct cpuid_host *host)
{
	table->count = model->count;
	table->padding = 0;
	memcpy(table->rows, model->rows, model->count * sizeof(*model->rows));
	cpuid_set_topology(table, topology);
	for (uint32_t i = 0; i < table->count; i++)
		row_host(&table->rows[i], host);
	cpuid_place_xstate(table, cpuid_of_this_host);
}

/* 0x8000001E: where the CPU is. A package is a node. */
static void amd_ids(struct kvm_cpuid_entry2 *row,
		    const struct cpuid_table *table, uint32_t apic_id)
{
	const struct kvm_cpuid_entry2 *sizes = cpuid_row(table, 0x80000008, 0);
	const struct topology core = { 1, 1, get(row->ebx, 15, 8) + 1 };
	unsigned thread_bits = topology_thread_bits(&core);
	unsigned shift = sizes ? get(sizes->ecx, 15, 12) : thread_bits;

	row->eax = apic_id;
	put(&row->ebx, 7, 0, (apic_id & ((1U << shift) - 1)) >> thread_bits);
	put(&row->ecx, 7, 0, apic_id >> shift);
}

void cpuid_for_vcpu(struct cpuid_table *table, uint32_t apic_id)
{
	for (uint32_t i = 0; i < table->count; i++) {
		struct kvm_cpuid_entry2 *row = &table->rows[i];

		if (row->function == 0x1)
			put(&row->ebx, 31, 24, apic_id);
		else if (row->function == 0xB || row->function == 0x1F)
			row->edx = apic_id;
		else if (row->function == 0x8000001E)
			amd_ids(row, table, apic_id);
	}
}

void cpuid_hurry_kvm(struct cpuid_table *table)
{
	if (cpuid_row(table, 0xD, 0))
		return;
	assert(table->count < CPUID_ROWS_MAX);
	table->rows[table->count++] = (struct kvm_cpuid_entry2){
		.function = 0xD, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX
	};
}

_Static_assert(offsetof(struct cpuid_table, rows) ==
		   offsetof(struct kvm_cpuid2, entries),
	       "a cpuid_table is what KVM_SET_CPUID2 takes");
