/*
 * The models of cpu/models/, against facts about the CPUs; and as a whole, the
 * CPUID tables of their newest versions, as tests/unit/golden/MODEL.txt has
 * them, for the sixth of 8 CPUs in 4 cores.
 *
 * How the golden tables were reviewed: features and signatures by
 * tests/boot/cpu-models-qemu against QEMU 7.2, and where that is too old
 * (SapphireRapids, EPYC-Genoa, the last versions of others) by reading against
 * the table in QEMU 10's source; names of features, caches and topology by
 * tests/boot/cpu-models-cpuid; leaf 4 of SapphireRapids against the dump of
 * such a CPU in QEMU's log. A table that changes is left in build/golden/: read
 * the difference, then copy it.
 */
#include <errno.h>
#include <sys/stat.h>

#include "cpu/models/all.h"
#include "cpu/models/expand.h"
#include "cpu/models/rows.h"
#include "tests/unit/cpuid_text.h"
#include "tests/unit/unit.h"

static struct expanded_cpu cpu;

/* Makes `cpu` the one of that name. */
static void expand(const char *name)
{
	struct reason why;
	bool expands = model_expand(cpu_models, name, "", &cpu, &why);

	if (!expands)
		printf("# %s\n", why.text);
	CHECK(expands);
}

static bool has(const char *feature)
{
	enum feature_word word;
	unsigned bit;

	CHECK(feature_find(feature, strlen(feature), &word, &bit));
	return cpu.model.features[word] >> bit & 1;
}

/* "sse3 ssse3 ...": all of them. */
static bool has_all(const char *features)
{
	char name[64];
	int length;

	while (sscanf(features, " %63s%n", name, &length) == 1) {
		features += length;
		if (!has(name)) {
			printf("# %s has no %s\n", cpu.name, name);
			return false;
		}
	}
	return true;
}

/* Calls `check` for every version of every model. */
static void for_each(void (*check)(void))
{
	char name[128];

	for (int i = 0; cpu_models[i]; i++) {
		const struct cpu_model *model = cpu_models[i];

		if (!model->versions[0].number) {
			expand(model->name);
			check();
			continue;
		}
		for (unsigned n = 1; n <= model_newest_version(model); n++) {
			snprintf(name, sizeof(name), "%s-v%u", model->name, n);
			expand(name);
			CHECK(!strcmp(cpu.name, name));
			check();
		}
	}
}

static void nothing(void)
{
}

CASE(every_version_of_every_model_expands)
{
	for_each(nothing);
}

CASE(a_bare_name_is_its_newest_version)
{
	static const char *const newest[] = {
		"x86-64-v2",         "x86-64-v3",
		"x86-64-v4",         "Haswell-v4",
		"Broadwell-v4",      "Skylake-Server-v5",
		"Icelake-Server-v7", "Cascadelake-Server-v5",
		"SapphireRapids-v4", "EPYC-v5",
		"EPYC-Rome-v5",      "EPYC-Milan-v3",
		"EPYC-Genoa-v2",
	};

	for (size_t i = 0; i < sizeof(newest) / sizeof(*newest); i++) {
		char name[64];

		strcpy(name, newest[i]);
		if (strncmp(name, "x86", 3))
			*strrchr(name, '-') = '\0';
		expand(name);
		CHECK(!strcmp(cpu.name, newest[i]));
	}
}

static void needs_no_nesting(void)
{
	CHECK(!has("vmx") && !has("svm"));
	CHECK(!has("monitor") && !has("invtsc") && !has("arch_perfmon"));
}

CASE(guests_of_guests_and_what_ties_to_a_host_are_left_out)
{
	for_each(needs_no_nesting);
}

static void check_addresses(void)
{
	CHECK_EQ(cpu.model.physical_address_bits, 40);
	CHECK_EQ(cpu.model.linear_address_bits, has("la57") ? 57 : 48);
}

CASE(addresses_are_of_40_bits_and_57_with_five_levels)
{
	for_each(check_addresses);
}

/* The table of the psABI, 3.1.1. */
#define LEVEL_2 "lahf_lm cx16 popcnt sse3 sse4_1 sse4_2 ssse3 "
#define LEVEL_3 LEVEL_2 "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave "
#define LEVEL_4 LEVEL_3 "avx512f avx512bw avx512cd avx512dq avx512vl "

CASE(a_level_of_the_psabi_has_its_features)
{
	expand("x86-64-v2");
	CHECK(has_all(LEVEL_2));
	CHECK(!has("avx") && !has("xsave") && !has("movbe"));
	expand("x86-64-v3");
	CHECK(has_all(LEVEL_3));
	CHECK(!has("avx512f") && !has("xsaves") && !has("pku"));
	expand("x86-64-v4");
	CHECK(has_all(LEVEL_4));
	CHECK(!has("avx512vbmi") && !has("pku"));
}

