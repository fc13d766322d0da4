/*
 * Leaf by leaf, of models made for it: Intel SDM vol. 2 (CPUID) and vol. 1,
 * chapter 13; AMD APM vol. 3, appendix E.
 */
#include "cpu/models/rows.h"

#include "cpu/cpuid_xsave.h"
#include "tests/unit/unit.h"

static struct cpu_model model;
static struct cpuid_table rows, table;

/* 32 KiB 8-way, 64 KiB 4-way, 1.25 MiB 20-way, 24 MiB 12-way. */
static const struct cpu_cache caches[MODEL_CACHES_MAX] = {
	{ CACHE_DATA, 1, CACHE_PER_CORE, 8, 1, 64, 64, false, false, false },
	{ CACHE_INSTRUCTION, 1, CACHE_PER_CORE, 4, 1, 64, 256, false, false,
	  true },
	{ CACHE_UNIFIED, 2, CACHE_PER_CORE, 20, 1, 64, 1024, false, false,
	  false },
	{ CACHE_UNIFIED, 3, CACHE_PER_PACKAGE, 12, 1, 64, 32768, true, true,
	  false },
};

static void begin(const char *vendor)
{
	model = (struct cpu_model){ .name = "test",
				    .vendor = vendor,
				    .level = 0x1F,
				    .xlevel = 0x80000008,
				    .family = 6,
				    .model = 143,
				    .stepping = 8,
				    .model_id = "Test CPU",
				    .physical_address_bits = 46,
				    .linear_address_bits = 57 };
	memcpy(model.caches, caches, sizeof(caches));
}

static void begin_intel(void)
{
	begin("GenuineIntel");
}

static void begin_amd(void)
{
	begin("AuthenticAMD");
	model.level = 0x10;
	model.xlevel = 0x80000021;
	model.features[FEATURES_8000_0001_ECX] = FEATURE(TOPOEXT);
}

/* The rows for CPU `index` of a topology. */
static void for_cpu(unsigned sockets, unsigned cores, unsigned threads,
		    unsigned index)
{
	const struct topology topology = { sockets, cores, threads };
	const struct cpuid_host host = { .pv_features = UINT32_MAX,
					 .hypercalls = true };

	model_rows(&model, &rows);
	cpuid_for_vm(&table, &rows, &topology, &host);
	cpuid_for_vcpu(&table, topology_apic_id(&topology, index));
}

static void build(void)
{
	for_cpu(1, 1, 1, 0);
}

static const struct kvm_cpuid_entry2 *row(uint32_t leaf, uint32_t index)
{
	const struct kvm_cpuid_entry2 *found = cpuid_row(&table, leaf, index);

	if (!found)
		printf("# no row 0x%x.%u\n", leaf, index);
	CHECK(found != NULL);
	return found;
}

static bool is_there(uint32_t leaf, uint32_t index)
{
	return cpuid_row(&table, leaf, index);
}

#define CHECK_ROW(leaf, index, a, b, c, d)                                     \
	do {                                                                   \
		CHECK_EQ(row(leaf, index)->eax, a);                            \
		CHECK_EQ(row(leaf, index)->ebx, b);                            \
		CHECK_EQ(row(leaf, index)->ecx, c);                            \
		CHECK_EQ(row(leaf, index)->edx, d);                            \
	} while (0)

CASE(rows_ascend_and_are_flagged_by_sub_leaf)
{
	begin_intel();
	model.features[FEATURES_1_ECX] = FEATURE(XSAVE) | FEATURE(AVX);
	model.features[FEATURES_7_0_EDX] = FEATURE(AMX_TILE);
	build();
	for (uint32_t i = 1; i < table.count; i++) {
		const struct kvm_cpuid_entry2 *a = &table.rows[i - 1];
		const struct kvm_cpuid_entry2 *b = &table.rows[i];

		CHECK(a->function < b->function ||
		      (a->function == b->function && a->index < b->index));
		if (a->function == b->function)
			CHECK_EQ(a->flags & b->flags, 1);
	}
	CHECK_EQ(row(4, 0)->flags, 1);
	CHECK_EQ(row(0xB, 0)->flags, 1);
	CHECK_EQ(row(0xD, 0)->flags, 1);
	CHECK_EQ(row(0x1, 0)->flags, 0);
}

