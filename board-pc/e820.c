/*
 * The memory map, in the terms of ACPI 6.5, section 15 (the types are those of
 * table 15.9). The ACPI tables are "reserved" and not "ACPI reclaimable": they
 * are 128 KiB below 1 MiB, which nobody wants back.
 */
#include "board-pc/e820.h"

#include "board-pc/map.h"
#include "vmm/bytes.h"

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

static struct memory_range ram_from(uint64_t base, uint64_t length)
{
	return (struct memory_range){ base, length, MEMORY_RAM };
}

static uint64_t low_end_of(uint64_t ram_size)
{
	assert(ram_size >= MAP_HIGH_RAM && ram_size % PAGE == 0);
	return ram_size < MAP_GAP ? ram_size : MAP_GAP;
}

/* Adds what is at and above the gap, and returns how many there are then. */
static unsigned add_rest(uint64_t ram_size, struct memory_range *map,
			 unsigned count)
{
	memcpy(map + count, gap, sizeof(gap));
	count += COUNT(gap);
	if (ram_size > MAP_GAP)
		map[count++] = ram_from(MAP_ABOVE_4G, ram_size - MAP_GAP);
	return count;
}

unsigned e820_direct(uint64_t ram_size, struct memory_range map[E820_MAX])
{
	uint64_t low_end = low_end_of(ram_size);
	unsigned count = COUNT(low);

	memcpy(map, low, sizeof(low));
	if (low_end > MAP_HIGH_RAM)
		map[count++] = ram_from(MAP_HIGH_RAM, low_end - MAP_HIGH_RAM);
	return add_rest(ram_size, map, count);
}

unsigned e820_firmware(uint64_t ram_size, struct memory_range map[E820_MAX])
{
	map[0] = ram_from(0, low_end_of(ram_size));
	return add_rest(ram_size, map, 1);
}

uint32_t e820_encode(const struct memory_range *map, unsigned count,
		     uint8_t *entries)
{
	for (unsigned i = 0; i < count; i++) {
		put_le64(entries, map[i].base);
		put_le64(entries + 8, map[i].length);
		put_le32(entries + 16, map[i].type);
		entries += E820_ENTRY_SIZE;
	}
	return count * E820_ENTRY_SIZE;
}
