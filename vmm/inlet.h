/*
 * Bytes on their way into the guest: from a file descriptor, through a small
 * ring, to a chip that takes them when it can.
 */
#ifndef VMM_INLET_H
#define VMM_INLET_H

#include <stdbool.h>
#include <stdint.h>

#define INLET_SIZE UINT32_C(65536) /* bytes; a power of two */

struct inlet {
	uint32_t put, taken; /* free-running; put - taken bytes are waiting */
	uint8_t ring[INLET_SIZE];
};

static inline uint32_t inlet_waiting(const struct inlet *inlet)
{
	return inlet->put - inlet->taken;
}

static inline uint32_t inlet_room(const struct inlet *inlet)
{
	return INLET_SIZE - inlet_waiting(inlet);
}

/* There must be room. */
static inline void inlet_put(struct inlet *inlet, uint8_t byte)
{
	inlet->ring[inlet->put++ % INLET_SIZE] = byte;
}

/* There must be a byte waiting; `inlet_take` removes it. */
static inline uint8_t inlet_peek(const struct inlet *inlet)
{
	return inlet->ring[inlet->taken % INLET_SIZE];
}

static inline void inlet_take(struct inlet *inlet)
{
	inlet->taken++;
}

#endif
