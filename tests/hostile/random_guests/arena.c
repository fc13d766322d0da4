#include "arena.h"

#include "image.h"

#include <string.h>

#define DESCS    256
#define NEXT     1
#define WRITE    2
#define INDIRECT 4

struct desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/* Chains of a queue, as drivers of different devices make them. */
enum shape { SHAPE_INTO, SHAPE_OUT_OF, SHAPE_REQUEST, SHAPE_ANY, SHAPES };

static struct desc any_desc(struct draw *from, uint64_t memory)
{
	struct desc desc = {
		.address = draw_address(from, memory),
		.length = draw_length(from),
		.flags = (uint16_t)pick(from, one_in(from, 16) ? 65536 : 4),
		.next = (uint16_t)pick(from, one_in(from, 16) ? 65536 : 16),
	};

	if (one_in(from, 12))
		desc.flags |= INDIRECT;
	return desc;
}

/* A header, two buffers to or from the device, and a byte for its status. */
static void shape_request(struct desc *desc, unsigned i, bool is_read)
{
	static const uint16_t flags[] = { NEXT, NEXT, NEXT, WRITE };

	desc->flags = flags[i % 4];
	desc->next = (uint16_t)(i + 1);
	if (i % 4 == 0)
		desc->length = 16;
	else if (i % 4 == 3)
		desc->length = 1;
	else if (is_read)
		desc->flags |= WRITE;
}

static struct desc shaped(struct draw *from, uint64_t memory, enum shape shape,
			  unsigned i, bool is_read)
{
	struct desc desc = any_desc(from, memory);
	bool as_it_is = shape == SHAPE_ANY || one_in(from, 24);

	if (as_it_is)
		return desc;
	desc.address = IMAGE_ARENA + 16 * pick(from, 0x800);
	if (desc.length > 0x8000)
		desc.length = 512;
	if (shape == SHAPE_REQUEST)
		shape_request(&desc, i, is_read);
	else
		desc.flags = shape == SHAPE_INTO ? WRITE : 0;
	return desc;
}

static void make_ring(struct draw *from, enum shape shape, uint8_t *bytes)
{
	uint16_t avail[DESCS + 3];
	unsigned step = shape == SHAPE_REQUEST ? 4 : 1;

	for (unsigned i = 2; i < DESCS + 3; i++)
		avail[i] = one_in(from, 24) ? (uint16_t)draw(from)
					    : (uint16_t)((i - 2) * step % 16);
	avail[0] = one_in(from, 8);
	avail[1] = (uint16_t)pick(from, one_in(from, 16) ? 65536 : 3);
	memcpy(bytes, avail, sizeof(avail));
}

static void make_queue(struct draw *from, uint64_t memory, uint8_t *bytes)
{
	enum shape shape = pick(from, SHAPES);
	bool is_read = one_in(from, 2);

	for (unsigned i = 0; i < DESCS; i++) {
		struct desc desc = shaped(from, memory, shape, i, is_read);

		memcpy(bytes + 16 * i, &desc, sizeof(desc));
	}
	make_ring(from, shape, bytes + QUEUE_AVAIL);
}

/* Small numbers are the types, sectors and lengths that devices read. */
static void make_data(struct draw *from, uint8_t *bytes)
{
	for (uint32_t at = 0; at < 0x10000; at += 4) {
		uint32_t value = one_in(from, 16)  ? draw_value(from)
				 : one_in(from, 2) ? 0
						   : pick(from, 16);

		memcpy(bytes + at, &value, 4);
	}
}

void arena_make(struct draw *from, uint64_t memory, uint8_t *bytes)
{
	make_data(from, bytes);
	for (unsigned i = 0; i < IMAGE_QUEUES; i++)
		make_queue(from, memory,
			   bytes + (IMAGE_QUEUE(i) - IMAGE_ARENA));
}
