/*
 * Raw images: bytes of a file that belong at an address as they are. So are
 * Multiboot kernels that bring addresses instead of an executable's headers
 * (the "a.out kludge"), and what --flat is given.
 */
#ifndef BOOT_FLAT_H
#define BOOT_FLAT_H

#include "boot/loader.h"
#include "boot/placement.h"

struct flat {
	uint64_t offset; /* in the file */
	uint64_t gpa;
	uint64_t length;   /* bytes of the file */
	uint64_t occupied; /* bytes of memory: those and a bss */
};

/*
 * What a Multiboot header with addresses describes; its magic number is at
 * `offset` in the file, `at` has header_addr, load_addr, load_end_addr and
 * bss_end_addr. The specifications' special values are honoured.
 */
bool flat_describe(const struct image *file, uint64_t offset, const uint8_t *at,
		   struct flat *flat, struct reason *why);

/*
 * Loads it, `shift` bytes above its address; `extent` is what it occupies. A
 * bss is not written: RAM is zero.
 */
bool flat_load(const struct boot_request *request, const struct ram *ram,
	       const struct flat *flat, uint64_t shift, struct extent *extent,
	       struct reason *why);

#endif
