/*
 * Who reads what:
 * - `etc/e820`: SeaBIOS (and CMOS for RAM below 4 GiB), qboot.
 * - etc/table-loader with etc/acpi/...: both. qboot has room for the first 20
 *   files only, so these come first.
 * - genroms/...: SeaBIOS runs them; `bootorder` says which of those that can
 *   boot does so first, by lines "/rom@" and the file's name.
 * - The tables of the time before there were files (ACPI, SMBIOS, NUMA):
 *   SeaBIOS looks how many each has without asking whether it is there.
 * - FW_CFG_IRQ0_OVERRIDE: SeaBIOS, for the MP table that it makes.
 */
#include "board-pc/fw_cfg_machine.h"

#include "board-pc/acpi_loader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROM_FOLDER "genroms/"
#define ROM_PREFIX "/rom@" ROM_FOLDER

/* Items that are zero, or the same on every machine. */
static void add_constants(struct fw_cfg_items *items)
{
	static const uint8_t zeros[16];
	static const uint8_t yes[4] = { 1 };
	static const struct {
		enum fw_cfg_key key;
		const uint8_t *data;
		uint32_t size;
	} all[] = {
		{ FW_CFG_UUID, zeros, 16 },
		{ FW_CFG_NUMA, zeros, 8 },
		{ FW_CFG_BOOT_MENU, zeros, 2 },
		{ FW_CFG_ACPI_TABLES, zeros, 2 },
		{ FW_CFG_SMBIOS, zeros, 2 },
		{ FW_CFG_IRQ0_OVERRIDE, yes, 4 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool added = fw_cfg_add_item(items, all[i].key, all[i].data,
					     all[i].size);

		assert(added);
	}
}

static void add_file(struct fw_cfg_items *items, const char *name,
		     const void *data, uint64_t size)
{
	bool added = fw_cfg_add_file(items, name, data, size);

	assert(added); /* the machine's come first */
}

static void add_acpi(const struct fw_cfg_machine *machine,
		     struct fw_cfg_machine_bytes *bytes,
		     struct fw_cfg_items *items)
{
	struct acpi_files files;

	acpi_write_files(bytes->acpi, machine->apic_ids, machine->cpus,
			 machine->virtio_slots, &files);
	add_file(items, ACPI_FILE_LOADER, files.loader.bytes,
		 files.loader.size);
	add_file(items, ACPI_FILE_RSDP, files.rsdp.bytes, files.rsdp.size);
	add_file(items, ACPI_FILE_TABLES, files.tables.bytes,
		 files.tables.size);
}

static void add_cpus(const struct fw_cfg_machine *machine,
		     struct fw_cfg_machine_bytes *bytes,
		     struct fw_cfg_items *items)
{
	bool added;

	bytes->cpus = (uint16_t)machine->cpus;
	bytes->max_cpus = (uint16_t)(machine->apic_ids[machine->cpus - 1] + 1);
	added = fw_cfg_add_item(items, FW_CFG_NB_CPUS, &bytes->cpus, 2) &&
		fw_cfg_add_item(items, FW_CFG_MAX_CPUS, &bytes->max_cpus, 2);
	assert(added);
	add_file(items, "etc/max-cpus", &bytes->max_cpus, 2);
}

static void add_memory(const struct fw_cfg_machine *machine,
		       struct fw_cfg_machine_bytes *bytes,
		       struct fw_cfg_items *items)
{
	struct memory_range map[E820_MAX];
	unsigned count = machine->has_firmware
			     ? e820_firmware(machine->ram_size, map)
			     : e820_direct(machine->ram_size, map);
	bool added;

	bytes->ram_size = machine->ram_size;
	added = fw_cfg_add_item(items, FW_CFG_RAM_SIZE, &bytes->ram_size, 8);
	assert(added);
	add_file(items, "etc/e820", bytes->e820,
		 e820_encode(map, count, bytes->e820));
}

/* One line a ROM, and a final zero; nothing at all without any. */
static void add_bootorder(const struct fw_cfg_machine *machine,
			  struct fw_cfg_machine_bytes *bytes,
			  struct fw_cfg_items *items)
{
	size_t room = sizeof(bytes->bootorder), used = 0;

	for (unsigned i = 0; i < machine->rom_count && used < room; i++)
		used += (size_t)snprintf(bytes->bootorder + used, room - used,
					 "%s" ROM_PREFIX "%s", i ? "\n" : "",
					 machine->roms[i].name);
	assert(used < room);
	add_file(items, "bootorder", bytes->bootorder, used ? used + 1 : 0);
}

static bool add_rom(const struct option_rom *rom, struct fw_cfg_items *items,
		    struct reason *why)
{
	char name[FW_CFG_NAME_SIZE];
	int most = (int)(sizeof(name) - sizeof(ROM_FOLDER));

	if (strlen(rom->name) > (size_t)most)
		return fail(why,
			    "%.80s: the name of an option ROM has at most %d "
			    "characters",
			    rom->name, most);
	snprintf(name, sizeof(name), ROM_FOLDER "%s", rom->name);
	return fw_cfg_add_file(items, name, rom->image.bytes,
			       rom->image.size) ||
	       fail(why, "%s: two option ROMs of this name", rom->name);
}

bool fw_cfg_machine(const struct fw_cfg_machine *machine,
		    struct fw_cfg_machine_bytes *bytes,
		    struct fw_cfg_items *items, struct reason *why)
{
	assert(machine->rom_count <= OPTION_ROMS_MAX);
	add_constants(items);
	if (machine->has_firmware)
		add_acpi(machine, bytes, items);
	add_memory(machine, bytes, items);
	add_cpus(machine, bytes, items);
	for (unsigned i = 0; i < machine->rom_count; i++)
		if (!add_rom(&machine->roms[i], items, why))
			return false;
	add_bootorder(machine, bytes, items);
	return true;
}
