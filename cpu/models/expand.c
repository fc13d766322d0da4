#include "cpu/models/expand.h"

#include "cpu/cpuid.h"
#include "cpu/models/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What KVM has for every guest, whatever the CPU; nothing of the CPU's own. */
static const uint32_t by_kvm[FEATURE_WORDS] = {
	[FEATURES_1_ECX] =
	    FEATURE(X2APIC) | FEATURE(TSC_DEADLINE) | FEATURE(HYPERVISOR),
	/* The LAPIC timer of a guest never stops. */
	[FEATURES_6_EAX] = FEATURE(ARAT),
	/* Of these the guest sees what its KVM has. */
	[FEATURES_4000_0001_EAX] = CPUID_PV_OFFERED,
};

/* The x86-64 baseline, which a kernel of 64 bits does not start without. */
static const uint32_t by_any_cpu[FEATURE_WORDS] = {
	[FEATURES_1_EDX] = FEATURE(FPU) | FEATURE(DE) | FEATURE(PSE) |
			   FEATURE(TSC) | FEATURE(MSR) | FEATURE(PAE) |
			   FEATURE(MCE) | FEATURE(CX8) | FEATURE(APIC) |
			   FEATURE(SEP) | FEATURE(MTRR) | FEATURE(PGE) |
			   FEATURE(MCA) | FEATURE(CMOV) | FEATURE(PAT) |
			   FEATURE(PSE36) | FEATURE(CLFLUSH) | FEATURE(MMX) |
			   FEATURE(FXSR) | FEATURE(SSE) | FEATURE(SSE2),
	[FEATURES_8000_0001_EDX] = FEATURE(SYSCALL) | FEATURE(NX) | FEATURE(LM),
	/* Only that there are leaves. */
	[FEATURES_8000_0001_ECX] = FEATURE(TOPOEXT),
};

bool model_is_baseline(const struct cpu_model *model)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++)
		if (model->features[word] & ~by_any_cpu[word] & ~by_kvm[word])
			return false;
	return true;
}

static void add_what_kvm_has(struct cpu_model *model)
{
	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		uint32_t leaf = feature_words[word].leaf;

		if (leaf >= 0x40000000 || leaf <= model->level)
			model->features[word] |= by_kvm[word];
	}
}

unsigned model_newest_version(const struct cpu_model *model)
{
	unsigned newest = 1;

	for (int i = 0; i < MODEL_VERSIONS_MAX && model->versions[i].number;
	     i++)
		newest = model->versions[i].number;
	return newest;
}

static bool unknown_model(const struct cpu_model *const *models,
			  const char *name, struct reason *why)
{
	char list[sizeof(why->text)] = "host";

	for (; *models; models++) {
		size_t length = strlen(list);

		snprintf(list + length, sizeof(list) - length, ", %s",
			 (*models)->name);
	}
	return fail(why, "no CPU model '%.40s'; there are %s", name, list);
}

/* "-v12" at `suffix` is 12; 0 when it is none. */
static unsigned version_number(const char *suffix)
{
	unsigned long number;
	char *end;

	if (strncmp(suffix, "-v", 2) || suffix[2] < '1' || suffix[2] > '9')
		return 0;
	number = strtoul(suffix + 2, &end, 10);
	return *end || number > 1000 ? 0 : (unsigned)number;
}

/* The model of that name, and the version that it asks for. */
static const struct cpu_model *find(const struct cpu_model *const *models,
				    const char *name, unsigned *version)
{
	const struct cpu_model *const *at;

	for (at = models; *at; at++)
		if (!strcmp((*at)->name, name)) {
			*version = model_newest_version(*at);
			return *at;
		}
	for (at = models; *at; at++) {
		size_t length = strlen((*at)->name);

		if (!strncmp((*at)->name, name, length) &&
		    (*version = version_number(name + length)))
			return *at;
	}
	return NULL;
}

/* Intel SDM vol. 3, 4.1.4. */
static void set_linear_address_bits(struct cpu_model *model)
{
	bool has_la57 = model->features[FEATURES_7_0_ECX] & FEATURE(LA57);

	model->linear_address_bits = has_la57 ? 57 : 48;
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] && a[length] == b[length])
		length++;
	return length;
}

/* The name that begins most like `name`, or NULL. */
static const char *nearest_feature(const char *name)
{
	const char *nearest = NULL;
	size_t most = 1;

	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++) {
		const char *candidate = feature_name(i / 32, i % 32);

		if (candidate && common_prefix(candidate, name) > most) {
			most = common_prefix(candidate, name);
			nearest = candidate;
		}
	}
	return nearest;
}

