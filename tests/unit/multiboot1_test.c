/* Multiboot 1: the header, and what a kernel is handed. */
#include "boot/multiboot1.h"

#include "board-pc/map.h"
#include "boot/bios_data.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#define MAGIC UINT32_C(0x1BADB002)

static uint8_t file[16384];
static struct memory_range map[4];
static struct boot_request request;
static struct multiboot1 header;
static struct ram ram;
static struct entry entry;
static struct reason why;
static const uint8_t *info;

static void guest(uint64_t size)
{
	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
	info = ram.host + LAYOUT_PARAMS;
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MAP_EBDA, 0x400, MEMORY_RESERVED };
	map[2] = (struct memory_range){ MIB(1), size - MIB(1), MEMORY_RAM };
	request = (struct boot_request){ .kernel = { .bytes = file,
						     .size = sizeof(file) },
					 .kernel_name = "dir/kernel",
					 .cmdline = "console=ttyS0 -v 1",
					 .words = "-v 1",
					 .map = map,
					 .map_count = 3 };
	memset(file, 0, sizeof(file));
}

static void put_header(size_t at, uint32_t flags)
{
	put_le32(file + at, MAGIC);
	put_le32(file + at + 4, flags);
	put_le32(file + at + 8, -(MAGIC + flags));
}

static bool recognises(size_t at)
{
	guest(MIB(8));
	put_header(at, 0);
	return multiboot1_recognises(&request.kernel);
}

static bool read_header(void)
{
	return multiboot1_read(&request.kernel, &header, &why);
}

static bool enter(void)
{
	return multiboot1_enter(&request, &ram,
				(struct extent){ MIB(1), MIB(2) }, 0x100010,
				&entry, &why);
}

CASE(the_header_is_in_the_first_8192_bytes)
{
	CHECK(recognises(0));
	CHECK(recognises(4));
	CHECK(recognises(8192 - 12));
	CHECK(!recognises(8192 - 8));
	CHECK(!recognises(8192));
	CHECK(!recognises(2));
}

CASE(the_header_is_in_the_file)
{
	CHECK(recognises(100));
	request.kernel.size = 112;
	CHECK(multiboot1_recognises(&request.kernel));
	request.kernel.size = 111;
	CHECK(!multiboot1_recognises(&request.kernel));
	request.kernel.size = 0;
	CHECK(!multiboot1_recognises(&request.kernel));
}

CASE(the_sum_is_right)
{
	CHECK(recognises(0));
	file[8] ^= 1;
	CHECK(!multiboot1_recognises(&request.kernel));
	/* The first right one counts. */
	put_header(64, 0x10);
	CHECK(!read_header());
	put_header(32, 0);
	CHECK(read_header());
}

CASE(unknown_requirements_are_refused)
{
	guest(MIB(8));
	for (unsigned flag = 0; flag < 32; flag++) {
		put_header(0, UINT32_C(1) << flag);
		if (flag < 3 || flag >= 16) {
			CHECK(read_header());
			CHECK_EQ(header.has_addresses, flag == 16);
			continue;
		}
		CHECK(!read_header());
		snprintf((char *)file + 100, 20, "flag %u (", flag);
		CHECK_SAYS(why.text, (char *)file + 100);
	}
}

CASE(addresses_are_read)
{
	guest(MIB(8));
	put_header(40, 1 << 16);
	put_le32(file + 52, MIB(1) + 40 - 8); /* header_addr */
	put_le32(file + 56, MIB(1));          /* load_addr */
	put_le32(file + 60, MIB(1) + 0x1000); /* load_end_addr */
	put_le32(file + 64, MIB(1) + 0x3000); /* bss_end_addr */
	put_le32(file + 68, MIB(1) + 0x20);   /* entry_addr */
	CHECK(read_header());
	CHECK(header.has_addresses);
	CHECK_EQ(header.flat.offset, 8);
	CHECK_EQ(header.flat.gpa, MIB(1));
	CHECK_EQ(header.flat.length, 0x1000);
	CHECK_EQ(header.flat.occupied, 0x3000);
	CHECK_EQ(header.entry, MIB(1) + 0x20);
	put_le32(file + 60, 0);
	put_le32(file + 64, 0);
	CHECK(read_header());
	CHECK_EQ(header.flat.length, sizeof(file) - 8);
	CHECK_EQ(header.flat.occupied, sizeof(file) - 8);
	request.kernel.size = 71;
	CHECK(!read_header());
	CHECK_SAYS(why.text, "cut short: its header has 32 bytes at byte 40");
}

CASE(it_enters_in_protected_mode)
{
	guest(MIB(8));
	CHECK(enter());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, 0x100010);
	CHECK_EQ(entry.rax, 0x2BADB002);
	CHECK_EQ(entry.rbx, LAYOUT_PARAMS);
	CHECK_EQ(entry.rsi, 0);
	CHECK_EQ(entry.cr3, 0);
	CHECK_EQ(get_le64(ram.host + LAYOUT_GDT + 16), 0x00CF9B000000FFFF);
}

