/*
 * A split virtqueue, as its device sees it: Virtual I/O Device (VIRTIO) 1.2,
 * 2.6 and 2.7.
 *
 * A guest may write to all of it at any moment. So what is read of it is read
 * once, checked, and then used as it was read; every address becomes a host
 * span here, and devices see nothing else. A driver that breaks the rules (a
 * chain that loops, or is longer than VIRTQ_SPANS_MAX; what lies outside RAM; a
 * buffer of no bytes, or a device-readable one behind a device-writable one; an
 * index that is not there) breaks its queue: nothing more comes out of it.
 *
 * Left out on purpose: packed queues, and VIRTIO_F_IN_ORDER.
 */
#ifndef BOARD_PC_VIRTIO_QUEUE_H
#define BOARD_PC_VIRTIO_QUEUE_H

#include "vmm/ram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* The most descriptors of a queue, a power of two. */
#define VIRTQ_SIZE_MAX 256

/* The most buffers of a chain: 128 pieces of data, and a few more. */
#define VIRTQ_SPANS_MAX 132

struct virtq {
	/* What the driver says of it, through the transport, while !ready. */
	uint16_t size;                 /* 1 to VIRTQ_SIZE_MAX, or it is wrong */
	bool ready;                    /* the driver has said all */
	uint64_t desc, driver, device; /* the three areas, guest addresses */

	/* From virtq_start on. */
	const struct ram *ram;
	const uint8_t *desc_table; /* host addresses of the same areas, */
	const uint8_t *avail;      /* NULL while it has not been started */
	uint8_t *used;
	uint16_t avail_taken; /* chains taken so far */
	uint16_t used_put;    /* chains put back so far */
	uint16_t used_staged; /* more of them, not published yet */
	uint16_t used_told;   /* of which the driver has been told */
	bool event_idx;       /* VIRTIO_F_EVENT_IDX was accepted */
	bool broken;
};

/*
 * A chain of buffers. Those that the device reads come first: spans[0 ..
 * readable), then those that it writes, [readable .. readable + writable).
 */
struct virtq_chain {
	uint16_t head;
	uint16_t readable, writable;
	uint64_t readable_bytes, writable_bytes; /* below 2^40 */
	struct iovec spans[VIRTQ_SPANS_MAX];
};

enum virtq_taken { VIRTQ_EMPTY, VIRTQ_CHAIN, VIRTQ_BROKEN };

/*
 * Begins with a queue that the driver has made ready. False, and it is broken:
 * its size is no power of two up to VIRTQ_SIZE_MAX, or an area is not in RAM,
 * or not aligned as 2.7 wants it (16, 2 and 4).
 */
bool virtq_start(struct virtq *queue, const struct ram *ram, bool event_idx);

/* All of it to zero: as after a reset. */
void virtq_reset(struct virtq *queue);

/*
 * The next chain that the driver has made available. No more than `size` chains
 * are ever taken and not put yet; but a driver may give the same one twice, or
 * buffers that overlap.
 */
enum virtq_taken virtq_take(struct virtq *queue, struct virtq_chain *chain);

/*
 * Gives the last `count` chains that were taken back to the driver's side: they
 * are taken again. Only while none of them has been put; what is staged is not.
 */
void virtq_untake(struct virtq *queue, unsigned count);

/*
 * Puts a chain into the used ring: the device is done with it, and has written
 * `written` bytes to it, from its first writable byte on. Any order.
 */
void virtq_put(struct virtq *queue, uint16_t head, uint32_t written);

/*
 * As virtq_put, but the driver does not see it before virtq_publish: for what
 * is only whole with others (a packet in several chains).
 */
void virtq_stage(struct virtq *queue, uint16_t head, uint32_t written);
void virtq_publish(struct virtq *queue);

/* Whether the driver wants to be interrupted for what was put since it was last
 * asked. Once after a batch. */
bool virtq_wants_interrupt(struct virtq *queue);

/*
 * While a device works on a queue it wants no notification: virtq_ignore. When
 * it has found it empty it says virtq_listen, which is true if a chain has
 * come meanwhile, so that it has to look again.
 */
void virtq_ignore(struct virtq *queue);
bool virtq_listen(struct virtq *queue);

/*
 * Copies bytes from the readable part of a chain, or to its writable one, from
 * `offset` bytes into that part on. Returns how many there were: less than
 * `count` when the part ends before.
 */
size_t virtq_read(const struct virtq_chain *chain, uint64_t offset, void *to,
		  size_t count);
size_t virtq_write(const struct virtq_chain *chain, uint64_t offset,
		   const void *from, size_t count);

/*
 * The spans of `count` bytes from `offset` on of spans[0 .. spans_count), put
 * into `out`, which has room for as many as there are; returns how many. Fewer
 * bytes than asked for where the spans end before.
 */
unsigned virtq_cut(const struct iovec *spans, unsigned spans_count,
		   uint64_t offset, uint64_t count, struct iovec *out);

#endif
