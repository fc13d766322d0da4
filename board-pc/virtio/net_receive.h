/*
 * The receiving half of a network device: puts packets of a TAP into the
 * driver's buffers, VIRTIO 1.2, 5.1.6.4. The kernel copies them there; the only
 * ones that are copied twice, in part, are those for which the driver had too
 * few buffers when they came.
 */
#ifndef BOARD_PC_VIRTIO_NET_RECEIVE_H
#define BOARD_PC_VIRTIO_NET_RECEIVE_H

#include "board-pc/virtio/queue.h"

/* A packet's header with VIRTIO_F_VERSION_1, 5.1.6. */
#define NET_HEADER 12U

/*
 * The largest packet: the header, a frame's (a VLAN tag with it), and what IP
 * has room for.
 */
#define NET_PACKET_MAX (NET_HEADER + 18U + 65535U)

/* One less than readv takes. */
#define NET_SPANS 1023U

struct net_receive {
	bool merges;   /* VIRTIO_NET_F_MRG_RXBUF was accepted */
	size_t enough; /* room for any packet that the TAP may have */
	size_t room;   /* in the buffers that wait, from `first_chain` on */
	size_t rest;   /* bytes in `overflow` that belong to a packet */
	unsigned first_chain, end_chain;
	unsigned first_span, end_span;
	struct net_buffers {
		uint16_t head, spans;
		uint32_t bytes;
	} chains[VIRTQ_SIZE_MAX];
	struct iovec spans[NET_SPANS + 1];
	uint8_t overflow[NET_PACKET_MAX];
};

enum net_received {
	NET_PACKET,     /* one was put, or had to be dropped */
	NET_NO_PACKET,  /* the TAP has none */
	NET_NO_BUFFERS, /* the driver will notify when it has some */
	NET_BROKEN,     /* the driver broke a rule */
};

/* With a queue that has just been started. */
void net_receive_start(struct net_receive *receive, bool merges, size_t enough);

/*
 * Receives the next packet of `fd`, whose reads do not block and give a packet
 * each, header first. `length`: of the packet, for what is fair.
 */
enum net_received net_receive(struct net_receive *receive, struct virtq *queue,
			      int fd, size_t *length);

#endif
