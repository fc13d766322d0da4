/*
 * The loader of uncompressed kernels: static x86-64 ELF files whose segments
 * say where in guest memory they belong (p_paddr).
 */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include "boot/loader.h"
#include "boot/placement.h"

/* What elf_load() found and did. Addresses are guest physical. */
struct elf {
	struct extent extent; /* of all segments, with their bss */
	bool is_linux;        /* it has notes of Linux */
	bool has_pvh;
	uint32_t pvh_entry; /* inside a segment */
	bool has_entry;
	uint64_t entry; /* e_entry, inside a segment */
};

/* Does the file begin as an ELF file, of any kind? */
bool elf_recognises(const struct image *file);

/*
 * Loads request->kernel, which is recognised: copies its segments and finds
 * its entries. A bss is not written: RAM is zero and segments share no byte,
 * which is checked.
 */
bool elf_load(const struct boot_request *request, const struct ram *ram,
	      struct elf *elf, struct reason *why);

/*
 * Prepares a start at e_entry as Linux's 64-bit boot protocol has it: long
 * mode, the first GiB mapped to itself, rsi points at the zero page. Places
 * the initrd.
 */
bool elf_enter(const struct boot_request *request, const struct ram *ram,
	       const struct elf *elf, struct entry *entry, struct reason *why);

#endif
