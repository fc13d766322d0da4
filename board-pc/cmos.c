/*
 * The places are those of the PC AT's BIOS (0x0F to 0x31), and from 0x34 on
 * those that Bochs and QEMU agreed on with their BIOS; SeaBIOS reads the
 * latter. A size is cut off at what its bytes hold.
 *
 * Left out on purpose: the checksum of 0x10 to 0x2D, which no firmware that
 * runs here looks at.
 */
#include "board-pc/cmos.h"

#include "board-pc/map.h"

#include <string.h>

enum place {
	SHUTDOWN = 0x0F,     /* 0: a start, no return from protected mode */
	FLOPPIES = 0x10,     /* types, 4 bits each: none */
	DISKS = 0x12,        /* likewise */
	EQUIPMENT = 0x14,    /* bit 1: there is an FPU */
	BASE_KIB = 0x15,     /* 16 bits: conventional memory */
	ABOVE_1M_KIB = 0x17, /* 16 bits, */
	ABOVE_1M_AGAIN = 0x30,
	ABOVE_16M = 0x34,   /* 16 bits, in units of 64 KiB, up to 4 GiB */
	BOOT_THIRD = 0x38,  /* bits 4 to 7; bit 0: any floppy boots */
	BOOT_FIRST = 0x3D,  /* bits 0 to 3; the second: bits 4 to 7 */
	ABOVE_4G = 0x5B,    /* 24 bits, in units of 64 KiB */
	CPUS_LESS_1 = 0x5F, /* 0, too, when there are more than a byte holds */
};

#define BASE_MAX_KIB    640
#define EQUIPMENT_FPU   0x02
#define BOOT_DISK       2
#define BOOT_ANY_FLOPPY 1

static uint64_t at_most(uint64_t value, uint64_t max)
{
	return value < max ? value : max;
}

static uint64_t above(uint64_t size, uint64_t start)
{
	return size > start ? size - start : 0;
}

void cmos_fill(uint64_t ram_size, unsigned cpus,
	       struct cmos_byte bytes[CMOS_BYTES])
{
	uint64_t low = at_most(ram_size, MAP_GAP);
	uint64_t base = at_most(low >> 10, BASE_MAX_KIB);
	uint64_t high = at_most(above(low, MIB(1)) >> 10, UINT16_MAX);
	uint64_t higher = at_most(above(low, MIB(16)) >> 16, UINT16_MAX);
	uint64_t highest = at_most(above(ram_size, MAP_GAP) >> 16, 0xFFFFFF);
	uint8_t others = (uint8_t)(cpus <= 256 ? cpus - 1 : 0);
	const struct cmos_byte all[] = {
		{ SHUTDOWN, 0 },
		{ FLOPPIES, 0 },
		{ DISKS, 0 },
		{ EQUIPMENT, EQUIPMENT_FPU },
		{ BASE_KIB, (uint8_t)base },
		{ BASE_KIB + 1, (uint8_t)(base >> 8) },
		{ ABOVE_1M_KIB, (uint8_t)high },
		{ ABOVE_1M_KIB + 1, (uint8_t)(high >> 8) },
		{ ABOVE_1M_AGAIN, (uint8_t)high },
		{ ABOVE_1M_AGAIN + 1, (uint8_t)(high >> 8) },
		{ ABOVE_16M, (uint8_t)higher },
		{ ABOVE_16M + 1, (uint8_t)(higher >> 8) },
		{ BOOT_THIRD, BOOT_ANY_FLOPPY },
		{ BOOT_FIRST, BOOT_DISK },
		{ ABOVE_4G, (uint8_t)highest },
		{ ABOVE_4G + 1, (uint8_t)(highest >> 8) },
		{ ABOVE_4G + 2, (uint8_t)(highest >> 16) },
		{ CPUS_LESS_1, others },
	};

	static_assert(sizeof(all) == CMOS_BYTES * sizeof(*all), "all of them");
	memcpy(bytes, all, sizeof(all));
}
