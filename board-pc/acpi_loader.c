/*
 * The script is in the format of QEMU's hw/acpi/bios-linker-loader.c, as
 * SeaBIOS (romfile_loader.c) and qboot (tables.c) execute it.
 *
 * The script is also the one description of which fields are pointers: in the
 * files each has an offset in ACPI_FILE_TABLES, to which the firmware adds the
 * address of that file. A checksum command makes a sum right whatever it was,
 * so only tables with pointers have one; the others are right already.
 */
#include "board-pc/acpi_loader.h"

#include "board-pc/acpi.h"
#include "vmm/bytes.h"

#include <stdbool.h>

/* All but the root pointer, which firmware wants below 1 MiB, is one file. */
#define TABLES offsetof(struct acpi_set, facs)

enum loader_code { ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3 };
enum loader_zone { ZONE_HIGH = 1, ZONE_BELOW_1M = 2 };

struct loader_command {
	uint32_t code;
	union {
		struct {
			char file[56];
			uint32_t align;
			uint8_t zone;
		} ACPI_PACKED allocate;
		struct {
			char file[56]; /* where the pointer is, */
			char to[56];   /* and where it goes */
			uint32_t offset;
			uint8_t size;
		} ACPI_PACKED pointer;
		struct {
			char file[56];
			uint32_t offset, start, length;
		} ACPI_PACKED checksum;
		uint8_t reserved[124];
	};
} ACPI_PACKED;

static_assert(sizeof(struct loader_command) == 128, "the format's");

#define FIELD(field)     offsetof(struct acpi_set, field)
#define SIZE(field)      sizeof(((struct acpi_set *)0)->field)
#define IN_TABLES(field) (FIELD(field) - TABLES)
#define POINTER_TO_TABLES(in, at, bytes)                                       \
	{                                                                      \
		ADD_POINTER,                                                   \
		{                                                              \
			.pointer = { in, ACPI_FILE_TABLES, at, bytes }         \
		}                                                              \
	}
#define POINTER(field)                                                         \
	POINTER_TO_TABLES(ACPI_FILE_TABLES, IN_TABLES(field), SIZE(field))
#define CHECKSUM(in, at, from, bytes)                                          \
	{                                                                      \
		ADD_CHECKSUM,                                                  \
		{                                                              \
			.checksum = { in, at, from, bytes }                    \
		}                                                              \
	}
#define TABLE_CHECKSUM(table)                                                  \
	CHECKSUM(ACPI_FILE_TABLES, IN_TABLES(table.header.checksum),           \
		 IN_TABLES(table), SIZE(table))

static const struct loader_command script[] = {
	{ ALLOCATE, { .allocate = { ACPI_FILE_RSDP, 16, ZONE_BELOW_1M } } },
	{ ALLOCATE, { .allocate = { ACPI_FILE_TABLES, 64, ZONE_HIGH } } },
	POINTER(fadt.firmware_ctrl),
	POINTER(fadt.dsdt),
	POINTER(fadt.x_dsdt),
	TABLE_CHECKSUM(fadt),
	POINTER(xsdt.fadt),
	POINTER(xsdt.madt),
	TABLE_CHECKSUM(xsdt),
	POINTER_TO_TABLES(ACPI_FILE_RSDP, FIELD(rsdp.xsdt), SIZE(rsdp.xsdt)),
	CHECKSUM(ACPI_FILE_RSDP, FIELD(rsdp.checksum), 0, 20),
	CHECKSUM(ACPI_FILE_RSDP, FIELD(rsdp.extended_checksum), 0, SIZE(rsdp)),
};

/* An address in a table becomes an offset in the file. */
static void make_relative(uint8_t *pointer, unsigned size)
{
	uint64_t base = MAP_ACPI_TABLES + TABLES;

	if (size == sizeof(uint64_t))
		put_le64(pointer, get_le64(pointer) - base);
	else
		put_le32(pointer, get_le32(pointer) - (uint32_t)base);
}

static void make_all_relative(uint8_t *area)
{
	for (size_t i = 0; i < sizeof(script) / sizeof(*script); i++) {
		const struct loader_command *it = &script[i];
		bool in_rsdp = !strcmp(it->pointer.file, ACPI_FILE_RSDP);

		if (it->code == ADD_POINTER)
			make_relative(area + (in_rsdp ? 0 : TABLES) +
					  it->pointer.offset,
				      it->pointer.size);
	}
}

void acpi_write_files(void *area, const uint8_t *apic_ids, unsigned cpus,
		      unsigned virtio_slots, struct acpi_files *files)
{
	uint8_t *bytes = area;
	uint32_t size = acpi_write(area, apic_ids, cpus, virtio_slots);

	make_all_relative(bytes);
	files->rsdp = (struct image){ .bytes = bytes, .size = SIZE(rsdp) };
	files->tables =
	    (struct image){ .bytes = bytes + TABLES, .size = size - TABLES };
	files->loader = (struct image){ .bytes = (const uint8_t *)script,
					.size = sizeof(script) };
}
