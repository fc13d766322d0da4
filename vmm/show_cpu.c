#include "vmm/show_cpu.h"

#include "cpu/compiled.h"
#include "cpu/cpuid_host.h"
#include "cpu/model_check.h"
#include "vmm/doctor.h"
#include "vmm/host_cpu.h"
#include "vmm/kvm.h"

#include <stdio.h>
#include <string.h>

/* Four registers' bytes after each other: part of a name. */
static void put_text(char *text, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t words[] = { a, b, c, d };

	memcpy(text, words, sizeof(words));
}

static const struct kvm_cpuid_entry2 *row_of(const struct cpuid_table *table,
					     uint32_t leaf)
{
	static const struct kvm_cpuid_entry2 none;
	const struct kvm_cpuid_entry2 *row = cpuid_row(table, leaf, 0);

	return row ? row : &none;
}

/* Intel SDM vol. 2, CPUID.1:EAX: the extended fields are added. */
static void print_signature(uint32_t eax)
{
	uint32_t family = eax >> 8 & 15, model = eax >> 4 & 15;

	if (family == 6 || family == 15)
		model |= (eax >> 16 & 15) << 4;
	if (family == 15)
		family += eax >> 20 & 255;
	printf("family    %u\nmodel     %u\nstepping  %u\n", family, model,
	       eax & 15);
}

static void print_names(const struct cpuid_table *table)
{
	const struct kvm_cpuid_entry2 *row = row_of(table, 0);
	char vendor[17] = "", name[49] = "";

	put_text(vendor, row->ebx, row->edx, row->ecx, 0);
	for (uint32_t i = 0; i < 3; i++) {
		row = row_of(table, 0x80000002 + i);
		put_text(name + 16 * i, row->eax, row->ebx, row->ecx, row->edx);
	}
	printf("model     %s\nvendor    %s\n", compiled_cpu.name, vendor);
	print_signature(row_of(table, 1)->eax);
	printf("name      %s\n", name);
}

static void print_model(const struct cpuid_table *table)
{
	uint32_t sizes = row_of(table, 0x80000008)->eax;

	print_names(table);
	printf("level     0x%x, 0x%x\n", row_of(table, 0)->eax,
	       row_of(table, 0x80000000)->eax);
	printf("addresses %u bits physical, %u bits linear\nfeatures ",
	       sizes & 255, sizes >> 8 & 255);
	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		uint32_t bits = model_features(table, &compiled_cpu.msrs, word);

		for (unsigned bit = 0; bit < 32; bit++)
			if (bits >> bit & 1)
				printf(" %s", feature_name(word, bit));
	}
	putchar('\n');
}

/* As the model has it: not moved to where this host has XSAVE's parts. */
static void print_raw(const struct cpuid_table *table)
{
	puts("CPU 0:");
	for (uint32_t i = 0; i < table->count; i++) {
		const struct kvm_cpuid_entry2 *row = &table->rows[i];

		printf("   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x "
		       "edx=0x%08x\n",
		       row->function, row->index, row->eax, row->ebx, row->ecx,
		       row->edx);
	}
}

static void print_missing(void *unused, const char *feature)
{
	(void)unused;
	puts(feature);
}

static bool ask_host(struct host_cpu *host, struct reason *why)
{
	struct kvm kvm;

	return kvm_open(&kvm, why) && host_cpu_ask(&kvm, host, why);
}

/* The rows of the model, which may be this host's own. */
static const struct cpuid_table *model_rows(struct reason *why)
{
	static struct cpuid_table hosts;
	struct host_cpu host;

	if (!compiled_cpu.is_host)
		return &compiled_cpu.cpuid;
	return ask_host(&host, why) &&
		       cpuid_from_host(&hosts, host.supported, why)
		   ? &hosts
		   : NULL;
}

static int check_host(struct reason *why)
{
	struct host_cpu host;

	if (!ask_host(&host, why))
		return DOCTOR_BROKEN;
	return host_cpu_each_missing(&host, print_missing, NULL) ? DOCTOR_COSTS
								 : DOCTOR_WELL;
}

int show_cpu(bool raw, bool check, struct reason *why)
{
	const struct cpuid_table *rows;

	if (check)
		return check_host(why);
	rows = model_rows(why);
	if (!rows)
		return DOCTOR_BROKEN;
	if (raw)
		print_raw(rows);
	else
		print_model(rows);
	return DOCTOR_WELL;
}
