/*
 * Entry by Multiboot 2: 32-bit, no paging, eax is a magic number and ebx points
 * at the information, a list of tags. The kernel is an ELF file, or its header
 * says which of its bytes go where.
 */
#ifndef BOOT_MULTIBOOT2_H
#define BOOT_MULTIBOOT2_H

#include "boot/flat.h"
#include "boot/loader.h"
#include "boot/placement.h"

/* What a header asks for. */
struct multiboot2 {
	bool has_addresses; /* `flat` counts, not the file's own */
	struct flat flat;
	bool has_entry; /* `entry` counts, not the file's own */
	uint32_t entry;
	bool is_relocatable; /* to [low, high], at multiples of `alignment` */
	uint32_t low, high, alignment;
	bool wants_sections;
};

/* Does the file have a header, with a right checksum, where it has to be? */
bool multiboot2_recognises(const struct image *file);

/* Reads the header of a file that is recognised; false if it asks too much. */
bool multiboot2_read(const struct image *file, struct multiboot2 *header,
		     struct reason *why);

/*
 * How far above the addresses that it is linked for (modulo 2^64) a kernel is
 * loaded that would occupy `linked`: 0, unless it may be moved and has to be.
 */
bool multiboot2_place(const struct boot_request *request,
		      const struct multiboot2 *header, struct extent linked,
		      uint64_t *shift, struct reason *why);

/*
 * Prepares the start of a kernel that is in guest RAM already, in `kernel`, and
 * is entered at `rip`. Places the modules, each on a page of its own.
 */
bool multiboot2_enter(const struct boot_request *request, const struct ram *ram,
		      const struct multiboot2 *header, struct extent kernel,
		      uint32_t rip, struct entry *entry, struct reason *why);

#endif
