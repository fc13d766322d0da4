/*
 * The host's side of virtio-vsock: Unix sockets, in Firecracker's convention
 * (its docs/vsock.md).
 *
 * A program of the host's connects to SOCKET and says `CONNECT PORT\n`; when
 * the guest accepts, it is answered `OK HOSTPORT\n`, and the rest is the
 * stream; else the connection is closed. A guest that connects to PORT of the
 * host is connected to the Unix socket SOCKET_PORT.
 *
 * No function waits, and none is told that a socket is ready before it has said
 * that it was not (EPOLLET): `readable` and `writable` are true until a call
 * finds otherwise.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_HOST_H
#define BOARD_PC_VIRTIO_VSOCK_HOST_H

#include "board-pc/virtio/vsock_path.h"
#include "board-pc/virtio/vsock_table.h"
#include "vmm/reason.h"

#include <stddef.h>
#include <sys/uio.h>

enum vsock_call { VSOCK_CALL_NONE, VSOCK_CALL_TAKEN, VSOCK_CALL_FAILED };

/*
 * Takes the next of those who connect to `listener`: then `it` is GREETING.
 * FAILED: the host lacks descriptors or memory, and has to be asked again.
 */
enum vsock_call vsock_call_take(int listener, struct vsock_connection *it);

enum vsock_greeting {
	VSOCK_GREETING_PART, /* it is to come */
	VSOCK_GREETING_DONE, /* the guest's port is known */
	VSOCK_GREETING_BAD,
};

/* Reads `CONNECT PORT\n`, and nothing beyond. */
enum vsock_greeting vsock_greeting_take(struct vsock_connection *it,
					uint32_t *port);

/* The guest has accepted. */
void vsock_greeting_answer(struct vsock_connection *it);

/* Connects to `path`_`port`. */
bool vsock_call(struct vsock_connection *it, const char *path, uint32_t port);

/*
 * Reads into the spans, and returns how many bytes: 0 when there is nothing, or
 * nothing any more (vsock_host_ends).
 */
uint32_t vsock_read(struct vsock_connection *it, struct iovec *spans,
		    unsigned count);

/*
 * Takes all these bytes, for which there is room: gives them to the socket, or
 * keeps them in the buffer of connection `index`.
 */
void vsock_write(struct vsock_connection *it, unsigned index,
		 struct iovec *spans, unsigned count);

/*
 * Gives the socket what is in the buffer, and then tells it what the guest has
 * ended; closes it when all is over.
 */
void vsock_flush(struct vsock_connection *it, unsigned index);

/* Closes the socket, if it is open, and gives the buffer's memory back. */
void vsock_hang_up(struct vsock_connection *it, unsigned index);

#endif