CASE(intel_is_taken_apart)
{
	begin_intel();
	build();
	CHECK_ROW(0, 0, 0x1F, 0x756E6547, 0x6C65746E, 0x49656E69);
	CHECK_EQ(row(1, 0)->eax, 0x000806F8);
	CHECK_ROW(2, 0, 0xFF01, 0, 0, 0);
	CHECK_ROW(0x80000000, 0, 0x80000008, 0, 0, 0);
	CHECK_EQ(row(0x80000001, 0)->eax, 0);
	CHECK_ROW(0x80000008, 0, 57 << 8 | 46, 0, 0, 0);
}

CASE(intels_caches_are_in_leaf_4)
{
	begin_intel();
	build();
	CHECK_ROW(4, 0, 0x121, 0x01C0003F, 0x3F, 0);
	CHECK_ROW(4, 1, 0x122, 0x00C0003F, 0xFF, 1);
	CHECK_ROW(4, 2, 0x143, 0x04C0003F, 0x3FF, 0);
	CHECK_ROW(4, 3, 0x163, 0x02C0003F, 0x7FFF, 6);
	CHECK(!is_there(4, 4));
	/* L2: 1280 KiB, ways "see leaf 4", lines of 64. */
	CHECK_ROW(0x80000006, 0, 0, 0, 1280 << 16 | 7 << 12 | 64, 0);
	CHECK(!is_there(0x80000005, 0));
}

CASE(caches_are_shared_as_the_topology_has_it)
{
	begin_intel();
	for_cpu(2, 6, 2, 0); /* 6 cores take 3 bits, threads 1 */
	CHECK_EQ(row(4, 0)->eax >> 14 & 0xFFF, 1);
	CHECK_EQ(row(4, 2)->eax >> 14 & 0xFFF, 1);
	CHECK_EQ(row(4, 3)->eax >> 14 & 0xFFF, 15);
	CHECK_EQ(row(4, 0)->eax >> 26, 7);
	for_cpu(1, 254, 1, 0);
	CHECK_EQ(row(4, 3)->eax >> 14 & 0xFFF, 255);
	CHECK_EQ(row(4, 3)->eax >> 26, 63);
}

CASE(topology_levels_end)
{
	const uint32_t leaves[] = { 0xB, 0x1F };

	begin_intel();
	for_cpu(2, 3, 2, 11); /* package 1, core 2, thread 1 */
	for (int i = 0; i < 2; i++) {
		CHECK_ROW(leaves[i], 0, 1, 2, 0x100, 8 + 4 + 1);
		CHECK_ROW(leaves[i], 1, 3, 6, 0x201, 8 + 4 + 1);
		CHECK_ROW(leaves[i], 2, 0, 0, 2, 8 + 4 + 1);
		CHECK(!is_there(leaves[i], 3));
	}
	CHECK_EQ(row(1, 0)->ebx, 13 << 24 | 8 << 16 | 0x800);
	CHECK_EQ(row(1, 0)->edx >> 28 & 1, 1);
	model.level = 0xD;
	build();
	CHECK(is_there(0xB, 0));
	CHECK(!is_there(0x1F, 0));
	CHECK_EQ(row(1, 0)->edx >> 28 & 1, 0);
	model.level = 0xA;
	build();
	CHECK(!is_there(0xB, 0));
}

