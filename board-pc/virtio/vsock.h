/*
 * virtio-vsock: VIRTIO 1.2, 5.10. Stream sockets between the guest and Unix
 * sockets of the host (vsock_host.h says how).
 *
 * What the guest sends is written to the host's socket at once, or as far as
 * that takes it; the rest waits in the connection's buffer, which is all that
 * the guest has credit for. What the host sends is read into the guest's
 * buffers when there are some, and the guest has given credit: otherwise it
 * stays in the socket. Connections take turns, a packet each.
 *
 * When the guest closes, what it has sent still reaches the host. When the host
 * closes, the guest is told so, and has VSOCK_PATIENCE to agree. A reset of the
 * device closes all connections; programs that connect before the guest has a
 * driver wait for it.
 *
 * Left out on purpose: VIRTIO_VSOCK_F_SEQPACKET, and the transport reset event,
 * since a guest's CID never changes.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_H
#define BOARD_PC_VIRTIO_VSOCK_H

#include "board-pc/virtio/device.h"
#include "board-pc/virtio/vsock_host.h"

#define VSOCK_ID 19

enum { VSOCK_RX_QUEUE, VSOCK_TX_QUEUE, VSOCK_EVENT_QUEUE, VSOCK_QUEUES };

struct vsock {
	struct virtio_device device;
	uint64_t guest_cid;
	char path[VSOCK_PATH_SIZE];

	/* Of each connection's socket. */
	void (*socket_ready)(struct io_source *source, uint32_t events);

	struct io_source listener; /* who calls from the host */
	bool has_callers;          /* or this has not been tried */
	bool calls_held;           /* the host lacks something */

	struct io_source timer; /* a timerfd: once a second, while it is set */
	bool timer_set;

	bool has_packets; /* of the guest's, maybe, in its queue */
	struct vsock_table table;
};

/* The only one that there is. */
extern struct vsock vsock;

/*
 * Sets it up, to be plugged: `listener` is of vsock_listen, `timer` a timerfd,
 * neither waits. Once.
 */
void vsock_init(uint64_t guest_cid, const char *path, int listener, int timer);

#endif
