/* ELF kernels: segments, notes, entries, and what is refused. */
#include "boot/elf.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#include <linux/elf.h>

#define VIRTUAL UINT64_C(0xFFFFFFFF80000000)

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr segments[4];
	uint8_t notes[256];
	uint8_t text[256];
	uint8_t data[256];
} file;

static struct memory_range map[3];
static struct boot_request request;
static struct ram ram;
static struct elf elf;
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
	request = (struct boot_request){
		.kernel = { .bytes = (const uint8_t *)&file,
			    .size = sizeof(file) },
		.cmdline = "quiet",
		.map = map,
		.map_count = 3,
		.rsdp = MAP_ACPI_TABLES,
	};
}

static Elf64_Phdr segment(unsigned type, const void *bytes, uint64_t filesz,
			  uint64_t paddr, uint64_t memsz)
{
	return (Elf64_Phdr){
		.p_type = type,
		.p_offset =
		    (uint64_t)((const uint8_t *)bytes - (uint8_t *)&file),
		.p_vaddr = VIRTUAL + paddr,
		.p_paddr = paddr,
		.p_filesz = filesz,
		.p_memsz = memsz,
	};
}

/* Text at 1 MiB, data with a bss above it, an empty note segment. */
static void kernel(void)
{
	memset(&file, 0, sizeof(file));
	memset(file.text, 0x90, sizeof(file.text));
	memset(file.data, 0xDA, sizeof(file.data));
	memcpy(file.header.e_ident, ELFMAG, SELFMAG);
	file.header.e_ident[EI_CLASS] = ELFCLASS64;
	file.header.e_ident[EI_DATA] = ELFDATA2LSB;
	file.header.e_type = ET_EXEC;
	file.header.e_machine = EM_X86_64;
	file.header.e_entry = MIB(1) + 0x10;
	file.header.e_phoff = offsetof(__typeof__(file), segments);
	file.header.e_phentsize = sizeof(Elf64_Phdr);
	file.header.e_phnum = 3;
	file.segments[0] = segment(PT_LOAD, file.text, 256, MIB(1), 256);
	file.segments[1] =
	    segment(PT_LOAD, file.data, 256, MIB(1) + 4096, 8192);
	file.segments[2] = segment(PT_NOTE, file.notes, 0, 0, 0);
}

/* Appends a note to the note segment. */
static void note(const char *name, uint32_t namesz, uint32_t type,
		 const void *desc, uint32_t descsz)
{
	uint8_t *at = file.notes + file.segments[2].p_filesz;

	put_le32(at, namesz);
	put_le32(at + 4, descsz);
	put_le32(at + 8, type);
	memcpy(at + 12, name, namesz);
	at += 12 + (namesz + 3) / 4 * 4;
	memcpy(at, desc, descsz);
	at += (descsz + 3) / 4 * 4;
	file.segments[2].p_filesz = (uint64_t)(at - file.notes);
}

static void pvh_note(uint64_t address, uint32_t size)
{
	note("Xen", 4, 18, &address, size);
}

static bool load(void)
{
	return elf_load(&request, &ram, 0, &elf, &why);
}

CASE(segments_go_to_their_physical_addresses)
{
	guest(MIB(8));
	kernel();
	CHECK(elf_recognises(&request.kernel));
	CHECK(load());
	CHECK(!memcmp(ram.host + MIB(1), file.text, 256));
	CHECK(!memcmp(ram.host + MIB(1) + 4096, file.data, 256));
	CHECK_EQ(ram.host[MIB(1) + 4096 + 256], 0);
	CHECK_EQ(elf.extent.start, MIB(1));
	CHECK_EQ(elf.extent.end, MIB(1) + 4096 + 8192);
	CHECK(!elf.has_pvh);
}

CASE(an_entry_is_physical_where_a_segment_is)
{
	guest(MIB(8));
	kernel();
	CHECK(load());
	CHECK(elf.has_entry);
	CHECK_EQ(elf.entry, MIB(1) + 0x10);
}

