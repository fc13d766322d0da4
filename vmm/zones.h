/*
 * When KVM is to coalesce the writes to a port of output: not for a guest that
 * says little, which would pay for it at its end; and not in silence, for then
 * somebody would have to look whether a byte has come.
 *
 * So a port's zone is registered when ZONES_BURST bytes have been written with
 * no pause among them, and unregistered after a term of ZONES_TERM_NS that has
 * seen fewer than ZONES_KEEP. From the one to the other the event loop looks
 * into the ring every ZONES_TICK_NS: no byte waits longer, whatever the guest
 * does, and nobody looks for ever for a few bytes.
 *
 * A VM that ends within 30 ms of a registration takes 15 ms longer to end
 * (kvm-pvm on Linux 6.18, where an exit takes 11 us): as much as the exits of
 * 1300 bytes. So a zone costs no more than the burst before it has, and a small
 * guest may say a page before it pays at all.
 *
 * A guest that has written and waits for a THRE interrupt makes no exit, and
 * would wait for the next tick. When that is seen, twice in succession, the
 * UART's zone goes, and the next burst has to be twice as long.
 */
#ifndef VMM_ZONES_H
#define VMM_ZONES_H

#include "board-pc/board.h"

#define ZONES_BURST    UINT32_C(2048)      /* bytes */
#define ZONES_PAUSE_NS UINT64_C(500000000) /* it ends a burst */
#define ZONES_TERM_NS  UINT64_C(500000000)
#define ZONES_KEEP     UINT32_C(64) /* bytes */
#define ZONES_TICK_NS  UINT64_C(1000000)

struct zone {
	bool on;
	uint32_t written; /* of the tally, when it was seen last */
	uint32_t burst;   /* bytes without a pause; of the term when it is on */
	uint64_t last_ns; /* when the last of them was seen */
	uint64_t term_ns; /* when the term began */
};

struct zones {
	const struct kvm *kvm; /* NULL: nothing is coalesced */
	/* The rest begins as zero. */
	bool asked, refused; /* KVM: for the ring; when it would not */
	struct zone zone[OUTPUT_PORTS];
	uint64_t tick_ns;                  /* 0: no zone is on */
	uint32_t uart_asked, uart_unasked; /* of the tally */
	unsigned stalls;     /* ticks in succession that found one */
	unsigned uart_times; /* the UART's burst is so many times doubled */
};

/*
 * For the event loop, at each turn. Carries out what KVM has coalesced, if it
 * is time, registers and unregisters; returns when it wants to be called
 * next at the latest, or NEVER_NS. `ticked` tells whether there was a tick:
 * then output has been held back long enough.
 */
uint64_t zones_serve(struct zones *zones, uint64_t now, bool *ticked);

#endif
