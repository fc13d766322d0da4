/*
 * Guest memory. Every guest address becomes a checked host span here, and
 * nowhere else.
 *
 * RAM is one anonymous mapping, with private ones of files in it where those
 * were placed. Its first MAP_GAP bytes are at guest address 0, the rest, if
 * any, from MAP_ABOVE_4G. Before and behind it are pages that nobody may touch:
 * who leaves it ends the monitor, and harms nothing.
 */
#ifndef VMM_RAM_H
#define VMM_RAM_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <stdbool.h>
#include <stdint.h>

/* What /proc/PID/smaps calls it, as [anon:guest-ram]. */
#define RAM_NAME "guest-ram"

struct ram {
	uint8_t *host; /* of guest address 0, on a boundary of 2 MiB */
	uint64_t size; /* bytes, a multiple of 4096 */
	void *mapping; /* all that is reserved, a little more than that */
};

/* Maps `size` bytes (a multiple of 4096), all zero, none touched yet. */
bool ram_map(struct ram *ram, uint64_t size, struct reason *why);
void ram_unmap(struct ram *ram);

/* Tells the kernel its name, which takes a system call: no start waits for it.
 */
void ram_name(const struct ram *ram);

/* Bytes below the gap, and bytes from 4 GiB on. */
uint64_t ram_low_size(const struct ram *ram);
uint64_t ram_high_size(const struct ram *ram);

/*
 * The host address of guest bytes [gpa, gpa + length), or NULL when any of
 * them is not RAM. A span of no bytes is NULL too.
 */
void *ram_span(const struct ram *ram, uint64_t gpa, uint64_t length);

/*
 * Puts bytes [offset, offset + length) of a file, which has them, at `gpa`; all
 * of that is RAM. Whole pages of a file that is open are mapped, privately, so
 * that their number costs no time, they are read when the guest touches them,
 * and all guests that leave them as they are share them. Copied is what is left
 * at both ends, so that what surrounds it stays as it is; what lies otherwise
 * in its pages than in the file's; and what is too little to be worth a call.
 *
 * A page that was mapped shows what others write to the file, until the guest
 * has written to it, and is lost when the file is cut short.
 */
bool ram_place(const struct ram *ram, uint64_t gpa, const struct image *file,
	       uint64_t offset, uint64_t length, struct reason *why);

/*
 * The way back: the guest address of the byte at `host`. False when that is
 * not guest memory. Safe in a signal handler.
 */
bool ram_address_of(const struct ram *ram, const void *host, uint64_t *gpa);

#endif
