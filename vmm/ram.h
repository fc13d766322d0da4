/*
 * Guest memory. Every guest address becomes a checked host span here, and
 * nowhere else.
 *
 * RAM is one anonymous mapping. Its first MAP_GAP bytes are at guest address
 * 0, the rest, if any, from MAP_ABOVE_4G.
 */
#ifndef VMM_RAM_H
#define VMM_RAM_H

#include "vmm/reason.h"

#include <stdbool.h>
#include <stdint.h>

struct ram {
	uint8_t *host; /* of guest address 0, on a boundary of 2 MiB */
	uint64_t size; /* bytes, a multiple of 4096 */
	void *mapping; /* all that was mapped, a little more than that */
};

/* Maps `size` bytes (a multiple of 4096), all zero, none touched yet. */
bool ram_map(struct ram *ram, uint64_t size, struct reason *why);
void ram_unmap(struct ram *ram);

/* Bytes below the gap, and bytes from 4 GiB on. */
uint64_t ram_low_size(const struct ram *ram);
uint64_t ram_high_size(const struct ram *ram);

/*
 * The host address of guest bytes [gpa, gpa + length), or NULL when any of
 * them is not RAM. A span of no bytes is NULL too.
 */
void *ram_span(const struct ram *ram, uint64_t gpa, uint64_t length);

/*
 * The way back: the guest address of the byte at `host`. False when that is
 * not guest memory. Safe in a signal handler.
 */
bool ram_address_of(const struct ram *ram, const void *host, uint64_t *gpa);

#endif
