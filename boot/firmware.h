/*
 * Firmware in the place of a kernel: an image that ends at 4 GiB, where the
 * boot vCPU finds its first instruction after a reset (Intel SDM vol. 3,
 * 10.1.4; AMD APM vol. 2, 14.1).
 */
#ifndef BOOT_FIRMWARE_H
#define BOOT_FIRMWARE_H

#include "vmm/handover.h"
#include "vmm/ram.h"
#include "vmm/reason.h"

/*
 * Checks that an image can be firmware: 64 KiB to 16 MiB in whole 64 KiB, with
 * something at its reset vector. Puts its end in RAM below 1 MiB, where it may
 * be written, as on a PC whose firmware has shadowed itself: all of it up to
 * 256 KiB, since SeaBIOS of that size shadows itself through a PCI bridge that
 * is not there, else its last 128 KiB. The image itself is the caller's to put
 * below 4 GiB, read-only.
 */
bool firmware_load(const struct image *firmware, const struct ram *ram,
		   struct entry *entry, struct reason *why);

#endif
