/*
 * cpu_rows MODEL GUEST SOCKETS CORES THREADS PV TSC_KHZ XSAVE: prints each
 * register of the table GUEST that is not as the table MODEL has it.
 *
 * In GUEST, a CPU after the first has only those rows that differ from the
 * first one's. PV is what KVM has of leaf 0x40000001's EAX, TSC_KHZ its
 * frequency; XSAVE is 0 if the guest leaves that off. Ends with 1 when there
 * was something to print, or a file is none.
 *
 * These differ between the table and what a guest reads, rightly:
 *
 *	1, 4, 0xB, 0x1F, 0x80000001 ECX 1, 0x80000008 ECX, 0x8000001D/1E
 *		the topology
 *	1 ECX 27, 7 ECX 4
 *		OSXSAVE and OSPKE: KVM shows what the guest set in CR4
 *	0xD.0 EBX, 0xD.1 EBX
 *		KVM shows the size for what the guest has in XCR0 and XSS;
 *		Linux sets all that there is in XCR0
 *	0x40000001	what this KVM does not have is taken away
 *	0x15, 0x16, 0x40000010
 *		the frequency, known when the guest starts
 */
#include "cpu_table.h"

static struct table guest;
static uint32_t pv, tsc_khz, uses_xsave;

static unsigned package_shift(void)
{
	return width(cores) + width(threads);
}

static uint32_t apic_id(unsigned cpu)
{
	return cpu / (cores * threads) << package_shift() |
	       cpu / threads % cores << width(threads) | cpu % threads;
}

static void set(uint32_t *reg, unsigned high, unsigned low, uint32_t value)
{
	uint32_t mask =
	    (uint32_t)((UINT64_C(2) << high) - 1) & ~((UINT32_C(1) << low) - 1);

	*reg = (*reg & ~mask) | (value << low & mask);
}

/*
 * A count of CPUs stands for the next power of two, as that is what software
 * makes of it: there `reg` is left as it was found, if it says the same.
 */
static void set_count(uint32_t *reg, unsigned high, unsigned low,
		      unsigned minus, uint32_t found, unsigned shift)
{
	uint32_t mask = (UINT32_C(1) << (high - low + 1)) - 1;
	uint32_t count = (found >> low & mask) + minus;

	if (!count || width(count) != shift)
		count = 1u << shift;
	set(reg, high, low, count - minus);
}

/* Those who share a cache: a core, or from level 3 on a package. */
static void expect_sharing(uint32_t *eax, uint32_t found)
{
	bool is_package = (*eax >> 5 & 7) >= 3;

	if (*eax & 31)
		set_count(eax, 25, 14, 1, found,
			  is_package ? package_shift() : width(threads));
}

/* Leaf 0xB and 0x1F: threads of a core, cores of a package, no more. */
static void expect_levels(struct row *row, unsigned cpu)
{
	bool is_thread = row->sub == 0, is_core = row->sub == 1;

	row->reg[EAX] = is_thread ? width(threads)
			: is_core ? package_shift()
				  : 0;
	row->reg[EBX] = is_thread ? threads : is_core ? cores * threads : 0;
	row->reg[ECX] =
	    (row->sub & 0xFF) | (is_thread ? 0x100 : 0) | (is_core ? 0x200 : 0);
	row->reg[EDX] = apic_id(cpu);
}

static void expect_1(struct row *row, unsigned cpu, uint32_t found)
{
	unsigned package = cores * threads;

	set(&row->reg[EBX], 31, 24, apic_id(cpu));
	if (is_amd())
		set(&row->reg[EBX], 23, 16, package);
	else
		set_count(&row->reg[EBX], 23, 16, 0, found, package_shift());
	set(&row->reg[EDX], 28, 28, package > 1);
	set(&row->reg[ECX], 27, 27, row->reg[ECX] >> 26 & uses_xsave);
}

static void expect_xsave(struct row *row)
{
	uint32_t end = 0x240;

	if (row->sub == 0) {
		row->reg[EBX] = uses_xsave ? row->reg[ECX] : end;
		return;
	}
	if (!(row->reg[EAX] & 0xA)) { /* neither XSAVEC nor XSAVES */
		row->reg[EBX] = 0;
		return;
	}
	for (uint32_t i = 2; i < 32 && uses_xsave; i++) {
		if (!(has(0xD, 0, EAX) >> i & 1))
			continue;
		if (has(0xD, i, ECX) & 2)
			end = (end + 63) & ~UINT32_C(63);
		end += has(0xD, i, EAX);
	}
	row->reg[EBX] = end;
}

/*
 * In leaf 0x15 EBX / EAX of a crystal of ECX Hz, which need not be exact: what
 * was found is right if it comes as near as 0.02 %.
 */
static void expect_crystal(struct row *row, const struct row *found)
{
	const uint32_t *reg = found->reg;
	uint64_t khz =
	    reg[EAX] ? (uint64_t)reg[ECX] / 1000 * reg[EBX] / reg[EAX] : 0;
	uint64_t off = khz > tsc_khz ? khz - tsc_khz : tsc_khz - khz;

	if (off <= tsc_khz / 5000)
		memcpy(row->reg, found->reg, sizeof(row->reg));
	else
		row->reg[EAX] = 1;
}