CASE(amd_has_caches_in_its_own_leaves)
{
	begin_amd();
	for_cpu(1, 6, 2, 0);
	CHECK(!is_there(2, 0));
	CHECK(!is_there(4, 0));
	CHECK_ROW(0x8000001D, 0, 0x121 | 1 << 14, 0x01C0003F, 0x3F, 0);
	CHECK_ROW(0x8000001D, 3, 0x163 | 15 << 14, 0x02C0003F, 0x7FFF, 6);
	CHECK_ROW(0x80000005, 0, 0, 0, 32U << 24 | 8 << 16 | 1 << 8 | 64,
		  64U << 24 | 4 << 16 | 1 << 8 | 64);
	/* L2 of 20 ways: "see 0x8000001D"; L3 in units of 512 KiB, too. */
	CHECK_ROW(0x80000006, 0, 0, 0, 1280 << 16 | 9 << 12 | 1 << 8 | 64,
		  48 << 18 | 9 << 12 | 1 << 8 | 64);
}

CASE(amds_places_are_told)
{
	begin_amd();
	for_cpu(2, 6, 2, 23); /* package 1, core 5, thread 1 */
	CHECK_ROW(0x8000001E, 0, 16 + 10 + 1, 1 << 8 | 5, 1, 0);
	CHECK_EQ(row(0x80000008, 0)->ecx, 4 << 12 | 11);
	CHECK_EQ(row(0x80000001, 0)->ecx & FEATURE(CMP_LEGACY),
		 FEATURE(CMP_LEGACY));
	CHECK_EQ(row(1, 0)->ebx >> 16 & 0xFF, 12);
	for_cpu(1, 1, 1, 0);
	CHECK_ROW(0x8000001E, 0, 0, 0, 0, 0);
	CHECK_EQ(row(0x80000001, 0)->ecx & FEATURE(CMP_LEGACY), 0);
	model.features[FEATURES_8000_0001_ECX] = 0;
	build();
	CHECK(!is_there(0x8000001D, 0));
	CHECK(!is_there(0x8000001E, 0));
}

/*
 * Intel SDM vol. 3, 10.9.3: ids of a package, of which software makes the next
 * power of two; AMD APM vol. 3, CPUID leaf 1: CPUs of a package.
 */
CASE(leaf_1_counts_ids_or_cpus)
{
	static const unsigned counts[][4] = {
		/* cores, threads; on Intel, on AMD */
		{ 1, 2, 2, 2 },      { 4, 2, 8, 8 },       { 3, 1, 4, 3 },
		{ 3, 2, 8, 6 },      { 5, 3, 32, 15 },     { 3, 3, 16, 9 },
		{ 64, 2, 128, 128 }, { 127, 2, 255, 254 },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		begin_intel();
		for_cpu(1, counts[i][0], counts[i][1], 0);
		CHECK_EQ(row(1, 0)->ebx >> 16 & 0xFF, counts[i][2]);
		begin_amd();
		for_cpu(1, counts[i][0], counts[i][1], 0);
		CHECK_EQ(row(1, 0)->ebx >> 16 & 0xFF, counts[i][3]);
	}
}

CASE(intel_is_not_cmp_legacy)
{
	begin_intel();
	for_cpu(1, 4, 1, 0);
	CHECK_EQ(row(0x80000001, 0)->ecx, 0);
	CHECK_EQ(row(0x80000008, 0)->ecx, 0);
}

CASE(leaf_7_says_how_far_it_goes)
{
	begin_intel();
	build();
	CHECK(!is_there(7, 0));
	model.features[FEATURES_7_0_EBX] = FEATURE(SMEP);
	build();
	CHECK_ROW(7, 0, 0, FEATURE(SMEP), 0, 0);
	model.features[FEATURES_7_1_EAX] = FEATURE(AVX_VNNI);
	build();
	CHECK_EQ(row(7, 0)->eax, 1);
	CHECK_ROW(7, 1, FEATURE(AVX_VNNI), 0, 0, 0);
	model.features[FEATURES_7_2_EDX] = FEATURE(MCDT_NO);
	model.features[FEATURES_7_1_EDX] = FEATURE(PREFETCHITI);
	build();
	CHECK_EQ(row(7, 0)->eax, 2);
	CHECK_EQ(row(7, 1)->edx, FEATURE(PREFETCHITI));
	CHECK_ROW(7, 2, 0, 0, 0, FEATURE(MCDT_NO));
}

