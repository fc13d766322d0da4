/*
 * What guests write on its way to the console and the debug console: the ports
 * that lead there, KVM's ring of coalesced writes to them, and who waits for
 * room. A part of the board: everything here is under the board's lock.
 *
 * A coalesced write is carried out later than it was made, but in order: each
 * access to one of these ports comes after those that wait in the ring. Until
 * there is room for their bytes they stay there, and an access to another port
 * or to memory overtakes them: a reader that is slow holds up none but those
 * who write to it.
 */
#ifndef BOARD_PC_OUTPUT_H
#define BOARD_PC_OUTPUT_H

#include "vmm/coalesced.h"
#include "vmm/ending.h"
#include "vmm/outlet.h"

#include <pthread.h>

/* The ports whose writes KVM may coalesce: bytes to these are output. */
enum output_port {
	OUTPUT_UART, /* THR; with DLAB it is the divisor latch */
	OUTPUT_DEBUG,
	OUTPUT_DEBUG_BOCHS,
	OUTPUT_PORTS,
};
extern const uint16_t output_ports[OUTPUT_PORTS];

/* Bytes since the start, which wrap. */
struct output_tally {
	uint32_t written[OUTPUT_PORTS]; /* by an exit, or taken from the ring */
	/* Of the UART's in the ring: taken since a vCPU had an exit, or not. */
	uint32_t uart_asked, uart_unasked;
};

struct output {
	struct outlet *console;
	struct outlet *debug;  /* or NULL */
	struct ending *ending; /* its event loop is woken */
	pthread_mutex_t *lock; /* the board's */
	/* Carries out the write of a byte, whose outlet has room. */
	void (*deliver)(uint16_t port, uint8_t byte);
	/* The rest begins as zero. */
	struct kvm_coalesced_mmio_ring *ring; /* or NULL */
	bool released;                        /* the VM has ended */
	bool paused;    /* or is to pause: no vCPU may wait for room */
	bool watched;   /* the event loop looks after the ring, unasked */
	uint32_t taken; /* from the ring, ever; it wraps */
	struct output_tally tally;
};

/* A byte for one of the outlets. Without room it takes the reserve. */
void output_put(const struct output *output, struct outlet *outlet,
		uint8_t byte);

/*
 * For one who can wait: puts bytes behind all that has been written to the
 * console so far, and returns how many there was room for, also when the VM
 * has ended.
 */
uint32_t output_write(struct output *output, const uint8_t *bytes,
		      uint32_t count);

/*
 * What comes before a vCPU's access. Writes to registers of the UART and to
 * debug ports come after all that waits in the ring, and then wait for the room
 * that they need themselves; before others is carried out what has room.
 */
void output_before_write(struct output *output, uint16_t port, unsigned size);
void output_before_access(struct output *output);

/* For the event loop: carries out what the ring has, as far as there is room.
 */
void output_collect(struct output *output);

/* Carries out all of it. Nobody waits: the reserve has room. */
void output_settle(struct output *output);

/* Waits for room in both outlets, reserves left aside. */
void output_wait_for_room(struct output *output);

/* Room has come, or is not needed any more. */
void output_tell_room(void);

#endif
