/*
 * Random numbers that a seed fixes, and the kinds of them that guests are made
 * of. Steele, Lea and Flood's SplitMix64.
 */
#ifndef RANDOM_GUESTS_DRAW_H
#define RANDOM_GUESTS_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t state;
};

static inline uint64_t draw(struct draw *draw)
{
	uint64_t mixed = draw->state += UINT64_C(0x9E3779B97F4A7C15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
	return mixed ^ mixed >> 31;
}

/* Below `count`, which is not 0. */
static inline uint32_t pick(struct draw *from, uint32_t count)
{
	return (uint32_t)(draw(from) % count);
}

static inline bool one_in(struct draw *from, uint32_t count)
{
	return pick(from, count) == 0;
}

#define COUNT(table)           (sizeof(table) / sizeof(*(table)))
#define PICK_FROM(from, table) ((table)[pick(from, COUNT(table))])

/* What is near the limits of a field, or anything. */
uint32_t draw_value(struct draw *from);

/* A few times something, mostly; rarely a number that nobody can be up to. */
uint32_t draw_length(struct draw *from);

/*
 * A guest address: mostly of the arena (image.h), else of a device, of a hole,
 * at the edge of something, or anything.
 */
uint64_t draw_address(struct draw *from, uint64_t memory);

/* One that is not RAM: a device's, or nobody's. */
uint64_t draw_device(struct draw *from, uint64_t memory);

/* A port, mostly one that somebody answers. */
uint16_t draw_port(struct draw *from);

/* An MSR, mostly one that KVM has. */
uint32_t draw_msr(struct draw *from);

#endif