static unsigned ones(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++)
		count += cpu.model.features[i / 32] >> i % 32 & 1;
	return count;
}

/* A level is the one below and what the table adds, and nothing else. */
CASE(a_level_of_the_psabi_has_nothing_else)
{
	static const unsigned more[] = { 7, 9, 5 };
	unsigned below;

	expand("x86-64-v1");
	below = ones();
	for (unsigned i = 0; i < 3; i++) {
		char name[] = "x86-64-v2";

		name[8] = (char)('2' + i);
		expand(name);
		CHECK_EQ(ones(), below + more[i]);
		below = ones();
	}
}

/* Every server runs what is compiled for its level. */
CASE(a_server_has_its_level_of_the_psabi)
{
	static const char *const fourth[] = { "Skylake-Server",
					      "Cascadelake-Server",
					      "Icelake-Server",
					      "SapphireRapids", "EPYC-Genoa" };
	static const char *const third[] = { "Haswell", "Broadwell", "EPYC",
					     "EPYC-Rome", "EPYC-Milan" };

	for (size_t i = 0; i < sizeof(fourth) / sizeof(*fourth); i++) {
		expand(fourth[i]);
		CHECK(has_all(LEVEL_4));
	}
	for (size_t i = 0; i < sizeof(third) / sizeof(*third); i++) {
		expand(third[i]);
		CHECK(has_all(LEVEL_3));
		CHECK(!has("avx512f"));
	}
}

CASE(a_model_calls_itself_what_its_vendor_does)
{
	static const struct {
		const char *name, *vendor;
		uint32_t family, model, stepping, level, xlevel;
	} facts[] = {
		{ "x86-64-v1", "AuthenticAMD", 15, 107, 1, 0xB, 0x8000001E },
		{ "x86-64-v2", "AuthenticAMD", 15, 107, 1, 0xB, 0x8000001E },
		{ "x86-64-v3", "AuthenticAMD", 15, 107, 1, 0xD, 0x8000001E },
		{ "x86-64-v4", "AuthenticAMD", 15, 107, 1, 0xD, 0x8000001E },
		{ "Haswell-v1", "GenuineIntel", 6, 60, 4, 0xD, 0x80000008 },
		{ "Haswell-v4", "GenuineIntel", 6, 60, 1, 0xD, 0x80000008 },
		{ "Broadwell", "GenuineIntel", 6, 61, 2, 0xD, 0x80000008 },
		{ "Skylake-Server", "GenuineIntel", 6, 85, 4, 0xD, 0x80000008 },
		{ "Cascadelake-Server", "GenuineIntel", 6, 85, 6, 0xD,
		  0x80000008 },
		{ "Icelake-Server-v3", "GenuineIntel", 6, 134, 0, 0xD,
		  0x80000008 },
		{ "Icelake-Server-v4", "GenuineIntel", 6, 106, 0, 0xD,
		  0x80000008 },
		{ "SapphireRapids", "GenuineIntel", 6, 143, 4, 0x20,
		  0x80000008 },
		{ "EPYC", "AuthenticAMD", 23, 1, 2, 0xD, 0x8000001E },
		{ "EPYC-Rome", "AuthenticAMD", 23, 49, 0, 0xD, 0x8000001E },
		{ "EPYC-Milan-v1", "AuthenticAMD", 25, 1, 1, 0xD, 0x8000001E },
		{ "EPYC-Milan-v2", "AuthenticAMD", 25, 1, 1, 0xD, 0x80000021 },
		{ "EPYC-Genoa", "AuthenticAMD", 25, 17, 0, 0xD, 0x80000022 },
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		expand(facts[i].name);
		CHECK(!strcmp(cpu.model.vendor, facts[i].vendor));
		CHECK_EQ(cpu.model.family, facts[i].family);
		CHECK_EQ(cpu.model.model, facts[i].model);
		CHECK_EQ(cpu.model.stepping, facts[i].stepping);
		CHECK_EQ(cpu.model.level, facts[i].level);
		CHECK_EQ(cpu.model.xlevel, facts[i].xlevel);
	}
}

CASE(versions_that_this_hosts_qemu_may_not_know)
{
	expand("Icelake-Server-v7");
	CHECK(has_all("hle rtm taa_no xsaves"));
	expand("SapphireRapids-v1");
	CHECK(!has("sbdr_ssdp_no") && !has("movdiri"));
	expand("SapphireRapids-v2");
	CHECK(has_all("sbdr_ssdp_no fbsdp_no psdp_no"));
	expand("SapphireRapids-v3");
	CHECK(has_all("ss tsc_adjust cldemote movdiri movdir64b"));
	expand("EPYC-Rome-v4");
	CHECK(!has("xsaves") && has("ibrs") && has("amd_ssbd"));
	expand("EPYC-Rome-v5");
	CHECK(has_all("overflow_recov succor") && !has("xsaves"));
	expand("EPYC-Milan-v2");
	CHECK(has_all("vaes vpclmulqdq stibp_always_on amd_psfd "
		      "no_nested_data_bp lfence_always_serializing "
		      "null_sel_clr_base xsaves"));
	expand("EPYC-Genoa-v2");
	CHECK(has_all("overflow_recov succor fs_gs_base_ns auto_ibrs"));
}

