/*
 * The ACPI tables as firmware takes them: files of fw_cfg, which it puts where
 * it likes, and a script that then sets the pointers and checksums right.
 */
#ifndef BOARD_PC_ACPI_LOADER_H
#define BOARD_PC_ACPI_LOADER_H

#include "vmm/handover.h"

#define ACPI_FILE_RSDP   "etc/acpi/rsdp"
#define ACPI_FILE_TABLES "etc/acpi/tables"
#define ACPI_FILE_LOADER "etc/table-loader"

/* The contents of the three files. */
struct acpi_files {
	struct image rsdp;
	struct image tables;
	struct image loader;
};

/*
 * The tables of acpi_write(), with its arguments, but in `area`, ACPI_SIZE
 * bytes that are not guest memory and outlive the files.
 */
void acpi_write_files(void *area, const uint8_t *apic_ids, unsigned cpus,
		      unsigned virtio_slots, struct acpi_files *files);

#endif