CASE(there_is_no_pmu_unless_asked)
{
	begin_intel();
	build();
	CHECK(!is_there(0xA, 0));
	model.features[FEATURES_A_EAX] = FEATURE(ARCH_PERFMON);
	build();
	CHECK_ROW(0xA, 0, 0x07300402, 0, 0, 0x603);
}

/* Its rows before a host is asked. */
static void xsave_rows(void)
{
	model_rows(&model, &rows);
	table = rows;
}

CASE(xsave_alone_has_the_legacy_area)
{
	begin_intel();
	xsave_rows();
	CHECK(!is_there(0xD, 0));
	model.features[FEATURES_1_ECX] = FEATURE(XSAVE);
	xsave_rows();
	CHECK_ROW(0xD, 0, 3, 576, 576, 0);
	CHECK(!is_there(0xD, 1));
	CHECK(!is_there(0xD, 2));
}

static void avx512_pku_amx(void)
{
	model.features[FEATURES_1_ECX] = FEATURE(XSAVE) | FEATURE(AVX);
	model.features[FEATURES_7_0_EBX] = FEATURE(AVX512F);
	model.features[FEATURES_7_0_ECX] = FEATURE(PKU);
	model.features[FEATURES_D_1_EAX] = FEATURE(XSAVEOPT) | FEATURE(XSAVEC) |
					   FEATURE(XGETBV1) | FEATURE(XSAVES) |
					   FEATURE(XFD);
}

CASE(intel_has_each_part_in_its_place)
{
	begin_intel();
	avx512_pku_amx();
	model.features[FEATURES_7_0_EDX] = FEATURE(AMX_TILE);
	xsave_rows();
	CHECK_ROW(0xD, 0, 0x602E7, 576, 2816 + 8192, 0);
	CHECK_ROW(0xD, 1, 0x1F, 576, 0, 0);
	CHECK_ROW(0xD, 2, 256, 576, 0, 0);
	CHECK(!is_there(0xD, 3));
	CHECK_ROW(0xD, 5, 64, 1088, 0, 0);
	CHECK_ROW(0xD, 6, 512, 1152, 0, 0);
	CHECK_ROW(0xD, 7, 1024, 1664, 0, 0);
	CHECK_ROW(0xD, 9, 8, 2688, 0, 0);
	CHECK_ROW(0xD, 17, 64, 2752, 2, 0);
	CHECK_ROW(0xD, 18, 8192, 2816, 6, 0);
	CHECK_ROW(0x1D, 0, 1, 0, 0, 0);
	CHECK_ROW(0x1D, 1, 0x04002000, 0x00080040, 16, 0);
	CHECK_ROW(0x1E, 0, 0, 0x4010, 0, 0);
}

CASE(amd_packs_the_parts_it_has)
{
	begin_amd();
	avx512_pku_amx();
	xsave_rows();
	CHECK_ROW(0xD, 5, 64, 832, 0, 0);
	CHECK_ROW(0xD, 6, 512, 896, 0, 0);
	CHECK_ROW(0xD, 7, 1024, 1408, 0, 0);
	CHECK_ROW(0xD, 9, 8, 2432, 0, 0);
	CHECK_EQ(row(0xD, 0)->ecx, 2440);
	model.features[FEATURES_7_0_EBX] = 0;
	xsave_rows();
	CHECK_ROW(0xD, 9, 8, 832, 0, 0);
	CHECK_EQ(row(0xD, 0)->ecx, 840);
}

CASE(supervisor_parts_have_no_place)
{
	begin_intel();
	avx512_pku_amx();
	model.features[FEATURES_7_0_ECX] |= FEATURE(CET_SS);
	model.features[FEATURES_7_0_EDX] |= FEATURE(CET_IBT);
	xsave_rows();
	CHECK_EQ(row(0xD, 1)->ecx, 1 << 11 | 1 << 12);
	CHECK_ROW(0xD, 11, 16, 0, 1, 0);
	CHECK_ROW(0xD, 12, 24, 0, 1, 0);
	CHECK_EQ(row(0xD, 0)->eax, 0x2E7);
	CHECK_EQ(row(0xD, 0)->ecx, 2696);
}

