/*
 * virtio-net, VIRTIO 1.2, 5.1, on a TAP with headers (IFF_VNET_HDR): checksums
 * and segmentation are left to whoever has the packet last, buffers are merged.
 * A packet's header goes between driver and TAP as it is: the kernel checks
 * what a guest wrote there (a checksum's place, a segment's size) against the
 * packet, refuses what does not fit, and then the packet is dropped. vhost-net
 * does the same. What is checked here is that there is a header.
 *
 * Where there is a vhost-net the kernel serves the queues itself, and this
 * device only starts and stops it.
 *
 * Left out: several pairs of queues, the control queue and with it what the
 * driver may ask of it (filters: it gets all that the TAP has; offloads changed
 * while it runs), UFO and USO, STATUS (without it the link is up).
 */
#ifndef BOARD_PC_VIRTIO_NET_H
#define BOARD_PC_VIRTIO_NET_H

#include "board-pc/virtio/device.h"
#include "board-pc/virtio/net_receive.h"
#include "board-pc/virtio/net_vhost.h"

/* 5.1.3: feature bits. */
#define VIRTIO_NET_F_CSUM       (UINT64_C(1) << 0)
#define VIRTIO_NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define VIRTIO_NET_F_MTU        (UINT64_C(1) << 3)
#define VIRTIO_NET_F_MAC        (UINT64_C(1) << 5)
#define VIRTIO_NET_F_GUEST_TSO4 (UINT64_C(1) << 7)
#define VIRTIO_NET_F_GUEST_TSO6 (UINT64_C(1) << 8)
#define VIRTIO_NET_F_GUEST_ECN  (UINT64_C(1) << 9)
#define VIRTIO_NET_F_HOST_TSO4  (UINT64_C(1) << 11)
#define VIRTIO_NET_F_HOST_TSO6  (UINT64_C(1) << 12)
#define VIRTIO_NET_F_HOST_ECN   (UINT64_C(1) << 13)
#define VIRTIO_NET_F_MRG_RXBUF  (UINT64_C(1) << 15)

/* 5.1.2 */
enum { NET_RECEIVE_QUEUE, NET_TRANSMIT_QUEUE, NET_QUEUES };

/* What there is of the host. */
struct net_host {
	/*
	 * A TAP, or what is like one: each read and each write is a packet
	 * behind a header of NET_HEADER bytes, and does not block.
	 */
	int fd;
	/* The TAP may have packets that want these (TUN_F_...). */
	bool (*set_offloads)(int fd, unsigned offloads);
	int vhost; /* as of vhost_net_open, or -1 */
	uint8_t mac[6];
	uint16_t mtu; /* 0: the driver is not told */
};

struct net {
	struct virtio_device device;
	struct net_host host;
	struct io_source tap;
	size_t sent;   /* bytes in this turn */
	bool tap_full; /* a chain was left in the queue */
	struct net_receive receive;
	struct net_vhost vhost;
};

/* A device that can be plugged; `host` is its own from now on. */
void net_init(struct net *net, const struct net_host *host);

#endif
