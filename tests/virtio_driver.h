/*
 * The driver's side of a virtio device, for unit tests and fuzzers of devices:
 * guest RAM with the areas of all its queues, without the transport. What it
 * writes there may be spoilt as a test likes, by driver_at and the addresses in
 * struct virtq.
 *
 *	static struct driver driver;
 *	driver_start(&driver, &device, VIRTIO_F_EVENT_IDX);
 *	struct driver_buffer chain[] = { driver_out(&driver, &head, 16),
 *					 driver_in(&driver, 512) };
 *	driver_push(&driver, 0, chain, 2);
 *	driver_notify(&driver);
 *	uint32_t written;
 *	CHECK(driver_pop(&driver, 0, &written) >= 0);
 *	CHECK(!memcmp(driver_bytes(&driver, chain[1]), wanted, written));
 *
 * What the host cannot do, and a test that asks for too much, ends the program.
 */
#ifndef TESTS_VIRTIO_DRIVER_H
#define TESTS_VIRTIO_DRIVER_H

#include "board-pc/map.h"
#include "board-pc/virtio/device.h"
#include "board-pc/virtio/mmio.h"
#include "vmm/bytes.h"

#include <stdlib.h>

/* Guest memory: 2 MiB for each queue from 1 MiB on, then the buffers. */
#define DRIVER_RAM     MIB(64) /* unless `ram_size` says otherwise */
#define DRIVER_QUEUES  MIB(1)
#define DRIVER_AVAIL   0x2000 /* in a queue's memory, the table is at 0 */
#define DRIVER_USED    0x4000
#define DRIVER_TABLES  MIB(1) /* the indirect table of each descriptor: */
#define DRIVER_TABLE   0x1000
#define DRIVER_BUFFERS (DRIVER_QUEUES + VIRTIO_QUEUES_MAX * MIB(2))

/* Descriptor flags, 2.7.5, and those of the rings, 2.7.6 and 2.7.8. */
enum { DRIVER_NEXT = 1, DRIVER_WRITE = 2, DRIVER_INDIRECT = 4 };
enum { DRIVER_NO_INTERRUPT = 1, DRIVER_NO_NOTIFY = 1 };

/* A buffer of a chain. Device-readable ones go first. */
struct driver_buffer {
	uint64_t gpa;
	uint32_t length;
	bool writable; /* for the device */
};

struct driver_queue {
	bool busy[VIRTQ_SIZE_MAX];     /* descriptors of chains in flight */
	uint16_t next[VIRTQ_SIZE_MAX]; /* the next of the chain, or itself */
	uint16_t available, popped;    /* chains so far */
};

struct driver {
	uint64_t ram_size; /* set before the first driver_start, or 0 */
	struct ram ram;
	struct virtio_device *device;
	uint64_t free; /* where driver_room takes the next from */
	struct driver_queue queues[VIRTIO_QUEUES_MAX];
};

static inline void driver_must(bool condition)
{
	if (!condition)
		abort();
}

/* The host address of guest memory. */
static inline uint8_t *driver_at(const struct driver *driver, uint64_t gpa,
				 uint64_t length)
{
	uint8_t *host = ram_span(&driver->ram, gpa, length ? length : 1);

	driver_must(host != NULL);
	return host;
}

static inline struct virtq *driver_queue(const struct driver *driver,
					 unsigned queue)
{
	driver_must(queue < driver->device->queue_count);
	return &driver->device->queues[queue];
}

static inline void driver_start_queue(struct driver *driver, unsigned index)
{
	struct virtq *queue = driver_queue(driver, index);
	uint64_t at = DRIVER_QUEUES + index * MIB(2);

	memset(driver_at(driver, at, 0x6000), 0, 0x6000);
	driver->queues[index] = (struct driver_queue){ 0 };
	virtq_reset(queue);
	queue->size = driver->device->kind->queue_size;
	queue->desc = at;
	queue->driver = at + DRIVER_AVAIL;
	queue->device = at + DRIVER_USED;
	queue->ready = true;
	driver_must(
	    virtq_start(queue, &driver->ram,
			virtio_has(driver->device, VIRTIO_F_EVENT_IDX)));
}

/*
 * Goes through all that a driver and the transport do until DRIVER_OK, with
 * all queues, all as large as they may be; `features` are what the driver
 * accepts, which is not compared with what is offered. Again after
 * driver_reset, or for another device; buffers of before are gone. False when
 * the kind's `activate` says so.
 */
