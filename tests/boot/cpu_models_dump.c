/*
 * cpu_models_dump: what the models are, for other programs to judge.
 *
 *	cpu_models_dump facts       lines of "MODEL PROPERTY VALUE", every
 *	                            version of every model
 *	cpu_models_dump list        the models' newest versions
 *	cpu_models_dump raw NAME    its CPUID table, as `cpuid -r` prints one:
 *of the sixth of 8 CPUs in 4 cores
 */
#include <string.h>

#include "cpu/models/all.h"
#include "cpu/models/expand.h"
#include "cpu/models/rows.h"
#include "tests/unit/cpuid_text.h"

static struct expanded_cpu cpu;

static bool expand(const char *name)
{
	struct reason why;

	if (model_expand(cpu_models, name, "", &cpu, &why))
		return true;
	fprintf(stderr, "cpu_models_dump: %s\n", why.text);
	return false;
}

/* What a start decides is no property: the KVM features of 0x40000001. */
static void print_facts(void)
{
	const struct cpu_model *model = &cpu.model;
	const char *name = cpu.name;

	printf("%s vendor %s\n%s model-id %s\n", name, model->vendor, name,
	       model->model_id);
	printf("%s level %u\n%s xlevel %u\n", name, model->level, name,
	       model->xlevel);
	printf("%s family %u\n%s model %u\n%s stepping %u\n", name,
	       model->family, name, model->model, name, model->stepping);
	for (unsigned i = 0; i < FEATURE_WORDS * 32; i++)
		if (feature_name(i / 32, i % 32) &&
		    i / 32 != FEATURES_4000_0001_EAX)
			printf("%s %s %s\n", name, feature_name(i / 32, i % 32),
			       model->features[i / 32] >> i % 32 & 1 ? "true"
								     : "false");
}

static bool all_facts(const struct cpu_model *model)
{
	char name[128];

	if (!model->versions[0].number) {
		if (!expand(model->name))
			return false;
		print_facts();
		return true;
	}
	for (unsigned n = 1; n <= model_newest_version(model); n++) {
		snprintf(name, sizeof(name), "%s-v%u", model->name, n);
		if (!expand(name))
			return false;
		print_facts();
	}
	return true;
}

static bool print_raw(const char *name)
{
	static const struct topology topology = { 1, 4, 2 };
	static struct cpuid_table table;

	if (!expand(name))
		return false;
	model_rows(&cpu.model, &table);
	cpuid_set_topology(&table, &topology);
	cpuid_for_vcpu(&table, topology_apic_id(&topology, 5));
	cpuid_write(&table, stdout);
	return true;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "raw"))
		return !print_raw(argv[2]);
	if (argc != 2)
		return 125;
	for (int i = 0; cpu_models[i]; i++)
		if (!strcmp(argv[1], "list"))
			puts(cpu_models[i]->name);
		else if (!all_facts(cpu_models[i]))
			return 1;
	return 0;
}
