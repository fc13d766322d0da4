/*
 * Fuzzes the transport with libFuzzer: a hostile driver's register accesses, at
 * one device of each kind, with the devices behind them, while it writes to its
 * RAM, which is between two pages that nobody may touch. The I/O thread's part
 * is done here, when the input says so.
 *
 * Checked: status, features and interrupts are never what they must not be; a
 * queue that has been started stays as it was checked; a reset leaves nothing;
 * a device that is not active leaves RAM alone; a read changes nothing.
 *
 * The input: a byte that says which device, then 8 for each step.
 */
#include "board-pc/virtio/slots.c"

#include "board-pc/virtio/balloon.h"
#include "board-pc/virtio/block.h"
#include "board-pc/virtio/console.h"
#include "board-pc/virtio/net.h"
#include "board-pc/virtio/rng.h"
#include "board-pc/virtio/vsock.h"
#include "vmm/bytes.h"
#include "vmm/cold.h"
#include "tests/fuzz/fuzz.h"

#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#define STEP      8
#define RAM_SIZE  (9 * PAGE)
#define SOURCES   32
#define QUEUE_MEM 0x400 /* of each queue of a driver that knows how */
#define QUEUE_NUM 8
#define BUFFERS   0x4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

COLD struct block fuzzed_block;
COLD struct net fuzzed_net;

static struct ram ram;
static struct virtio_device *device;
static uint16_t available[VIRTIO_QUEUES_MAX];
static struct {
	struct io_source *source;
	uint32_t events;
} watched[SOURCES];

/* In the place of vmm/io_loop.c, with nobody to wake. */
void io_loop_init(struct ending *ending)
{
	(void)ending;
}

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	unsigned i = 0;

	(void)why;
	io_forget(source);
	while (watched[i].source)
		must(++i < SOURCES);
	watched[i].source = source;
	watched[i].events = events;
	return true;
}

void io_forget(struct io_source *source)
{
	for (unsigned i = 0; i < SOURCES; i++)
		if (watched[i].source == source)
			watched[i].source = NULL;
}

static void run_source(struct io_source *source, uint32_t events)
{
	struct pollfd now = { .fd = source->fd, .events = (short)events };

	if (poll(&now, 1, 0) > 0 && now.revents > 0)
		source->ready(source, (uint32_t)now.revents);
}

/* What the I/O thread would do, and must leave alone if nothing is active. */
static void run_io(void)
{
	static uint8_t before[RAM_SIZE];
	bool active = virtio_is_active(device);

	if (!active)
		memcpy(before, ram.host, RAM_SIZE);
	for (unsigned i = 0; i < SOURCES; i++)
		if (watched[i].source)
			run_source(watched[i].source, watched[i].events);
	must(active || !memcmp(before, ram.host, RAM_SIZE));
}

/* The board's part. */

static void pulse(unsigned line)
{
	must(line < 24);
}

static bool direct(unsigned line, int fd, struct reason *why)
{
	(void)why;
	return line < 24 && fd >= 0;
}

static bool is_direct(unsigned line)
{
	return line & 1;
}

/* A terminal that takes a little, and has a little. */

static uint32_t console_writes(const uint8_t *bytes, uint32_t count)
{
	(void)bytes;
	return count < 100 ? count : 100;
}

static uint32_t console_reads(uint8_t *bytes, uint32_t count)
{
	count = count < 3 ? count : 3;
	memset(bytes, 'c', count);
	return count;
}

static void console_attached(bool attached)
{
	(void)attached;
}

static bool any_offloads(int fd, unsigned offloads)
{
	(void)fd;
	(void)offloads;
	return true;
}

