/*
 * The headers of ELF files. Documents followed: System V ABI, chapters 4 and 5
 * (ELF header, program headers), and its i386 and AMD64 supplements.
 *
 * Left out on purpose: x32 (ELF32 for x86-64), big-endian files.
 */
#include "boot/elf_file.h"

#include <inttypes.h>
#include <string.h>

/* More than any kernel has; keeps the comparison of all with all short. */
#define SEGMENTS_MAX 128

static bool is_64(const Elf64_Ehdr *header)
{
	return header->e_ident[EI_CLASS] == ELFCLASS64;
}

static bool check_machine(const Elf64_Ehdr *header, struct reason *why)
{
	unsigned bits = is_64(header) ? 64 : 32;
	unsigned wanted = is_64(header) ? EM_X86_64 : EM_386;

	if (header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != wanted)
		return fail(why,
			    "a %u-bit ELF for another machine (e_machine %u);"
			    " a 64-bit one for x86-64 (%u), a 32-bit one for"
			    " i386 (%u) or a bzImage is wanted",
			    bits, header->e_machine, EM_X86_64, EM_386);
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return fail(why,
			    "an ELF object file, module or core dump (e_type"
			    " %u), not a kernel; an executable is wanted",
			    header->e_type);
	return true;
}

static Elf64_Ehdr widen_header(const Elf32_Ehdr *narrow)
{
	Elf64_Ehdr header = {
		.e_type = narrow->e_type,
		.e_machine = narrow->e_machine,
		.e_entry = narrow->e_entry,
		.e_phoff = narrow->e_phoff,
		.e_phentsize = narrow->e_phentsize,
		.e_phnum = narrow->e_phnum,
		.e_shoff = narrow->e_shoff,
		.e_shentsize = narrow->e_shentsize,
		.e_shnum = narrow->e_shnum,
		.e_shstrndx = narrow->e_shstrndx,
	};

	memcpy(header.e_ident, narrow->e_ident, EI_NIDENT);
	return header;
}

static Elf64_Phdr widen_segment(const Elf32_Phdr *narrow)
{
	return (Elf64_Phdr){
		.p_type = narrow->p_type,
		.p_offset = narrow->p_offset,
		.p_vaddr = narrow->p_vaddr,
		.p_paddr = narrow->p_paddr,
		.p_filesz = narrow->p_filesz,
		.p_memsz = narrow->p_memsz,
	};
}

static bool fail_short(const struct image *file, size_t wanted,
		       struct reason *why)
{
	return fail(why,
		    "an ELF file cut short: its header has %zu bytes, the file"
		    " has %" PRIu64,
		    wanted, file->size);
}

/* The header of either class, as one of ELF64; not checked. */
static bool copy_header(const struct image *file, Elf64_Ehdr *header,
			struct reason *why)
{
	Elf32_Ehdr narrow;

	if (file->size < sizeof(narrow))
		return fail_short(file, sizeof(narrow), why);
	memcpy(&narrow, file->bytes, sizeof(narrow));
	*header = widen_header(&narrow);
	if (header->e_ident[EI_CLASS] == ELFCLASS32)
		return true;
	if (!is_64(header))
		return fail(why,
			    "an ELF of an unknown class (%u); a 64-bit or a"
			    " 32-bit one is wanted",
			    header->e_ident[EI_CLASS]);
	if (file->size < sizeof(*header))
		return fail_short(file, sizeof(*header), why);
	memcpy(header, file->bytes, sizeof(*header));
	return true;
}

static size_t segment_size(const Elf64_Ehdr *header)
{
	return is_64(header) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

static bool read_header(const struct image *file, Elf64_Ehdr *header,
			struct reason *why)
{
	uint64_t table;

	if (!copy_header(file, header, why) || !check_machine(header, why))
		return false;
	if (header->e_phentsize != segment_size(header) || !header->e_phnum ||
	    header->e_phnum > SEGMENTS_MAX)
		return fail(why,
			    "an ELF with %u program headers of %u bytes; 1 to"
			    " %u of %zu are accepted",
			    header->e_phnum, header->e_phentsize, SEGMENTS_MAX,
			    segment_size(header));
	table = header->e_phnum * segment_size(header);
	if (table > file->size || header->e_phoff > file->size - table)
		return fail(why,
			    "an ELF file cut short: %" PRIu64
			    " bytes of program headers are wanted at 0x%" PRIx64
			    ", the file has %" PRIu64 " bytes",
			    table, (uint64_t)header->e_phoff, file->size);
	return true;
}

bool elf_file_open(struct elf_file *file, const struct image *image,
		   uint64_t shift, struct reason *why)
{
	*file = (struct elf_file){ .image = image, .shift = shift };
	return read_header(image, &file->header, why);
}

bool elf_file_is_64(const struct elf_file *file)
{
	return is_64(&file->header);
}

Elf64_Phdr elf_file_segment(const struct elf_file *file, unsigned i)
{
	const uint8_t *table = file->image->bytes + file->header.e_phoff;
	Elf64_Phdr segment;
	Elf32_Phdr narrow;

	if (is_64(&file->header)) {
		memcpy(&segment, table + i * sizeof(segment), sizeof(segment));
	} else {
		memcpy(&narrow, table + i * sizeof(narrow), sizeof(narrow));
		segment = widen_segment(&narrow);
	}
	segment.p_paddr += file->shift;
	return segment;
}

bool elf_file_holds(const struct elf_file *file, const Elf64_Phdr *segment)
{
	return segment->p_filesz <= file->image->size &&
	       segment->p_offset <= file->image->size - segment->p_filesz;
}
