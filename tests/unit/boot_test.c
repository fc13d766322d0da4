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
		.kernel = { file, sizeof(file) },
		.cmdline = "",
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
	request.kernel = (struct image){ NULL, 0 };
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
	request.kernel = (struct image){ calloc(1, 7), 7 };
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
	CHECK_SAYS(why.text, "a bzImage or an x86-64 ELF is wanted");
}

CASE(multiboot_kernels_are_named)
{
	uint8_t header[16];

	put_le32(header, 0x1BADB002);
	put_le32(header + 4, 3);
	put_le32(header + 8, -(uint32_t)0x1BADB005);
	CHECK_SAYS(refused(8192 - 4, header, 12), "multiboot");
	CHECK_SAYS(refused(8192, header, 12), "unknown header");
	put_le32(header, 0xE85250D6);
	put_le32(header + 4, 0);
	put_le32(header + 8, 16);
	put_le32(header + 12, -(uint32_t)0xE85250E6);
	CHECK_SAYS(refused(32768 - 8, header, 16), "multiboot");
	guest();
	put_elf(false);
	memcpy(file + 4096, header, 16);
	CHECK(!load());
	CHECK_SAYS(why.text, "multiboot");
	put_elf(true);
	CHECK(load());
}

CASE(a_32_bit_elf_is_named)
{
	CHECK_SAYS(refused(0,
			   "\x7F"
			   "ELF\1\1",
			   6),
		   "32-bit ELF");
}

RUN("boot", &an_elf_with_the_note_is_entered_by_pvh,
    &an_elf_without_it_is_entered_as_linux,
    &linux_in_an_elf_takes_2047_characters, &a_bzimage_is_known_by_its_header,
    &an_empty_file_is_refused, &a_short_file_is_refused,
    &compressed_files_are_named, &other_files_are_named,
    &unknown_bytes_are_shown, &multiboot_kernels_are_named,
    &a_32_bit_elf_is_named)
