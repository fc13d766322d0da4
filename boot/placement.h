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
 * Where a kernel that may be moved goes: the lowest multiple of `alignment`
 * from 1 MiB on, such that its `size` bytes are RAM within [low, high].
 */
bool placement_find(const struct boot_request *request, uint64_t size,
		    uint64_t low, uint64_t high, uint64_t alignment,
		    uint64_t *gpa);

/*
 * Modules lie one behind the other, each on the next page, with zeros between
 * them, so that all can be mapped; see ram_place(). One initrd is made of them
 * just so: Linux takes any number of zeros between archives
 * (buffer-format.rst). That holds behind lz4 data only from Linux 5.9 on;
 * kernels before it want such parts joined with nothing between, so in one
 * file.
 */
#define PLACEMENT_PAGE UINT64_C(4096)

/* From the first module's first byte to the last one's last; 0: no module. */
uint64_t placement_size(const struct boot_request *request);

/*
 * Chooses an address for the modules, of `size` bytes, which is not 0: the
 * highest page of low RAM such that all of them lie at or above 1 MiB, end at
 * or below `limit` (the last byte they may have) and have no page in common
 * with the kernel. Above the kernel where there is room, below it otherwise.
 */
bool placement_choose(const struct boot_request *request, uint64_t size,
		      struct extent kernel, uint64_t limit, uint64_t *gpa,
		      struct reason *why);

/* Places the modules from `gpa`, a page, on; at[i] is where each begins. */
bool placement_put_modules(const struct boot_request *request,
			   const struct ram *ram, uint64_t gpa,
			   uint64_t at[MODULES_MAX], struct reason *why);

/*
 * Copies the modules' strings to LAYOUT_STRINGS; at[i] is where each begins, 0
 * for one that has none.
 */
bool placement_put_strings(const struct boot_request *request,
			   const struct ram *ram, uint64_t at[MODULES_MAX],
			   struct reason *why);

/*
 * Chooses where the initrd goes, which is all modules joined, and places it.
 * With none, *gpa is 0 and nothing is done.
 */
bool placement_put_initrd(const struct boot_request *request,
			  const struct ram *ram, struct extent kernel,
			  uint64_t limit, uint64_t *gpa, struct reason *why);

/* KiB of RAM from 1 MiB up to the first hole, as old BIOS calls count it. */
uint32_t placement_upper_kib(const struct boot_request *request);

#endif