static inline bool driver_start(struct driver *driver,
				struct virtio_device *device, uint64_t features)
{
	struct reason why;
	bool active;

	if (!driver->ram_size)
		driver->ram_size = DRIVER_RAM;
	if (!driver->ram.host)
		driver_must(ram_map(&driver->ram, driver->ram_size, &why));
	driver->device = device;
	driver->free = DRIVER_BUFFERS;
	pthread_mutex_init(&device->lock, NULL);
	device->accepted = features | VIRTIO_F_VERSION_1;
	for (unsigned i = 0; i < device->queue_count; i++)
		driver_start_queue(driver, i);
	device->interrupt_status = 0;
	device->status = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER |
			 VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK;
	pthread_mutex_lock(&device->lock);
	active = !device->kind->activate || device->kind->activate(device);
	pthread_mutex_unlock(&device->lock);
	return active;
}

/* The driver resets the device. */
static inline void driver_reset(struct driver *driver)
{
	struct virtio_device *device = driver->device;

	pthread_mutex_lock(&device->lock);
	device->status = 0;
	if (device->kind->reset)
		device->kind->reset(device);
	for (unsigned i = 0; i < device->queue_count; i++)
		virtq_reset(&device->queues[i]);
	device->accepted = 0;
	device->interrupt_status = 0;
	pthread_mutex_unlock(&device->lock);
}

/* Calls the kind's `notified`, as the I/O thread does. */
static inline void driver_notify(struct driver *driver)
{
	struct virtio_device *device = driver->device;

	pthread_mutex_lock(&device->lock);
	device->kind->notified(device);
	pthread_mutex_unlock(&device->lock);
}

/* Guest memory that nothing else uses; its guest address, on 16 bytes. */
static inline uint64_t driver_room(struct driver *driver, uint64_t length)
{
	uint64_t gpa = driver->free;

	driver_at(driver, gpa, length);
	driver->free += (length + 15) / 16 * 16;
	return gpa;
}

/* A buffer that the device reads, with these bytes. */
static inline struct driver_buffer
driver_out(struct driver *driver, const void *bytes, uint32_t length)
{
	uint64_t gpa = driver_room(driver, length);

	if (length)
		memcpy(driver_at(driver, gpa, length), bytes, length);
	return (struct driver_buffer){ gpa, length, false };
}

/* A buffer that the device writes, all 0xA5. */
static inline struct driver_buffer driver_in(struct driver *driver,
					     uint32_t length)
{
	uint64_t gpa = driver_room(driver, length);

	memset(driver_at(driver, gpa, length), 0xA5, length);
	return (struct driver_buffer){ gpa, length, true };
}

/* What is in it. */
static inline uint8_t *driver_bytes(const struct driver *driver,
				    struct driver_buffer buffer)
{
	return driver_at(driver, buffer.gpa, buffer.length);
}

/* Writes a descriptor to `host`, 16 bytes: 2.7.5. */
static inline void driver_describe(uint8_t *host, struct driver_buffer buffer,
				   unsigned flags, uint16_t next)
{
	if (buffer.writable)
		flags |= DRIVER_WRITE;
	put_le64(host, buffer.gpa);
	put_le32(host + 8, buffer.length);
	put_le16(host + 12, (uint16_t)flags);
	put_le16(host + 14, next);
}

/* The host address of descriptor `id`. */
static inline uint8_t *driver_descriptor(const struct driver *driver,
					 unsigned queue, uint16_t id)
{
	return driver_at(driver, driver_queue(driver, queue)->desc + 16 * id,
			 16);
}

/* A free descriptor, which is busy from now on. */
static inline uint16_t driver_take_descriptor(struct driver *driver,
					      unsigned queue)
{
	uint16_t id = 0;

	while (driver->queues[queue].busy[id])
		driver_must(++id < driver_queue(driver, queue)->size);
	driver->queues[queue].busy[id] = true;
	driver->queues[queue].next[id] = id;
	return id;
}

/* Makes the chain at `head` available, whatever is there. */
static inline void driver_offer(struct driver *driver, unsigned queue,
				uint16_t head)
{
	const struct virtq *it = driver_queue(driver, queue);
	uint8_t *avail = driver_at(driver, it->driver, 6 + 2U * it->size);
	uint16_t index = driver->queues[queue].available++;

	put_le16(avail + 4 + 2 * (index % it->size), head);
	__atomic_store_n((uint16_t *)(void *)(avail + 2), (uint16_t)(index + 1),
			 __ATOMIC_RELEASE);
}