static void plug_all(void)
{
	static const struct console_wires terminal = { console_writes,
						       console_reads,
						       console_attached };
	static const struct console_size screen = { 80, 25 };
	struct block_image image = { .fd = memfd_create("image", 0),
				     .size = 64 * 512,
				     .block_size = 512,
				     .without_uring = true };
	struct net_host host = { .set_offloads = any_offloads, .vhost = -1 };
	struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int ends[2];

	must(!ftruncate(image.fd, (off_t)image.size));
	block_init(&fuzzed_block, &image);
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
	host.fd = ends[0];
	net_init(&fuzzed_net, &host);
	must(!bind(listener, (void *)&unnamed, sizeof(unnamed.sun_family)) &&
	     !listen(listener, 4));
	vsock_init(3, "/nonexistent/vsock", listener,
		   timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	must(rng_plug() && balloon_plug() && console_plug(&terminal, &screen) &&
	     virtio_plug(&fuzzed_block.device) &&
	     virtio_plug(&fuzzed_net.device) && virtio_plug(&vsock.device));
}

static void set_up(void)
{
	ram = guarded_ram(RAM_SIZE);
	plug_all();
}

static void power_on(unsigned which)
{
	static const struct kvm kvm = { .device = -1, .vm = -1 };
	const struct virtio_wires board = { .kvm = &kvm,
					    .ram = &ram,
					    .interrupt = pulse,
					    .direct = direct,
					    .is_direct = is_direct };

	memset(ram.host, 0, RAM_SIZE);
	memset(available, 0, sizeof(available));
	virtio_init(&board);
	memset(watched, 0, sizeof(watched));
	device = slots[which % virtio_slots_taken()];
}

/* Accesses, as a vCPU makes them. */

static uint64_t get(uint32_t offset, unsigned size)
{
	uint64_t value = 0;

	virtio_read(window_of(device) + offset, &value, size);
	return value;
}

static void set(uint32_t offset, uint64_t value, unsigned size)
{
	virtio_write(window_of(device) + offset, &value, size);
}

static void check_reset(void)
{
	static const struct virtq zero;

	must(!device->accepted && !device->activated);
	must(!get(VIRTIO_MMIO_STATUS, 4));
	must(!get(VIRTIO_MMIO_INTERRUPT_STATUS, 4));
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		must(!memcmp(&device->queues[i], &zero, sizeof(zero)));
}

static void set_register(uint32_t offset, uint64_t value, unsigned size)
{
	unsigned was = atomic_load(&device->status), is;

	set(offset, value, size);
	is = atomic_load(&device->status);
	if (offset == VIRTIO_MMIO_STATUS && size == 4 && !(uint32_t)value)
		check_reset();
	else
		must(!(was & ~is));
}

/* 2.1, 2.2 and 4.2.2: what is so whatever the driver does. */
static void check_device(void)
{
	unsigned status = atomic_load(&device->status);
	unsigned bits = atomic_load(&device->interrupt_status);

	must(!(status & ~0xFFU) && !(bits & ~3U));
	if (status & VIRTIO_DRIVER_OK)
		must(status & VIRTIO_FEATURES_OK);
	else
		must(!bits && !device->activated);
	if (status & VIRTIO_FEATURES_OK)
		must(device->accepted & VIRTIO_F_VERSION_1 &&
		     !(device->accepted &
		       ~(device->offered | VIRTIO_F_VERSION_1 |
			 VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC)));
	else
		must(!device->accepted);
}

/* One that was started is where it says, as large as it says. */
static void check_queue(const struct virtq *queue)
{
	unsigned size = queue->size;
	bool is_there = queue - device->queues < (long)device->queue_count;

	must(is_there || (!queue->ready && !size && !queue->desc));
	if (!queue->avail)
		return;
	must(queue->ready && size && size <= device->kind->queue_size);
	must(atomic_load(&device->status) & VIRTIO_DRIVER_OK);
	must(queue->desc_table == ram_span(&ram, queue->desc, 16 * size));
	must(queue->avail == ram_span(&ram, queue->driver, 6 + 2 * size));
	must(queue->used == ram_span(&ram, queue->device, 6 + 8 * size));
	must((uint16_t)(queue->avail_taken - queue->used_put) <= size);
}

/* A driver that knows how; it takes the features that `mask` leaves. */

static void set_up_queue(unsigned index)
{
	uint32_t at = index * QUEUE_MEM;

	set(VIRTIO_MMIO_QUEUE_SEL, index, 4);
	set(VIRTIO_MMIO_QUEUE_NUM, QUEUE_NUM, 4);
	set(VIRTIO_MMIO_QUEUE_DESC, at, 4);
	set(VIRTIO_MMIO_QUEUE_DRIVER, at + 0x100, 4);
	set(VIRTIO_MMIO_QUEUE_DEVICE, at + 0x200, 4);
	set(VIRTIO_MMIO_QUEUE_READY, 1, 4);
}

static void bring_up(uint32_t mask)
{
	set_register(VIRTIO_MMIO_STATUS, 0, 4);
	memset(ram.host, 0, BUFFERS);
	memset(available, 0, sizeof(available));
	set(VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER, 4);
	for (uint32_t i = 0; i < 2; i++) {
		set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, i, 4);
		set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, i, 4);
		set(VIRTIO_MMIO_DRIVER_FEATURES,
		    get(VIRTIO_MMIO_DEVICE_FEATURES, 4) & (i ? 1 : mask), 4);
	}
	set(VIRTIO_MMIO_STATUS, VIRTIO_FEATURES_OK, 4);
	must(get(VIRTIO_MMIO_STATUS, 4) & VIRTIO_FEATURES_OK);
	for (unsigned i = 0; i < device->queue_count; i++)
		set_up_queue(i);
	set(VIRTIO_MMIO_STATUS, VIRTIO_DRIVER_OK, 4);
	must(virtio_is_active(device));
}

