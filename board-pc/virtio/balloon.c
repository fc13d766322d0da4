#include "board-pc/virtio/balloon.h"

#include "board-pc/virtio/slots.h"
#include "vmm/bytes.h"

#include <sys/mman.h>

#define DEVICE_ID 5 /* 5.5.1 */

/* 5.5.3 */
#define F_DEFLATE_ON_OOM (UINT64_C(1) << 2)
#define F_PAGE_REPORTING (UINT64_C(1) << 5)

#define PAGE UINT64_C(4096) /* whatever the guest's are: 5.5.6 */

/*
 * 5.5.2. Drivers do not agree what the number of a queue is when those before
 * it are missing: Linux leaves no gap.
 */
enum {
	QUEUE_INFLATE = 0,
	QUEUE_DEFLATE = 1,
	QUEUE_REPORTING_NO_GAP = 2,
	QUEUE_REPORTING = 4,
	QUEUES,
};

/* 5.5.4: num_pages and actual. */
enum { CONFIG_ACTUAL = 4, CONFIG_SIZE = 8 };

static struct {
	struct virtio_device device;
	uint64_t given; /* bytes in this turn */
	/* Of the chain that a reporting queue has next: bytes done. */
	uint64_t done[QUEUES];
} balloon;

/* A call takes as long as some pages do. */
#define CALL_COST UINT64_C(65536)

/* The whole pages of a span. What the host refuses it does not get. */
static void give_back(void *span, uint64_t length)
{
	uintptr_t from = ((uintptr_t)span + PAGE - 1) & ~(PAGE - 1);
	uintptr_t to = ((uintptr_t)span + length) & ~(PAGE - 1);

	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
	balloon.given += length + CALL_COST;
}

static void give_back_pages(const struct ram *ram, uint32_t pfn, uint32_t count)
{
	void *span = ram_span(ram, pfn * PAGE, count * PAGE);

	if (span)
		give_back(span, count * PAGE);
}

/*
 * Pages that follow each other are one call. One that is not RAM is nobody's,
 * and so is a row of them that is not RAM all through.
 */
static void inflate_pages(const struct ram *ram, const uint8_t *pfns,
			  unsigned count)
{
	uint32_t first = 0, run = 0;

	for (unsigned i = 0; i < count; i++) {
		uint32_t pfn = get_le32(pfns + 4 * i);

		if (run && pfn == first + run && pfn) {
			run++;
			continue;
		}
		if (run)
			give_back_pages(ram, first, run);
		first = pfn;
		run = 1;
	}
	if (run)
		give_back_pages(ram, first, run);
}

static bool has_had_its_turn(void)
{
	return balloon.given >= BALLOON_TURN_BYTES;
}

static bool inflate(struct virtio_device *device, struct virtq *queue,
		    struct virtq_chain *chain)
{
	uint8_t pfns[4 * BALLOON_PFNS_MAX];
	size_t length;

	(void)device;
	if (has_had_its_turn())
		return false;
	length = virtq_read(chain, 0, pfns, sizeof(pfns));
	inflate_pages(queue->ram, pfns, (unsigned)(length / 4));
	virtq_put(queue, chain->head, 0);
	return true;
}

/* Pages come back when the guest touches them. */
static bool deflate(struct virtio_device *device, struct virtq *queue,
		    struct virtq_chain *chain)
{
	(void)device;
	virtq_put(queue, chain->head, 0);
	return true;
}

/* Page reporting, 5.5.6.7: the buffers themselves are what is free. */
static bool report(struct virtio_device *device, struct virtq *queue,
		   struct virtq_chain *chain)
{
	uint64_t *done = &balloon.done[queue - device->queues];
	struct iovec part[VIRTQ_SPANS_MAX];
	uint64_t left = BALLOON_TURN_BYTES - balloon.given;
	unsigned count;

	if (has_had_its_turn())
		return false;
	count = virtq_cut(chain->spans + chain->readable, chain->writable,
			  *done, left, part);
	for (unsigned i = 0; i < count; i++)
		give_back(part[i].iov_base, part[i].iov_len);
	*done += left;
	if (*done < chain->writable_bytes)
		return false;
	*done = 0;
	virtq_put(queue, chain->head, 0);
	return true;
}

static void notified(struct virtio_device *device)
{
	struct virtq *queues = device->queues;

	balloon.given = 0;
	virtio_serve(device, &queues[QUEUE_INFLATE], inflate);
	virtio_serve(device, &queues[QUEUE_DEFLATE], deflate);
	virtio_serve(device, &queues[QUEUE_REPORTING_NO_GAP], report);
	virtio_serve(device, &queues[QUEUE_REPORTING], report);
	if (has_had_its_turn())
		virtio_come_back(device);
}

static void reset(struct virtio_device *device)
{
	(void)device;
	for (unsigned i = 0; i < QUEUES; i++)
		balloon.done[i] = 0;
}

/* The target is the device's: a driver says how much there is. */
static void config_written(struct virtio_device *device, uint32_t offset,
			   unsigned size)
{
	(void)size;
	if (offset < CONFIG_ACTUAL)
		put_le32(device->config, 0);
}

static const struct virtio_kind kind = {
	.id = DEVICE_ID,
	.queue_size = 64, /* Linux reports 32 spans at once */
	.notified = notified,
	.reset = reset,
	.config_written = config_written,
};

bool balloon_plug(void)
{
	balloon.device.kind = &kind;
	balloon.device.queue_count = QUEUES;
	balloon.device.offered = F_DEFLATE_ON_OOM | F_PAGE_REPORTING;
	balloon.device.config_size = CONFIG_SIZE;
	return virtio_plug(&balloon.device);
}
