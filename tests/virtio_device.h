/*
 * What a device is plugged into in unit tests and fuzzers, in the place of
 * board-pc/virtio/slots.c: one device, whose interrupts are counted, and whose
 * wish to be called again is seen. Beside tests/virtio_driver.h.
 */
#ifndef TESTS_VIRTIO_DEVICE_H
#define TESTS_VIRTIO_DEVICE_H

#include "tests/virtio_driver.h"

#include "board-pc/virtio/slots.h"

#include <sys/eventfd.h>
#include <unistd.h>

static struct {
	struct virtio_device *device; /* the last that was plugged */
	unsigned interrupts;
} plugged;

static inline void plugged_interrupt(struct virtio_device *device)
{
	(void)device;
	plugged.interrupts++;
}

bool virtio_plug(struct virtio_device *device)
{
	static const struct virtio_mmio_wires wires = {
		.interrupt = plugged_interrupt,
	};

	plugged.device = device;
	device->kick.fd = eventfd(0, EFD_NONBLOCK);
	virtio_mmio_wire(&wires, NULL);
	return device->kick.fd >= 0;
}

bool virtio_is_direct(const struct virtio_device *device)
{
	return device->interrupt_fd >= 0;
}

/* Does the device want `notified` called again? Asked once. */
static inline bool plugged_came_back(void)
{
	uint64_t count;

	return read(plugged.device->kick.fd, &count, sizeof(count)) > 0;
}

/* What has been counted and seen so far. */
static inline void plugged_forget(void)
{
	plugged.interrupts = 0;
	plugged_came_back();
}

#endif
