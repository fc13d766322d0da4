/*
 * The loader of uncompressed kernels: static ELF files for x86-64 or i386 whose
 * segments say where in guest memory they belong (p_paddr).
 */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include "boot/loader.h"
#include "boot/placement.h"

/* What elf_load() found and did. Addresses are guest physical. */
struct elf {
	struct extent extent; /* of all segments, with their bss */
	bool is_linux;        /* it has notes of Linux */
	bool is_64;           /* ELF64, which is x86-64 */
	bool has_pvh;
	uint32_t pvh_entry; /* inside a segment */
	bool has_entry;
	uint64_t entry; /* e_entry, inside a segment */
};

/* Does the file begin as an ELF file, of any kind? */
bool elf_recognises(const struct image *file);

/*
 * What a kernel that is recognised would occupy at the addresses that it is
 * linked for, which need not be RAM.
 */
bool elf_extent(const struct image *image, struct extent *extent,
		struct reason *why);

/*
 * Loads request->kernel, which is recognised: places its segments and finds
 * its entries, all `shift` bytes above the addresses that it is linked for
 * (modulo 2^64, so that it may be below). A bss is not written: RAM is zero and
 * segments share no byte, which is checked.
 */
bool elf_load(const struct boot_request *request, const struct ram *ram,
	      uint64_t shift, struct elf *elf, struct reason *why);

/*
 * Prepares a start of an ELF64 at e_entry as Linux's 64-bit boot protocol has
 * it: long mode, the first GiB mapped to itself, rsi points at the zero page.
 * Places the initrd.
 */
bool elf_enter(const struct boot_request *request, const struct ram *ram,
	       const struct elf *elf, struct entry *entry, struct reason *why);

#endif
