/* What the machine says through fw_cfg, as SeaBIOS and qboot look for it. */
#include "board-pc/fw_cfg_machine.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

static const uint8_t rom_bytes[512] = { 0x55, 0xAA, 1 };
static const uint8_t ids[] = { 0, 1, 2, 4, 5, 6 };
static struct fw_cfg_machine machine;
static struct fw_cfg_machine_bytes bytes;
static struct fw_cfg_items items;
static struct reason why;

static struct option_rom rom(const char *name)
{
	return (struct option_rom){
		name, { .bytes = rom_bytes, .size = sizeof(rom_bytes) }
	};
}

static bool build(bool has_firmware, const struct option_rom *roms,
		  unsigned rom_count)
{
	memset(&bytes, 0xA5, sizeof(bytes));
	fw_cfg_items_init(&items);
	machine = (struct fw_cfg_machine){
		.ram_size = GIB(5),
		.apic_ids = ids,
		.cpus = sizeof(ids),
		.has_firmware = has_firmware,
		.roms = roms,
		.rom_count = rom_count,
	};
	return fw_cfg_machine(&machine, &bytes, &items, &why);
}

/* The place of a file in the directory, or -1. */
static int file(const char *name)
{
	for (unsigned i = 0; i < items.file_count; i++)
		if (!strcmp((char *)items.directory + 4 + 64 * i + 8, name))
			return (int)i;
	return -1;
}

static struct fw_cfg_item file_item(const char *name)
{
	CHECK(file(name) >= 0);
	return items.files[file(name)];
}

CASE(numbers_are_under_their_keys)
{
	CHECK(build(true, NULL, 0));
	CHECK_EQ(items.known[FW_CFG_RAM_SIZE].size, 8);
	CHECK_EQ(get_le64(items.known[FW_CFG_RAM_SIZE].data), GIB(5));
	CHECK_EQ(items.known[FW_CFG_NB_CPUS].size, 2);
	CHECK_EQ(get_le16(items.known[FW_CFG_NB_CPUS].data), 6);
	CHECK_EQ(get_le16(items.known[FW_CFG_MAX_CPUS].data), 7);
	CHECK_EQ(get_le16(file_item("etc/max-cpus").data), 7);
	CHECK_EQ(items.known[FW_CFG_BOOT_MENU].size, 2);
	CHECK_EQ(get_le16(items.known[FW_CFG_BOOT_MENU].data), 0);
}

CASE(old_tables_are_there_and_empty)
{
	CHECK(build(true, NULL, 0));
	CHECK_EQ(items.known[FW_CFG_NUMA].size, 8);
	CHECK_EQ(get_le64(items.known[FW_CFG_NUMA].data), 0);
	CHECK_EQ(items.local[0].size, 2);
	CHECK_EQ(get_le16(items.local[0].data), 0);
	CHECK_EQ(items.local[1].size, 2);
	CHECK_EQ(get_le16(items.local[1].data), 0);
	CHECK_EQ(get_le32(items.local[2].data), 1);
}

CASE(the_memory_map_has_low_ram_first)
{
	struct fw_cfg_item e820;

	CHECK(build(true, NULL, 0));
	e820 = file_item("etc/e820");
	CHECK_EQ(e820.size % 20, 0);
	CHECK_EQ(get_le64(e820.data), 0);
	CHECK_EQ(get_le64((const uint8_t *)e820.data + 8), GIB(3));
	CHECK_EQ(get_le32((const uint8_t *)e820.data + 16), 1);
}

CASE(acpi_is_among_the_first_files)
{
	CHECK(build(true, NULL, 0));
	CHECK(file("etc/acpi/rsdp") >= 0 && file("etc/acpi/rsdp") < 20);
	CHECK(file("etc/acpi/tables") >= 0 && file("etc/acpi/tables") < 20);
	CHECK(!memcmp(file_item("etc/acpi/rsdp").data, "RSD PTR ", 8));
	CHECK(!memcmp(file_item("etc/acpi/tables").data, "FACS", 4));
	CHECK_EQ(file_item("etc/table-loader").size % 128, 0);
}

CASE(a_direct_boot_has_its_tables_in_memory)
{
	CHECK(build(false, NULL, 0));
	CHECK_EQ(file("etc/acpi/rsdp"), -1);
	CHECK_EQ(file("etc/table-loader"), -1);
	CHECK_EQ(get_le64((const uint8_t *)file_item("etc/e820").data + 8),
		 MAP_EBDA);
}

CASE(without_roms_the_boot_order_is_empty)
{
	CHECK(build(true, NULL, 0));
	CHECK_EQ(file_item("bootorder").size, 0);
}

CASE(roms_are_files_and_boot_in_order)
{
	const struct option_rom roms[] = { rom("linuxboot_dma.bin"),
					   rom("b.rom") };
	const char *order;

	CHECK(build(true, roms, 2));
	CHECK(file_item("genroms/linuxboot_dma.bin").data == rom_bytes);
	CHECK_EQ(file_item("genroms/b.rom").size, 512);
	order = file_item("bootorder").data;
	CHECK(!strcmp(order, "/rom@genroms/linuxboot_dma.bin\n"
			     "/rom@genroms/b.rom"));
	CHECK_EQ(file_item("bootorder").size, strlen(order) + 1);
}

CASE(rom_names_fill_a_file_name)
{
	static char longest[48], longer[49];
	struct option_rom roms[OPTION_ROMS_MAX];

	memset(longest, 'r', 47);
	memset(longer, 'r', 48);
	for (unsigned i = 0; i < OPTION_ROMS_MAX; i++) {
		static char names[OPTION_ROMS_MAX][48];

		memcpy(names[i], longest, 48);
		names[i][0] = (char)('a' + i);
		roms[i] = rom(names[i]);
	}
	CHECK(build(true, roms, OPTION_ROMS_MAX));
	roms[1] = rom(longer);
	CHECK(!build(true, roms, 2));
	CHECK_SAYS(why.text, "47 characters");
	roms[1] = roms[0];
	CHECK(!build(true, roms, 2));
	CHECK_SAYS(why.text, "two option ROMs");
}

CASE(the_user_has_all_his_files)
{
	struct option_rom roms[OPTION_ROMS_MAX];
	static char names[OPTION_ROMS_MAX][8];
	char name[16];

	for (unsigned i = 0; i < OPTION_ROMS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "r%u", i);
		roms[i] = rom(names[i]);
	}
	CHECK(build(true, roms, OPTION_ROMS_MAX));
	for (unsigned i = 0; i < FW_CFG_USER_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "opt/%u", i);
		CHECK(fw_cfg_add_file(&items, name, "x", 1));
	}
	CHECK(!fw_cfg_add_file(&items, "etc/e820", "x", 1));
}

RUN("fw_cfg_machine", &numbers_are_under_their_keys,
    &old_tables_are_there_and_empty, &the_memory_map_has_low_ram_first,
    &acpi_is_among_the_first_files, &a_direct_boot_has_its_tables_in_memory,
    &without_roms_the_boot_order_is_empty, &roms_are_files_and_boot_in_order,
    &rom_names_fill_a_file_name, &the_user_has_all_his_files)
