/*
 * Carries out the requests of a block device, some at once: by io_uring, or
 * where there is none one after the other as they come.
 *
 * A request is a flight while it is here: taken, started, and done when
 * block_io_done says so, with its status; then it is given back. What the host
 * does in part is begun again with the rest. What it cannot do is the status
 * BLOCK_S_IOERR, or _UNSUPP where it does not know how (a file system without
 * holes).
 */
#ifndef BOARD_PC_VIRTIO_BLOCK_IO_H
#define BOARD_PC_VIRTIO_BLOCK_IO_H

#include "board-pc/virtio/block_request.h"
#include "vmm/uring.h"

#define BLOCK_FLIGHTS 128U

/* An image, or a block device, that is open and locked. */
struct block_image {
	int fd;              /* blocking; with O_DIRECT when `direct` */
	uint64_t size;       /* bytes, whole sectors */
	uint32_t block_size; /* 512 to 4096: what the host does at once */
	bool read_only;
	bool direct;
	bool without_uring;     /* even where there is one */
	char id[BLOCK_ID_SIZE]; /* no zero at its end, if it is that long */
};

struct block_flight {
	struct block_request request; /* what is left of it to be done */
	unsigned queue;
	uint16_t head;
	uint64_t writable;   /* bytes of the chain */
	unsigned first_span; /* those before are done */
	unsigned next;       /* in a list: index + 1, or 0 */
};

struct block_io {
	struct block_image image;
	bool write_through; /* what is written has reached the disk when done */
	struct uring ring;
	bool has_ring;
	bool cache_is_hidden;  /* no telling what the page cache has */
	unsigned in_flight;    /* taken and not given back */
	unsigned used;         /* flights beyond were never taken */
	unsigned free, landed; /* lists of flights */
	struct block_flight flights[BLOCK_FLIGHTS];
};

/* What was in `io` is gone. */
void block_io_init(struct block_io *io, const struct block_image *image);

/*
 * Before the first start after a reset: opens the ring if there may be one and
 * there is none yet. Whether there is one.
 */
bool block_io_open(struct block_io *io);

/* NULL: all are under way. */
struct block_flight *block_io_take(struct block_io *io);

/* Begins with what the flight's request asks for. */
void block_io_start(struct block_io *io, struct block_flight *flight);

/* After all that was started: hands it to the host. */
void block_io_submit(struct block_io *io);

/*
 * The next one that is done, or NULL. What was done in part is begun again with
 * the rest, and submitted.
 */
struct block_flight *block_io_done(struct block_io *io);

void block_io_give_back(struct block_io *io, struct block_flight *flight);

/*
 * Waits until nothing is under way, and gives all back, whatever came of it. In
 * any thread.
 */
void block_io_drain(struct block_io *io);

#endif
