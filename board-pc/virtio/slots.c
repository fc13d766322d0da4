#include "board-pc/virtio/slots.h"

#include "board-pc/virtio/mmio.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*
 * Notifications that come by exits before KVM is told to take them itself. It
 * has its price at a VM's end (see kvm_ioeventfd), and most guests that make
 * few do not live long.
 */
#define EXITS_BEFORE_IOEVENTFD 32

static const uint8_t lines[VIRTIO_SLOTS] = VIRTIO_LINES;
static struct virtio_device *slots[VIRTIO_SLOTS];
static unsigned taken;
static struct virtio_wires wires;

bool virtio_plug(struct virtio_device *device)
{
	if (taken == VIRTIO_SLOTS)
		return false;
	assert(device->queue_count <= VIRTIO_QUEUES_MAX &&
	       device->config_size <= VIRTIO_CONFIG_MAX);
	pthread_mutex_init(&device->lock, NULL);
	device->slot = taken;
	device->kick.fd = device->interrupt_fd = -1;
	slots[taken++] = device;
	return true;
}

unsigned virtio_slots_taken(void)
{
	return taken;
}

static uint64_t window_of(const struct virtio_device *device)
{
	return MAP_VIRTIO + device->slot * MAP_VIRTIO_SIZE;
}

unsigned virtio_line(const struct virtio_device *device)
{
	return lines[device->slot];
}

bool virtio_is_direct(const struct virtio_device *device)
{
	return wires.is_direct(virtio_line(device));
}

static uint64_t doorbell_of(const struct virtio_device *device)
{
	return window_of(device) + VIRTIO_MMIO_QUEUE_NOTIFY;
}

static struct virtio_device *device_of(struct io_source *kick)
{
	return (void *)((uint8_t *)kick - offsetof(struct virtio_device, kick));
}

/* A KVM that refuses leaves things as they are: slower. */
static void take_kicks_directly(struct virtio_device *device)
{
	if (device->kicked_directly ||
	    atomic_load(&device->notified_by_exit) < EXITS_BEFORE_IOEVENTFD)
		return;
	device->kicked_directly = true;
	if (!device->kick_queues) {
		kvm_ioeventfd(wires.kvm, doorbell_of(device), NULL,
			      device->kick.fd, true);
		return;
	}
	for (uint32_t i = 0; i < device->queue_count; i++)
		kvm_ioeventfd(wires.kvm, doorbell_of(device), &i,
			      device->kick_queues[i], true);
}

/* The eventfd is not read: each write to it is an edge that epoll tells. */
static void kicked(struct io_source *kick, uint32_t events)
{
	struct virtio_device *device = device_of(kick);

	(void)events;
	virtio_lock(device);
	if (virtio_is_active(device)) {
		device->kind->notified(device);
		take_kicks_directly(device);
	}
	virtio_unlock(device);
}

static void notify(struct virtio_device *device)
{
	atomic_fetch_add(&device->notified_by_exit, 1);
	virtio_come_back(device);
}

static void interrupt(struct virtio_device *device)
{
	wires.interrupt(virtio_line(device));
}

static bool open_eventfd(int *fd, struct reason *why)
{
	if (*fd < 0)
		*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *fd >= 0 || fail(why, "eventfd: %s", strerror(errno));
}

/* What a device needs once it has a driver, and most never have. */
static bool prepare(struct virtio_device *device)
{
	struct reason why;

	device->kick.ready = kicked;
	if (open_eventfd(&device->kick.fd, &why) &&
	    open_eventfd(&device->interrupt_fd, &why) &&
	    wires.direct(virtio_line(device), device->interrupt_fd, &why) &&
	    io_watch(&device->kick, EPOLLIN | EPOLLET, &why))
		return true;
	ending_by_host(wires.ending, "a virtio device: %s", why.text);
	return false;
}

void virtio_init(const struct virtio_wires *to)
{
	static const struct virtio_mmio_wires transport = {
		.interrupt = interrupt, .notify = notify, .prepare = prepare
	};

	wires = *to;
	io_loop_init(wires.ending);
	virtio_mmio_wire(&transport, wires.ram);
	for (unsigned i = 0; i < taken; i++) {
		virtio_mmio_reset(slots[i]);
		slots[i]->kicked_directly = false;
		atomic_store(&slots[i]->notified_by_exit, 0);
	}
}

void virtio_stop(void)
{
	for (unsigned i = 0; i < taken; i++) {
		virtio_lock(slots[i]);
		virtio_mmio_reset(slots[i]);
		virtio_unlock(slots[i]);
	}
}

bool virtio_claims(uint64_t gpa)
{
	return gpa - MAP_VIRTIO < (uint64_t)taken * MAP_VIRTIO_SIZE;
}

/*
 * The access's part in the window where it begins; where a window ends no
 * device has anything.
 */
static struct virtio_device *at(uint64_t gpa, uint32_t *offset, unsigned *size)
{
	uint32_t in = (uint32_t)(gpa - MAP_VIRTIO);

	assert(virtio_claims(gpa));
	*offset = in % MAP_VIRTIO_SIZE;
	if (*size > MAP_VIRTIO_SIZE - *offset)
		*size = MAP_VIRTIO_SIZE - *offset;
	return slots[in / MAP_VIRTIO_SIZE];
}

void virtio_read(uint64_t gpa, void *data, unsigned size)
{
	unsigned part = size;
	uint32_t offset;
	struct virtio_device *device = at(gpa, &offset, &part);
	uint64_t value = virtio_mmio_read(device, offset, part);

	memcpy(data, &value, size);
}

void virtio_write(uint64_t gpa, const void *data, unsigned size)
{
	uint64_t value = 0;
	uint32_t offset;
	struct virtio_device *device = at(gpa, &offset, &size);

	memcpy(&value, data, size);
	virtio_mmio_write(device, offset, value, size);
}

uint32_t virtio_pending_lines(void)
{
	uint32_t pending = 0;

	for (unsigned i = 0; i < taken; i++)
		if (slots[i]->always_used ||
		    atomic_load(&slots[i]->interrupt_status))
			pending |= 1U << lines[i];
	return pending;
}
