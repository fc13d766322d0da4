/* From a model's name and changes to what it is, or to why it cannot be. */
#include "cpu/models/expand.h"

#include "cpu/models/all.h"
#include "cpu/models/check.h"
#include "tests/unit/unit.h"

static const struct cpu_model plain = {
	.name = "Plain",
	.vendor = "GenuineIntel",
	.level = 0xD,
	.xlevel = 0x80000008,
	.family = 6,
	.model = 85,
	.stepping = 4,
	.features[FEATURES_1_EDX] = FEATURE(FXSR) | FEATURE(SSE) |
				    FEATURE(SSE2) | FEATURE(APIC) |
				    FEATURE(TSC) | FEATURE(PAE),
	.features[FEATURES_1_ECX] = FEATURE(SSE3) | FEATURE(SSSE3) |
				    FEATURE(SSE4_1) | FEATURE(SSE4_2) |
				    FEATURE(XSAVE) | FEATURE(AVX),
	.features[FEATURES_8000_0001_EDX] = FEATURE(LM),
	.model_id = "Plain CPU",
	.physical_address_bits = 40,
	.linear_address_bits = 48,
	.versions = { { .number = 2, .change = "+avx2,-avx2,+fma,+f16c" },
		      { .number = 4,
			.change = "-fma,level=0x16",
			.stepping = 7,
			.model_id = "Plain CPU (new)" } },
};

static const struct cpu_model plain_server = {
	.name = "Plain-v1x",
	.vendor = "AuthenticAMD",
	.level = 1,
	.xlevel = 0x80000008,
	.features[FEATURES_1_EDX] = FEATURE(APIC) | FEATURE(TSC),
	.model_id = "",
};

static const struct cpu_model *const models[] = { &plain, &plain_server, NULL };

static struct expanded_cpu cpu;
static struct reason why;

static bool expand(const char *name, const char *changes)
{
	memset(&cpu, 0xAA, sizeof(cpu));
	memset(&why, 0, sizeof(why));
	return model_expand(models, name, changes, &cpu, &why);
}

static bool has(enum feature_word word, uint32_t feature)
{
	return cpu.model.features[word] & feature;
}

#define CHECK_REFUSED(name, changes, words)                                    \
	do {                                                                   \
		CHECK(!expand(name, changes));                                 \
		CHECK_SAYS(why.text, words);                                   \
		CHECK(!strchr(why.text, '\n'));                                \
	} while (0)

CASE(a_bare_name_is_the_newest_version)
{
	CHECK(expand("Plain", ""));
	CHECK(!strcmp(cpu.name, "Plain-v4"));
	CHECK_EQ(cpu.model.stepping, 7);
	CHECK_EQ(cpu.model.model, 85);
	CHECK_EQ(cpu.model.level, 0x16);
	CHECK(!strcmp(cpu.model.model_id, "Plain CPU (new)"));
	CHECK(!has(FEATURES_1_ECX, FEATURE(FMA)));
	CHECK(has(FEATURES_1_ECX, FEATURE(F16C)));
}

CASE(a_version_is_all_changes_up_to_it)
{
	CHECK(expand("Plain-v1", ""));
	CHECK(!strcmp(cpu.name, "Plain-v1"));
	CHECK(!has(FEATURES_1_ECX, FEATURE(FMA)));
	CHECK(expand("Plain-v2", ""));
	CHECK(!strcmp(cpu.name, "Plain-v2"));
	CHECK_EQ(cpu.model.stepping, 4);
	CHECK(has(FEATURES_1_ECX, FEATURE(FMA)));
	CHECK(!has(FEATURES_7_0_EBX, FEATURE(AVX2)));
}

