/*
 * The BIOS data area, as far as kernels read it that expect a BIOS to have been
 * there: where conventional RAM ends. Xen goes by it alone for its trampoline.
 *
 * Source: Ralf Brown's memory list, 0040:000E and 0040:0013.
 */
#ifndef BOOT_BIOS_DATA_H
#define BOOT_BIOS_DATA_H

#include "boot/placement.h"

/* Nothing is written when the kernel has been loaded there. */
void bios_data_put(const struct ram *ram, struct extent kernel);

#endif