/* In leaf 0x16 in MHz, in 0x40000010 in kHz. */
static void expect_frequency(struct row *row)
{
	bool is_kvm = row->leaf == 0x40000010;

	row->reg[EAX] = is_kvm ? tsc_khz : tsc_khz / 1000;
	row->reg[EBX] = is_kvm ? 1000000 : tsc_khz / 1000;
	row->reg[ECX] = is_kvm ? 0 : 100;
}

/* What is asked for beyond a range has the highest basic leaf's; not on AMD. */
static void redirect(struct row *row)
{
	uint32_t range = row->leaf & 0x80000000;

	if (row->leaf >> 28 == 4)
		range = row->leaf & 0xFFFFFF00;
	else if (row->leaf >= 0xC0000000)
		range = 0xC0000000;
	if (is_amd() || row->leaf <= has(range, 0, EAX))
		return;
	row->leaf = has(0, 0, EAX);
}

static void expect_8000001e(struct row *row, unsigned cpu)
{
	row->reg[EAX] = apic_id(cpu);
	set(&row->reg[EBX], 7, 0, cpu / threads % cores);
	set(&row->reg[EBX], 15, 8, threads - 1);
	set(&row->reg[ECX], 7, 0, cpu / (cores * threads));
}

/* What `cpu` must read at *row's leaf and subleaf, where it found *row. */
static void expect(struct row *row, unsigned cpu)
{
	const struct row *known, found = *row;

	redirect(row);
	known = find(&model, 0, row->leaf, row->sub);
	memset(row->reg, 0, sizeof(row->reg));
	if (known)
		memcpy(row->reg, known->reg, sizeof(row->reg));
	switch (row->leaf) {
	case 1:
		expect_1(row, cpu, found.reg[EBX]);
		break;
	case 4:
		expect_sharing(&row->reg[EAX], found.reg[EAX]);
		if (row->reg[EAX] & 31)
			set(&row->reg[EAX], 31, 26, (1u << width(cores)) - 1);
		break;
	case 7:
		if (!row->sub)
			set(&row->reg[ECX], 4, 4,
			    row->reg[ECX] >> 3 & uses_xsave);
		break;
	case 0xB:
	case 0x1F:
		if (find(&model, 0, row->leaf, 0))
			expect_levels(row, cpu);
		break;
	case 0xD:
		if (known && row->sub < 2)
			expect_xsave(row);
		break;
	case 0x40000001:
		row->reg[EAX] &= pv;
		break;
	case 0x15:
		if (known)
			expect_crystal(row, &found);
		break;
	case 0x16:
	case 0x40000010:
		if (known)
			expect_frequency(row);
		break;
	case 0x80000001:
		if (is_amd())
			set(&row->reg[ECX], 1, 1, cores * threads > 1);
		break;
	case 0x80000008:
		if (!is_amd())
			break;
		set(&row->reg[ECX], 7, 0, cores * threads - 1);
		set(&row->reg[ECX], 15, 12, package_shift());
		break;
	case 0x8000001D:
		expect_sharing(&row->reg[EAX], found.reg[EAX]);
		break;
	case 0x8000001E:
		if (known)
			expect_8000001e(row, cpu);
		break;
	}
}

static unsigned compare(const struct row *found, unsigned cpu)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
	struct row want = *found;
	unsigned wrong = 0;

	expect(&want, cpu);
	for (unsigned reg = EAX; reg <= EDX; reg++) {
		if (found->reg[reg] == want.reg[reg])
			continue;
		printf("CPU %u: leaf 0x%x.%u %s is 0x%08x, want 0x%08x\n", cpu,
		       found->leaf, found->sub, names[reg], found->reg[reg],
		       want.reg[reg]);
		wrong++;
	}
	return wrong;
}

/* A row that is not in the guest's listing was not compared. */
static unsigned compare_missing(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < model.count; i++) {
		const struct row *row = &model.rows[i];
		bool is_zero = !(row->reg[EAX] | row->reg[EBX] | row->reg[ECX] |
				 row->reg[EDX]);

		if (is_zero || find(&guest, 0, row->leaf, row->sub))
			continue;
		printf("leaf 0x%x.%u is not in the guest's listing\n",
		       row->leaf, row->sub);
		wrong++;
	}
	return wrong;
}

static bool rows(void)
{
	unsigned cpus = sockets * cores * threads;
	unsigned wrong = guest.cpus != cpus;

	if (wrong)
		printf("%u CPUs were listed, want %u\n", guest.cpus, cpus);
	for (unsigned i = 0; i < guest.count; i++) {
		const struct row *row = &guest.rows[i];

		wrong += compare(row, row->cpu);
		for (unsigned cpu = 1; !row->cpu && cpu < cpus; cpu++)
			if (!find(&guest, cpu, row->leaf, row->sub))
				wrong += compare(row, cpu);
	}
	return !(wrong + compare_missing());
}

int main(int argc, char **argv)
{
	if (argc != 9)
		return 1;
	set_topology(argv + 3);
	pv = number(argv[6]);
	tsc_khz = number(argv[7]);
	uses_xsave = number(argv[8]);
	return !(load(&model, argv[1]) && load(&guest, argv[2]) && rows());
}
