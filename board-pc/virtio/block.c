#include "board-pc/virtio/block.h"

#include "vmm/bytes.h"

#include <stddef.h>
#include <string.h>

#define VIRTIO_ID_BLOCK 2

/* Header, data and status are a chain that is no longer than a queue. */
#define SEG_MAX (BLOCK_QUEUE_SIZE - 2)

/* What most disks and file systems of hosts have. */
#define PHYSICAL_BLOCK 4096U

/* 5.2.4: offsets in the configuration. */
enum {
	CONFIG_CAPACITY = 0,
	CONFIG_SEG_MAX = 12,
	CONFIG_BLK_SIZE = 20,
	CONFIG_PHYSICAL_BLOCK_EXP = 24,
	CONFIG_MIN_IO_SIZE = 26,
	CONFIG_NUM_QUEUES = 34,
	CONFIG_MAX_DISCARD_SECTORS = 36,
	CONFIG_MAX_DISCARD_SEG = 40,
	CONFIG_DISCARD_SECTOR_ALIGNMENT = 44,
	CONFIG_MAX_WRITE_ZEROES_SECTORS = 48,
	CONFIG_MAX_WRITE_ZEROES_SEG = 52,
	CONFIG_WRITE_ZEROES_MAY_UNMAP = 56,
	CONFIG_SIZE = 60,
};

static struct block *block_of(struct virtio_device *device)
{
	return (struct block *)device;
}

/*
 * Bytes that have been written, from the chain's first writable one on: the
 * status, at its end, only when all is.
 */
static uint32_t written_of(const struct block_flight *flight)
{
	const struct block_request *request = &flight->request;
	uint64_t data = 0;

	if (request->action == BLOCK_READ)
		data = flight->writable - 1 - request->bytes;
	else if (request->action == BLOCK_TELL_ID)
		data = BLOCK_ID_SIZE;
	return (uint32_t)(data + (data + 1 == flight->writable));
}

/* Returns a bit for the queue. */
static unsigned put(struct block *block, const struct block_flight *flight)
{
	*flight->request.status_at = (uint8_t)flight->request.status;
	virtq_put(&block->device.queues[flight->queue], flight->head,
		  written_of(flight));
	return 1U << flight->queue;
}

/* Puts what is done, and tells the driver, once a queue. */
static void put_all(struct block *block)
{
	bool active = virtio_is_active(&block->device);
	struct block_flight *flight;
	unsigned touched = 0;

	while ((flight = block_io_done(&block->io))) {
		if (active)
			touched |= put(block, flight);
		block_io_give_back(&block->io, flight);
	}
	for (unsigned i = 0; i < BLOCK_QUEUES; i++)
		if (touched & 1U << i)
			virtio_used(&block->device, &block->device.queues[i]);
}

static bool serve(struct virtio_device *device, struct virtq *queue,
		  struct virtq_chain *chain)
{
	struct block *block = block_of(device);
	struct block_io *io = &block->io;
	const struct block_extent disk = { io->image.size / SECTOR_SIZE,
					   io->image.read_only };
	struct block_flight *flight = block_io_take(io);

	if (!flight) {
		block->is_full = true;
		return false;
	}
	if (!block_request_parse(chain, &disk, &flight->request)) {
		block_io_give_back(io, flight);
		virtio_break(device);
		return false;
	}
	flight->queue = (unsigned)(queue - device->queues);
	flight->head = chain->head;
	flight->writable = chain->writable_bytes;
	if (flight->request.action == BLOCK_TELL_ID)
		virtq_write(chain, 0, io->image.id, BLOCK_ID_SIZE);
	block_io_start(io, flight);
	return true;
}

/* One call submits what is in all queues. */
static void run(struct block *block)
{
	struct virtio_device *device = &block->device;

	do {
		block->is_full = false;
		for (unsigned i = 0; i < BLOCK_QUEUES; i++)
			virtio_serve(
			    device,
			    &device->queues[(block->turn + i) % BLOCK_QUEUES],
			    serve);
		block->turn++;
		block_io_submit(&block->io);
		/* What was in the host's page cache is done by now. */
		put_all(block);
	} while (block->is_full && block->io.in_flight < BLOCK_FLIGHTS &&
		 virtio_is_active(device));
}

