/*
 * virtio over MMIO, after VIRTIO 1.2, 4.2.2 and 3.1.
 *
 * Choices, where drivers break rules:
 * - What comes at the wrong time is ignored: features after FEATURES_OK, a
 *   queue's fields while it is ready or the device runs.
 * - Status bits cannot be taken back one by one, and DRIVER_OK is not taken
 *   without FEATURES_OK, which reads 0 if the features cannot be.
 * - A queue that is not sound is found at DRIVER_OK: DEVICE_NEEDS_RESET.
 *
 * Left out: shared memory regions (none: their length reads as ones), queue
 * reset (VIRTIO_F_RING_RESET).
 */
#include "board-pc/virtio/mmio.h"

#include <string.h>

#define MAGIC   UINT32_C(0x74726976) /* "virt" */
#define VERSION UINT32_C(2)
#define VENDOR  UINT32_C(0x464C594D) /* "MYLF": no registry of these exists */

#define COMMON                                                                 \
	(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

static struct virtio_mmio_wires wires;
static const struct ram *memory;

void virtio_mmio_wire(const struct virtio_mmio_wires *to, const struct ram *ram)
{
	wires = *to;
	memory = ram;
}

void virtio_mmio_reset(struct virtio_device *device)
{
	/* First: what runs meanwhile finds that the device is not active. */
	atomic_store(&device->status, 0);
	if (device->activated && device->kind->reset)
		device->kind->reset(device);
	device->activated = false;
	device->always_used = false;
	atomic_store(&device->interrupt_status, 0);
	device->accepted = device->driver_features = 0;
	device->features_select = device->driver_select = 0;
	device->queue_select = 0;
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		virtq_reset(&device->queues[i]);
}

static void raise(struct virtio_device *device, unsigned bit)
{
	atomic_fetch_or(&device->interrupt_status, bit);
	wires.interrupt(device);
}

void virtio_used(struct virtio_device *device, struct virtq *queue)
{
	if (virtq_wants_interrupt(queue))
		raise(device, VIRTIO_INTERRUPT_USED);
}

void virtio_interrupt(struct virtio_device *device)
{
	raise(device, VIRTIO_INTERRUPT_USED);
}

void virtio_config_changed(struct virtio_device *device)
{
	device->generation++;
	if (atomic_load(&device->status) & VIRTIO_DRIVER_OK)
		raise(device, VIRTIO_INTERRUPT_CONFIG);
}

void virtio_break(struct virtio_device *device)
{
	unsigned was = atomic_fetch_or(&device->status, VIRTIO_NEEDS_RESET);

	if (was & VIRTIO_DRIVER_OK && !(was & VIRTIO_NEEDS_RESET))
		raise(device, VIRTIO_INTERRUPT_CONFIG);
}

bool virtio_is_active(const struct virtio_device *device)
{
	unsigned status = atomic_load(&device->status);

	return (status & (VIRTIO_DRIVER_OK | VIRTIO_NEEDS_RESET |
			  VIRTIO_FAILED)) == VIRTIO_DRIVER_OK;
}

static uint64_t offered(const struct virtio_device *device)
{
	return device->offered | COMMON;
}

/* 3.1.1, 5 and 6: the driver reads back whether the device took FEATURES_OK. */
static bool takes_features(const struct virtio_device *device)
{
	uint64_t asked = device->driver_features;

	return asked & VIRTIO_F_VERSION_1 && !(asked & ~offered(device));
}

static bool start_queues(struct virtio_device *device)
{
	bool event_idx = virtio_has(device, VIRTIO_F_EVENT_IDX);

	for (unsigned i = 0; i < device->queue_count; i++)
		if (device->queues[i].ready &&
		    !virtq_start(&device->queues[i], memory, event_idx))
			return false;
	return true;
}

/* 3.1.1, 8: from now on the device lives. */
static void activate(struct virtio_device *device)
{
	if (!start_queues(device)) {
		virtio_break(device);
		return;
	}
	/* The host has ended the VM. */
	if (!wires.prepare(device))
		return;
	device->activated = true;
	if (device->kind->activate && !device->kind->activate(device)) {
		virtio_break(device);
		return;
	}
	wires.notify(device);
}

static void write_status(struct virtio_device *device, uint32_t value)
{
	unsigned was = atomic_load(&device->status);
	unsigned now = was | (value & ~(unsigned)VIRTIO_NEEDS_RESET & 0xFF);

	if (!value) {
		virtio_mmio_reset(device);
		return;
	}
	if (~was & now & VIRTIO_FEATURES_OK) {
		if (takes_features(device))
			device->accepted = device->driver_features;
		else
			now &= ~(unsigned)VIRTIO_FEATURES_OK;
	}
	if (!(now & VIRTIO_FEATURES_OK))
		now &= ~(unsigned)VIRTIO_DRIVER_OK;
	atomic_store(&device->status, now);
	if (~was & now & VIRTIO_DRIVER_OK)
		activate(device);
}

/* A half of the 64 feature bits; there are none beyond. */
static uint32_t half(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

static void set_half(uint64_t *value, unsigned which, uint32_t half)
{
	*value &= ~(UINT64_C(0xFFFFFFFF) << 32 * which);
	*value |= (uint64_t)half << 32 * which;
}

static void write_features(struct virtio_device *device, uint32_t value)
{
	if (atomic_load(&device->status) & VIRTIO_FEATURES_OK)
		return;
	if (device->driver_select < 2)
		set_half(&device->driver_features, device->driver_select,
			 value);
}

static struct virtq *selected(struct virtio_device *device)
{
	return device->queue_select < device->queue_count
		   ? &device->queues[device->queue_select]
		   : NULL;
}

/* 4.2.3.2: a queue is set up between FEATURES_OK and DRIVER_OK. */
static bool may_set_up(const struct virtio_device *device)
{
	unsigned status = atomic_load(&device->status);

	return status & VIRTIO_FEATURES_OK && !(status & VIRTIO_DRIVER_OK);
}

static void write_queue(struct virtio_device *device, uint32_t offset,
			uint32_t value)
{
	struct virtq *queue = selected(device);

	if (!queue || !may_set_up(device))
		return;
	if (offset == VIRTIO_MMIO_QUEUE_READY) {
		queue->ready = value & 1;
		return;
	}
	if (queue->ready)
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		/* More than there can be is as wrong as 0. */
		queue->size =
		    value <= device->kind->queue_size ? (uint16_t)value : 0;
		break;
	case VIRTIO_MMIO_QUEUE_DESC:
	case VIRTIO_MMIO_QUEUE_DESC + 4:
		set_half(&queue->desc, offset / 4 % 2, value);
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER:
	case VIRTIO_MMIO_QUEUE_DRIVER + 4:
		set_half(&queue->driver, offset / 4 % 2, value);
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE:
	case VIRTIO_MMIO_QUEUE_DEVICE + 4:
		set_half(&queue->device, offset / 4 % 2, value);
		break;
	}
}

static void write_locked(struct virtio_device *device, uint32_t offset,
			 uint32_t value)
{
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		device->features_select = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		device->driver_select = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_features(device, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		device->queue_select = value;
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(device, value);
		break;
	default:
		write_queue(device, offset, value);
	}
}

static uint32_t read_locked(struct virtio_device *device, uint32_t offset)
{
	const struct virtq *queue = selected(device);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return device->kind->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half(offered(device), device->features_select);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return queue ? device->kind->queue_size : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return queue && queue->ready;
	case VIRTIO_MMIO_SHM_LEN:
	case VIRTIO_MMIO_SHM_LEN + 4:
	case VIRTIO_MMIO_SHM_BASE:
	case VIRTIO_MMIO_SHM_BASE + 4:
		return UINT32_MAX;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return device->generation;
	default:
		return 0;
	}
}

