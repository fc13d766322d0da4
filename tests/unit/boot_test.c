/* What an image is, and what is said of one that is no kernel. */
#include "boot/boot.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#include <linux/elf.h>

static uint8_t file[65536];
static struct memory_range map[2];
static struct boot_request request;
static struct ram ram;
static struct entry entry;
static struct reason why;

static void guest(void)
{
	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, MIB(8), &why));
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MIB(1), MIB(7), MEMORY_RAM };
	request = (struct boot_request){
		.kernel = { .bytes = file, .size = sizeof(file) },
		.kernel_name = "kernel",
		.cmdline = "",
		.words = "",
		.map = map,
		.map_count = 2,
	};
	memset(file, 0, sizeof(file));
	why = (struct reason){ "" };
}

static bool load(void)
{
	return boot_load(&request, &ram, &entry, &why);
}

/* What is said of a file with these bytes at `offset`. */
static const char *refused(size_t offset, const void *bytes, size_t length)
{
	guest();
	memcpy(file + offset, bytes, length);
	CHECK(!load());
	return why.text;
}

static void put_elf(bool with_note)
{
	Elf64_Ehdr header = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = MIB(1),
		.e_phoff = 64,
		.e_phentsize = 56,
		.e_phnum = 2,
	};
	Elf64_Phdr segments[2] = {
		{ .p_type = PT_LOAD,
		  .p_offset = 4096,
		  .p_paddr = MIB(1),
		  .p_filesz = 4096,
		  .p_memsz = 4096 },
		{ .p_type = PT_NOTE,
		  .p_offset = 256,
		  .p_filesz = with_note ? 20 : 0 },
	};

	memcpy(file, &header, sizeof(header));
	memcpy(file + 64, segments, sizeof(segments));
	put_le32(file + 256, 4);
	put_le32(file + 260, 4);
	put_le32(file + 264, 18);
	memcpy(file + 268, "Xen", 4);
	put_le32(file + 272, MIB(1) + 0x40);
}

CASE(an_elf_with_the_note_is_entered_by_pvh)
{
	guest();
	put_elf(true);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, MIB(1) + 0x40);
	CHECK_EQ(entry.rbx, LAYOUT_PARAMS);
}

CASE(an_elf_without_it_is_entered_as_linux)
{
	guest();
	put_elf(false);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_LONG64);
	CHECK_EQ(entry.rip, MIB(1));
	CHECK_EQ(entry.rsi, LAYOUT_PARAMS);
}

CASE(linux_in_an_elf_takes_2047_characters)
{
	static char line[2049];

	guest();
	put_elf(false);
	memset(line, 'x', 2048);
	request.cmdline = line;
	CHECK(load());
	/* Its note, of type 0 and without a description. */
	put_le32(file + 64 + 56 + 32, 20);
	put_le32(file + 256, 6);
	put_le32(file + 260, 0);
	put_le32(file + 264, 0);
	memcpy(file + 268, "Linux\0\0", 8);
	CHECK(!load());
	CHECK_SAYS(why.text, "2048 characters");
	line[2047] = '\0';
	CHECK(load());
}

CASE(a_bzimage_is_known_by_its_header)
{
	guest();
	put_le16(file + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
	put_le32(file + BP_HEADER, BP_HEADER_MAGIC);
	put_le16(file + BP_VERSION, 0x0205);
	file[BP_LOADFLAGS] = BP_LOADED_HIGH;
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, MIB(1));
	/* An EFI stub's "MZ" in front changes nothing. */
	memcpy(file, "MZ", 2);
	CHECK(load());
}

CASE(an_empty_file_is_refused)
{
	guest();
	request.kernel = (struct image){ .bytes = NULL, .size = 0 };
	CHECK(!load());
	CHECK_SAYS(why.text, "empty");
}

CASE(a_short_file_is_refused)
{
	guest();
	request.kernel.size = 1;
	file[0] = 0x42;
	CHECK(!load());
	CHECK_SAYS(why.text, "unknown header (first bytes 42);");
	/* At the end of a block, so that a sanitizer sees one read too many. */
	request.kernel = (struct image){ .bytes = calloc(1, 7), .size = 7 };
	CHECK(!load());
	CHECK_SAYS(why.text, "(first bytes 00 00 00 00 00 00 00);");
	free((void *)request.kernel.bytes);
}