CASE(a_version_that_is_not_there_is_refused)
{
	CHECK_REFUSED("Plain-v5", "", "Plain-v5");
	CHECK_SAYS(why.text, "no version 5");
	CHECK_SAYS(why.text, "Plain-v4");
	CHECK_REFUSED("Plain-v3", "", "no version 3");
	CHECK_REFUSED("Plain-v0", "", "no CPU model 'Plain-v0'");
	CHECK_REFUSED("Plain-v", "", "no CPU model 'Plain-v'");
	CHECK_REFUSED("Plain-v2x", "", "no CPU model 'Plain-v2x'");
}

CASE(a_model_without_versions_keeps_its_name)
{
	CHECK(expand("Plain-v1x", ""));
	CHECK(!strcmp(cpu.name, "Plain-v1x"));
	CHECK(expand("Plain-v1x-v1", ""));
	CHECK(!strcmp(cpu.name, "Plain-v1x"));
	CHECK_REFUSED("Plain-v1x-v2", "", "no version 2");
}

CASE(an_unknown_model_is_refused_with_those_there_are)
{
	CHECK_REFUSED("nonsense", "", "no CPU model 'nonsense'");
	CHECK_SAYS(why.text, "host");
	CHECK_SAYS(why.text, "Plain, Plain-v1x");
	CHECK_REFUSED("", "", "no CPU model ''");
	CHECK_REFUSED("plain", "", "'plain'");
}

CASE(features_are_added_and_taken)
{
	CHECK(expand("Plain-v1", "+avx2,-fma,+pku"));
	CHECK(has(FEATURES_7_0_EBX, FEATURE(AVX2)));
	CHECK(has(FEATURES_7_0_ECX, FEATURE(PKU)));
	CHECK(!strcmp(cpu.name, "Plain-v1 +avx2,-fma,+pku"));
	CHECK(expand("Plain-v1", "-avx -xsave"));
	CHECK(!has(FEATURES_1_ECX, FEATURE(AVX)));
	CHECK(expand("Plain-v1", ",,+sse4.1,"));
	CHECK(expand("Plain-v1", "-pcid,+pcid"));
	CHECK(has(FEATURES_1_ECX, FEATURE(PCID)));
}

CASE(an_unknown_feature_is_refused_with_one_like_it)
{
	CHECK_REFUSED("Plain", "+nonsense", "nonsense");
	CHECK_SAYS(why.text, "cpu/features.h");
	CHECK_REFUSED("Plain", "+avx2,-xsaveo", "'xsaveo'");
	CHECK_SAYS(why.text, "xsaveopt");
	CHECK_REFUSED("Plain", "+", "''");
}

CASE(a_change_has_a_sign)
{
	CHECK_REFUSED("Plain", "avx2", "'avx2': want +FEATURE");
	CHECK_REFUSED("Plain", "+avx2,host", "'host'");
}

CASE(a_missing_prerequisite_is_named)
{
	CHECK_REFUSED("Plain", "+avx512bw", "avx512bw needs avx512f");
	CHECK_REFUSED("Plain", "+avx512f", "avx512f needs avx2");
	CHECK_REFUSED("Plain-v1x", "+avx", "avx needs xsave");
	CHECK_REFUSED("Plain", "+xsaves", "xsaves needs xsavec");
	CHECK_REFUSED("Plain", "+amx_tile", "amx_tile needs xfd");
	CHECK_REFUSED("Plain", "+vaes", "vaes needs aes");
	CHECK_REFUSED("Plain", "+rdctl_no", "rdctl_no needs arch_capabilities");
	CHECK_REFUSED("Plain", "+cet_ibt", "cet_ibt needs xsaves");
}

CASE(what_another_needs_is_not_taken)
{
	CHECK_REFUSED("Plain", "-xsave", "avx needs xsave");
	CHECK_REFUSED("Plain-v2", "-avx", "needs avx");
	CHECK_REFUSED("Plain", "-sse2", "sse3 needs sse2");
	CHECK_REFUSED("Plain", "-lm,+pcid", "pcid needs lm");
}