CASE(a_physical_entry_is_preferred)
{
	guest(MIB(8));
	kernel();
	file.segments[1].p_vaddr = MIB(1);
	CHECK(load());
	CHECK_EQ(elf.entry, MIB(1) + 0x10);
}

CASE(an_entry_is_else_virtual)
{
	guest(MIB(8));
	kernel();
	file.header.e_entry = VIRTUAL + MIB(1) + 4096 + 0x20;
	CHECK(load());
	CHECK_EQ(elf.entry, MIB(1) + 4096 + 0x20);
	file.header.e_entry = VIRTUAL + MIB(1) + 256;
	CHECK(load());
	CHECK(!elf.has_entry);
	CHECK(!elf_enter(&request, &ram, &elf, &entry, &why));
	CHECK_SAYS(why.text, "in none of its segments");
}

CASE(a_pvh_note_is_found_among_others)
{
	guest(MIB(8));
	kernel();
	note("GNU", 4, 18, "abcd", 4);
	note("Linux", 6, 257, "x", 1);
	note("Xen", 4, 6, "linux", 6);
	note("", 0, 1, "", 0);
	pvh_note(MIB(1) + 0x50, 4);
	CHECK(load());
	CHECK(elf.has_pvh);
	CHECK_EQ(elf.pvh_entry, MIB(1) + 0x50);
}

CASE(a_pvh_note_may_have_8_bytes)
{
	guest(MIB(8));
	kernel();
	pvh_note(MIB(1) + 0x50, 8);
	CHECK(load());
	CHECK_EQ(elf.pvh_entry, MIB(1) + 0x50);
	kernel();
	pvh_note(GIB(4) + MIB(1), 8);
	CHECK(!load());
	CHECK_SAYS(why.text, "above 4 GiB");
	kernel();
	pvh_note(MIB(1), 2);
	CHECK(!load());
	CHECK_SAYS(why.text, "has 2 bytes");
}

CASE(a_pvh_entry_is_in_a_segment)
{
	guest(MIB(8));
	kernel();
	pvh_note(MIB(1) + 256, 4);
	CHECK(!load());
	CHECK_SAYS(why.text, "PVH entry 0x100100 is in none");
}

CASE(notes_that_do_not_fit_are_no_notes)
{
	guest(MIB(8));
	kernel();
	pvh_note(MIB(1), 4);
	file.segments[2].p_filesz -= 1;
	CHECK(load());
	CHECK(!elf.has_pvh);
	kernel();
	put_le32(file.notes, UINT32_MAX);
	put_le32(file.notes + 4, UINT32_MAX);
	file.segments[2].p_filesz = 32;
	CHECK(load());
	file.segments[2].p_offset = UINT64_MAX - 15;
	CHECK(load());
}

CASE(a_note_ends_with_its_segment)
{
	guest(MIB(8));
	kernel();
	note("GNU", 4, 1, "x", 1);
	pvh_note(MIB(1), 4);
	file.segments[2].p_filesz = 12 + 4 + 1;
	CHECK(load());
	CHECK(!elf.has_pvh);
}

CASE(a_note_without_a_name_is_not_xens)
{
	guest(MIB(8));
	kernel();
	note("", 0, 18, "Xen", 4);
	CHECK(load());
	CHECK(!elf.has_pvh);
}

