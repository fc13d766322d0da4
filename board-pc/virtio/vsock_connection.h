/*
 * A connection of virtio-vsock, between a socket of the host and a port of the
 * guest: its states, what the guest is still to be told, and the credit of both
 * directions. VIRTIO 1.2, 5.10.6. No sockets and no queues here: who has these
 * (vsock_host.h, vsock.h) tells what came, and looks at what is to be done.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_CONNECTION_H
#define BOARD_PC_VIRTIO_VSOCK_CONNECTION_H

#include "board-pc/virtio/vsock_packet.h"
#include "vmm/io_loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Bytes that the guest may send before the host has taken any: the size of a
 * connection's buffer, a power of two.
 */
#define VSOCK_WINDOW UINT32_C(65536)

/* Seconds for the guest to answer a REQUEST, or a SHUTDOWN of both. */
#define VSOCK_PATIENCE 10

enum vsock_state {
	VSOCK_FREE,
	VSOCK_GREETING,  /* the host has not said CONNECT; the guest knows
			    nothing */
	VSOCK_REQUESTED, /* by the host; the guest has not answered */
	VSOCK_OPEN,
	/*
	 * For the guest it is over, but for a RST that it may have to be sent.
	 * What it has sent before is still for the host.
	 */
	VSOCK_OVER,
};

struct vsock_connection {
	enum vsock_state state;
	uint32_t host_port, guest_port;

	/* Bits 1 << enum vsock_op: packets that the guest is to be sent. */
	uint8_t owed;
	uint8_t seconds; /* until patience ends; 0: for ever */

	/* VSOCK_RECEIVES and VSOCK_SENDS: what is over. */
	uint8_t host_ended, guest_ended;
	uint8_t guest_told; /* of host_ended */

	/* To the guest. All counters of bytes wrap. */
	uint32_t sent;
	uint32_t guest_alloc, guest_forwarded; /* as it has said last */
	bool asked_for_credit;

	/* From the guest: [forwarded, received) is in the buffer. */
	uint32_t received, forwarded;
	uint32_t told_forwarded; /* the guest knows */

	/* The host's side, vsock_host.c's. */
	struct io_source socket; /* fd: -1 when it is closed */
	bool readable, writable; /* or this has not been tried */
	bool watched_for_room;   /* EPOLLOUT */
	bool used_buffer;
	uint8_t host_told; /* of guest_ended */
};

/* The host asks for a port of the guest. */
void vsock_request(struct vsock_connection *it, uint32_t host_port,
		   uint32_t guest_port);

/* The guest's REQUEST is granted: a new connection. */
void vsock_accept(struct vsock_connection *it,
		  const struct vsock_header *request);

/*
 * A packet of the guest's, for this connection. True: it is a RW whose bytes
 * are to be taken, all of them, and there is room for them. What the guest may
 * not do resets the connection.
 */
bool vsock_take(struct vsock_connection *it, const struct vsock_header *packet);

/* Bytes that came are in the buffer; and some of those left it. */
void vsock_received(struct vsock_connection *it, uint32_t bytes);
void vsock_forwarded(struct vsock_connection *it, uint32_t bytes);

/*
 * The host will not do this any more: VSOCK_SENDS when all that it sent has
 * been read. What it does not receive is dropped.
 */
void vsock_host_ends(struct vsock_connection *it, unsigned what);

/*
 * Ends it from this side, whatever its state: the guest gets a RST if it knows
 * of the connection.
 */
void vsock_give_up(struct vsock_connection *it);

/* Once a second. */
void vsock_tick(struct vsock_connection *it);

/* How many bytes the guest has to be sent at most now. */
uint32_t vsock_room(const struct vsock_connection *it);

/*
 * There is something to be read for a guest that has no room: it is asked for
 * some, once.
 */
void vsock_want_room(struct vsock_connection *it);

/*
 * The next packet for the guest, all but src_cid and dst_cid: a RW of `bytes`
 * (not more than vsock_room) if there are any, or one that is owed. False:
 * there is none.
 */
bool vsock_give(struct vsock_connection *it, uint32_t bytes,
		struct vsock_header *packet);

/* Bytes in the buffer. */
static inline uint32_t vsock_buffered(const struct vsock_connection *it)
{
	return it->received - it->forwarded;
}

#endif
