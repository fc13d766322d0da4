/*
 * The loader of bzImages: the Linux/x86 boot protocol from version 2.05 on,
 * entered at its 64-bit entry where the kernel has one, else at its 32-bit
 * entry. The kernel's real-mode code is not run.
 */
#ifndef BOOT_BZIMAGE_H
#define BOOT_BZIMAGE_H

#include "boot/loader.h"

/* Does the file have a setup header of protocol 2.00 or later? */
bool bzimage_recognises(const struct image *file);

/* Loads request->kernel, which is recognised, and its initrd. */
bool bzimage_load(const struct boot_request *request, const struct ram *ram,
		  struct entry *entry, struct reason *why);

#endif