CASE(linux_is_entered_in_long_mode)
{
	static struct module module;
	const uint8_t *params;

	guest(MIB(8));
	kernel();
	params = ram.host + LAYOUT_PARAMS;
	module = (struct module){ { .bytes = file.data, .size = 256 },
				  "initrd",
				  NULL };
	request.modules = &module;
	request.module_count = 1;
	CHECK(load());
	CHECK(elf_enter(&request, &ram, &elf, &entry, &why));
	CHECK_EQ(entry.mode, ENTRY_LONG64);
	CHECK_EQ(entry.rip, MIB(1) + 0x10);
	CHECK_EQ(entry.rsi, LAYOUT_PARAMS);
	CHECK_EQ(entry.cr3, LAYOUT_PAGE_TABLES);
	CHECK_EQ(get_le16(params + BP_BOOT_FLAG), BP_BOOT_FLAG_MAGIC);
	CHECK_EQ(get_le32(params + BP_HEADER), BP_HEADER_MAGIC);
	CHECK_EQ(params[BP_TYPE_OF_LOADER], 0xFF);
	CHECK_EQ(get_le32(params + BP_CMD_LINE_PTR), LAYOUT_CMDLINE);
	CHECK_EQ(get_le32(params + BP_RAMDISK_IMAGE), MIB(8) - 4096);
	CHECK_EQ(get_le32(params + BP_RAMDISK_SIZE), 256);
	CHECK_EQ(params[BP_E820_ENTRIES], 3);
}

CASE(a_64_bit_entry_needs_the_first_gib)
{
	guest(MIB(1040));
	kernel();
	file.segments[1].p_paddr = GIB(1);
	CHECK(load());
	CHECK(!elf_enter(&request, &ram, &elf, &entry, &why));
	CHECK_SAYS(why.text, "1 GiB");
}

CASE(too_little_memory_asks_for_enough_at_once)
{
	guest(MIB(2));
	kernel();
	file.segments[0].p_paddr = MIB(10);
	file.segments[1].p_paddr = MIB(30);
	CHECK(!load());
	CHECK_SAYS(why.text, "needs 31 MiB of memory for itself (segment 1)"
			     " and has 2; use --mem 32M");
}

CASE(low_memory_is_shared_with_boot_structures)
{
	guest(MIB(8));
	kernel();
	file.segments[0].p_paddr = 0x30000;
	CHECK(load());
	CHECK_EQ(elf.extent.start, 0x30000);
	file.segments[0].p_paddr = LAYOUT_PARAMS;
	CHECK(!load());
	CHECK_SAYS(why.text, "boot structures");
	file.segments[0].p_paddr = MAP_EBDA - 255;
	CHECK(!load());
	CHECK_SAYS(why.text, "not all RAM");
}

CASE(segments_do_not_overlap)
{
	guest(MIB(8));
	kernel();
	file.segments[1].p_paddr = MIB(1) + 255;
	CHECK(!load());
	CHECK_SAYS(why.text, "segments 0 and 1 overlap");
	file.segments[1].p_paddr = MIB(1) + 256;
	CHECK(load());
}

CASE(sizes_from_the_file_are_not_trusted)
{
	guest(MIB(8));
	kernel();
	file.segments[0].p_memsz = 255;
	CHECK(!load());
	CHECK_SAYS(why.text, "more bytes in the file");
	kernel();
	file.segments[1].p_offset += 1;
	CHECK(!load());
	CHECK_SAYS(why.text, "cut short: segment 1 has 256 bytes");
	kernel();
	file.segments[1].p_offset = UINT64_MAX;
	CHECK(!load());
	kernel();
	file.segments[1].p_memsz = UINT64_MAX;
	CHECK(!load());
	kernel();
	file.segments[0].p_paddr = UINT64_MAX;
	CHECK(!load());
	file.segments[0].p_memsz = 0;
	CHECK(load());
	file.segments[1].p_memsz = 0;
	CHECK(!load());
	CHECK_SAYS(why.text, "nothing to load");
}

CASE(program_headers_are_bounded)
{
	guest(MIB(8));
	kernel();
	file.header.e_phoff = sizeof(file) - sizeof(Elf64_Phdr);
	CHECK(!load());
	CHECK_SAYS(why.text, "cut short");
	file.header.e_phoff = UINT64_MAX;
	CHECK(!load());
	file.header.e_phoff = 64;
	request.kernel.size = 100;
	CHECK(!load());
	CHECK_SAYS(why.text, "168 bytes of program headers");
	request.kernel.size = sizeof(file);
	kernel();
	file.header.e_phnum = 129;
	CHECK(!load());
	CHECK_SAYS(why.text, "129 program headers");
	kernel();
	file.header.e_phentsize = 32;
	CHECK(!load());
	kernel();
	request.kernel.size = 63;
	CHECK(!load());
	CHECK_SAYS(why.text, "the file has 63");
}

