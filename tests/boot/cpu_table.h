/*
 * A table of CPUID in the format of `cpuid -r`, for the programs that say what
 * a guest's CPUs must be like. They know the manuals alone (Intel SDM vol. 2
 * and vol. 3 ch. 10, AMD APM vol. 3 appendix E): not a line of them is the
 * monitor's.
 */
#ifndef TESTS_CPU_TABLE_H
#define TESTS_CPU_TABLE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 256

enum { EAX, EBX, ECX, EDX };

struct row {
	unsigned cpu;
	uint32_t leaf, sub, reg[4];
};

struct table {
	unsigned count, cpus;
	struct row rows[ROWS];
};

/* What the monitor says; `sockets` and so on are what it was asked for. */
static struct table model;
static unsigned sockets, cores, threads;

static inline bool load(struct table *table, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	struct row row = { 0 };

	while (file && fgets(line, sizeof(line), file)) {
		table->cpus += sscanf(line, "CPU %u", &row.cpu) == 1;
		if (sscanf(line,
			   " 0x%" SCNx32 " 0x%" SCNx32 ": eax=0x%" SCNx32
			   " ebx=0x%" SCNx32 " ecx=0x%" SCNx32
			   " edx=0x%" SCNx32,
			   &row.leaf, &row.sub, &row.reg[EAX], &row.reg[EBX],
			   &row.reg[ECX], &row.reg[EDX]) == 6 &&
		    table->count < ROWS)
			table->rows[table->count++] = row;
	}
	if (file)
		fclose(file);
	if (!table->count)
		printf("%s: no table of CPUID\n", path);
	return table->count;
}

static inline const struct row *find(const struct table *table, unsigned cpu,
				     uint32_t leaf, uint32_t sub)
{
	for (unsigned i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (row->cpu == cpu && row->leaf == leaf && row->sub == sub)
			return row;
	}
	return NULL;
}

/* A register of the model; 0 where there is no row. */
static inline uint32_t has(uint32_t leaf, uint32_t sub, unsigned reg)
{
	const struct row *row = find(&model, 0, leaf, sub);

	return row ? row->reg[reg] : 0;
}

static inline bool is_amd(void)
{
	return has(0, 0, EBX) == 0x68747541; /* "Auth" */
}

static inline unsigned width(unsigned count)
{
	unsigned bits = 0;

	while (1u << bits < count)
		bits++;
	return bits;
}

static inline unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 0);
}

static inline void set_topology(char **numbers)
{
	sockets = number(numbers[0]);
	cores = number(numbers[1]);
	threads = number(numbers[2]);
}

#endif