static unsigned asked;

/* Zen 4, which has AVX-512 and PKU. */
static void zen4(uint32_t leaf, uint32_t index, uint32_t registers[4])
{
	static const uint32_t sizes[] = { [5] = 64, 512, 1024, [9] = 8 };
	static const uint32_t places[] = { [5] = 832, 896, 1408, [9] = 2432 };

	asked++;
	CHECK_EQ(leaf, 0xD);
	memset(registers, 0, 4 * sizeof(*registers));
	if (index >= 5 && index <= 9) {
		registers[0] = sizes[index];
		registers[1] = places[index];
	}
}

CASE(parts_are_where_the_host_has_them)
{
	begin_intel();
	avx512_pku_amx();
	xsave_rows();
	cpuid_place_xstate(&table, zen4);
	CHECK_ROW(0xD, 2, 256, 576, 0, 0);
	CHECK_ROW(0xD, 5, 64, 832, 0, 0);
	CHECK_ROW(0xD, 7, 1024, 1408, 0, 0);
	CHECK_ROW(0xD, 9, 8, 2432, 0, 0);
	CHECK_EQ(row(0xD, 0)->ecx, 2440);
}

/* A host without them, or whose parts have other sizes. */
static void other(uint32_t leaf, uint32_t index, uint32_t registers[4])
{
	(void)leaf;
	memset(registers, 0, 4 * sizeof(*registers));
	registers[0] = index == 9 ? 16 : 0;
	registers[1] = index == 9 ? 1000 : 0;
}

CASE(a_host_without_a_part_moves_nothing)
{
	begin_intel();
	avx512_pku_amx();
	xsave_rows();
	cpuid_place_xstate(&table, other);
	CHECK(!memcmp(&table, &rows, sizeof(rows)));
}

CASE(a_model_up_to_avx_asks_no_host)
{
	begin_intel();
	model.features[FEATURES_1_ECX] = FEATURE(XSAVE) | FEATURE(AVX);
	xsave_rows();
	asked = 0;
	cpuid_place_xstate(&table, zen4);
	CHECK_EQ(asked, 0);
	CHECK_EQ(row(0xD, 0)->ecx, 832);
}

static void with_host(uint32_t khz, uint32_t features)
{
	const struct topology alone = { 1, 1, 1 };
	const struct cpuid_host host = { .tsc_khz = khz,
					 .pv_features = features,
					 .hypercalls = true };

	model_rows(&model, &rows);
	cpuid_for_vm(&table, &rows, &alone, &host);
}

CASE(the_tscs_frequency_is_told)
{
	begin_intel();
	with_host(2994374, 0);
	CHECK_ROW(0x15, 0, 711, 2129, 1000000000, 0);
	CHECK_ROW(0x16, 0, 2994, 2994, 100, 0);
	CHECK_ROW(0x40000010, 0, 2994374, 1000000, 0, 0);
	with_host(2100000, 0);
	CHECK_ROW(0x15, 0, 10, 21, 1000000000, 0);
	with_host(800000, 0);
	CHECK_ROW(0x15, 0, 5, 4, 1000000000, 0);
	with_host(1000, 0);
	CHECK_ROW(0x15, 0, 1000, 1, 1000000000, 0);
	with_host(100000000, 0);
	CHECK_ROW(0x15, 0, 1, 100, 1000000000, 0);
	with_host(0, 0);
	CHECK_ROW(0x15, 0, 0, 0, 0, 0);
	CHECK_ROW(0x16, 0, 0, 0, 0, 0);
	CHECK_ROW(0x40000010, 0, 0, 0, 0, 0);
	begin_amd();
	model.level = 0x16;
	build();
	CHECK(!is_there(0x15, 0));
}

