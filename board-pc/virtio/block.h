/*
 * virtio-blk, VIRTIO 1.2, 5.2, over a raw image.
 *
 * A flush is the host's fdatasync; what was done before it was asked for is on
 * the disk when it is done. A driver that accepts no VIRTIO_BLK_F_FLUSH knows
 * no cache, so what it writes is on the disk when it is done.
 *
 * As many queues as BLOCK_QUEUES are offered; a driver sets up no more of them
 * than it has CPUs. All of them are served by the I/O thread. What io_uring
 * cannot do without waiting, as most writes to files, threads of its own do
 * (iou-wrk-N), which the host adds to the process and takes away again.
 *
 * Left out: the writeback switch (CONFIG_WCE), secure erase, lifetime, zones.
 */
#ifndef BOARD_PC_VIRTIO_BLOCK_H
#define BOARD_PC_VIRTIO_BLOCK_H

#include "board-pc/virtio/block_io.h"
#include "board-pc/virtio/device.h"

#define BLOCK_QUEUES     4U
#define BLOCK_QUEUE_SIZE 128U

/* 5.2.3: feature bits. */
#define VIRTIO_BLK_F_SEG_MAX      (UINT64_C(1) << 2)
#define VIRTIO_BLK_F_RO           (UINT64_C(1) << 5)
#define VIRTIO_BLK_F_BLK_SIZE     (UINT64_C(1) << 6)
#define VIRTIO_BLK_F_FLUSH        (UINT64_C(1) << 9)
#define VIRTIO_BLK_F_TOPOLOGY     (UINT64_C(1) << 10)
#define VIRTIO_BLK_F_MQ           (UINT64_C(1) << 12)
#define VIRTIO_BLK_F_DISCARD      (UINT64_C(1) << 13)
#define VIRTIO_BLK_F_WRITE_ZEROES (UINT64_C(1) << 14)

struct block {
	struct virtio_device device;
	struct io_source results; /* the ring's */
	bool is_open;             /* since the last reset */
	bool is_full;             /* a chain was left in a queue */
	unsigned turn;            /* the queue that is served first */
	struct block_io io;
};

/* A device that can be plugged; the image is its own from now on. */
void block_init(struct block *block, const struct block_image *image);

#endif