CASE(compressed_files_are_named)
{
	CHECK_SAYS(refused(0, "\x1F\x8B\x08", 3), "gzip data");
	CHECK_SAYS(why.text, "unpack it first (gunzip)");
	CHECK_SAYS(refused(0,
			   "\xFD"
			   "7zXZ\0",
			   6),
		   "xz data");
	CHECK_SAYS(refused(0, "\x28\xB5\x2F\xFD", 4), "zstd data");
	CHECK_SAYS(refused(0, "\x04\x22\x4D\x18", 4), "lz4 data");
	CHECK_SAYS(refused(0, "\x02\x21\x4C\x18", 4), "lz4 data");
	CHECK_SAYS(refused(0, "BZh9", 4), "bzip2 data");
}

CASE(other_files_are_named)
{
	CHECK_SAYS(refused(0, "070701", 6), "initramfs");
	CHECK_SAYS(why.text, "--initrd");
	CHECK_SAYS(refused(0, "#!/bin/sh", 9), "script");
	CHECK_SAYS(refused(0, "MZ", 2), "EFI program");
	CHECK_SAYS(refused(0x38, "ARM\x64", 4), "arm64");
	CHECK_SAYS(refused(0x1FE, "\x55\xAA", 2), "boot sector or disk");
	CHECK_SAYS(refused(0, "QFI\xFB", 4), "qcow2");
	CHECK_SAYS(refused(0x438, "\x53\xEF", 2), "ext2/3/4");
	CHECK_SAYS(refused(0, "!<arch>\n", 8), "Debian package");
}

CASE(unknown_bytes_are_shown)
{
	CHECK_SAYS(refused(0, "\x01\x02\xFE", 3),
		   "unknown header (first bytes 01 02 fe 00 00 00 00 00)");
	CHECK_SAYS(why.text, "a bzImage, an ELF for x86-64 or i386, or a"
			     " Multiboot kernel is wanted");
}

#define MAGIC1 UINT32_C(0x1BADB002)
#define MAGIC2 UINT32_C(0xE85250D6)

static void put_multiboot1(size_t at, uint32_t flags)
{
	put_le32(file + at, MAGIC1);
	put_le32(file + at + 4, flags);
	put_le32(file + at + 8, -(MAGIC1 + flags));
}

/* With an end tag, and an optional one that nobody knows. */
static void put_multiboot2(size_t at, uint32_t architecture)
{
	uint8_t *header = file + at;

	put_le32(header, MAGIC2);
	put_le32(header + 4, architecture);
	put_le32(header + 8, 32);
	put_le32(header + 12, -(MAGIC2 + architecture + 32));
	put_le32(header + 16, 999 | 1 << 16);
	put_le32(header + 20, 8);
	put_le32(header + 24, 0);
	put_le32(header + 28, 8);
}

CASE(a_multiboot_header_goes_before_a_pvh_note)
{
	guest();
	put_elf(true);
	put_multiboot1(4096, 3);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rax, 0x2BADB002);
	CHECK_EQ(entry.rip, MIB(1));
	guest();
	put_elf(true);
	put_multiboot2(4096, 0);
	CHECK(load());
	CHECK_EQ(entry.rax, 0x36D76289);
	CHECK_EQ(entry.rip, MIB(1));
	/* QEMU knows version 1 only. */
	guest();
	put_elf(true);
	put_multiboot2(4096, 0);
	put_multiboot1(4096 + 64, 3);
	CHECK(load());
	CHECK_EQ(entry.rax, 0x2BADB002);
	/* A header with a wrong sum is none. */
	guest();
	put_elf(true);
	put_multiboot1(4096, 3);
	file[4096 + 8]++;
	CHECK(load());
	CHECK_EQ(entry.rax, 0);
	CHECK_EQ(entry.rip, MIB(1) + 0x40);
}

