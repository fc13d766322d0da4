#include "board-pc/virtio/console.h"

#include "board-pc/virtio/slots.h"
#include "vmm/bytes.h"

#define DEVICE_ID 3 /* 5.3.1 */

#define F_SIZE (UINT64_C(1) << 0) /* 5.3.3 */

enum { QUEUE_RECEIVE = 0, QUEUE_TRANSMIT = 1, QUEUES }; /* 5.3.2 */

/* 5.3.4; the fields behind are for features that are not offered. */
enum { CONFIG_COLUMNS = 0, CONFIG_ROWS = 2, CONFIG_SIZE = 4 };

#define CHUNK      1024   /* bytes, copied at once */
#define TURN_BYTES 65536U /* each way, before others have their turn */

static struct {
	struct virtio_device device;
	struct console_wires wires;
	uint64_t sent;  /* bytes of the first chain to transmit that are out */
	uint32_t moved; /* bytes in this turn */
	bool more;      /* this turn has left something */
	bool ended;     /* the VM: chains are counted down */
	unsigned left;
} console;

/*
 * The chain's bytes are copied first: nobody waits for guest memory with the
 * board's lock. What is not taken is read again.
 */
static bool transmit(struct virtio_device *device, struct virtq *queue,
		     struct virtq_chain *chain)
{
	uint8_t bytes[CHUNK];
	uint32_t count, taken;

	(void)device;
	if (console.ended && !console.left)
		return false;
	do {
		count = (uint32_t)virtq_read(chain, console.sent, bytes,
					     sizeof(bytes));
		taken = console.wires.write(bytes, count);
		console.sent += taken;
		console.moved += taken;
		console.more = taken < count || console.moved >= TURN_BYTES;
		if (console.more)
			return false;
	} while (count);
	console.sent = 0;
	console.left -= console.ended;
	virtq_put(queue, chain->head, 0);
	return true;
}

/* No chain is taken for bytes that are not there. */
static bool receive(struct virtio_device *device, struct virtq *queue,
		    struct virtq_chain *chain)
{
	uint8_t bytes[CHUNK];
	uint32_t written = 0, count;

	(void)device;
	while (chain->writable_bytes > written && console.moved < TURN_BYTES) {
		uint64_t room = chain->writable_bytes - written;

		count = room < CHUNK ? (uint32_t)room : CHUNK;
		count = console.wires.read(bytes, count);
		if (!count)
			break;
		virtq_write(chain, written, bytes, count);
		written += count;
		console.moved += count;
	}
	if (!written && chain->writable_bytes)
		return false;
	virtq_put(queue, chain->head, written);
	return true;
}

static void serve(struct virtio_device *device, unsigned queue,
		  bool (*one)(struct virtio_device *device, struct virtq *queue,
			      struct virtq_chain *chain))
{
	console.moved = 0;
	virtio_serve(device, &device->queues[queue], one);
	if (console.moved >= TURN_BYTES)
		virtio_come_back(device);
}

static void notified(struct virtio_device *device)
{
	serve(device, QUEUE_TRANSMIT, transmit);
	if (virtio_is_active(device))
		serve(device, QUEUE_RECEIVE, receive);
}

static bool activate(struct virtio_device *device)
{
	(void)device;
	console.sent = 0;
	console.wires.attach(true);
	return true;
}

static void reset(struct virtio_device *device)
{
	(void)device;
	console.wires.attach(false);
}

static const struct virtio_kind kind = {
	.id = DEVICE_ID,
	.queue_size = 64,
	.activate = activate,
	.notified = notified,
	.reset = reset,
};

static void put_size(const struct console_size *size)
{
	put_le16(console.device.config + CONFIG_COLUMNS, size->columns);
	put_le16(console.device.config + CONFIG_ROWS, size->rows);
}

bool console_plug(const struct console_wires *wires,
		  const struct console_size *size)
{
	console.wires = *wires;
	console.device.kind = &kind;
	console.device.queue_count = QUEUES;
	console.device.config_size = CONFIG_SIZE;
	if (size) {
		console.device.offered = F_SIZE;
		put_size(size);
	}
	return virtio_plug(&console.device);
}

void console_look(void)
{
	virtio_come_back(&console.device);
}

void console_resize(const struct console_size *size)
{
	virtio_lock(&console.device);
	put_size(size);
	virtio_config_changed(&console.device);
	virtio_unlock(&console.device);
}

void console_end(bool ended)
{
	if (!console.device.kind)
		return;
	virtio_lock(&console.device);
	console.ended = ended;
	console.left = VIRTQ_SIZE_MAX;
	virtio_unlock(&console.device);
}

bool console_flush(void)
{
	struct virtio_device *device = &console.device;

	if (!device->kind)
		return false;
	virtio_lock(device);
	console.more = false;
	if (virtio_is_active(device))
		serve(device, QUEUE_TRANSMIT, transmit);
	virtio_unlock(device);
	return console.more;
}
