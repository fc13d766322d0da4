/*
 * Entry by Multiboot 1: 32-bit, no paging, eax is a magic number and ebx points
 * at the information. The kernel is an ELF file, or its header says which of
 * its bytes go where.
 */
#ifndef BOOT_MULTIBOOT1_H
#define BOOT_MULTIBOOT1_H

#include "boot/flat.h"
#include "boot/loader.h"
#include "boot/placement.h"

/* What a header asks for. */
struct multiboot1 {
	bool has_addresses; /* `flat` and `entry` count, not the file's own */
	struct flat flat;
	uint32_t entry;
};

/* Does the file have a header, with a right checksum, where it has to be? */
bool multiboot1_recognises(const struct image *file);

/* Reads the header of a file that is recognised; false if it asks too much. */
bool multiboot1_read(const struct image *file, struct multiboot1 *header,
		     struct reason *why);

/*
 * Prepares the start of a kernel that is in guest RAM already, in `kernel`, and
 * is entered at `rip`. Places the modules, each on a page of its own.
 */
bool multiboot1_enter(const struct boot_request *request, const struct ram *ram,
		      struct extent kernel, uint32_t rip, struct entry *entry,
		      struct reason *why);

#endif
