/*
 * What the machine tells firmware and guests through fw_cfg: its memory, its
 * CPUs, its ACPI tables, its option ROMs. What it boots is fw_cfg_linux.
 */
#ifndef BOARD_PC_FW_CFG_MACHINE_H
#define BOARD_PC_FW_CFG_MACHINE_H

#include "board-pc/acpi.h"
#include "board-pc/e820.h"
#include "board-pc/fw_cfg.h"
#include "vmm/handover.h"
#include "vmm/reason.h"

#define OPTION_ROMS_MAX 8

/* A ROM that firmware runs; one that boots is tried in the order given. */
struct option_rom {
	const char *name; /* of the file, without its folder */
	struct image image;
};

struct fw_cfg_machine {
	uint64_t ram_size;
	const uint8_t *apic_ids; /* one a CPU, ascending */
	unsigned cpus;
	unsigned virtio_slots; /* taken, from slot 0 on */
	bool has_firmware; /* else the tables are in memory: no ACPI files */
	const struct option_rom *roms;
	unsigned rom_count; /* at most OPTION_ROMS_MAX */
};

/* The bytes of those items that nobody else has. */
struct fw_cfg_machine_bytes {
	uint64_t ram_size;
	uint16_t cpus;
	uint16_t max_cpus;
	uint8_t e820[E820_MAX * E820_ENTRY_SIZE];
	char bootorder[OPTION_ROMS_MAX * (FW_CFG_NAME_SIZE + 8)];
	uint8_t acpi[ACPI_SIZE];
};

/*
 * Adds the machine's items, before the user adds any. The reason names an
 * option ROM.
 */
bool fw_cfg_machine(const struct fw_cfg_machine *machine,
		    struct fw_cfg_machine_bytes *bytes,
		    struct fw_cfg_items *items, struct reason *why);

#endif