CASE(a_bzimage_goes_before_all)
{
	guest();
	put_le16(file + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
	put_le32(file + BP_HEADER, BP_HEADER_MAGIC);
	put_le16(file + BP_VERSION, 0x0205);
	file[BP_LOADFLAGS] = BP_LOADED_HIGH;
	put_multiboot1(4096, 3);
	CHECK(load());
	CHECK_EQ(entry.rax, 0);
}

CASE(multiboot_wants_an_elf_or_addresses)
{
	guest();
	put_multiboot1(0, 3);
	CHECK(!load());
	CHECK_SAYS(why.text, "no ELF file, and whose header has no load");
	guest();
	put_multiboot2(0, 0);
	CHECK(!load());
	CHECK_SAYS(why.text, "no ELF file, and whose header has no load");
	put_multiboot2(0, 4);
	CHECK(!load());
	CHECK_SAYS(why.text, "architecture 4");
}

CASE(multiboot_may_bring_addresses)
{
	guest();
	put_multiboot1(64, 1 << 16);
	put_le32(file + 64 + 12, MIB(2) + 64); /* header_addr */
	put_le32(file + 64 + 16, MIB(2));      /* load_addr */
	put_le32(file + 64 + 20, 0);           /* all of the file */
	put_le32(file + 64 + 24, MIB(3));      /* bss_end_addr */
	put_le32(file + 64 + 28, MIB(2) + 0x80);
	CHECK(load());
	CHECK_EQ(entry.rip, MIB(2) + 0x80);
	CHECK(!memcmp(ram.host + MIB(2), file, sizeof(file)));
	put_le32(file + 64 + 28, MIB(2) + sizeof(file)); /* in the bss */
	CHECK(!load());
	CHECK_SAYS(why.text, "entry 0x210000 is outside of it");
	put_le32(file + 64 + 16, MIB(2) + 65);
	CHECK(!load());
	CHECK_SAYS(why.text, "its text at 0x200041");
	put_le32(file + 64 + 16, MIB(2) - 1);
	CHECK(!load());
	CHECK_SAYS(why.text, "header is at byte 64");
	put_le32(file + 64 + 16, MIB(2));
	put_le32(file + 64 + 24, MIB(2) + 65535);
	CHECK(!load());
	CHECK_SAYS(why.text, "bss_end_addr 0x20ffff");
	put_le32(file + 64 + 20, MIB(2) - 1);
	CHECK(!load());
	CHECK_SAYS(why.text, "load_end_addr 0x1fffff is below");
	put_le32(file + 64 + 20, MIB(2) + 65537);
	CHECK(!load());
	CHECK_SAYS(why.text, "65537 bytes are wanted");
	put_le32(file + 64 + 20, MIB(2) + 0x90);
	put_le32(file + 64 + 24, 0);
	put_le32(file + 64 + 28, MIB(2) + 0x8F);
	CHECK(load());
	put_le32(file + 64 + 20, MIB(2));
	CHECK(!load());
	CHECK_SAYS(why.text, "no byte");
	put_le32(file + 64 + 12, MIB(100) + 64);
	put_le32(file + 64 + 16, MIB(100));
	put_le32(file + 64 + 20, 0);
	CHECK(!load());
	CHECK_SAYS(why.text, "--mem");
}

CASE(a_flat_image_goes_where_it_is_told)
{
	guest();
	request.is_flat = true;
	request.flat_address = MIB(2);
	put_elf(true);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, MIB(2));
	CHECK_EQ(entry.rbx, LAYOUT_PARAMS);
	CHECK(!memcmp(ram.host + MIB(2), file, sizeof(file)));
	request.flat_address = MIB(8) - 1;
	CHECK(!load());
	CHECK_SAYS(why.text, "the image");
	request.flat_address = UINT32_MAX;
	CHECK(!load());
	request.flat_address = 0;
	CHECK(!load());
	CHECK_SAYS(why.text, "boot structures");
}

CASE(an_initrd_takes_no_words)
{
	static struct module module = { { .bytes = (const uint8_t *)"x",
					  .size = 1 },
					"module",
					"module x" };

	guest();
	put_elf(false);
	request.modules = &module;
	request.module_count = 1;
	CHECK(!load());
	CHECK_SAYS(why.text, "module: an initrd takes no words");
	put_elf(true);
	CHECK(load());
}

CASE(a_32_bit_elf_is_named)
{
	CHECK_SAYS(refused(0,
			   "\x7F"
			   "ELF\1\1",
			   6),
		   "32-bit ELF for another machine (e_machine 0)");
}

RUN("boot", &an_elf_with_the_note_is_entered_by_pvh,
    &an_elf_without_it_is_entered_as_linux,
    &linux_in_an_elf_takes_2047_characters, &a_bzimage_is_known_by_its_header,
    &an_empty_file_is_refused, &a_short_file_is_refused,
    &compressed_files_are_named, &other_files_are_named,
    &unknown_bytes_are_shown, &a_multiboot_header_goes_before_a_pvh_note,
    &a_bzimage_goes_before_all, &multiboot_wants_an_elf_or_addresses,
    &multiboot_may_bring_addresses, &a_flat_image_goes_where_it_is_told,
    &an_initrd_takes_no_words, &a_32_bit_elf_is_named)
