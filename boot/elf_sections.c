/*
 * The sections of an ELF file. Document followed: System V ABI, chapter 4,
 * "Sections".
 *
 * Left out on purpose: files with 65280 sections or more, which count them
 * elsewhere.
 */
#include "boot/elf_sections.h"

#include "boot/elf_file.h"
#include "vmm/bytes.h"

#include <assert.h>

#define ALIGNMENT UINT64_C(16) /* no symbol table wants more */

static uint64_t aligned(uint64_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool is_64(const struct elf_sections *sections)
{
	return sections->entry_size == sizeof(Elf64_Shdr);
}

static Elf64_Shdr section_at(const struct elf_sections *sections, unsigned i)
{
	const uint8_t *at = sections->table + (size_t)i * sections->entry_size;
	Elf64_Shdr section;
	Elf32_Shdr narrow;

	if (is_64(sections)) {
		memcpy(&section, at, sizeof(section));
		return section;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return (Elf64_Shdr){
		.sh_type = narrow.sh_type,
		.sh_flags = narrow.sh_flags,
		.sh_offset = narrow.sh_offset,
		.sh_size = narrow.sh_size,
	};
}

/* Does nobody else load it? */
static bool is_ours(const struct elf_sections *sections,
		    const Elf64_Shdr *section)
{
	uint64_t size = sections->image->size;

	return section->sh_type != SHT_NULL && section->sh_type != SHT_NOBITS &&
	       !(section->sh_flags & SHF_ALLOC) && section->sh_size &&
	       section->sh_size <= size &&
	       section->sh_offset <= size - section->sh_size;
}

void elf_sections_find(const struct image *image, struct elf_sections *sections)
{
	struct elf_file file;
	struct reason why;
	uint64_t table;

	*sections = (struct elf_sections){ .image = image };
	if (!elf_file_open(&file, image, 0, &why) ||
	    file.header.e_shentsize != (elf_file_is_64(&file)
					    ? sizeof(Elf64_Shdr)
					    : sizeof(Elf32_Shdr)))
		return;
	table = (uint64_t)file.header.e_shnum * file.header.e_shentsize;
	if (table > image->size || file.header.e_shoff > image->size - table)
		return;
	sections->table = image->bytes + file.header.e_shoff;
	sections->count = file.header.e_shnum;
	sections->entry_size = file.header.e_shentsize;
	sections->names = file.header.e_shstrndx;
	for (unsigned i = 0; i < sections->count; i++) {
		Elf64_Shdr section = section_at(sections, i);

		if (is_ours(sections, &section))
			sections->contents += aligned(section.sh_size);
	}
}

static void put_address(const struct elf_sections *sections, uint8_t *header,
			uint64_t gpa)
{
	if (is_64(sections))
		put_le64(header + offsetof(Elf64_Shdr, sh_addr), gpa);
	else
		put_le32(header + offsetof(Elf32_Shdr, sh_addr), (uint32_t)gpa);
}

void elf_sections_put(const struct elf_sections *sections,
		      const struct ram *ram, uint64_t gpa, uint8_t *headers)
{
	memcpy(headers, sections->table,
	       (size_t)sections->count * sections->entry_size);
	for (unsigned i = 0; i < sections->count; i++) {
		Elf64_Shdr section = section_at(sections, i);
		void *host;

		if (!is_ours(sections, &section))
			continue;
		host = ram_span(ram, gpa, section.sh_size);
		assert(host); /* the caller has chosen it */
		memcpy(host, sections->image->bytes + section.sh_offset,
		       section.sh_size);
		put_address(sections,
			    headers + (size_t)i * sections->entry_size, gpa);
		gpa += aligned(section.sh_size);
	}
}
