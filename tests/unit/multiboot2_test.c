/* Multiboot 2: the header's tags, and the tags that a kernel is handed. */
#include "boot/multiboot2.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#include <linux/elf.h>

#define MAGIC    UINT32_C(0xE85250D6)
#define OPTIONAL 1

static uint8_t file[65536];
static size_t start, end; /* of the header */
static struct memory_range map[3];
static struct boot_request request;
static struct multiboot2 header;
static struct ram ram;
static struct entry entry;
static struct reason why;

static void guest(uint64_t size)
{
	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MAP_EBDA, 0x400, MEMORY_RESERVED };
	map[2] = (struct memory_range){ MIB(1), size - MIB(1), MEMORY_RAM };
	request = (struct boot_request){ .kernel = { .bytes = file,
						     .size = sizeof(file) },
					 .kernel_name = "kernel",
					 .cmdline = "console=ttyS0 -v 1",
					 .words = "-v 1",
					 .map = map,
					 .map_count = 3,
					 .rsdp = MAP_ACPI_TABLES };
}

static void finish(void)
{
	uint32_t length = (uint32_t)(end - start);

	put_le32(file + start, MAGIC);
	put_le32(file + start + 8, length);
	put_le32(file + start + 12,
		 -(MAGIC + get_le32(file + start + 4) + length));
}

/* An empty header, with nothing but itself. */
static void begin(size_t at)
{
	guest(MIB(8));
	memset(file, 0, sizeof(file));
	start = at;
	end = at + 16;
	finish();
}

static void tag(unsigned type, unsigned flags, unsigned count,
		const uint32_t *fields)
{
	uint8_t *at = file + end;

	put_le16(at, (uint16_t)type);
	put_le16(at + 2, (uint16_t)flags);
	put_le32(at + 4, 8 + 4 * count);
	for (unsigned i = 0; i < count; i++)
		put_le32(at + 8 + 4 * (size_t)i, fields[i]);
	end += (8 + 4 * (size_t)count + 7) / 8 * 8;
	finish();
}

#define FIELDS(...)                                                            \
	sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[])                  \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static bool read_header(void)
{
	return multiboot2_read(&request.kernel, &header, &why);
}

static bool recognises(size_t at)
{
	begin(at);
	return multiboot2_recognises(&request.kernel);
}

CASE(the_header_is_in_the_first_32768_bytes)
{
	CHECK(recognises(0));
	CHECK(recognises(8));
	CHECK(recognises(32768 - 16));
	CHECK(!recognises(32768 - 8));
	CHECK(!recognises(4));
	CHECK(recognises(0));
	file[12] ^= 1;
	CHECK(!multiboot2_recognises(&request.kernel));
	CHECK(recognises(16));
	request.kernel.size = 31;
	CHECK(!multiboot2_recognises(&request.kernel));
}

CASE(its_length_is_bounded)
{
	begin(32768 - 24);
	tag(0, 0, 0, NULL);
	CHECK(read_header());
	tag(0, 0, 0, NULL);
	CHECK(!read_header());
	CHECK_SAYS(why.text, "first 32768");
	begin(64);
	end = start + 8;
	finish();
	CHECK(!read_header());
	begin(64);
	tag(0, 0, 0, NULL);
	request.kernel.size = 64 + 23;
	CHECK(!read_header());
	CHECK_SAYS(why.text, "24 bytes at byte 64");
}

CASE(other_machines_are_refused)
{
	begin(0);
	put_le32(file + 4, 4);
	finish();
	CHECK(!read_header());
	CHECK_SAYS(why.text, "architecture 4");
}

CASE(unknown_tags_are_refused_unless_optional)
{
	begin(0);
	tag(11, OPTIONAL, FIELDS(1, 2, 3));
	CHECK(read_header());
	tag(11, 0, FIELDS(1, 2, 3));
	CHECK(!read_header());
	CHECK_SAYS(why.text, "requires tag 11");
	begin(0);
	for (unsigned type = 5; type <= 9; type++)
		tag(type, 0, FIELDS(1, 2, 3));
	CHECK(read_header());
	/* What is behind the end does not count. */
	tag(0, 0, 0, NULL);
	tag(12, 0, 0, NULL);
	CHECK(read_header());
}