CASE(other_kinds_are_refused_by_name)
{
	guest(MIB(8));
	kernel();
	file.header.e_machine = 183;
	CHECK(!load());
	CHECK_SAYS(why.text, "e_machine 183");
	CHECK_SAYS(why.text, "a 64-bit ELF for another machine");
	file.header.e_ident[EI_CLASS] = ELFCLASS32;
	CHECK(!load());
	CHECK_SAYS(why.text, "a 32-bit ELF for another machine");
	file.header.e_ident[EI_CLASS] = 3;
	CHECK(!load());
	CHECK_SAYS(why.text, "unknown class (3)");
	kernel();
	file.header.e_type = ET_REL;
	CHECK(!load());
	CHECK_SAYS(why.text, "object file");
	kernel();
	file.segments[2].p_type = PT_INTERP;
	CHECK(!load());
	CHECK_SAYS(why.text, "dynamically linked program");
}

static struct {
	Elf32_Ehdr header;
	Elf32_Phdr segments[2];
	uint8_t note[20];
	uint8_t text[256];
} narrow;

/* The same as an ELF32 for i386, linked at 3 GiB. */
static void narrow_kernel(void)
{
	memset(&narrow, 0, sizeof(narrow));
	memset(narrow.text, 0x90, sizeof(narrow.text));
	memcpy(narrow.header.e_ident, ELFMAG, SELFMAG);
	narrow.header.e_ident[EI_CLASS] = ELFCLASS32;
	narrow.header.e_ident[EI_DATA] = ELFDATA2LSB;
	narrow.header.e_type = ET_EXEC;
	narrow.header.e_machine = EM_386;
	narrow.header.e_entry = (Elf32_Addr)(GIB(3) + MIB(1) + 0x10);
	narrow.header.e_phoff = offsetof(__typeof__(narrow), segments);
	narrow.header.e_phentsize = sizeof(Elf32_Phdr);
	narrow.header.e_phnum = 2;
	narrow.segments[0] = (Elf32_Phdr){
		.p_type = PT_LOAD,
		.p_offset = offsetof(__typeof__(narrow), text),
		.p_vaddr = (Elf32_Addr)(GIB(3) + MIB(1)),
		.p_paddr = (Elf32_Addr)MIB(1),
		.p_filesz = 256,
		.p_memsz = 8192,
	};
	narrow.segments[1] = (Elf32_Phdr){
		.p_type = PT_NOTE,
		.p_offset = offsetof(__typeof__(narrow), note),
		.p_filesz = sizeof(narrow.note),
	};
	put_le32(narrow.note, 4);
	put_le32(narrow.note + 4, 4);
	put_le32(narrow.note + 8, 18);
	memcpy(narrow.note + 12, "Xen", 4);
	put_le32(narrow.note + 16, (uint32_t)MIB(1) + 0x20);
	request.kernel = (struct image){ .bytes = (const uint8_t *)&narrow,
					 .size = sizeof(narrow) };
}

CASE(a_32_bit_elf_is_loaded)
{
	guest(MIB(8));
	narrow_kernel();
	CHECK(load());
	CHECK(!elf.is_64);
	CHECK(!memcmp(ram.host + MIB(1), narrow.text, 256));
	CHECK_EQ(ram.host[MIB(1) + 256], 0);
	CHECK_EQ(elf.extent.start, MIB(1));
	CHECK_EQ(elf.extent.end, MIB(1) + 8192);
	CHECK(elf.has_pvh);
	CHECK_EQ(elf.pvh_entry, MIB(1) + 0x20);
	CHECK(elf.has_entry);
	CHECK_EQ(elf.entry, MIB(1) + 0x10);
}

