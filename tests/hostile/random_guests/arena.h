/*
 * What the devices of a random guest read: descriptors, rings, requests.
 */
#ifndef RANDOM_GUESTS_ARENA_H
#define RANDOM_GUESTS_ARENA_H

#include "draw.h"

/* All IMAGE_ARENA_SIZE bytes of it; the guest has so much memory. */
void arena_make(struct draw *from, uint64_t memory, uint8_t *bytes);

#endif
