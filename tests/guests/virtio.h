/*
 * A virtio driver in small, for guests in C: VIRTIO 1.2, 2.6, 3.1 and 4.2,
 * written from there, not from what the monitor has.
 */
#ifndef TESTS_GUESTS_VIRTIO_H
#define TESTS_GUESTS_VIRTIO_H

#include "guest.h"

/* The first window, and the next ones a page apart; the first one's line. */
#define VIRTIO_WINDOW  0xD0000000
#define VIRTIO_WINDOWS 17
#define VIRTIO_LINE    5

/* 4.2.2 */
enum {
	REG_MAGIC = 0x00,
	REG_VERSION = 0x04,
	REG_DEVICE_ID = 0x08,
	REG_VENDOR_ID = 0x0C,
	REG_DEVICE_FEATURES = 0x10,
	REG_DEVICE_FEATURES_SEL = 0x14,
	REG_DRIVER_FEATURES = 0x20,
	REG_DRIVER_FEATURES_SEL = 0x24,
	REG_QUEUE_SEL = 0x30,
	REG_QUEUE_NUM_MAX = 0x34,
	REG_QUEUE_NUM = 0x38,
	REG_QUEUE_READY = 0x44,
	REG_QUEUE_NOTIFY = 0x50,
	REG_INTERRUPT_STATUS = 0x60,
	REG_INTERRUPT_ACK = 0x64,
	REG_STATUS = 0x70,
	REG_QUEUE_DESC = 0x80,
	REG_QUEUE_DRIVER = 0x90,
	REG_QUEUE_DEVICE = 0xA0,
	REG_CONFIG = 0x100,
};

#define MAGIC 0x74726976

/* 2.1 */
#define ACKNOWLEDGE 1
#define DRIVER      2
#define DRIVER_OK   4
#define FEATURES_OK 8
#define NEEDS_RESET 64

/* Feature bits of the high half, and of the low one. */
#define HIGH_VERSION_1 1
#define LOW_EVENT_IDX  (1U << 29)

/* 2.7.5 */
#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

#define QUEUE_MAX 256

struct desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next;
};

/* A queue's three areas, for any size up to QUEUE_MAX. */
struct queue {
	_Alignas(16) struct desc desc[QUEUE_MAX];
	struct {
		uint16_t flags, index;
		uint16_t ring[QUEUE_MAX + 1]; /* and the used event */
	} avail;
	_Alignas(4) struct {
		uint16_t flags, index;
		struct {
			uint32_t head, length;
		} ring[QUEUE_MAX];
		uint16_t avail_event; /* of the largest queue */
	} used;
};

/* From reset to FEATURES_OK; false if the device does not take them. */
static inline bool virtio_negotiate(uint32_t base, uint32_t low, uint32_t high)
{
	write32(base + REG_STATUS, 0);
	write32(base + REG_STATUS, ACKNOWLEDGE | DRIVER);
	write32(base + REG_DRIVER_FEATURES_SEL, 0);
	write32(base + REG_DRIVER_FEATURES, low);
	write32(base + REG_DRIVER_FEATURES_SEL, 1);
	write32(base + REG_DRIVER_FEATURES, high);
	write32(base + REG_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	return read32(base + REG_STATUS) & FEATURES_OK;
}

/* A queue, between FEATURES_OK and DRIVER_OK. */
static inline void virtio_queue(uint32_t base, unsigned which, unsigned size,
				uint32_t desc, uint32_t avail, uint32_t used)
{
	write32(base + REG_QUEUE_SEL, which);
	write32(base + REG_QUEUE_NUM, size);
	write32(base + REG_QUEUE_DESC, desc);
	write32(base + REG_QUEUE_DESC + 4, 0);
	write32(base + REG_QUEUE_DRIVER, avail);
	write32(base + REG_QUEUE_DRIVER + 4, 0);
	write32(base + REG_QUEUE_DEVICE, used);
	write32(base + REG_QUEUE_DEVICE + 4, 0);
	write32(base + REG_QUEUE_READY, 1);
}

static inline void virtio_start(uint32_t base)
{
	write32(base + REG_STATUS,
		ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

#endif