CASE(tags_are_bounded)
{
	begin(0);
	tag(11, OPTIONAL, 0, NULL);
	put_le32(file + 20, 7);
	CHECK(!read_header());
	CHECK_SAYS(why.text, "tag 11 has 7 bytes (want at least 8");
	put_le32(file + 20, 9);
	CHECK(!read_header());
	put_le32(file + 20, UINT32_MAX);
	CHECK(!read_header());
	begin(0);
	tag(2, 0, FIELDS(0, 0, 0));
	CHECK(!read_header());
	CHECK_SAYS(why.text, "tag 2 has 20 bytes (want at least 24");
	begin(0);
	tag(10, OPTIONAL, FIELDS(0, 0, 0));
	CHECK(!read_header());
	begin(0);
	tag(3, 0, 0, NULL);
	CHECK(!read_header());
}

CASE(information_is_known_or_refused)
{
	begin(0);
	tag(1, 0, FIELDS(1, 2, 3, 4, 6, 15, 21));
	CHECK(read_header());
	CHECK(!header.wants_sections);
	tag(1, OPTIONAL, FIELDS(22, 9));
	CHECK(read_header());
	CHECK(header.wants_sections);
	tag(1, 0, FIELDS(4, 22));
	CHECK(!read_header());
	CHECK_SAYS(why.text, "information of type 22");
}

CASE(a_required_console_is_refused)
{
	begin(0);
	tag(4, 0, FIELDS(2));
	tag(4, OPTIONAL, FIELDS(3));
	CHECK(read_header());
	tag(4, 0, FIELDS(1));
	CHECK(!read_header());
	CHECK_SAYS(why.text, "requires a console");
}

CASE(addresses_want_an_entry)
{
	begin(16);
	tag(2, 0, FIELDS(MIB(2) + 16, MIB(2), MIB(2) + 4096, 0));
	CHECK(!read_header());
	CHECK_SAYS(why.text, "no entry address tag");
	tag(3, 0, FIELDS(MIB(2) + 8));
	CHECK(read_header());
	CHECK(header.has_addresses);
	CHECK(header.has_entry);
	CHECK_EQ(header.entry, MIB(2) + 8);
	CHECK_EQ(header.flat.offset, 0);
	CHECK_EQ(header.flat.gpa, MIB(2));
	CHECK_EQ(header.flat.length, 4096);
	/* From the file's beginning. */
	begin(16);
	tag(2, 0, FIELDS(MIB(2) + 16, UINT32_MAX, MIB(2) + 4096, 0));
	tag(3, 0, FIELDS(MIB(2) + 8));
	CHECK(read_header());
	CHECK_EQ(header.flat.offset, 0);
	CHECK_EQ(header.flat.gpa, MIB(2));
	CHECK_EQ(header.flat.length, 4096);
	begin(16);
	tag(2, 0, FIELDS(15, UINT32_MAX, 0, 0));
	CHECK(!read_header());
}

static bool place(uint32_t low, uint32_t high, uint32_t alignment,
		  uint64_t from, uint64_t to)
{
	begin(0);
	tag(10, 0, FIELDS(low, high, alignment, 0));
	CHECK(read_header());
	CHECK(header.is_relocatable);
	guest(MIB(8));
	map[0].length = MAP_EBDA;
	request.map_count = 3;
	return multiboot2_place(&request, &header, (struct extent){ from, to },
				&start, &why);
}

CASE(a_kernel_that_may_move_stays_if_it_can)
{
	CHECK(place(MIB(1), UINT32_MAX, 4096, MIB(2), MIB(3)));
	CHECK_EQ(start, 0);
	CHECK(place(MIB(1), (uint32_t)MIB(3) - 1, 0, MIB(2), MIB(3)));
	CHECK_EQ(start, 0);
}

