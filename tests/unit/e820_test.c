/* The memory maps: what each size of RAM becomes. */
#include "board-pc/e820.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

static struct memory_range map[E820_MAX];
static unsigned count;

static void map_of(uint64_t ram_size)
{
	memset(map, 0xFF, sizeof(map));
	count = e820_direct(ram_size, map);
	CHECK(count <= E820_MAX);
}

/* The type of the byte at `gpa`, or 0 when no range has it. */
static unsigned type_at(uint64_t gpa)
{
	for (unsigned i = 0; i < count; i++)
		if (gpa >= map[i].base && gpa - map[i].base < map[i].length)
			return map[i].type;
	return 0;
}

static uint64_t total_of(enum memory_type type)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < count; i++)
		if (map[i].type == type)
			total += map[i].length;
	return total;
}

CASE(low_memory_is_as_designed)
{
	map_of(MIB(128));
	CHECK_EQ(map[0].base, 0);
	CHECK_EQ(map[0].length, 0x9FC00);
	CHECK_EQ(map[0].type, MEMORY_RAM);
	CHECK_EQ(map[1].base, 0x9FC00);
	CHECK_EQ(map[1].length, 0x400);
	CHECK_EQ(map[1].type, MEMORY_RESERVED);
	CHECK_EQ(map[2].base, 0xE0000);
	CHECK_EQ(map[2].length, 0x20000);
	CHECK_EQ(map[2].type, MEMORY_RESERVED);
	CHECK_EQ(map[3].base, 0x100000);
	CHECK_EQ(map[3].length, MIB(127));
	CHECK_EQ(map[3].type, MEMORY_RAM);
	CHECK_EQ(type_at(0xA0000), 0);
	CHECK_EQ(type_at(0xDFFFF), 0);
}

CASE(one_mib_has_no_high_range)
{
	map_of(MIB(1));
	CHECK_EQ(total_of(MEMORY_RAM), MAP_EBDA);
	CHECK_EQ(type_at(MIB(1)), 0);
	map_of(MIB(1) + 4096);
	CHECK_EQ(type_at(MIB(1)), MEMORY_RAM);
	CHECK_EQ(type_at(MIB(1) + 4096), 0);
}

CASE(the_gap_splits_ram)
{
	map_of(GIB(3));
	CHECK_EQ(type_at(GIB(3) - 1), MEMORY_RAM);
	CHECK_EQ(type_at(GIB(3)), 0);
	CHECK_EQ(type_at(GIB(4)), 0);
	map_of(GIB(3) + 4096);
	CHECK_EQ(type_at(GIB(3)), 0);
	CHECK_EQ(type_at(GIB(4)), MEMORY_RAM);
	CHECK_EQ(type_at(GIB(4) + 4095), MEMORY_RAM);
	CHECK_EQ(type_at(GIB(4) + 4096), 0);
	map_of(GIB(64));
	CHECK_EQ(map[count - 1].base, GIB(4));
	CHECK_EQ(map[count - 1].length, GIB(61));
}

CASE(pages_in_the_gap_are_reserved)
{
	map_of(GIB(5));
	CHECK_EQ(type_at(MAP_IOAPIC), MEMORY_RESERVED);
	CHECK_EQ(type_at(MAP_IOAPIC + 0x1000), 0);
	CHECK_EQ(type_at(MAP_LAPIC), MEMORY_RESERVED);
	CHECK_EQ(type_at(MAP_LAPIC + 0x1000), 0);
	CHECK_EQ(type_at(MAP_KVM_IDENTITY), MEMORY_RESERVED);
	CHECK_EQ(type_at(MAP_KVM_TSS + 0x2FFF), MEMORY_RESERVED);
	CHECK_EQ(type_at(MAP_KVM_TSS + 0x3000), 0);
}

CASE(sorted_and_apart_at_every_size)
{
	static const uint64_t sizes[] = { MIB(1),   MIB(1) + 4096,
					  MIB(2),   GIB(3) - 4096,
					  GIB(3),   GIB(3) + 4096,
					  GIB(1024) };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		map_of(sizes[s]);
		for (unsigned i = 0; i < count; i++)
			CHECK(map[i].length > 0);
		for (unsigned i = 1; i < count; i++)
			CHECK(map[i - 1].base + map[i - 1].length <=
			      map[i].base);
		/* All RAM but what is between the EBDA and 1 MiB. */
		CHECK_EQ(total_of(MEMORY_RAM), sizes[s] - (MIB(1) - MAP_EBDA));
	}
}

static void firmware_map_of(uint64_t ram_size)
{
	memset(map, 0xFF, sizeof(map));
	count = e820_firmware(ram_size, map);
	CHECK(count <= E820_MAX);
}

CASE(firmware_gets_low_ram_in_one)
{
	firmware_map_of(MIB(128));
	CHECK_EQ(map[0].base, 0);
	CHECK_EQ(map[0].length, MIB(128));
	CHECK_EQ(map[0].type, MEMORY_RAM);
	CHECK_EQ(type_at(MAP_IOAPIC), MEMORY_RESERVED);
	CHECK_EQ(type_at(MAP_KVM_TSS + 0x2FFF), MEMORY_RESERVED);
	CHECK_EQ(total_of(MEMORY_RAM), MIB(128));
	firmware_map_of(GIB(5));
	CHECK_EQ(map[0].length, GIB(3));
	CHECK_EQ(map[count - 1].base, GIB(4));
	CHECK_EQ(map[count - 1].length, GIB(2));
	CHECK_EQ(total_of(MEMORY_RAM), GIB(5));
}

CASE(entries_have_twenty_bytes)
{
	uint8_t entries[E820_MAX * E820_ENTRY_SIZE + 1];

	firmware_map_of(GIB(4));
	entries[count * E820_ENTRY_SIZE] = 0xA5;
	CHECK_EQ(e820_encode(map, count, entries), count * 20);
	CHECK_EQ(entries[count * E820_ENTRY_SIZE], 0xA5);
	for (unsigned i = 0; i < count; i++) {
		CHECK_EQ(get_le64(entries + 20 * i), map[i].base);
		CHECK_EQ(get_le64(entries + 20 * i + 8), map[i].length);
		CHECK_EQ(get_le32(entries + 20 * i + 16), map[i].type);
	}
}

RUN("e820", &low_memory_is_as_designed, &one_mib_has_no_high_range,
    &the_gap_splits_ram, &pages_in_the_gap_are_reserved,
    &sorted_and_apart_at_every_size, &firmware_gets_low_ram_in_one,
    &entries_have_twenty_bytes)
