/*
 * The registers of a virtio device: virtio over MMIO, version 2, VIRTIO 1.2,
 * 4.2. Legacy drivers (version 1) are not served.
 */
#ifndef BOARD_PC_VIRTIO_MMIO_H
#define BOARD_PC_VIRTIO_MMIO_H

#include "board-pc/virtio/device.h"

/* Register offsets, 4.2.2. */
enum virtio_mmio_reg {
	VIRTIO_MMIO_MAGIC = 0x000,
	VIRTIO_MMIO_VERSION = 0x004,
	VIRTIO_MMIO_DEVICE_ID = 0x008,
	VIRTIO_MMIO_VENDOR_ID = 0x00C,
	VIRTIO_MMIO_DEVICE_FEATURES = 0x010,
	VIRTIO_MMIO_DEVICE_FEATURES_SEL = 0x014,
	VIRTIO_MMIO_DRIVER_FEATURES = 0x020,
	VIRTIO_MMIO_DRIVER_FEATURES_SEL = 0x024,
	VIRTIO_MMIO_QUEUE_SEL = 0x030,
	VIRTIO_MMIO_QUEUE_NUM_MAX = 0x034,
	VIRTIO_MMIO_QUEUE_NUM = 0x038,
	VIRTIO_MMIO_QUEUE_READY = 0x044,
	VIRTIO_MMIO_QUEUE_NOTIFY = 0x050,
	VIRTIO_MMIO_INTERRUPT_STATUS = 0x060,
	VIRTIO_MMIO_INTERRUPT_ACK = 0x064,
	VIRTIO_MMIO_STATUS = 0x070,
	VIRTIO_MMIO_QUEUE_DESC = 0x080,   /* low half, then the high one */
	VIRTIO_MMIO_QUEUE_DRIVER = 0x090, /* likewise */
	VIRTIO_MMIO_QUEUE_DEVICE = 0x0A0, /* likewise */
	VIRTIO_MMIO_SHM_LEN = 0x0B0,      /* shared memory: none, ones */
	VIRTIO_MMIO_SHM_BASE = 0x0B8,
	VIRTIO_MMIO_CONFIG_GENERATION = 0x0FC,
	VIRTIO_MMIO_CONFIG = 0x100,
};

/* Status bits, 2.1. */
enum {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_NEEDS_RESET = 64,
	VIRTIO_FAILED = 128,
};

/* Interrupt status bits, 4.2.2. */
enum { VIRTIO_INTERRUPT_USED = 1, VIRTIO_INTERRUPT_CONFIG = 2 };

/* What the transport asks of whoever wires the device. */
struct virtio_mmio_wires {
	/* Pulses the device's line. With the lock of the device, or without. */
	void (*interrupt)(struct virtio_device *device);
	/* There is something in a queue; not before DRIVER_OK. No lock. */
	void (*notify)(struct virtio_device *device);
	/*
	 * Before the kind's `activate`, with the lock. False: the host cannot,
	 * and has been told to end the VM.
	 */
	bool (*prepare)(struct virtio_device *device);
};

/* There is one set of wires for all devices. */
void virtio_mmio_wire(const struct virtio_mmio_wires *wires,
		      const struct ram *ram);

/* Power-on, and the driver's reset. With the lock. */
void virtio_mmio_reset(struct virtio_device *device);

/*
 * An access of `size` bytes (1, 2, 4 or 8) at `offset` in the window. Takes the
 * lock where it has to: not for the interrupt registers, which a driver looks
 * at in each interrupt. Registers are for dwords: other sizes read as 0 there
 * and are not written; the configuration space takes any.
 */
uint64_t virtio_mmio_read(struct virtio_device *device, uint32_t offset,
			  unsigned size);
void virtio_mmio_write(struct virtio_device *device, uint32_t offset,
		       uint64_t value, unsigned size);

#endif
