/*
 * What a driver asks of a block device: VIRTIO 1.2, 5.2.6. A request is read
 * out of its chain once, and checked here; nothing is carried out.
 *
 * Header and status may be cut into buffers in any way (2.7.4): the header is
 * the first 16 readable bytes, the status the last writable one.
 */
#ifndef BOARD_PC_VIRTIO_BLOCK_REQUEST_H
#define BOARD_PC_VIRTIO_BLOCK_REQUEST_H

#include "board-pc/virtio/queue.h"

#define SECTOR_SIZE 512U

/* 5.2.6: types of requests. */
enum {
	BLOCK_T_IN = 0,
	BLOCK_T_OUT = 1,
	BLOCK_T_FLUSH = 4,
	BLOCK_T_GET_ID = 8,
	BLOCK_T_DISCARD = 11,
	BLOCK_T_WRITE_ZEROES = 13,
};

#define BLOCK_HEADER_SIZE  16U /* type, reserved, sector: 4, 4, 8 bytes */
#define BLOCK_SEGMENT_SIZE 16U /* sector, sectors, flags: 8, 4, 4 bytes */
#define BLOCK_UNMAP        1U  /* the only flag of a segment */
#define BLOCK_ID_SIZE      20U

/* The most that one request moves, discards and writes zeroes over. */
#define BLOCK_TRANSFER_MAX (UINT32_C(1) << 30)
#define BLOCK_DISCARD_MAX  (UINT32_C(1) << 21) /* sectors */

enum block_status { BLOCK_S_OK, BLOCK_S_IOERR, BLOCK_S_UNSUPP };

enum block_action {
	BLOCK_ANSWER, /* nothing: `status` says it all */
	BLOCK_READ,
	BLOCK_WRITE,
	BLOCK_FLUSH,
	BLOCK_ALLOCATE, /* fallocate, with `mode` */
	BLOCK_TELL_ID,
};

struct block_request {
	enum block_action action;
	enum block_status status;
	/* READ, WRITE, ALLOCATE: whole sectors, all of them on the disk. */
	uint64_t offset, bytes;
	int mode;
	uint8_t *status_at;
	/* READ, WRITE: where the bytes go, or come from. */
	struct iovec spans[VIRTQ_SPANS_MAX];
	unsigned span_count;
};

/* The disk, as far as that is needed here. */
struct block_extent {
	uint64_t sectors;
	bool read_only;
};

/* False: there is no place for a status, so that nothing can be said. */
bool block_request_parse(const struct virtq_chain *chain,
			 const struct block_extent *disk,
			 struct block_request *request);

#endif
