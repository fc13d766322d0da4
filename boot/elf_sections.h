/*
 * The sections of an ELF file, for a kernel that wants to see its own: their
 * headers, and the contents of those that no segment loads (symbols, names).
 */
#ifndef BOOT_ELF_SECTIONS_H
#define BOOT_ELF_SECTIONS_H

#include "vmm/handover.h"
#include "vmm/ram.h"

struct elf_sections {
	const struct image *image;
	const uint8_t *table; /* the headers, in the file */
	uint32_t count;       /* 0: the file has none */
	uint32_t entry_size;
	uint32_t names;    /* which section has their names */
	uint64_t contents; /* bytes of memory that elf_sections_put() takes */
};

/*
 * Finds them in any file: one that is no ELF that elf_file_open() takes, or
 * whose section headers are not all in it, has none.
 */
void elf_sections_find(const struct image *image,
		       struct elf_sections *sections);

/*
 * Copies the headers to `headers`, count * entry_size bytes, and the contents
 * to guest address `gpa`, which becomes the sh_addr of their headers.
 */
void elf_sections_put(const struct elf_sections *sections,
		      const struct ram *ram, uint64_t gpa, uint8_t *headers);

#endif
