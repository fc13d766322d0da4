/*
 * The start of a guest from an image: what it is, is read from its header,
 * never from its name or an option, and its loader does the rest.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/loader.h"

/*
 * Loads request->kernel and its initrd into RAM as loader.h has it, and says
 * how to enter. Accepted: a bzImage; an x86-64 ELF, by its PVH note or, when
 * it has none, by Linux's 64-bit entry. Of anything else the reason says what
 * was found, as far as it is known, and what to do.
 */
bool boot_load(const struct boot_request *request, const struct ram *ram,
	       struct entry *entry, struct reason *why);

#endif
