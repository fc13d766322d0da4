/*
 * The guest's memory map: which addresses are RAM, and which must be left
 * alone. From it come boot_params, the PVH and the multiboot maps.
 *
 * Listed as reserved: the EBDA, the ACPI tables, and the pages of the gap that
 * are no RAM and no free space either (IOAPIC, LAPIC, KVM's identity map and
 * TSS). An address in no range is free for devices: the VGA hole, the option
 * ROM area, and the rest of the gap, where virtio-mmio windows are.
 */
#ifndef BOARD_PC_E820_H
#define BOARD_PC_E820_H

#include "vmm/handover.h"

#define E820_MAX 8

/*
 * The map of a machine that is booted directly, without firmware. `ram_size`
 * is in bytes, a multiple of 4096 and at least 1 MiB. Fills in `map`, sorted,
 * without overlap and without empty ranges, and returns how many it filled.
 */
unsigned e820_direct(uint64_t ram_size, struct memory_range map[E820_MAX]);

#endif