CASE(a_32_bit_elf_has_no_64_bit_entry)
{
	guest(MIB(8));
	narrow_kernel();
	narrow.segments[1].p_filesz = 0;
	CHECK(load());
	CHECK(!elf_enter(&request, &ram, &elf, &entry, &why));
	CHECK_SAYS(why.text, "a 32-bit ELF with neither");
}

CASE(a_32_bit_elf_is_bounded_by_its_own_sizes)
{
	guest(MIB(8));
	narrow_kernel();
	request.kernel.size = 51;
	CHECK(!load());
	CHECK_SAYS(why.text, "52 bytes, the file has 51");
	request.kernel.size = sizeof(Elf32_Ehdr) + 63;
	CHECK(!load());
	CHECK_SAYS(why.text, "64 bytes of program headers");
	narrow_kernel();
	narrow.header.e_phentsize = sizeof(Elf64_Phdr);
	CHECK(!load());
	CHECK_SAYS(why.text, "1 to 128 of 32");
	narrow_kernel();
	narrow.header.e_machine = EM_X86_64;
	CHECK(!load());
	CHECK_SAYS(why.text, "e_machine 62");
}

CASE(a_kernel_may_be_loaded_elsewhere)
{
	struct extent linked;

	guest(MIB(8));
	kernel();
	pvh_note(MIB(1) + 0x50, 4);
	CHECK(elf_extent(&request.kernel, &linked, &why));
	CHECK_EQ(linked.start, MIB(1));
	CHECK_EQ(linked.end, MIB(1) + 4096 + 8192);
	CHECK(elf_load(&request, &ram, MIB(3), &elf, &why));
	CHECK(!memcmp(ram.host + MIB(4), file.text, 256));
	CHECK_EQ(elf.extent.start, MIB(4));
	CHECK_EQ(elf.entry, MIB(4) + 0x10);
	CHECK_EQ(elf.pvh_entry, MIB(4) + 0x50);
	file.header.e_entry = VIRTUAL + MIB(1) + 4096 + 0x20;
	CHECK(elf_load(&request, &ram, MIB(3), &elf, &why));
	CHECK_EQ(elf.entry, MIB(4) + 4096 + 0x20);
	/* Down again. */
	file.segments[0].p_paddr = MIB(100);
	file.segments[1].p_paddr = MIB(101);
	file.segments[2].p_filesz = 0;
	CHECK(elf_load(&request, &ram, -MIB(99), &elf, &why));
	CHECK_EQ(elf.extent.start, MIB(1));
	file.segments[1].p_memsz = UINT64_MAX;
	CHECK(!elf_extent(&request.kernel, &linked, &why));
	CHECK_SAYS(why.text, "segment 1 wraps");
}

RUN("elf", &segments_go_to_their_physical_addresses,
    &an_entry_is_physical_where_a_segment_is, &a_physical_entry_is_preferred,
    &an_entry_is_else_virtual, &a_pvh_note_is_found_among_others,
    &a_pvh_note_may_have_8_bytes, &a_pvh_entry_is_in_a_segment,
    &notes_that_do_not_fit_are_no_notes, &a_note_ends_with_its_segment,
    &a_note_without_a_name_is_not_xens, &linux_is_entered_in_long_mode,
    &a_64_bit_entry_needs_the_first_gib,
    &too_little_memory_asks_for_enough_at_once,
    &low_memory_is_shared_with_boot_structures, &segments_do_not_overlap,
    &sizes_from_the_file_are_not_trusted, &program_headers_are_bounded,
    &other_kinds_are_refused_by_name, &a_32_bit_elf_is_loaded,
    &a_32_bit_elf_has_no_64_bit_entry,
    &a_32_bit_elf_is_bounded_by_its_own_sizes,
    &a_kernel_may_be_loaded_elsewhere)