CASE(a_level_too_low_is_named)
{
	CHECK_REFUSED("Plain-v1x", "+smep", "smep");
	CHECK_SAYS(why.text, "0x7");
	CHECK_SAYS(why.text, "level=0x7");
	CHECK(expand("Plain-v1x", "+smep,level=7"));
	CHECK_EQ(cpu.model.level, 7);
	CHECK_REFUSED("Plain-v1x", "+xsave,level=7", "xsave");
	CHECK_SAYS(why.text, "level=0xD");
	CHECK_REFUSED("Plain", "+auto_ibrs", "xlevel=0x80000021");
	CHECK(expand("Plain", "+auto_ibrs,xlevel=0x80000021"));
	CHECK_REFUSED("Plain-v1x", "+topoext", "xlevel=0x8000001E");
	CHECK_REFUSED("Plain", "+xsavec,+xfd,+amx_tile", "level=0x1E");
}

CASE(a_level_is_a_number_of_its_kind)
{
	CHECK_REFUSED("Plain", "level=", "'level='");
	CHECK_REFUSED("Plain", "level=x", "'level=x'");
	CHECK_REFUSED("Plain", "level=0x80000008", "level=0x80000008");
	CHECK_REFUSED("Plain", "xlevel=8", "xlevel=8");
	CHECK_REFUSED("Plain", "xlevel=0x800000080", "xlevel=0x800000080");
}

/* A guest that reads all leaves up to it would not come to an end. */
CASE(a_level_is_one_that_a_cpu_has)
{
	CHECK(expand("Plain", "level=0xFF,xlevel=0x800000FF"));
	CHECK_REFUSED("Plain", "level=0x100", "'level=0x100'");
	CHECK_REFUSED("Plain", "level=0x7FFFFFFF", "'level=0x7FFFFFFF'");
	CHECK_REFUSED("Plain", "xlevel=0xFFFFFFFF", "'xlevel=0xFFFFFFFF'");
}

CASE(a_feature_whose_leaf_is_not_made_is_refused)
{
	CHECK_REFUSED("Plain", "+sgx,level=0x20", "sgx needs leaf 0x12");
	CHECK_SAYS(why.text, "-sgx");
	CHECK_REFUSED("Plain", "+intel_pt,level=0x20", "leaf 0x14");
	CHECK_REFUSED("Plain", "+xsavec,+xsaves,+arch_lbr,level=0x20",
		      "leaf 0x1C");
	CHECK_REFUSED("Plain", "+svm,xlevel=0x8000001E", "leaf 0x8000000A");
	CHECK_REFUSED("Plain", "+ibs,xlevel=0x8000001E", "leaf 0x8000001B");
	CHECK_REFUSED("Plain", "+lwp,xlevel=0x8000001E", "leaf 0x8000001C");
}

/* Intel SDM vol. 3, 4.1.4: 57 bits of linear address, or 48. */
CASE(linear_addresses_are_as_long_as_la57_has_them)
{
	CHECK(expand("Plain", ""));
	CHECK_EQ(cpu.model.linear_address_bits, 48);
	CHECK(expand("Plain", "+la57"));
	CHECK_EQ(cpu.model.linear_address_bits, 57);
	CHECK(model_expand(cpu_models, "Icelake-Server", "-la57", &cpu, &why));
	CHECK_EQ(cpu.model.linear_address_bits, 48);
}

CASE(kvm_adds_what_every_guest_has)
{
	CHECK(expand("Plain", ""));
	CHECK(has(FEATURES_1_ECX, FEATURE(HYPERVISOR)));
	CHECK(has(FEATURES_1_ECX, FEATURE(X2APIC)));
	CHECK(has(FEATURES_1_ECX, FEATURE(TSC_DEADLINE)));
	CHECK(has(FEATURES_6_EAX, FEATURE(ARAT)));
	CHECK_EQ(cpu.model.features[FEATURES_4000_0001_EAX], 0x01000AEB);
	CHECK(expand("Plain-v1x", "-kvm_pv_unhalt"));
	CHECK_EQ(cpu.model.features[FEATURES_4000_0001_EAX], 0x01000A6B);
	CHECK(!has(FEATURES_6_EAX, FEATURE(ARAT))); /* leaf 6 is above it */
}