/* As Linux works it out, in 32 bits (native_calibrate_tsc). */
CASE(the_tscs_ratio_is_close_and_does_not_wrap)
{
	begin_intel();
	for (uint32_t khz = 400000; khz < 6000000; khz += 997) {
		uint64_t product;
		uint32_t found;

		with_host(khz, 0);
		product =
		    row(0x15, 0)->ecx / 1000 * (uint64_t)row(0x15, 0)->ebx;
		CHECK(product <= UINT32_MAX);
		found = (uint32_t)product / row(0x15, 0)->eax;
		CHECK(found >= khz - khz / 5000 && found <= khz + khz / 5000);
	}
}

CASE(paravirtual_features_are_those_of_model_and_host)
{
	begin_intel();
	model.features[FEATURES_4000_0001_EAX] = 0x01000AEB;
	with_host(0, 0x0100000B);
	CHECK_EQ(row(0x40000000, 0)->eax, 0x40000010);
	CHECK_ROW(0x40000001, 0, 0x0100000B, 0, 0, 0);
	with_host(0, UINT32_MAX);
	CHECK_EQ(row(0x40000001, 0)->eax, 0x01000AEB);
}

CASE(extended_features_and_ras_have_their_leaves)
{
	begin_amd();
	model.features[FEATURES_8000_0007_EDX] = FEATURE(INVTSC);
	model.features[FEATURES_8000_0008_EBX] = FEATURE(CLZERO);
	model.features[FEATURES_8000_0021_EAX] = FEATURE(AUTO_IBRS);
	model.features[FEATURES_1_EDX] = FEATURE(FPU) | FEATURE(SEP);
	build();
	CHECK_ROW(0x80000007, 0, 0, 0, 0, 1 << 8);
	CHECK_EQ(row(0x80000008, 0)->ebx, 1);
	CHECK_ROW(0x80000021, 0, 1 << 8, 0, 0, 0);
	CHECK_EQ(row(0x80000001, 0)->edx, 1);
}

/* The fullest model that can be: everything that there is a row for. */
CASE(every_row_has_room)
{
	begin_intel();
	memset(model.features, 0xFF, sizeof(model.features));
	build();
	CHECK(table.count < CPUID_ROWS_MAX);
	begin_amd();
	model.level = 0x1F;
	memset(model.features, 0xFF, sizeof(model.features));
	build();
	CHECK(table.count < CPUID_ROWS_MAX);
}

CASE(only_a_cpus_own_fields_differ)
{
	static struct cpuid_table first;

	begin_amd();
	for_cpu(1, 4, 2, 0);
	first = table;
	for_cpu(1, 4, 2, 7);
	for (uint32_t i = 0; i < table.count; i++) {
		uint32_t leaf = table.rows[i].function;

		if (leaf == 1)
			table.rows[i].ebx ^= 7U << 24;
		else if (leaf == 0xB)
			table.rows[i].edx = 0;
		else if (leaf == 0x8000001E)
			table.rows[i] = first.rows[i];
		CHECK(!memcmp(&table.rows[i], &first.rows[i],
			      sizeof(table.rows[i])));
	}
}

RUN("rows", &rows_ascend_and_are_flagged_by_sub_leaf, &intel_is_taken_apart,
    &intels_caches_are_in_leaf_4, &caches_are_shared_as_the_topology_has_it,
    &topology_levels_end, &amd_has_caches_in_its_own_leaves,
    &amds_places_are_told, &leaf_1_counts_ids_or_cpus, &intel_is_not_cmp_legacy,
    &leaf_7_says_how_far_it_goes, &there_is_no_pmu_unless_asked,
    &xsave_alone_has_the_legacy_area, &intel_has_each_part_in_its_place,
    &amd_packs_the_parts_it_has, &supervisor_parts_have_no_place,
    &parts_are_where_the_host_has_them, &a_host_without_a_part_moves_nothing,
    &a_model_up_to_avx_asks_no_host, &the_tscs_frequency_is_told,
    &the_tscs_ratio_is_close_and_does_not_wrap,
    &paravirtual_features_are_those_of_model_and_host,
    &extended_features_and_ras_have_their_leaves, &every_row_has_room,
    &only_a_cpus_own_fields_differ)
