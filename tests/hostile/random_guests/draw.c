#include "draw.h"

#include "image.h"

uint32_t draw_value(struct draw *from)
{
	static const uint32_t telling[] = {
		0,      1,       2,          3,          4,          7,
		8,      15,      16,         31,         0x7F,       0x80,
		0xFF,   0x100,   0xFFF,      0x1000,     0x7FFF,     0x8000,
		0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, ~0U,
	};

	switch (pick(from, 4)) {
	case 0:
		return PICK_FROM(from, telling);
	case 1:
		return 1U << pick(from, 32);
	case 2:
		return pick(from, 256);
	default:
		return (uint32_t)draw(from);
	}
}

uint32_t draw_length(struct draw *from)
{
	static const uint32_t usual[] = { 1,   2,    4,    8,    10,   12,
					  16,  44,   63,   64,   65,   512,
					  513, 1526, 4095, 4096, 4097, 65536 };

	return one_in(from, 16) ? draw_value(from) : PICK_FROM(from, usual);
}

uint64_t draw_device(struct draw *from, uint64_t memory)
{
	static const struct {
		uint64_t base;
		uint32_t length;
	} places[] = {
		{ 0xFEC00000, 0x1000 },             /* the IOAPIC */
		{ 0xFEC00000, 0x20 },               /* the same */
		{ 0xFEE00000, 0x400 },              /* the LAPIC */
		{ 0xFEE00000, 0x1000 },             /* the same */
		{ 0xD0000000, 17 * 0x1000 },        /* virtio */
		{ 0xD0000000, 4 * 0x1000 },         /* the same */
		{ 0xD0011000, 0x1000 },             /* behind the last one */
		{ 0xC0000000, 0x1000 },             /* the gap begins */
		{ 0xFEFFC000, 0x4000 },             /* KVM's own pages */
		{ 0xFF000000, 0x10000 },            /* --testdev */
		{ 0xFFFF0000, 0x10000 },            /* firmware */
		{ UINT64_C(0x100000000), 0x10000 }, /* above 4 GiB */
	};
	unsigned which = pick(from, COUNT(places) + 1);

	if (which == COUNT(places))
		return memory + pick(from, 0x2000);
	return places[which].base + pick(from, places[which].length);
}

static uint64_t edge(struct draw *from, uint64_t memory)
{
	const uint64_t edges[] = {
		0,
		0x9FC00,
		0xA0000,
		0xC0000,
		0xE0000,
		0x100000,
		memory,
		0xC0000000,
		UINT64_C(0x100000000),
		UINT64_C(0x140000000),
		UINT64_C(1) << 40,
		UINT64_C(1) << 47,
		UINT64_C(1) << 52,
		UINT64_C(1) << 63,
		0,
	};

	return PICK_FROM(from, edges) - pick(from, 130) + pick(from, 66);
}

uint64_t draw_address(struct draw *from, uint64_t memory)
{
	switch (pick(from, 16)) {
	case 0:
		return draw_device(from, memory);
	case 1:
		return edge(from, memory);
	case 2:
		return memory - pick(from, one_in(from, 2) ? 9000 : 65);
	case 3:
		return draw(from) % (memory + 1);
	case 4:
		return one_in(from, 4) ? draw(from) : (uint32_t)draw(from);
	case 5:
	case 6:
	case 7:
		return IMAGE_ARENA + pick(from, IMAGE_ARENA_SIZE);
	default:
		return IMAGE_ARENA + pick(from, IMAGE_ARENA_SIZE / 16) * 16;
	}
}

uint16_t draw_port(struct draw *from)
{
	static const struct {
		uint16_t first, count;
	} ranges[] = {
		{ 0x20, 2 },  { 0xA0, 2 },   { 0x40, 4 },    { 0x61, 1 },
		{ 0x60, 1 },  { 0x64, 1 },   { 0x70, 2 },    { 0x80, 1 },
		{ 0x92, 1 },  { 0xE0, 12 },  { 0x2F8, 8 },   { 0x3F0, 16 },
		{ 0x3F8, 8 }, { 0x3F8, 8 },  { 0x402, 1 },   { 0x4D0, 2 },
		{ 0x500, 2 }, { 0x510, 12 }, { 0x510, 12 },  { 0x600, 8 },
		{ 0xCF8, 8 }, { 0x1F0, 8 },  { 0x2000, 26 }, { 0xFFFC, 4 },
	};
	unsigned which = pick(from, COUNT(ranges) + 1);

	if (which == COUNT(ranges))
		return (uint16_t)draw(from);
	return (uint16_t)(ranges[which].first +
			  pick(from, ranges[which].count));
}

uint32_t draw_msr(struct draw *from)
{
	static const struct {
		uint32_t first, count;
	} ranges[] = {
		{ 0x10, 1 },        { 0x1B, 1 },        { 0x3A, 2 },
		{ 0x48, 2 },        { 0x8B, 1 },        { 0xC1, 8 },
		{ 0xFE, 1 },        { 0x10A, 2 },       { 0x174, 8 },
		{ 0x186, 4 },       { 0x1A0, 1 },       { 0x1D9, 4 },
		{ 0x200, 16 },      { 0x250, 32 },      { 0x277, 1 },
		{ 0x2FF, 1 },       { 0x345, 1 },       { 0x38D, 4 },
		{ 0x400, 48 },      { 0x480, 20 },      { 0x6E0, 1 },
		{ 0x800, 64 },      { 0xD90, 1 },       { 0xDA0, 1 },
		{ 0x11, 2 },        { 0x4B564D00, 9 },  { 0x40000000, 4 },
		{ 0x40000020, 4 },  { 0x40000070, 8 },  { 0x40000100, 6 },
		{ 0xC0000080, 5 },  { 0xC0000100, 4 },  { 0xC0010000, 32 },
		{ 0xC0010110, 16 }, { 0xC0011020, 16 },
	};
	unsigned which = pick(from, COUNT(ranges) + 1);

	if (which == COUNT(ranges))
		return (uint32_t)draw(from);
	return ranges[which].first + pick(from, ranges[which].count);
}
