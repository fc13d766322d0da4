/*
 * Where a Multiboot header is, of either version: words in the file's first
 * bytes that begin with a magic number and have the sum 0.
 */
#ifndef BOOT_MULTIBOOT_HEADER_H
#define BOOT_MULTIBOOT_HEADER_H

#include "vmm/handover.h"

struct multiboot_header {
	uint32_t magic;
	unsigned size;  /* bytes that are summed up, a multiple of 4 */
	unsigned step;  /* the header begins at a multiple of it */
	uint64_t reach; /* and lies in so many first bytes of the file */
};

/* The header, or NULL. */
const uint8_t *multiboot_header_find(const struct image *file,
				     const struct multiboot_header *header);

#endif