/* Makes a chain of `count` buffers available; returns its head. */
static inline uint16_t driver_push(struct driver *driver, unsigned queue,
				   const struct driver_buffer *buffers,
				   unsigned count)
{
	uint16_t head = driver_take_descriptor(driver, queue), id = head;

	for (unsigned i = 0; i < count; i++) {
		bool last = i + 1 == count;
		uint16_t next =
		    last ? id : driver_take_descriptor(driver, queue);

		driver->queues[queue].next[id] = next;
		driver_describe(driver_descriptor(driver, queue, id),
				buffers[i], last ? 0 : DRIVER_NEXT, next);
		id = next;
	}
	driver_offer(driver, queue, head);
	return head;
}

/* The same in an indirect table, 2.7.5.3, of up to 256 buffers. */
static inline uint16_t driver_push_indirect(struct driver *driver,
					    unsigned queue,
					    const struct driver_buffer *buffers,
					    unsigned count)
{
	uint16_t head = driver_take_descriptor(driver, queue);
	struct driver_buffer table = { driver_queue(driver, queue)->desc +
					   DRIVER_TABLES +
					   head * (uint64_t)DRIVER_TABLE,
				       16 * count, false };

	driver_must(table.length <= DRIVER_TABLE);
	for (unsigned i = 0; i < count; i++)
		driver_describe(driver_bytes(driver, table) + 16 * i,
				buffers[i], i + 1 == count ? 0 : DRIVER_NEXT,
				(uint16_t)(i + 1));
	driver_describe(driver_descriptor(driver, queue, head), table,
			DRIVER_INDIRECT, 0);
	driver_offer(driver, queue, head);
	return head;
}

static inline void driver_free_chain(struct driver_queue *queue, uint16_t id)
{
	while (queue->next[id] != id) {
		queue->busy[id] = false;
		id = queue->next[id];
	}
	queue->busy[id] = false;
}

/*
 * The head of the next chain that the device has put into the used ring, and
 * how many bytes it says to have written (NULL: never mind); -1 when there is
 * none. A device that puts what was not given to it ends the program.
 */
static inline int driver_pop(struct driver *driver, unsigned queue,
			     uint32_t *written)
{
	struct driver_queue *mine = &driver->queues[queue];
	const struct virtq *it = driver_queue(driver, queue);
	uint8_t *used = driver_at(driver, it->device, 6 + 8U * it->size);
	uint8_t *element = used + 4 + 8 * (mine->popped % it->size);

	if (__atomic_load_n((uint16_t *)(void *)(used + 2), __ATOMIC_ACQUIRE) ==
	    mine->popped)
		return -1;
	uint32_t head = get_le32(element);
	driver_must(head < it->size && mine->busy[head]);
	driver_free_chain(mine, (uint16_t)head);
	if (written)
		*written = get_le32(element + 4);
	mine->popped++;
	return (int)head;
}

/* Without event index: whether the driver wants interrupts of the queue. */
static inline void driver_want_interrupts(struct driver *driver, unsigned queue,
					  bool wanted)
{
	put_le16(driver_at(driver, driver_queue(driver, queue)->driver, 2),
		 wanted ? 0 : DRIVER_NO_INTERRUPT);
}

/* With it: the driver wants one when chain `index` (of all so far) is put. */
static inline void driver_set_used_event(struct driver *driver, unsigned queue,
					 uint16_t index)
{
	const struct virtq *it = driver_queue(driver, queue);

	put_le16(driver_at(driver, it->driver + 4 + 2U * it->size, 2), index);
}

/*
 * Would a driver that has just made one more chain available notify the device:
 * by the used ring's flag, or with event index by its avail_event.
 */
static inline bool driver_would_notify(const struct driver *driver,
				       unsigned queue)
{
	const struct virtq *it = driver_queue(driver, queue);
	const uint8_t *used = driver_at(driver, it->device, 6 + 8U * it->size);

	if (!it->event_idx)
		return !(get_le16(used) & DRIVER_NO_NOTIFY);
	return (uint16_t)(get_le16(used + 4 + 8U * it->size) + 1) ==
	       driver->queues[queue].available;
}

#endif
