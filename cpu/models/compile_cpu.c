/*
 * compile-cpu NAME [CHANGES]: prints the C source of cpu/compiled.h's
 * compiled_cpu for that model; compile-cpu --list: the models' names.
 *
 * Part of the build (see the Makefile), not of the monitor.
 */
#include "cpu/models/all.h"
#include "cpu/models/expand.h"
#include "cpu/models/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What CPU=host can be asked for when it is not known yet what it is: as for
 * the named models.
 */
#define HOST_PHYSICAL_ADDRESS_BITS 40

static void print_rows(const struct cpuid_table *table)
{
	printf("\t.cpuid = {\n\t\t.count = %" PRIu32 ",\n\t\t.rows = {\n",
	       table->count);
	for (uint32_t i = 0; i < table->count; i++) {
		const struct kvm_cpuid_entry2 *row = &table->rows[i];

		printf("\t\t\t{ .function = 0x%08" PRIx32 ", .index = %" PRIu32
		       ", .flags = %" PRIu32 ",\n"
		       "\t\t\t  .eax = 0x%08" PRIx32 ", .ebx = 0x%08" PRIx32
		       ", .ecx = 0x%08" PRIx32 ", .edx = 0x%08" PRIx32 " },\n",
		       row->function, row->index, row->flags, row->eax,
		       row->ebx, row->ecx, row->edx);
	}
	puts("\t\t},\n\t},");
}

static void print_msrs(const struct msr_table *table)
{
	printf("\t.msrs = {\n\t\t.count = %" PRIu32 ",\n\t\t.entries = {\n",
	       table->count);
	for (uint32_t i = 0; i < table->count; i++)
		printf("\t\t\t{ .index = 0x%" PRIx32 ", .data = 0x%llx },\n",
		       table->entries[i].index,
		       (unsigned long long)table->entries[i].data);
	printf("\t\t},\n\t\t.required = %" PRIu32 ",\n\t},\n", table->required);
}

static void print_head(const char *name, unsigned physical_address_bits)
{
	printf("/* Written by the build (see cpu/models/). */\n"
	       "#include \"cpu/compiled.h\"\n\n"
	       "const struct compiled_cpu compiled_cpu = {\n"
	       "\t.name = \"%s\",\n\t.physical_address_bits = %u,\n",
	       name, physical_address_bits);
}

/*
 * Its rows are the host's. Of MSRs it gets what either vendor's model would
 * have: KVM takes Intel's on AMD too, and nobody reads it there.
 */
static void print_host(void)
{
	struct cpu_model host = {
		.vendor = "GenuineIntel",
		.features[FEATURES_1_EDX] = FEATURE(MTRR),
	};
	struct msr_table msrs;

	model_msrs(&host, &msrs);
	print_head("host", HOST_PHYSICAL_ADDRESS_BITS);
	puts("\t.is_host = true,");
	print_msrs(&msrs);
	puts("};");
}

static void print_model(const struct expanded_cpu *cpu)
{
	static struct cpuid_table rows;
	struct msr_table msrs;

	model_rows(&cpu->model, &rows);
	model_msrs(&cpu->model, &msrs);
	print_head(cpu->name, cpu->model.physical_address_bits);
	if (model_is_baseline(&cpu->model))
		puts("\t.is_baseline = true,");
	print_rows(&rows);
	print_msrs(&msrs);
	puts("};");
}

static void print_list(void)
{
	puts("host");
	for (int i = 0; cpu_models[i]; i++) {
		unsigned newest = model_newest_version(cpu_models[i]);

		printf("%s", cpu_models[i]->name);
		for (unsigned version = 1; newest > 1 && version <= newest;
		     version++)
			printf(" %s-v%u", cpu_models[i]->name, version);
		putchar('\n');
	}
}

static int refuse(const char *why)
{
	fprintf(stderr, "CPU: %s\n", why);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static struct expanded_cpu cpu;
	const char *changes = argc > 2 ? argv[2] : "";
	struct reason why;

	if (argc < 2 || argc > 3)
		return refuse("want a model's name, and changes to it");
	if (!strcmp(argv[1], "--list")) {
		print_list();
	} else if (!strcmp(argv[1], "host")) {
		if (*changes)
			return refuse("host: takes no CPU_FEATURES: it is what "
				      "KVM supports");
		print_host();
	} else {
		if (!model_expand(cpu_models, argv[1], changes, &cpu, &why))
			return refuse(why.text);
		print_model(&cpu);
	}
	return fflush(stdout) ? refuse("cannot write") : EXIT_SUCCESS;
}
