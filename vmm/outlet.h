/*
 * Bytes on their way out of the monitor: from chips, through a ring, to a file
 * descriptor that may be slow.
 *
 * Chips put bytes in under the board's lock and never wait for the descriptor;
 * the event loop takes them out. Nothing that was put in is lost while the
 * reader exists; when it has gone away, everything is discarded.
 */
#ifndef VMM_OUTLET_H
#define VMM_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The ring has more than it admits to: what is written without asking for
 * room, by vCPUs that must not wait. Of these there are 255 at most, with a
 * byte each and before it KVM's ring of coalesced writes (169); and that ring
 * once more when all of them have stopped.
 */
#define OUTLET_RING    UINT32_C(65536) /* bytes; a power of two */
#define OUTLET_RESERVE UINT32_C(43520)
#define OUTLET_SIZE    (OUTLET_RING - OUTLET_RESERVE)

struct outlet {
	int fd;              /* as given, or opened again for us alone */
	int error;           /* errno that ended it; then it discards */
	bool opened;         /* fd has been looked at, */
	bool own;            /* and is ours alone: it never waits */
	bool blocked;        /* the last drain would have had to wait */
	uint32_t put, taken; /* free-running; put - taken bytes are waiting */
	uint8_t ring[OUTLET_RING];
};

void outlet_init(struct outlet *outlet, int fd);

/* Under the lock: bytes waiting, and whether one more fits. */
uint32_t outlet_waiting(const struct outlet *outlet);
bool outlet_has_room(const struct outlet *outlet);

/*
 * Under the lock. Without room it takes the reserve; a byte for which that has
 * no room either is dropped.
 */
void outlet_put(struct outlet *outlet, uint8_t byte);

/*
 * Writes a stretch of the `waiting` bytes, without waiting itself, and returns
 * how many, or a negative errno when the descriptor takes no more for ever;
 * `blocked` tells whether it wants to be polled first. Only the event loop
 * calls it, without the lock, and then tells outlet_took() under the lock.
 */
int32_t outlet_write(struct outlet *outlet, uint32_t waiting);
void outlet_took(struct outlet *outlet, int32_t written);

#endif
