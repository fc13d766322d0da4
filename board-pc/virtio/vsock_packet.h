/*
 * What is before the bytes of each packet of virtio-vsock: VIRTIO 1.2, 5.10.6.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_PACKET_H
#define BOARD_PC_VIRTIO_VSOCK_PACKET_H

#include <assert.h>
#include <stdint.h>

#define VSOCK_HOST   2 /* the host's CID */
#define VSOCK_STREAM 1 /* `type`: the only one that there is here */

/* Operations. */
enum vsock_op {
	VSOCK_REQUEST = 1,
	VSOCK_RESPONSE = 2,
	VSOCK_RST = 3,
	VSOCK_SHUTDOWN = 4,
	VSOCK_RW = 5,
	VSOCK_CREDIT_UPDATE = 6,
	VSOCK_CREDIT_REQUEST = 7,
};

/* `flags` of a SHUTDOWN: what the one who says so will not do any more. */
enum { VSOCK_RECEIVES = 1, VSOCK_SENDS = 2, VSOCK_BOTH = 3 };

/* Little-endian, as the host. */
struct vsock_header {
	uint64_t src_cid, dst_cid;
	uint32_t src_port, dst_port;
	uint32_t len; /* bytes that follow */
	uint16_t type, op;
	uint32_t flags;
	uint32_t buf_alloc, fwd_cnt; /* the credit of who sends it, 5.10.6.3 */
} __attribute__((packed));

static_assert(sizeof(struct vsock_header) == 44, "5.10.6");

#endif
