/* PVH entry: the start info and its lists. */
#include "boot/pvh.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

static const uint8_t initrd[5000] = { 0x11, [4999] = 0x99 };
static struct memory_range map[3];
static struct boot_request request;
static struct ram ram;
static struct entry entry;
static struct reason why;
static const uint8_t *info;
static bool joined;

static void guest(uint64_t size)
{
	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
	info = ram.host + LAYOUT_PARAMS;
	joined = false;
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MAP_EBDA, 0x400, MEMORY_RESERVED };
	map[2] = (struct memory_range){ MIB(1), size - MIB(1), MEMORY_RAM };
	request = (struct boot_request){ .cmdline = "quiet",
					 .map = map,
					 .map_count = 3,
					 .rsdp = MAP_ACPI_TABLES };
}

/* An initrd of these bytes. */
static void give(const void *bytes, uint64_t size)
{
	static struct module module;

	module = (struct module){ { .bytes = bytes, .size = size },
				  "initrd.img",
				  NULL };
	request.modules = &module;
	request.module_count = 1;
}

static bool enter(uint64_t start, uint64_t end)
{
	return pvh_enter(&request, &ram, (struct extent){ start, end },
			 0x1000850, joined, &entry, &why);
}

CASE(it_enters_in_protected_mode_with_ebx)
{
	guest(MIB(64));
	CHECK(enter(MIB(16), MIB(20)));
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, 0x1000850);
	CHECK_EQ(entry.rbx, LAYOUT_PARAMS);
	CHECK_EQ(entry.rsi, 0);
	CHECK_EQ(entry.cr3, 0);
	CHECK_EQ(entry.gdt_base, LAYOUT_GDT);
	CHECK_EQ(entry.gdt_limit, 31);
	CHECK_EQ(get_le64(ram.host + LAYOUT_GDT + 16), 0x00CF9B000000FFFF);
	CHECK_EQ(get_le64(ram.host + LAYOUT_GDT + 24), 0x00CF93000000FFFF);
}

CASE(the_start_info_is_version_1)
{
	guest(MIB(64));
	CHECK(enter(MIB(16), MIB(20)));
	CHECK_EQ(get_le32(info), 0x336EC578);
	CHECK_EQ(get_le32(info + 4), 1);
	CHECK_EQ(get_le32(info + 8), 0);
	CHECK_EQ(get_le32(info + 12), 0);
	CHECK_EQ(get_le64(info + 16), 0);
	CHECK_EQ(get_le64(info + 24), LAYOUT_CMDLINE);
	CHECK_EQ(get_le64(info + 32), MAP_ACPI_TABLES);
	CHECK_EQ(get_le32(info + 48), 3);
	CHECK_EQ(get_le32(info + 52), 0);
	CHECK(!strcmp((char *)ram.host + LAYOUT_CMDLINE, "quiet"));
}

CASE(the_memory_map_is_listed)
{
	const uint8_t *list;

	guest(MIB(64));
	CHECK(enter(MIB(16), MIB(20)));
	list = ram.host + get_le64(info + 40);
	CHECK_EQ(get_le64(list), 0);
	CHECK_EQ(get_le64(list + 8), MAP_EBDA);
	CHECK_EQ(get_le32(list + 16), MEMORY_RAM);
	CHECK_EQ(get_le32(list + 20), 0);
	CHECK_EQ(get_le32(list + 24 + 16), MEMORY_RESERVED);
	CHECK_EQ(get_le64(list + 48), MIB(1));
	CHECK_EQ(get_le64(list + 56), MIB(63));
}

CASE(the_initrd_is_the_one_module)
{
	const uint8_t *module;

	guest(MIB(64));
	give(initrd, sizeof(initrd));
	CHECK(enter(MIB(16), MIB(20)));
	CHECK_EQ(get_le32(info + 12), 1);
	module = ram.host + get_le64(info + 16);
	CHECK_EQ(get_le64(module), MIB(64) - 8192);
	CHECK_EQ(get_le64(module + 8), sizeof(initrd));
	CHECK_EQ(get_le64(module + 16), 0);
	CHECK_EQ(get_le64(module + 24), 0);
	CHECK(!memcmp(ram.host + MIB(64) - 8192, initrd, sizeof(initrd)));
}

CASE(several_are_modules_or_joined)
{
	static const struct module modules[] = {
		{ { .bytes = initrd, .size = sizeof(initrd) },
		  "one",
		  "one -x" },
		{ { .bytes = initrd, .size = 1 }, "two", "two" },
	};
	const uint8_t *list;

	guest(MIB(64));
	request.modules = modules;
	request.module_count = 2;
	CHECK(enter(MIB(16), MIB(20)));
	CHECK_EQ(get_le32(info + 12), 2);
	list = ram.host + get_le64(info + 16);
	CHECK_EQ(get_le64(list), MIB(64) - 3 * 4096);
	CHECK_EQ(get_le64(list + 8), sizeof(initrd));
	CHECK(!strcmp((char *)ram.host + get_le64(list + 16), "one -x"));
	CHECK_EQ(get_le64(list + 32), MIB(64) - 4096);
	CHECK_EQ(get_le64(list + 40), 1);
	CHECK(!strcmp((char *)ram.host + get_le64(list + 48), "two"));
	CHECK_EQ(ram.host[get_le64(list + 32)], 0x11);

	guest(MIB(64));
	request.modules = modules;
	request.module_count = 2;
	joined = true;
	CHECK(enter(MIB(16), MIB(20)));
	CHECK_EQ(get_le32(info + 12), 1);
	list = ram.host + get_le64(info + 16);
	CHECK_EQ(get_le64(list), MIB(64) - 3 * 4096);
	CHECK_EQ(get_le64(list + 8), 8192 + 1);
	CHECK_EQ(ram.host[get_le64(list) + 8192], 0x11);
}

CASE(an_initrd_without_room_is_refused)
{
	guest(MIB(2));
	give(initrd, sizeof(initrd));
	CHECK(!enter(MIB(1), MIB(2)));
	CHECK_SAYS(why.text, "--mem 8M");
}

CASE(the_command_line_has_a_limit)
{
	static char line[LAYOUT_CMDLINE_MAX + 1];

	guest(MIB(64));
	memset(line, 'x', LAYOUT_CMDLINE_MAX - 1);
	request.cmdline = line;
	CHECK(enter(MIB(16), MIB(20)));
	line[LAYOUT_CMDLINE_MAX - 1] = 'x';
	CHECK(!enter(MIB(16), MIB(20)));
	CHECK_SAYS(why.text, "65536 characters");
	CHECK_SAYS(why.text, "at most 65535");
}

RUN("pvh", &it_enters_in_protected_mode_with_ebx, &the_start_info_is_version_1,
    &the_memory_map_is_listed, &the_initrd_is_the_one_module,
    &several_are_modules_or_joined, &an_initrd_without_room_is_refused,
    &the_command_line_has_a_limit)