CASE(x86_64_v1_is_the_baseline)
{
	CHECK(model_expand(cpu_models, "x86-64-v1", "", &cpu, &why));
	CHECK(model_is_baseline(&cpu.model));
	CHECK(!strcmp(cpu.name, "x86-64-v1"));
	CHECK(model_expand(cpu_models, "x86-64-v1", "+cx16", &cpu, &why));
	CHECK(!model_is_baseline(&cpu.model));
}

CASE(every_prerequisite_is_a_feature)
{
	enum feature_word word;
	unsigned bit;

	for (const struct prerequisite *pair = model_prerequisites;
	     pair->feature; pair++) {
		CHECK(feature_find(pair->feature, strlen(pair->feature), &word,
				   &bit));
		CHECK(feature_find(pair->needs, strlen(pair->needs), &word,
				   &bit));
		CHECK(strcmp(pair->feature, pair->needs));
	}
}

CASE(every_model_and_version_can_be_built)
{
	char name[64];

	for (int i = 0; cpu_models[i]; i++)
		for (unsigned v = 1; v <= model_newest_version(cpu_models[i]);
		     v++) {
			snprintf(name, sizeof(name), "%s-v%u",
				 cpu_models[i]->name, v);
			if (!model_expand(cpu_models, name, "", &cpu, &why))
				printf("# %s\n", why.text);
			CHECK(model_expand(cpu_models, name, "", &cpu, &why));
		}
}

static bool check_with(struct cpu_model model)
{
	memset(&why, 0, sizeof(why));
	return model_check(&model, &why);
}

CASE(a_models_own_figures_fit)
{
	struct cpu_model model = plain;

	CHECK(check_with(model));
	model.vendor = "Intel";
	CHECK(!check_with(model));
	model = plain;
	model.model_id = "123456789012345678901234567890123456789012345678";
	CHECK(!check_with(model));
	model.model_id = NULL;
	CHECK(!check_with(model));
	model = plain;
	model.family = 271;
	CHECK(!check_with(model));
	model = plain;
	model.features[FEATURES_1_EDX] |= 1U << 10;
	CHECK(!check_with(model));
	CHECK_SAYS(why.text, "bit 10");
}

CASE(a_cache_has_its_level_s_scope)
{
	struct cpu_model model = plain;

	model.caches[0] = (struct cpu_cache){ .type = CACHE_UNIFIED,
					      .level = 3,
					      .scope = CACHE_PER_PACKAGE,
					      .ways = 16,
					      .partitions = 1,
					      .line = 64,
					      .sets = 16384 };
	CHECK(check_with(model));
	model.caches[0].scope = CACHE_PER_CORE;
	CHECK(!check_with(model));
	model.caches[0].scope = CACHE_PER_PACKAGE;
	model.caches[0].sets = 0;
	CHECK(!check_with(model));
}

RUN("expand", &a_bare_name_is_the_newest_version,
    &a_version_is_all_changes_up_to_it, &a_version_that_is_not_there_is_refused,
    &a_model_without_versions_keeps_its_name,
    &an_unknown_model_is_refused_with_those_there_are,
    &features_are_added_and_taken,
    &an_unknown_feature_is_refused_with_one_like_it, &a_change_has_a_sign,
    &a_missing_prerequisite_is_named, &what_another_needs_is_not_taken,
    &a_level_too_low_is_named, &a_level_is_a_number_of_its_kind,
    &a_level_is_one_that_a_cpu_has,
    &a_feature_whose_leaf_is_not_made_is_refused,
    &linear_addresses_are_as_long_as_la57_has_them,
    &kvm_adds_what_every_guest_has, &x86_64_v1_is_the_baseline,
    &every_prerequisite_is_a_feature, &every_model_and_version_can_be_built,
    &a_models_own_figures_fit, &a_cache_has_its_level_s_scope)
