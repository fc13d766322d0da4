/*
 * The ACPI tables of a machine that is booted directly: how a guest finds its
 * CPUs, its serial port, its clock, its virtio devices, and the registers to
 * power off and reset.
 */
#ifndef BOARD_PC_ACPI_H
#define BOARD_PC_ACPI_H

#include "board-pc/acpi_tables.h"
#include "board-pc/map.h"

/* Guest address of the root pointer: boot_params, PVH's rsdp_paddr. */
#define ACPI_RSDP MAP_ACPI_TABLES

/* What the tables take at most. */
#define ACPI_SIZE 4096

/*
 * What the tables tell a guest of chips: the value that resets at PORT_RESET,
 * SLP_TYP of S5, and where in CMOS the century is. The board checks that the
 * chips know it so.
 */
#define ACPI_RESET_VALUE  6
#define ACPI_SLP_TYP_S5   5
#define ACPI_CMOS_CENTURY 0x32

/*
 * Writes all tables for `cpus` CPUs, 1 to ACPI_CPUS_MAX, with these APIC ids,
 * and a virtio device in each of the first `virtio_slots` slots.
 * `area` is the host span of guest memory from MAP_ACPI_TABLES, MAP_ACPI_SIZE
 * bytes at any alignment; only its first ACPI_SIZE are touched. Returns how
 * many bytes they are, with the gaps between them. Cannot fail. Called once,
 * before the first vCPU runs.
 */
uint32_t acpi_write(void *area, const uint8_t *apic_ids, unsigned cpus,
		    unsigned virtio_slots);

#endif