CASE(a_kernel_that_has_to_move_goes_low)
{
	/* At 0, out of its bounds, not aligned, outside of RAM. */
	CHECK(place(0, UINT32_MAX, (uint32_t)MIB(2), 0, MIB(1)));
	CHECK_EQ(start, MIB(2));
	CHECK(place((uint32_t)MIB(4), UINT32_MAX, 1, MIB(2), MIB(3)));
	CHECK_EQ(start, MIB(2));
	CHECK(place(0, (uint32_t)MIB(3) - 2, 1, MIB(2), MIB(3)));
	CHECK_EQ(start, -MIB(1));
	CHECK(place(0, UINT32_MAX, (uint32_t)MIB(4), MIB(2), MIB(3)));
	CHECK_EQ(start, MIB(2));
	CHECK(place(0, UINT32_MAX, 1, GIB(3), GIB(3) + MIB(1)));
	CHECK_EQ(GIB(3) + start, MIB(1));
	CHECK(!place(0, (uint32_t)MIB(2) - 2, 1, MIB(2), MIB(3)));
	CHECK_SAYS(why.text, "1048576 bytes that may be moved");
	CHECK(!place(0, UINT32_MAX, 1, 0, MIB(8)));
}

CASE(one_that_may_not_is_not_moved)
{
	begin(0);
	CHECK(read_header());
	CHECK(multiboot2_place(&request, &header,
			       (struct extent){ GIB(8), GIB(9) }, &start,
			       &why));
	CHECK_EQ(start, 0);
}

static bool enter(void)
{
	return multiboot2_enter(&request, &ram, &header,
				(struct extent){ MIB(1), MIB(2) }, 0x100010,
				&entry, &why);
}

/* The information's tag of this type, or NULL; `nth` of those, from 0. */
static const uint8_t *info_tag(unsigned type, unsigned nth)
{
	const uint8_t *info = ram.host + entry.rbx;
	uint32_t total = get_le32(info);

	CHECK_EQ(entry.rbx % 8, 0);
	CHECK_EQ(get_le32(info + 4), 0);
	for (uint32_t at = 8; at < total;) {
		uint32_t size = get_le32(info + at + 4);

		CHECK(size >= 8 && size <= total - at);
		if (get_le32(info + at) == type && !nth--)
			return info + at;
		at += (size + 7) / 8 * 8;
		CHECK(at <= total);
	}
	return NULL;
}

CASE(it_enters_in_protected_mode)
{
	begin(0);
	CHECK(read_header());
	CHECK(enter());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, 0x100010);
	CHECK_EQ(entry.rax, 0x36D76289);
	CHECK_EQ(entry.cr3, 0);
	CHECK_EQ(get_le16(ram.host + 0x40E), 0x9FC0);
}

CASE(the_information_is_tags)
{
	const uint8_t *it;

	begin(0);
	CHECK(read_header());
	CHECK(enter());
	it = info_tag(1, 0);
	CHECK_EQ(get_le32(it + 4), 8 + 5);
	CHECK(!strcmp((const char *)it + 8, "-v 1"));
	CHECK(!strcmp((const char *)info_tag(2, 0) + 8, "mayfly"));
	it = info_tag(4, 0);
	CHECK_EQ(get_le32(it + 4), 16);
	CHECK_EQ(get_le32(it + 8), 639);
	CHECK_EQ(get_le32(it + 12), 7 * 1024);
	it = info_tag(6, 0);
	CHECK_EQ(get_le32(it + 4), 16 + 3 * 24);
	CHECK_EQ(get_le32(it + 8), 24);
	CHECK_EQ(get_le32(it + 12), 0);
	CHECK_EQ(get_le64(it + 16 + 48), MIB(1));
	CHECK_EQ(get_le64(it + 16 + 56), MIB(7));
	CHECK_EQ(get_le32(it + 16 + 64), 1);
	CHECK_EQ(get_le32(it + 16 + 68), 0);
	CHECK(!info_tag(3, 0));
	CHECK(!info_tag(9, 0));
	CHECK(!info_tag(14, 0));
	CHECK(!info_tag(15, 0));
	CHECK(!info_tag(21, 0));
	it = info_tag(0, 0);
	CHECK_EQ(get_le32(it + 4), 8);
	CHECK(it + 8 == ram.host + entry.rbx + get_le32(ram.host + entry.rbx));
}