static void results_came(struct io_source *source, uint32_t events)
{
	struct block *block =
	    (void *)((uint8_t *)source - offsetof(struct block, results));

	(void)events;
	virtio_lock(&block->device);
	put_all(block);
	if (block->is_full && virtio_is_active(&block->device))
		run(block);
	virtio_unlock(&block->device);
}

/* The ring's own descriptor is watched rather than an eventfd, which would have
 * to be read each time. */
static void open_results(struct block *block)
{
	struct block_io *io = &block->io;
	struct reason why;

	block->is_open = true;
	if (!block_io_open(io))
		return;
	block->results = (struct io_source){ io->ring.fd, results_came };
	if (io_watch(&block->results, EPOLLIN, &why))
		return;
	io->has_ring = false;
	io->image.without_uring = true;
	uring_close(&io->ring);
}

static void notified(struct virtio_device *device)
{
	struct block *block = block_of(device);

	if (!block->is_open)
		open_results(block);
	run(block);
}

static bool activate(struct virtio_device *device)
{
	block_of(device)->io.write_through =
	    !virtio_has(device, VIRTIO_BLK_F_FLUSH);
	return true;
}

static void reset(struct virtio_device *device)
{
	struct block *block = block_of(device);

	block_io_drain(&block->io);
	block->is_open = block->is_full = false;
}

static const struct virtio_kind kind = {
	.id = VIRTIO_ID_BLOCK,
	.queue_size = BLOCK_QUEUE_SIZE,
	.activate = activate,
	.notified = notified,
	.reset = reset,
};

static void configure_writes(uint8_t *config)
{
	put_le32(config + CONFIG_MAX_DISCARD_SECTORS, BLOCK_DISCARD_MAX);
	put_le32(config + CONFIG_MAX_DISCARD_SEG, 1);
	put_le32(config + CONFIG_DISCARD_SECTOR_ALIGNMENT,
		 PHYSICAL_BLOCK / SECTOR_SIZE);
	put_le32(config + CONFIG_MAX_WRITE_ZEROES_SECTORS, BLOCK_DISCARD_MAX);
	put_le32(config + CONFIG_MAX_WRITE_ZEROES_SEG, 1);
	config[CONFIG_WRITE_ZEROES_MAY_UNMAP] = 1;
}

static void configure(uint8_t *config, const struct block_image *image)
{
	uint32_t block = image->block_size;

	put_le64(config + CONFIG_CAPACITY, image->size / SECTOR_SIZE);
	put_le32(config + CONFIG_SEG_MAX, SEG_MAX);
	put_le32(config + CONFIG_BLK_SIZE, block);
	config[CONFIG_PHYSICAL_BLOCK_EXP] =
	    (uint8_t)__builtin_ctz(PHYSICAL_BLOCK / block);
	put_le16(config + CONFIG_MIN_IO_SIZE,
		 (uint16_t)(PHYSICAL_BLOCK / block));
	put_le16(config + CONFIG_NUM_QUEUES, BLOCK_QUEUES);
	if (!image->read_only)
		configure_writes(config);
}

void block_init(struct block *block, const struct block_image *image)
{
	struct virtio_device *device = &block->device;

	*device = (struct virtio_device){ .kind = &kind };
	device->queue_count = BLOCK_QUEUES;
	device->offered = VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_BLK_SIZE |
			  VIRTIO_BLK_F_TOPOLOGY | VIRTIO_BLK_F_FLUSH |
			  VIRTIO_BLK_F_MQ;
	device->offered |=
	    image->read_only ? VIRTIO_BLK_F_RO
			     : VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES;
	device->config_size = CONFIG_SIZE;
	configure(device->config, image);
	block->results.fd = -1;
	block->is_open = block->is_full = false;
	block->turn = 0;
	block_io_init(&block->io, image);
}