static unsigned size_kib(const struct cpu_cache *cache)
{
	return cache->ways * cache->partitions * cache->line * cache->sets /
	       1024;
}

/* Rounding in the number of sets would go unnoticed elsewhere. */
CASE(caches_have_their_sizes)
{
	static const struct {
		const char *name;
		unsigned kib[4];
	} facts[] = {
		{ "x86-64-v2", { 32, 32, 512, 16384 } },
		{ "x86-64-v3", { 32, 32, 512, 16384 } },
		{ "x86-64-v4", { 32, 32, 512, 16384 } },
		{ "Haswell", { 32, 32, 256, 8192 } },
		{ "Broadwell", { 32, 32, 256, 4096 } },
		{ "Skylake-Server", { 32, 32, 1024, 33792 } },
		{ "Cascadelake-Server", { 32, 32, 1024, 39424 } },
		{ "Icelake-Server", { 48, 32, 1280, 49152 } },
		{ "SapphireRapids", { 48, 32, 2048, 61440 } },
		{ "EPYC", { 32, 64, 512, 8192 } },
		{ "EPYC-Rome", { 32, 32, 512, 16384 } },
		{ "EPYC-Milan", { 32, 32, 512, 32768 } },
		{ "EPYC-Genoa", { 32, 32, 1024, 32768 } },
	};
	static const unsigned levels[4] = { 1, 1, 2, 3 };

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		expand(facts[i].name);
		for (int j = 0; j < 4; j++) {
			CHECK_EQ(cpu.model.caches[j].level, levels[j]);
			CHECK_EQ(size_kib(&cpu.model.caches[j]),
				 facts[i].kib[j]);
		}
		CHECK_EQ(cpu.model.caches[0].type, CACHE_DATA);
		CHECK_EQ(cpu.model.caches[1].type, CACHE_INSTRUCTION);
	}
}

/* What `path` holds, into `text`, ended by a 0; false if there is no such file.
 */
static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	if (!file)
		return false;
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
	return true;
}

static void write_table(const char *path)
{
	static const struct topology topology = { 1, 4, 2 };
	static struct cpuid_table table;
	FILE *file = fopen(path, "w");

	CHECK(file != NULL);
	model_rows(&cpu.model, &table);
	cpuid_set_topology(&table, &topology);
	cpuid_for_vcpu(&table, topology_apic_id(&topology, 5));
	cpuid_write(&table, file);
	CHECK(!fclose(file));
}

/* Prints the lines that one has and the other has not. */
static void print_missing(char sign, const char *text, const char *other)
{
	char line[128];

	while (*text) {
		int length = (int)strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s\n", length, text);
		if (!strstr(other, line))
			printf("# %c%s", sign, line);
		text += length + (text[length] == '\n');
	}
}

static bool is_golden(const char *name)
{
	static char want[16384], found[16384];
	char golden[128], path[128];

	expand(name);
	snprintf(golden, sizeof(golden), "tests/unit/golden/%s.txt", name);
	snprintf(path, sizeof(path), "build/golden/%s.txt", name);
	write_table(path);
	CHECK(read_text(path, found, sizeof(found)));
	if (!read_text(golden, want, sizeof(want)))
		strcpy(want, "");
	if (!strcmp(want, found))
		return !remove(path);
	printf("# %s is not %s:\n", path, golden);
	print_missing('-', want, found);
	print_missing('+', found, want);
	return false;
}

CASE(tables_are_the_golden_ones)
{
	bool all = true;

	CHECK(!mkdir("build/golden", 0777) || errno == EEXIST);
	for (int i = 0; cpu_models[i]; i++)
		if (strcmp(cpu_models[i]->name, "captured"))
			all = is_golden(cpu_models[i]->name) && all;
	CHECK(all);
}

RUN("models", &every_version_of_every_model_expands,
    &a_bare_name_is_its_newest_version,
    &guests_of_guests_and_what_ties_to_a_host_are_left_out,
    &addresses_are_of_40_bits_and_57_with_five_levels,
    &a_level_of_the_psabi_has_its_features,
    &a_level_of_the_psabi_has_nothing_else,
    &a_server_has_its_level_of_the_psabi,
    &a_model_calls_itself_what_its_vendor_does,
    &versions_that_this_hosts_qemu_may_not_know, &caches_have_their_sizes,
    &tables_are_the_golden_ones)