CASE(the_root_pointer_is_copied)
{
	uint8_t *rsdp;

	begin(0);
	CHECK(read_header());
	rsdp = ram.host + MAP_ACPI_TABLES;
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = 2;
	rsdp[35] = 0x77;
	CHECK(enter());
	CHECK_EQ(get_le32(info_tag(15, 0) + 4), 8 + 36);
	CHECK(!memcmp(info_tag(15, 0) + 8, rsdp, 36));
	CHECK(!info_tag(14, 0));
	rsdp[15] = 0;
	CHECK(enter());
	CHECK_EQ(get_le32(info_tag(14, 0) + 4), 8 + 20);
	CHECK(!info_tag(15, 0));
	request.rsdp = GIB(1);
	CHECK(enter());
	CHECK(!info_tag(14, 0));
}

CASE(a_kernel_that_may_move_is_told_where_it_is)
{
	begin(0);
	tag(10, 0, FIELDS(0, UINT32_MAX, 1, 0));
	CHECK(read_header());
	CHECK(enter());
	CHECK_EQ(get_le32(info_tag(21, 0) + 4), 12);
	CHECK_EQ(get_le32(info_tag(21, 0) + 8), MIB(1));
}

CASE(modules_are_each_on_a_page)
{
	static const uint8_t bytes[5000] = { 0x11, [4999] = 0x99 };
	static const struct module modules[] = {
		{ { .bytes = bytes, .size = sizeof(bytes) }, "one", "one -x" },
		{ { .bytes = bytes, .size = 1 }, "two", NULL },
	};
	const uint8_t *it;

	begin(0);
	CHECK(read_header());
	request.modules = modules;
	request.module_count = 2;
	CHECK(enter());
	it = info_tag(3, 0);
	CHECK_EQ(get_le32(it + 4), 16 + 7);
	CHECK_EQ(get_le32(it + 8), MIB(8) - 3 * 4096);
	CHECK_EQ(get_le32(it + 12), MIB(8) - 3 * 4096 + 5000);
	CHECK(!strcmp((const char *)it + 16, "one -x"));
	CHECK(!memcmp(ram.host + get_le32(it + 8), bytes, sizeof(bytes)));
	it = info_tag(3, 1);
	CHECK_EQ(get_le32(it + 8), MIB(8) - 4096);
	CHECK_EQ(get_le32(it + 12), MIB(8) - 4095);
	CHECK_EQ(it[16], 0);
}

/* Text that is loaded, and names that are not: at 4096 and 8192. */
static void put_sections64(void)
{
	const Elf64_Ehdr elf = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shoff = 512,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
		.e_shstrndx = 2,
	};
	const Elf64_Shdr sections[3] = {
		[1] = { .sh_type = SHT_PROGBITS,
			.sh_flags = SHF_ALLOC,
			.sh_addr = MIB(1),
			.sh_offset = 4096,
			.sh_size = 100 },
		[2] = { .sh_type = SHT_STRTAB,
			.sh_offset = 8192,
			.sh_size = 33 },
	};

	begin(1024);
	tag(1, 0, FIELDS(9));
	memcpy(file, &elf, sizeof(elf));
	memcpy(file + 512, sections, sizeof(sections));
	memset(file + 8192, 's', 33);
	CHECK(read_header());
}

static void put_sections32(void)
{
	const Elf32_Ehdr elf = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 1,
		.e_shoff = 512,
		.e_shentsize = sizeof(Elf32_Shdr),
		.e_shnum = 2,
		.e_shstrndx = 1,
	};
	const Elf32_Shdr sections[2] = {
		[1] = { .sh_type = SHT_STRTAB,
			.sh_offset = 8192,
			.sh_size = 5000 },
	};

	put_sections64();
	memset(file, 0, 1024);
	memcpy(file, &elf, sizeof(elf));
	memcpy(file + 512, sections, sizeof(sections));
}

