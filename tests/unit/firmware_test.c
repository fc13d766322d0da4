/* Firmware: which images are, and where their end goes. */
#include "boot/firmware.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static uint8_t bytes[MIB(17)];
static uint8_t memory[MIB(2)];
static const struct ram ram = { .host = memory, .size = sizeof(memory) };
static struct entry entry;
static struct reason why;

static bool load(uint64_t size)
{
	const struct image image = { .bytes = bytes, .size = size };

	memset(memory, 0, sizeof(memory));
	memset(&entry, 0xAA, sizeof(entry));
	return firmware_load(&image, &ram, &entry, &why);
}

/* Each 64 KiB has its number, and the last bytes a jump. */
static void fill(uint64_t size)
{
	for (uint64_t at = 0; at < size; at += KIB(64))
		memset(bytes + at, (int)(at >> 16) + 1, KIB(64));
	bytes[size - 16] = 0xEA;
}

CASE(sizes_are_whole_64_kib_up_to_16_mib)
{
	static const uint64_t good[] = { KIB(64),  KIB(128), KIB(192),
					 KIB(256), MIB(1),   MIB(16) };
	static const uint64_t bad[] = { 1,           16,
					KIB(32),     KIB(96),
					KIB(64) + 1, KIB(128) - 1,
					MIB(17),     MIB(16) + KIB(64) };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		fill(good[i]);
		CHECK(load(good[i]));
		CHECK_EQ(entry.mode, ENTRY_RESET);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(!load(bad[i]));
		CHECK_SAYS(why.text, "64 KiB to 16 MiB");
	}
}

CASE(up_to_256_kib_it_is_below_1_mib)
{
	fill(KIB(256));
	CHECK(load(KIB(256)));
	CHECK(!memcmp(memory + 0xC0000, bytes, KIB(256)));
	CHECK_EQ(memory[0xBFFFF], 0);
	CHECK_EQ(memory[0x100000], 0);
}

CASE(of_a_larger_one_the_last_128_kib_are)
{
	fill(KIB(320));
	CHECK(load(KIB(320)));
	CHECK(!memcmp(memory + 0xE0000, bytes + KIB(192), KIB(128)));
	CHECK_EQ(memory[0xDFFFF], 0);
	CHECK_EQ(memory[0x100000], 0);
}

CASE(one_of_64_kib_is_in_the_last_segment)
{
	fill(KIB(64));
	CHECK(load(KIB(64)));
	CHECK(!memcmp(memory + 0xF0000, bytes, KIB(64)));
	CHECK_EQ(memory[0xEFFFF], 0);
}

CASE(nothing_at_the_reset_vector_is_no_firmware)
{
	fill(KIB(128));
	memset(bytes + KIB(128) - 16, 0xFF, 16);
	CHECK(!load(KIB(128)));
	CHECK_SAYS(why.text, "reset vector");
	CHECK_SAYS(why.text, "0xFF");
	memset(bytes + KIB(128) - 16, 0, 16);
	CHECK(!load(KIB(128)));
	bytes[KIB(128) - 1] = 1;
	CHECK(load(KIB(128)));
}

RUN("firmware", &sizes_are_whole_64_kib_up_to_16_mib,
    &up_to_256_kib_it_is_below_1_mib, &of_a_larger_one_the_last_128_kib_are,
    &one_of_64_kib_is_in_the_last_segment,
    &nothing_at_the_reset_vector_is_no_firmware)
