/* CMOS RAM: what firmware finds there for each size of machine. */
#include "board-pc/cmos.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static uint8_t cmos[128];

static void machine(uint64_t ram_size, unsigned cpus)
{
	struct cmos_byte bytes[CMOS_BYTES];

	memset(cmos, 0xA5, sizeof(cmos));
	cmos_fill(ram_size, cpus, bytes);
	for (unsigned i = 0; i < CMOS_BYTES; i++) {
		CHECK(bytes[i].index >= 0x0E && bytes[i].index < 128);
		CHECK_EQ(cmos[bytes[i].index], 0xA5); /* said once */
		cmos[bytes[i].index] = bytes[i].value;
	}
}

static unsigned word(unsigned index)
{
	return cmos[index] | (unsigned)cmos[index + 1] << 8;
}

static unsigned above_4g(void)
{
	return word(0x5B) | (unsigned)cmos[0x5D] << 16;
}

/* RAM below 4 GiB as SeaBIOS works it out. */
static uint64_t low_ram(void)
{
	if (word(0x34))
		return MIB(16) + ((uint64_t)word(0x34) << 16);
	return MIB(1) + ((uint64_t)word(0x30) << 10);
}

CASE(memory_is_told_at_every_place)
{
	machine(MIB(128), 1);
	CHECK_EQ(word(0x15), 640);
	CHECK_EQ(word(0x17), 65535);
	CHECK_EQ(word(0x30), 65535);
	CHECK_EQ(word(0x34), (128 - 16) * 16);
	CHECK_EQ(cmos[0x5B] | cmos[0x5C] | cmos[0x5D], 0);
}

CASE(low_memory_comes_out_right)
{
	static const uint64_t sizes[] = { MIB(1),   MIB(2),          MIB(16),
					  MIB(17),  MIB(64),         MIB(100),
					  MIB(512), GIB(3) - MIB(1), GIB(3) };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		machine(sizes[i], 1);
		CHECK_EQ(low_ram(), sizes[i]);
	}
}

CASE(memory_above_4g_is_in_64k)
{
	machine(GIB(4), 1);
	CHECK_EQ(low_ram(), GIB(3));
	CHECK_EQ(above_4g(), GIB(1) >> 16);
	machine(GIB(3) + (UINT64_C(0x123456) << 16), 1);
	CHECK_EQ(above_4g(), 0x123456);
	machine(GIB(4096) * 16 * 64, 1);
	CHECK_EQ(above_4g(), 0xFFFFFF);
}

CASE(cpus_are_counted_from_zero)
{
	machine(MIB(1), 1);
	CHECK_EQ(cmos[0x5F], 0);
	machine(MIB(1), 255);
	CHECK_EQ(cmos[0x5F], 254);
	machine(MIB(1), 300);
	CHECK_EQ(cmos[0x5F], 0);
}

CASE(a_plain_start_from_a_disk)
{
	machine(MIB(128), 1);
	CHECK_EQ(cmos[0x0F], 0);
	CHECK_EQ(cmos[0x10], 0);
	CHECK_EQ(cmos[0x12], 0);
	CHECK_EQ(cmos[0x14], 2);
	CHECK_EQ(cmos[0x38], 1);
	CHECK_EQ(cmos[0x3D], 2);
	CHECK_EQ(cmos[0x32], 0xA5); /* the century is the RTC's */
}

RUN("cmos", &memory_is_told_at_every_place, &low_memory_comes_out_right,
    &memory_above_4g_is_in_64k, &cpus_are_counted_from_zero,
    &a_plain_start_from_a_disk)
