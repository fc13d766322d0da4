#include "board-pc/virtio/rng.h"

#include "board-pc/virtio/slots.h"

#include <sys/random.h>

#define DEVICE_ID 4 /* 5.4.1 */

/* As many bytes take some hundred microseconds: then others have their turn. */
#define TURN_BYTES RNG_CHAIN_BYTES

static struct {
	struct virtio_device device;
	uint32_t given; /* bytes in this turn */
} rng;

/* 0 when the host fails, or the page is one that the host has lost. */
static uint32_t fill_span(const struct iovec *span, uint32_t limit)
{
	size_t count = span->iov_len < limit ? span->iov_len : limit;
	ssize_t got = getrandom(span->iov_base, count, 0);

	return got > 0 ? (uint32_t)got : 0;
}

/* The bytes written count from the chain's first: none may be left out. */
static uint32_t fill(const struct virtq_chain *chain)
{
	const struct iovec *span = chain->spans + chain->readable;
	uint32_t written = 0;

	for (unsigned i = 0; i < chain->writable; i++) {
		uint32_t got = fill_span(&span[i], RNG_CHAIN_BYTES - written);

		written += got;
		if (got < span[i].iov_len || written == RNG_CHAIN_BYTES)
			break;
	}
	return written;
}

static bool serve(struct virtio_device *device, struct virtq *queue,
		  struct virtq_chain *chain)
{
	uint32_t written;

	(void)device;
	if (rng.given >= TURN_BYTES)
		return false;
	written = fill(chain);
	rng.given += written;
	virtq_put(queue, chain->head, written);
	return true;
}

static void notified(struct virtio_device *device)
{
	rng.given = 0;
	virtio_serve(device, &device->queues[0], serve);
	if (rng.given >= TURN_BYTES)
		virtio_come_back(device);
}

static const struct virtio_kind kind = {
	.id = DEVICE_ID,
	.queue_size = 16,
	.notified = notified,
};

bool rng_plug(void)
{
	rng.device.kind = &kind;
	rng.device.queue_count = 1;
	return virtio_plug(&rng.device);
}
