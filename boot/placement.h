/*
 * Where things go in guest memory: may a kernel be put here, and where does
 * its initrd go. The answers come from request->map and the layout alone.
 */
#ifndef BOOT_PLACEMENT_H
#define BOOT_PLACEMENT_H

#include "boot/loader.h"

/* Guest bytes [start, end); empty when they are equal. */
struct extent {
	uint64_t start;
	uint64_t end;
};

/* Does every byte of [start, start + length) lie in RAM ranges of the map? */
bool placement_is_ram(const struct boot_request *request, uint64_t start,
		      uint64_t length);

/*
 * May a kernel have [start, start + length)? It must be RAM and keep off the
 * boot structures. `what` says in the reason what the bytes are, e.g.
 * "init_size". No address or length makes this wrap.
 */
bool placement_claim(const struct boot_request *request, uint64_t start,
		     uint64_t length, const char *what, struct reason *why);

/*
 * Chooses the initrd's address: the highest page of low RAM such that the
 * whole initrd lies at or above 1 MiB, ends at or below `limit` (the last byte
 * it may have) and has no page in common with the kernel. Above the kernel
 * where there is room, below it otherwise. request->initrd.size is not 0.
 */
bool placement_choose(const struct boot_request *request, struct extent kernel,
		      uint64_t limit, uint64_t *gpa, struct reason *why);

/*
 * Chooses and copies the initrd. With none, *gpa is 0 and nothing is done.
 */
bool placement_put_initrd(const struct boot_request *request,
			  const struct ram *ram, struct extent kernel,
			  uint64_t limit, uint64_t *gpa, struct reason *why);

#endif
