/*
 * acpi_dump DIRECTORY CPUS SLOTS: writes each ACPI table of a machine with so
 * many CPUs and virtio devices to DIRECTORY/<signature>.dat, for iasl. It finds
 * them as a guest does, from the RSDP on.
 */
#include "board-pc/acpi.h"

#include "vmm/bytes.h"

#include <stdio.h>
#include <stdlib.h>

static uint8_t area[MAP_ACPI_SIZE];
static const char *directory;

static void fail(const char *what)
{
	fprintf(stderr, "acpi_dump: %s\n", what);
	exit(EXIT_FAILURE);
}

/* Writes the table at a guest address out, and returns its bytes. */
static const uint8_t *dump(uint64_t gpa)
{
	uint64_t offset = gpa - MAP_ACPI_TABLES;
	const uint8_t *table = area + offset;
	char path[4096];
	FILE *file;
	uint32_t length;

	if (offset > sizeof(area) - 8)
		fail("a pointer leads out of the area");
	length = get_le32(table + 4);
	if (length < 8 || length > sizeof(area) - offset)
		fail("a table ends outside the area");
	snprintf(path, sizeof(path), "%s/%.4s.dat", directory,
		 (const char *)table);
	file = fopen(path, "wb");
	if (!file || fwrite(table, length, 1, file) != 1 || fclose(file))
		fail("cannot write a table");
	return table;
}

int main(int argc, char **argv)
{
	uint8_t apic_ids[ACPI_CPUS_MAX];
	const uint8_t *xsdt, *fadt;

	for (unsigned i = 0; i < ACPI_CPUS_MAX; i++)
		apic_ids[i] = (uint8_t)i;
	if (argc != 4)
		fail("usage: acpi_dump DIRECTORY CPUS SLOTS");
	directory = argv[1];
	acpi_write(area, apic_ids, (unsigned)atoi(argv[2]),
		   (unsigned)atoi(argv[3]));
	xsdt = dump(get_le64(area + 24));
	for (uint32_t i = 36; i < get_le32(xsdt + 4); i += 8)
		dump(get_le64(xsdt + i));
	fadt = area + (get_le64(xsdt + 36) - MAP_ACPI_TABLES);
	dump(get_le32(fadt + 36));
	dump(get_le64(fadt + 140));
	return 0;
}
