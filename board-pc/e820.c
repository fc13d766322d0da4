/*
 * The memory map, in the terms of ACPI 6.5, section 15 (the types are those of
 * table 15.9). The ACPI tables are "reserved" and not "ACPI reclaimable": they
 * are 128 KiB below 1 MiB, which nobody wants back.
 *
 * Left out on purpose: the map for firmware (etc/e820), in which the BIOS area
 * belongs to the firmware.
 */
#include "board-pc/e820.h"

#include "board-pc/map.h"

#include <string.h>

/* The pages of the gap that are taken on every machine. */
#define PAGE          UINT64_C(0x1000)
#define KVM_PAGES_END (MAP_KVM_TSS + 3 * PAGE)

/* All that does not depend on the size of RAM. */
static const struct memory_range low[] = {
	{ 0, MAP_EBDA, MEMORY_RAM },
	{ MAP_EBDA, MAP_VGA_HOLE - MAP_EBDA, MEMORY_RESERVED },
	{ MAP_ACPI_TABLES, MAP_ACPI_SIZE, MEMORY_RESERVED },
};
static const struct memory_range gap[] = {
	{ MAP_IOAPIC, PAGE, MEMORY_RESERVED },
	{ MAP_LAPIC, PAGE, MEMORY_RESERVED },
	{ MAP_KVM_IDENTITY, KVM_PAGES_END - MAP_KVM_IDENTITY, MEMORY_RESERVED },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static_assert(COUNT(low) + COUNT(gap) + 2 == E820_MAX,
	      "the fixed ranges, and RAM below and above the gap");

unsigned e820_direct(uint64_t ram_size, struct memory_range map[E820_MAX])
{
	uint64_t low_end = ram_size < MAP_GAP ? ram_size : MAP_GAP;
	unsigned count = COUNT(low);

	assert(ram_size >= MAP_HIGH_RAM && ram_size % PAGE == 0);
	memcpy(map, low, sizeof(low));
	if (low_end > MAP_HIGH_RAM)
		map[count++] =
		    (struct memory_range){ MAP_HIGH_RAM, low_end - MAP_HIGH_RAM,
					   MEMORY_RAM };
	memcpy(map + count, gap, sizeof(gap));
	count += COUNT(gap);
	if (ram_size > MAP_GAP)
		map[count++] =
		    (struct memory_range){ MAP_ABOVE_4G, ram_size - MAP_GAP,
					   MEMORY_RAM };
	return count;
}
