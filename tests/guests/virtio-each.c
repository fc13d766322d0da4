/*
 * Asks each of its virtio devices for one thing of every kind, and waits for
 * it, so that the monitor makes every system call of each device's life: a
 * sector is read and one written, entropy is taken, a line and a packet are
 * sent, and a stream is opened to port 1024 of the host. Where that leads back
 * to the guest (tests/hostile/virtio-faults), it is opened at port 1025, and
 * what comes back is awaited.
 *
 * PASS: all of it was done. The number of a check says what an errno of the
 * host's has made of it.
 */
#include "virtio.h"

#define SIZE    8
#define CID     3
#define PATIENT 3000000 /* looks: far more than --timeout has time for */

enum { NET = 1, BLOCK = 2, CONSOLE = 3, RNG = 4, VSOCK = 19 };

static struct queue queues[2]; /* receives, sends; or the only one */
static uint8_t bytes[2][4096];
static uint32_t base;

static bool set_up(unsigned count)
{
	uint8_t *at = (uint8_t *)queues;

	for (size_t i = 0; i < sizeof(queues); i++)
		at[i] = 0;
	if (!virtio_negotiate(base, 0, HIGH_VERSION_1))
		return false;
	for (unsigned i = 0; i < count; i++)
		virtio_queue(base, i, SIZE, (uint32_t)queues[i].desc,
			     (uint32_t)&queues[i].avail,
			     (uint32_t)&queues[i].used);
	virtio_start(base);
	return true;
}

/* A chain of `count` descriptors, from the first; the device has no other. */
static void offer(unsigned which, const struct desc *chain, unsigned count)
{
	struct queue *queue = &queues[which];

	for (unsigned i = 0; i < count; i++) {
		queue->desc[i] = chain[i];
		if (i + 1 < count) {
			queue->desc[i].flags |= DESC_NEXT;
			queue->desc[i].next = (uint16_t)(i + 1);
		}
	}
	queue->avail.ring[queue->avail.index % SIZE] = 0;
	barrier();
	queue->avail.index++;
	barrier();
	write32(base + REG_QUEUE_NOTIFY, which);
}

static bool await_used(unsigned which)
{
	volatile uint16_t *used = &queues[which].used.index;

	for (unsigned i = 0; i < PATIENT; i++) {
		if (*used == queues[which].avail.index)
			return true;
		if (read32(base + REG_STATUS) & NEEDS_RESET)
			return false;
	}
	return false;
}

static bool exchange(unsigned which, const struct desc *chain, unsigned count)
{
	offer(which, chain, count);
	return await_used(which);
}

static bool block_request(uint32_t type, uint32_t sector, uint16_t flags)
{
	static volatile uint8_t status;
	uint32_t header[4] = { type, 0, sector, 0 };
	const struct desc chain[] = {
		{ (uint32_t)header, sizeof(header), 0, 0 },
		{ (uint32_t)bytes[0], 512, flags, 0 },
		{ (uint32_t)&status, 1, DESC_WRITE, 0 },
	};
	const struct desc flush[] = { chain[0], chain[2] };

	status = 0xFF;
	return (type == 4 ? exchange(0, flush, 2) : exchange(0, chain, 3)) &&
	       !status;
}

static uint8_t use_block(void)
{
	if (!set_up(1))
		return 10;
	if (!block_request(0, 0, DESC_WRITE))
		return 11;
	if (!block_request(1, 1, 0))
		return 12;
	return block_request(4, 0, 0) ? 0 : 13;
}

static uint8_t use_rng(void)
{
	const struct desc taken = { (uint32_t)bytes[0], 64, DESC_WRITE, 0 };

	return set_up(1) && exchange(0, &taken, 1) ? 0 : 20;
}

static uint8_t use_console(void)
{
	const struct desc line = { (uint32_t) "each\n", 5, 0, 0 };

	return set_up(2) && exchange(1, &line, 1) ? 0 : 30;
}

static uint8_t use_net(void)
{
	const struct desc packet = { (uint32_t)bytes[1], 12 + 60, 0, 0 };

	for (unsigned i = 0; i < 12 + 60; i++)
		bytes[1][i] = i < 12 ? 0 : 0xFF;
	return set_up(2) && exchange(1, &packet, 1) ? 0 : 40;
}

enum { REQUEST = 1, RESPONSE = 2, RST = 3, SHUTDOWN = 4, RW = 5 };

/* VIRTIO 1.2, 5.10.6 */
struct packet {
	uint64_t src_cid, dst_cid;
	uint32_t src_port, dst_port, len;
	uint16_t type, op;
	uint32_t flags, buf_alloc, fwd_cnt;
	char data[64];
} __attribute__((packed));

#define HEADER 44

static bool send(uint16_t op, uint32_t from, uint32_t to, const char *data)
{
	struct packet *packet = (struct packet *)bytes[1];
	struct desc sent = { (uint32_t)packet, HEADER, 0, 0 };

	*packet = (struct packet){ .src_cid = CID,
				   .dst_cid = 2,
				   .src_port = from,
				   .dst_port = to,
				   .type = 1,
				   .op = op,
				   .flags = op == SHUTDOWN ? 3 : 0,
				   .buf_alloc = 4096 };
	while (data && data[packet->len]) {
		packet->data[packet->len] = data[packet->len];
		packet->len++;
	}
	sent.length += packet->len;
	return exchange(1, &sent, 1);
}

static bool ends(uint16_t op)
{
	return op == RST || op == SHUTDOWN;
}

/* The next packet with this operation; NULL: none, or the stream has ended. */
static const struct packet *receive(uint16_t op)
{
	const struct packet *packet = (const struct packet *)bytes[0];
	const struct desc room = { (uint32_t)packet, sizeof(bytes[0]),
				   DESC_WRITE, 0 };

	do {
		offer(0, &room, 1);
		if (!await_used(0))
			return NULL;
	} while (packet->op != op && !ends(packet->op));
	return packet->op == op ? packet : NULL;
}

#define FROM 5000

static uint8_t use_vsock(void)
{
	const struct packet *packet;

	if (!set_up(2) || !send(REQUEST, FROM, 1024, NULL))
		return 50;
	if (!receive(RESPONSE))
		return 51;
	if (!send(RW, FROM, 1024, "CONNECT 1025\n"))
		return 52;
	packet = receive(REQUEST);
	if (!packet || !send(RESPONSE, 1025, packet->src_port, NULL))
		return 53;
	/* The host's `OK`. */
	if (!receive(RW))
		return 54;
	return send(SHUTDOWN, FROM, 1024, NULL) && receive(RST) ? 0 : 55;
}

static uint8_t use(uint32_t device)
{
	switch (device) {
	case NET:
		return use_net();
	case BLOCK:
		return use_block();
	case CONSOLE:
		return use_console();
	case RNG:
		return use_rng();
	case VSOCK:
		return use_vsock();
	default:
		return 0;
	}
}

uint8_t guest_main(const char *words)
{
	uint8_t failed = 0;

	(void)words;
	for (unsigned i = 0; i < VIRTIO_WINDOWS && !failed; i++) {
		base = VIRTIO_WINDOW + i * 0x1000;
		if (read32(base + REG_MAGIC) == MAGIC)
			failed = use(read32(base + REG_DEVICE_ID));
	}
	return failed;
}
