/*
 * What the headers of an ELF file say, of either class: ELF32 is widened as it
 * is read, so that whoever reads on knows one form.
 */
#ifndef BOOT_ELF_FILE_H
#define BOOT_ELF_FILE_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <linux/elf.h>
#include <stdbool.h>

/* A file, and how far above its addresses it is loaded. */
struct elf_file {
	const struct image *image;
	uint64_t shift;    /* modulo 2^64 */
	Elf64_Ehdr header; /* checked; of ELF32, widened */
};

/*
 * Reads and checks the header: a static or position-independent executable for
 * x86-64 (ELF64) or i386 (ELF32), whose program headers are in the file.
 */
bool elf_file_open(struct elf_file *file, const struct image *image,
		   uint64_t shift, struct reason *why);

bool elf_file_is_64(const struct elf_file *file);

/* Program header `i`; its p_paddr is where the segment is loaded. */
Elf64_Phdr elf_file_segment(const struct elf_file *file, unsigned i);

/* Are the segment's bytes in the file? */
bool elf_file_holds(const struct elf_file *file, const Elf64_Phdr *segment);

#endif