/* Where a BIOS has said it, too: Xen looks nowhere else. */
CASE(the_end_of_conventional_ram_is_there)
{
	guest(MIB(8));
	CHECK(enter());
	CHECK_EQ(get_le16(ram.host + 0x40E), 0x9FC0);
	CHECK_EQ(get_le16(ram.host + 0x413), 639);
}

CASE(a_kernel_in_the_bios_data_area_stays_whole)
{
	struct extent kernel = { 0x400, 0x414 };

	guest(MIB(8));
	bios_data_put(&ram, kernel);
	CHECK_EQ(get_le16(ram.host + 0x413), 0);
	kernel = (struct extent){ 0x4FF, 0x600 };
	bios_data_put(&ram, kernel);
	CHECK_EQ(get_le16(ram.host + 0x413), 0);
	kernel = (struct extent){ 0x500, 0x600 };
	bios_data_put(&ram, kernel);
	CHECK_EQ(get_le16(ram.host + 0x413), 639);
}

static const char *string_at(unsigned offset)
{
	return (const char *)ram.host + get_le32(info + offset);
}

CASE(the_information_is_there)
{
	guest(MIB(8));
	CHECK(enter());
	/* Memory, command line, modules, memory map, name of the loader. */
	CHECK_EQ(get_le32(info), 1 | 4 | 8 | 64 | 512);
	CHECK_EQ(get_le32(info + 4), 639);
	CHECK_EQ(get_le32(info + 8), 7 * 1024);
	CHECK(!strcmp(string_at(16), "dir/kernel -v 1"));
	CHECK_EQ(get_le32(info + 20), 0);
	CHECK(!strcmp(string_at(64), "mayfly"));
	guest(MIB(8));
	request.words = "";
	CHECK(enter());
	CHECK(!strcmp(string_at(16), "dir/kernel"));
}

CASE(the_memory_map_is_listed)
{
	const uint8_t *list;

	guest(MIB(8));
	CHECK(enter());
	CHECK_EQ(get_le32(info + 44), 3 * 24);
	list = ram.host + get_le32(info + 48);
	CHECK_EQ(get_le32(list), 20);
	CHECK_EQ(get_le64(list + 4), 0);
	CHECK_EQ(get_le64(list + 12), MAP_EBDA);
	CHECK_EQ(get_le32(list + 20), 1);
	CHECK_EQ(get_le32(list + 24 + 20), 2);
	CHECK_EQ(get_le64(list + 48 + 4), MIB(1));
	CHECK_EQ(get_le64(list + 48 + 12), MIB(7));
}

CASE(modules_are_each_on_a_page)
{
	static const uint8_t bytes[5000] = { 0x11, [4999] = 0x99 };
	static const struct module modules[] = {
		{ { .bytes = bytes, .size = sizeof(bytes) }, "one", "one -x" },
		{ { .bytes = bytes, .size = 1 }, "two", NULL },
	};
	const uint8_t *list;

	guest(MIB(8));
	request.modules = modules;
	request.module_count = 2;
	CHECK(enter());
	CHECK_EQ(get_le32(info + 20), 2);
	list = ram.host + get_le32(info + 24);
	CHECK_EQ(get_le32(list), MIB(8) - 3 * 4096);
	CHECK_EQ(get_le32(list + 4), MIB(8) - 3 * 4096 + 5000);
	CHECK(!strcmp((char *)ram.host + get_le32(list + 8), "one -x"));
	CHECK_EQ(get_le32(list + 12), 0);
	CHECK_EQ(get_le32(list + 16), MIB(8) - 4096);
	CHECK_EQ(get_le32(list + 20), MIB(8) - 4095);
	CHECK_EQ(get_le32(list + 24), 0);
	CHECK(!memcmp(ram.host + get_le32(list), bytes, sizeof(bytes)));
}

CASE(what_has_no_room_is_refused)
{
	static char line[LAYOUT_CMDLINE_MAX];
	const struct module module = { { .bytes = (const uint8_t *)line,
					 .size = MIB(8) },
				       "module",
				       NULL };

	guest(MIB(8));
	memset(line, 'x', LAYOUT_CMDLINE_MAX - 12);
	request.words = line;
	CHECK(enter());
	CHECK_EQ(strlen(string_at(16)), LAYOUT_CMDLINE_MAX - 1);
	line[LAYOUT_CMDLINE_MAX - 12] = 'x';
	CHECK(!enter());
	CHECK_SAYS(why.text, "65525 characters");
	CHECK_SAYS(why.text, "room for 65524");
	request.words = "";
	request.modules = &module;
	request.module_count = 1;
	CHECK(!enter());
	CHECK_SAYS(why.text, "module: has 8388608 bytes");
}

RUN("multiboot1", &the_header_is_in_the_first_8192_bytes,
    &the_header_is_in_the_file, &the_sum_is_right,
    &unknown_requirements_are_refused, &addresses_are_read,
    &it_enters_in_protected_mode, &the_end_of_conventional_ram_is_there,
    &a_kernel_in_the_bios_data_area_stays_whole, &the_information_is_there,
    &the_memory_map_is_listed, &modules_are_each_on_a_page,
    &what_has_no_room_is_refused)
