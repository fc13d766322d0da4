/*
 * Where virtio devices are: a slot is a window of guest memory, MAP_VIRTIO_SIZE
 * bytes, and an interrupt line of its own. The guest finds them in the DSDT
 * (board-pc/acpi.h), or on its command line.
 */
#ifndef BOARD_PC_VIRTIO_SLOTS_H
#define BOARD_PC_VIRTIO_SLOTS_H

#include "board-pc/map.h"
#include "board-pc/virtio/device.h"
#include "vmm/ending.h"
#include "vmm/kvm.h"

/* What the devices are wired to. All of it outlives them. */
struct virtio_wires {
	const struct kvm *kvm;
	const struct ram *ram;
	struct ending *ending; /* told when the host fails */
	/* Pulses the line; any thread, without the board's lock. */
	void (*interrupt)(unsigned line);
	/*
	 * From now on, whatever writes to the eventfd pulses the line too, as
	 * long as the guest has the line unmasked at its IOAPIC, which
	 * `is_direct` tells.
	 */
	bool (*direct)(unsigned line, int fd, struct reason *why);
	bool (*is_direct)(unsigned line);
};

/*
 * Puts the device into the next slot. Before the VM starts; false when all
 * VIRTIO_SLOTS are taken. Costs no system call: that is for when a driver
 * comes.
 */
bool virtio_plug(struct virtio_device *device);

/* The interrupt line of a device that has been plugged. */
unsigned virtio_line(const struct virtio_device *device);

/*
 * For a device whose interrupts come from the kernel: what is written to
 * device->interrupt_fd reaches the guest, at least now.
 */
bool virtio_is_direct(const struct virtio_device *device);

/* How many slots are taken, from slot 0 on. */
unsigned virtio_slots_taken(void);

/* Powers all devices on. For each start. */
void virtio_init(const struct virtio_wires *wires);

/* Resets all devices, and waits for what they do. Once no vCPU runs. */
void virtio_stop(void);

/* Whether there is a device's window at this guest address. */
bool virtio_claims(uint64_t gpa);

/* One access by a vCPU to a claimed address: `size` is 1 to 8. */
void virtio_read(uint64_t gpa, void *data, unsigned size);
void virtio_write(uint64_t gpa, const void *data, unsigned size);

/* Lines whose device has an interrupt that the driver has not acknowledged. */
uint32_t virtio_pending_lines(void);

#endif