/* A chain of two, of a queue that is where bring_up has put it. */
static void offer(const uint8_t *it)
{
	unsigned queue = it[1] % VIRTIO_QUEUES_MAX;
	uint8_t *at = ram.host + queue * QUEUE_MEM;
	unsigned id = it[2] % QUEUE_NUM, next = it[3] % QUEUE_NUM;
	bool only_one = it[4] & 1, writable = it[4] & 2;

	put_le64(at + 16 * id, BUFFERS + it[5] * 64U);
	put_le32(at + 16 * id + 8, 1U + it[6]);
	put_le16(at + 16 * id + 12,
		 (uint16_t)((only_one ? 0 : 1) | (writable ? 2 : 0)));
	put_le16(at + 16 * id + 14, (uint16_t)next);
	if (!only_one) {
		put_le64(at + 16 * next, BUFFERS + it[7] * 64U);
		put_le32(at + 16 * next + 8, it[4] & 4 ? 1U : 8U * it[6] + 1);
		put_le32(at + 16 * next + 12, it[4] & 8 ? 0 : 2);
	}
	put_le16(at + 0x104 + 2 * (available[queue] % QUEUE_NUM), (uint16_t)id);
	put_le16(at + 0x102, ++available[queue]);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, queue, 4);
}

static void check_read(uint32_t offset, unsigned size)
{
	static uint8_t before[sizeof(*device)];

	memcpy(before, device, offsetof(struct virtio_device, lock));
	get(offset, size);
	must(!memcmp(before, device, offsetof(struct virtio_device, lock)));
	if (offset >= VIRTIO_MMIO_CONFIG + device->config_size)
		must(!get(offset, size));
}

/* 2.2.2: features are taken whole, and only if all are offered. */
static void negotiate(uint32_t low, uint32_t high)
{
	bool right =
	    high == 1 && !(low & ~(device->offered | VIRTIO_F_INDIRECT_DESC |
				   VIRTIO_F_EVENT_IDX));

	set_register(VIRTIO_MMIO_STATUS, 0, 4);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0, 4);
	set(VIRTIO_MMIO_DRIVER_FEATURES, low, 4);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1, 4);
	set(VIRTIO_MMIO_DRIVER_FEATURES, high, 4);
	set(VIRTIO_MMIO_STATUS, VIRTIO_FEATURES_OK, 4);
	must(right == (get(VIRTIO_MMIO_STATUS, 4) == VIRTIO_FEATURES_OK));
}

static void step(const uint8_t *it)
{
	uint32_t offset = it[1] % 0x48 * 4U, value = get_le32(it + 4);
	unsigned size = 1U << it[2] % 4;

	if (it[3] & 1) /* one that few registers are for */
		offset = get_le16(it + 1) % MAP_VIRTIO_SIZE;
	else
		size = 4;
	switch (it[0] % 8) {
	case 0:
		set_register(offset, value, size);
		break;
	case 1:
		set_register(offset, it[4], size);
		break;
	case 2:
		check_read(offset, size);
		break;
	case 3:
		memcpy(ram.host + get_le16(it + 1) % (RAM_SIZE - 4), it + 4, 4);
		break;
	case 4:
		if (it[1] % 4)
			bring_up(value);
		else
			negotiate(value, it[2] % 4U);
		break;
	case 5:
		offer(it);
		if (it[4] & 16)
			run_io();
		break;
	case 6:
		set_register(VIRTIO_MMIO_STATUS, it[4], 4);
		break;
	default:
		run_io();
	}
	check_device();
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		check_queue(&device->queues[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ram.host)
		set_up();
	if (!size)
		return 0;
	power_on(*data++);
	for (size--; size >= STEP; data += STEP, size -= STEP)
		step(data);
	virtio_stop();
	check_reset();
	return 0;
}
