/*
 * The guest's memory map: which addresses are RAM, and which must be left
 * alone. From it come boot_params, the PVH and the multiboot maps, and what
 * firmware is told.
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

/*
 * The map for firmware, which itself reserves what it uses: all RAM from 0 up
 * is one range, as qboot wants it, and so are the pages of the gap. Arguments
 * and result as above.
 */
unsigned e820_firmware(uint64_t ram_size, struct memory_range map[E820_MAX]);

/* An entry of `etc/e820`: base, length (64 bits each) and type (32). */
#define E820_ENTRY_SIZE 20

/* Writes `count` entries, little-endian, and returns their size in bytes. */
uint32_t e820_encode(const struct memory_range *map, unsigned count,
		     uint8_t *entries);

#endif