static bool unknown_feature(const char *name, size_t length, struct reason *why)
{
	char copy[41] = "";
	const char *nearest;

	memcpy(copy, name, length < 40 ? length : 40);
	nearest = nearest_feature(copy);
	if (nearest)
		return fail(why,
			    "no feature '%s'; did you mean %s? All names are "
			    "in cpu/features.h",
			    copy, nearest);
	return fail(why, "no feature '%s'; the names are in cpu/features.h",
		    copy);
}

/* Leaves end far below this; who reads all of them comes to an end soon. */
#define LEAF_NUMBER_MAX 0xFF

/* "level=0xD" */
static bool set_level(struct cpu_model *model, const char *item, size_t length,
		      struct reason *why)
{
	bool is_extended = *item == 'x';
	const char *digits = strchr(item, '=') + 1;
	char *end;
	unsigned long level = strtoul(digits, &end, 0);

	if (end != item + length || end == digits ||
	    level >> 31 != is_extended ||
	    (level & 0x7FFFFFFF) > LEAF_NUMBER_MAX)
		return fail(why, "'%.*s' is no highest leaf", (int)length,
			    item);
	*(is_extended ? &model->xlevel : &model->level) = (uint32_t)level;
	return true;
}

static bool change(struct cpu_model *model, const char *item, size_t length,
		   struct reason *why)
{
	enum feature_word word;
	unsigned bit;

	if (!strncmp(item, "level=", 6) || !strncmp(item, "xlevel=", 7))
		return set_level(model, item, length, why);
	if (*item != '+' && *item != '-')
		return fail(why,
			    "'%.*s': want +FEATURE or -FEATURE, as in "
			    "+pku,-avx2",
			    length < 40 ? (int)length : 40, item);
	if (!feature_find(item + 1, length - 1, &word, &bit))
		return unknown_feature(item + 1, length - 1, why);
	if (*item == '+')
		model->features[word] |= UINT32_C(1) << bit;
	else
		model->features[word] &= ~(UINT32_C(1) << bit);
	return true;
}

static bool change_all(struct cpu_model *model, const char *changes,
		       struct reason *why)
{
	while (*changes) {
		size_t length = strcspn(changes, ", ");

		if (length && !change(model, changes, length, why))
			return false;
		changes += length;
		changes += strspn(changes, ", ");
	}
	return true;
}

static bool apply_version(struct cpu_model *model,
			  const struct cpu_version *version, struct reason *why)
{
	if (version->model)
		model->model = version->model;
	if (version->stepping)
		model->stepping = version->stepping;
	if (version->model_id)
		model->model_id = version->model_id;
	return !version->change || change_all(model, version->change, why);
}

static bool apply_versions(struct cpu_model *model, unsigned wanted,
			   struct reason *why)
{
	unsigned number = 1;

	for (int i = 0; i < MODEL_VERSIONS_MAX && number < wanted; i++) {
		if (!model->versions[i].number)
			break;
		number = model->versions[i].number;
		if (number <= wanted &&
		    !apply_version(model, &model->versions[i], why))
			return fail_in(why, "version %u", number);
	}
	return number == wanted ||
	       fail(why, "it has no version %u; the newest is %s-v%u", wanted,
		    model->name, model_newest_version(model));
}

/* A model of one version is known by its bare name. */
static void name_it(struct expanded_cpu *cpu, unsigned version,
		    const char *changes)
{
	const char *space = *changes ? " " : "";

	if (cpu->model.versions[0].number)
		snprintf(cpu->name, sizeof(cpu->name), "%s-v%u%s%s",
			 cpu->model.name, version, space, changes);
	else
		snprintf(cpu->name, sizeof(cpu->name), "%s%s%s",
			 cpu->model.name, space, changes);
}

bool model_expand(const struct cpu_model *const *models, const char *name,
		  const char *changes, struct expanded_cpu *cpu,
		  struct reason *why)
{
	unsigned version;
	const struct cpu_model *found = find(models, name, &version);

	if (!found)
		return unknown_model(models, name, why);
	cpu->model = *found;
	add_what_kvm_has(&cpu->model);
	if (!apply_versions(&cpu->model, version, why) ||
	    !change_all(&cpu->model, changes, why) ||
	    !model_check(&cpu->model, why))
		return fail_in(why, "%s", name);
	set_linear_address_bits(&cpu->model);
	name_it(cpu, version, changes);
	return true;
}
