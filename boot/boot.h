/*
 * The start of a guest from an image: what it is, is read from its header,
 * never from its name or an option, and its loader does the rest.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/loader.h"

/*
 * Loads request->kernel and its modules into RAM as loader.h has it, and says
 * how to enter. Accepted, and the first that fits is taken:
 *
 *	a bzImage of Linux
 *	a Multiboot kernel, by version 1 of that, or by version 2
 *	an ELF file for x86-64 or i386 with a PVH note
 *	one for x86-64 without it, by Linux's 64-bit entry
 *
 * So a kernel with more than one header is entered as QEMU does it, which takes
 * Multiboot (1) before PVH; Linux's vmlinux has only PVH's. With
 * request->is_flat nothing is recognised: the file is loaded as it is, and
 * entered at its first byte in the state that PVH has, with its information.
 *
 * Linux gets the modules joined to one initrd. Of a file that is none of all
 * these the reason says what was found, as far as it is known, and what to do.
 */
bool boot_load(const struct boot_request *request, const struct ram *ram,
	       struct entry *entry, struct reason *why);

#endif