/* The bytes of an access that the configuration space has. */
static unsigned config_bytes(const struct virtio_device *device,
			     uint32_t offset, unsigned size)
{
	uint32_t left =
	    offset < device->config_size ? device->config_size - offset : 0;

	return size < left ? size : left;
}

static uint64_t read_config(struct virtio_device *device, uint32_t offset,
			    unsigned size)
{
	unsigned count = config_bytes(device, offset, size);
	uint64_t value = 0;

	if (!count)
		return 0;
	virtio_lock(device);
	memcpy(&value, &device->config[offset], count);
	virtio_unlock(device);
	return value;
}

static void write_config(struct virtio_device *device, uint32_t offset,
			 uint64_t value, unsigned size)
{
	unsigned count = config_bytes(device, offset, size);

	if (!device->kind->config_written || !count)
		return;
	virtio_lock(device);
	memcpy(&device->config[offset], &value, count);
	device->kind->config_written(device, offset, count);
	virtio_unlock(device);
}

static uint32_t interrupts(const struct virtio_device *device)
{
	return atomic_load(&device->interrupt_status) |
	       (device->always_used ? VIRTIO_INTERRUPT_USED : 0);
}

uint64_t virtio_mmio_read(struct virtio_device *device, uint32_t offset,
			  unsigned size)
{
	uint32_t value;

	if (offset >= VIRTIO_MMIO_CONFIG)
		return read_config(device, offset - VIRTIO_MMIO_CONFIG, size);
	if (size != 4)
		return 0;
	if (offset == VIRTIO_MMIO_INTERRUPT_STATUS)
		return interrupts(device);
	if (offset == VIRTIO_MMIO_STATUS)
		return atomic_load(&device->status);
	virtio_lock(device);
	value = read_locked(device, offset);
	virtio_unlock(device);
	return value;
}

void virtio_mmio_write(struct virtio_device *device, uint32_t offset,
		       uint64_t value, unsigned size)
{
	uint32_t word = (uint32_t)value;

	if (offset >= VIRTIO_MMIO_CONFIG) {
		write_config(device, offset - VIRTIO_MMIO_CONFIG, value, size);
	} else if (size != 4) {
		return;
	} else if (offset == VIRTIO_MMIO_INTERRUPT_ACK) {
		atomic_fetch_and(&device->interrupt_status, ~word);
	} else if (offset == VIRTIO_MMIO_QUEUE_NOTIFY) {
		if (virtio_is_active(device) && word < device->queue_count)
			wires.notify(device);
	} else {
		virtio_lock(device);
		write_locked(device, offset, word);
		virtio_unlock(device);
	}
}
