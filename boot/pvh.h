/*
 * Entry by Xen's PVH protocol, which Linux and unikernels offer in an ELF
 * note: 32-bit, no paging, ebx points at a start_info.
 */
#ifndef BOOT_PVH_H
#define BOOT_PVH_H

#include "boot/loader.h"
#include "boot/placement.h"

/*
 * Prepares the start of a kernel that is in guest RAM already, in `kernel`,
 * and has its PVH entry at `rip`. Places the modules, or where `joined` is set
 * one module that is all of them: Linux takes no other.
 */
bool pvh_enter(const struct boot_request *request, const struct ram *ram,
	       struct extent kernel, uint32_t rip, bool joined,
	       struct entry *entry, struct reason *why);

#endif
