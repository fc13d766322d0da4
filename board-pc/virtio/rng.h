/*
 * The entropy device: VIRTIO 1.2, 5.4. What a driver asks for is the host's
 * getrandom(2), put into its buffers by the kernel.
 *
 * Of one chain at most RNG_CHAIN_BYTES are written; the used ring says how
 * many, and a driver that wants more asks again. A buffer is left empty only
 * when the host has nothing to give.
 */
#ifndef BOARD_PC_VIRTIO_RNG_H
#define BOARD_PC_VIRTIO_RNG_H

#include <stdbool.h>
#include <stdint.h>

#define RNG_CHAIN_BYTES UINT32_C(65536)

/* Plugs the one that there is. False: there is no slot for it. */
bool rng_plug(void);

#endif