CASE(sections_are_there_if_asked_for)
{
	static const struct module module = {
		{ .bytes = (const uint8_t *)"m", .size = 1 }, "m", "m"
	};
	const uint8_t *it;

	put_sections64();
	request.modules = &module;
	request.module_count = 1;
	CHECK(enter());
	it = info_tag(9, 0);
	CHECK_EQ(get_le32(it + 4), 20 + 3 * 64);
	CHECK_EQ(get_le32(it + 8), 3);
	CHECK_EQ(get_le32(it + 12), 64);
	CHECK_EQ(get_le32(it + 16), 2);
	CHECK_EQ(get_le64(it + 20 + 64 + 16), MIB(1));
	CHECK_EQ(get_le64(it + 20 + 128 + 16), MIB(8) - 4096);
	CHECK(!memcmp(ram.host + MIB(8) - 4096, file + 8192, 33));
	CHECK_EQ(get_le32(info_tag(3, 0) + 8), MIB(8) - 8192);
	put_sections32();
	CHECK(enter());
	it = info_tag(9, 0);
	CHECK_EQ(get_le32(it + 4), 20 + 2 * 40);
	CHECK_EQ(get_le32(it + 12), 40);
	CHECK_EQ(get_le32(it + 20 + 40 + 12), MIB(8) - 8192);
	CHECK(!memcmp(ram.host + MIB(8) - 8192, file + 8192, 5000));
}

CASE(sections_are_not_trusted)
{
	put_sections64();
	put_le64(file + offsetof(Elf64_Ehdr, e_shoff), sizeof(file) - 191);
	CHECK(enter());
	CHECK(!info_tag(9, 0));
	put_le64(file + offsetof(Elf64_Ehdr, e_shoff), UINT64_MAX);
	CHECK(enter());
	CHECK(!info_tag(9, 0));
	put_sections64();
	put_le16(file + offsetof(Elf64_Ehdr, e_shentsize), 63);
	CHECK(enter());
	CHECK(!info_tag(9, 0));
	put_sections64();
	put_le64(file + 512 + 128 + offsetof(Elf64_Shdr, sh_size), UINT64_MAX);
	CHECK(enter());
	CHECK_EQ(get_le64(info_tag(9, 0) + 20 + 128 + 16), 0);
	put_sections64();
	put_le16(file + offsetof(Elf64_Ehdr, e_shnum), 1023);
	put_le64(file + offsetof(Elf64_Ehdr, e_shoff), 0);
	CHECK(!enter());
	put_sections64();
	request.kernel.size = sizeof(file);
	put_le64(file + 512 + 128 + offsetof(Elf64_Shdr, sh_size), 60000);
	put_le64(file + 512 + 128 + offsetof(Elf64_Shdr, sh_offset), 0);
	request.map_count = 2;
	CHECK(!enter());
	CHECK_SAYS(why.text, "has 60000 bytes");
}

CASE(what_has_no_room_is_refused)
{
	static char line[LAYOUT_CMDLINE_MAX];

	begin(0);
	CHECK(read_header());
	memset(line, 'x', LAYOUT_CMDLINE_MAX - 1);
	request.words = line;
	CHECK(!enter());
	CHECK_SAYS(why.text, "no room in 64 KiB");
	line[65000] = '\0';
	CHECK(enter());
	CHECK_EQ(strlen((const char *)info_tag(1, 0) + 8), 65000);
	for (size_t i = 65000; i < 65500; i++) {
		line[i] = 'x';
		line[i + 1] = '\0';
		if (!enter())
			break;
		CHECK(get_le32(ram.host + entry.rbx) <= LAYOUT_CMDLINE_MAX);
	}
	CHECK_SAYS(why.text, "no room in 64 KiB");
}

RUN("multiboot2", &the_header_is_in_the_first_32768_bytes,
    &its_length_is_bounded, &other_machines_are_refused,
    &unknown_tags_are_refused_unless_optional, &tags_are_bounded,
    &information_is_known_or_refused, &a_required_console_is_refused,
    &addresses_want_an_entry, &a_kernel_that_may_move_stays_if_it_can,
    &a_kernel_that_has_to_move_goes_low, &one_that_may_not_is_not_moved,
    &it_enters_in_protected_mode, &the_information_is_tags,
    &the_root_pointer_is_copied, &a_kernel_that_may_move_is_told_where_it_is,
    &modules_are_each_on_a_page, &sections_are_there_if_asked_for,
    &sections_are_not_trusted, &what_has_no_room_is_refused)
