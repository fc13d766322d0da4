/*
 * The contract of a virtio device. The transport (board-pc/virtio/mmio.h) owns
 * its registers, features, status and queues; a device serves the queues.
 *
 * Threads: a driver's register accesses come in vCPU threads, everything else
 * happens in the I/O thread (vmm/io_loop.h). The device's lock is held around
 * every function of struct virtio_kind; what a device is called back with by
 * the I/O loop takes it itself, and first asks virtio_is_active: the driver may
 * have reset the device a moment ago. No vCPU thread waits for I/O, but in
 * `reset`.
 *
 * Guests are hostile: what is in a request is the device's to check. Answer
 * what can be answered with the error that the specification has for it; for
 * the rest there is virtio_break.
 */
#ifndef BOARD_PC_VIRTIO_DEVICE_H
#define BOARD_PC_VIRTIO_DEVICE_H

#include "board-pc/virtio/queue.h"
#include "vmm/io_loop.h"

#include <pthread.h>
#include <stdatomic.h>

#define VIRTIO_QUEUES_MAX 8
#define VIRTIO_CONFIG_MAX 64

/* 6: feature bits of every device. */
#define VIRTIO_F_INDIRECT_DESC (UINT64_C(1) << 28)
#define VIRTIO_F_EVENT_IDX     (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1     (UINT64_C(1) << 32)

struct virtio_device;

/* What all devices of a kind have alike: a constant. */
struct virtio_kind {
	uint32_t id;         /* of the device, as in 5 */
	uint16_t queue_size; /* at most VIRTQ_SIZE_MAX */

	/*
	 * The driver is ready (DRIVER_OK): `accepted` is final, every queue
	 * that it wants has been started; the others are not `ready`. In a
	 * vCPU's thread. False: the driver broke a rule. NULL: nothing to do.
	 */
	bool (*activate)(struct virtio_device *device);

	/*
	 * There may be chains in any of the queues. In the I/O thread, soon
	 * after the driver's notification, once for several; and once after
	 * `activate`, whether the driver has notified or not.
	 */
	void (*notified)(struct virtio_device *device);

	/*
	 * The driver has reset the device, or the VM ends or starts again. When
	 * this returns nothing of guest memory is read or written any more: a
	 * device with requests in flight waits for them here. Only after
	 * `activate`. Host resources stay open. NULL: nothing to do.
	 */
	void (*reset)(struct virtio_device *device);

	/* The driver has written to `config`, which has it. NULL: read only. */
	void (*config_written)(struct virtio_device *device, uint32_t offset,
			       unsigned size);
};

/*
 * A device is a struct that begins with this, static, all zero, and COLD
 * (vmm/cold.h) if it is large. Who makes it fills in the first part.
 */
struct virtio_device {
	const struct virtio_kind *kind;
	unsigned queue_count;
	uint64_t offered; /* feature bits; the three above are added */
	uint32_t config_size;
	uint8_t config[VIRTIO_CONFIG_MAX]; /* little-endian, as the driver's */

	/* By virtio_plug. */
	pthread_mutex_t lock;
	struct io_source kick; /* an eventfd: the driver has notified */
	unsigned slot;         /* its window and line, see slots.h */

	/* What the driver has chosen, and may be read. */
	uint64_t accepted; /* feature bits */
	struct virtq queues[VIRTIO_QUEUES_MAX];

	/* The transport's own. */
	atomic_uint status;           /* 2.1 */
	atomic_uint interrupt_status; /* 4.2.2: bits 0 and 1 */
	uint32_t generation;
	uint32_t features_select, driver_select, queue_select;
	uint64_t driver_features; /* as written so far */
	bool activated; /* since the last reset, whether broken by now or not */

	/* The wiring's own (slots.c). */
	int interrupt_fd; /* an eventfd that pulses the line; -1: none yet */
	atomic_uint notified_by_exit;
	bool kicked_directly; /* by an ioeventfd */

	/*
	 * An eventfd for each queue, for its notifications, where somebody else
	 * than the device serves them (vhost); or NULL. Those that come by exits
	 * are for `notified` to pass on. Set in the first `activate`, for ever.
	 */
	const int *kick_queues;

	/*
	 * Interrupts come from elsewhere (vhost): bit 0 always reads 1. Set in
	 * `activate`, cleared by a reset.
	 */
	atomic_bool always_used;
};

void virtio_lock(struct virtio_device *device);
void virtio_unlock(struct virtio_device *device);

/* DRIVER_OK is set, and nothing is broken. With the lock. */
bool virtio_is_active(const struct virtio_device *device);

static inline bool virtio_has(const struct virtio_device *device,
			      uint64_t feature)
{
	return device->accepted & feature;
}

/*
 * After a batch of virtq_put: interrupts the driver if it wants that. With the
 * lock.
 */
void virtio_used(struct virtio_device *device, struct virtq *queue);

/* Interrupts a driver that has been found to want it (vhost). With the lock. */
void virtio_interrupt(struct virtio_device *device);

/*
 * After a change of `config` that the device made: the driver is interrupted
 * to look at it. With the lock, held since before the change.
 */
void virtio_config_changed(struct virtio_device *device);

/*
 * The driver broke a rule: DEVICE_NEEDS_RESET. Nothing is served until it has
 * reset the device; `reset` is called then. With the lock.
 */
void virtio_break(struct virtio_device *device);

/*
 * Has `notified` called again, after other devices had their turn. Any thread.
 */
void virtio_come_back(struct virtio_device *device);

/*
 * The loop that most queues want: calls `serve` with each chain of `queue`
 * until it is empty, or it has been served as much as is fair (then `notified`
 * is called again), or `serve` returns false, which leaves the chain with the
 * driver and ends the loop: then it is the device that has to begin again.
 * Handles queues that are not ready or broken, and notifications, and tells the
 * driver at the end. `serve` puts the chain, now or later.
 */
void virtio_serve(struct virtio_device *device, struct virtq *queue,
		  bool (*serve)(struct virtio_device *device,
				struct virtq *queue,
				struct virtq_chain *chain));

#endif
