/*
 * Fuzzes the small virtio devices with libFuzzer: a driver that does what it
 * likes with its queues and with the memory that they are in. Checked: a chain
 * that was taken comes back in the same call, or is left with the driver; the
 * console moves a bounded number of bytes in a call; what the host is asked to
 * fill or to take back is guest memory; the balloon's target stays its own.
 *
 * The input: a byte that says which device, and steps of 8 bytes: what, queue,
 * and six that are numbers of any kind.
 */
#include "board-pc/virtio/balloon.h"
#include "board-pc/virtio/console.h"
#include "board-pc/virtio/rng.h"

#include "tests/virtio_device.h"
#include "tests/fuzz/fuzz.h"

#include <sys/random.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The host, which does nothing: each call would cost more than all the rest. */
int __wrap_madvise(void *at, size_t length, int advice);
ssize_t __wrap_getrandom(void *at, size_t length, unsigned flags);

static struct driver driver;
static struct virtio_device *devices[3];
enum { RNG, CONSOLE, BALLOON };

/* Pages that buffers are in: no more, so that an input leaves little behind. */
#define BUFFERS MIB(32)

static struct {
	uint32_t room, input;  /* bytes that it takes, and has */
	uint32_t taken, given; /* in this call */
} outside;

static bool is_guest_memory(const void *at, size_t length)
{
	uint64_t offset = (uintptr_t)at - (uintptr_t)driver.ram.host;

	return offset < driver.ram.size && length <= driver.ram.size - offset;
}

int __wrap_madvise(void *at, size_t length, int advice)
{
	if (advice == MADV_NOHUGEPAGE) /* ram_map */
		return 0;
	must(advice == MADV_DONTNEED && is_guest_memory(at, length));
	must(length && !(length % PAGE) && !((uintptr_t)at % PAGE));
	return 0;
}

ssize_t __wrap_getrandom(void *at, size_t length, unsigned flags)
{
	must(!flags && (!length || is_guest_memory(at, length)));
	return (ssize_t)length;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t write_outside(const uint8_t *bytes, uint32_t count)
{
	uint32_t taken = lesser(count, outside.room);
	uint8_t sum = 0;

	for (uint32_t i = 0; i < taken; i++)
		sum = (uint8_t)(sum + bytes[i]);
	(void)sum;
	outside.room -= taken;
	outside.taken += taken;
	return taken;
}

static uint32_t read_outside(uint8_t *bytes, uint32_t count)
{
	uint32_t given = lesser(count, outside.input);

	memset(bytes, 'i', given);
	outside.input -= given;
	outside.given += given;
	return given;
}

static void attach(bool attached)
{
	(void)attached;
}

static const struct console_wires wires = { write_outside, read_outside,
					    attach };

static void plug(void)
{
	static const struct console_size size = { 80, 25 };

	must(rng_plug());
	devices[RNG] = plugged.device;
	must(console_plug(&wires, &size));
	devices[CONSOLE] = plugged.device;
	must(balloon_plug());
	devices[BALLOON] = plugged.device;
}

static void start(struct virtio_device *device, bool event_idx)
{
	if (driver.device && driver.device->status)
		driver_reset(&driver);
	plugged.device = device;
	must(driver_start(&driver, device, event_idx ? VIRTIO_F_EVENT_IDX : 0));
	plugged_came_back();
}

static struct driver_buffer buffer(const uint8_t *numbers)
{
	static const uint64_t places[] = {
		BUFFERS,           BUFFERS,    0,       DRIVER_QUEUES,
		DRIVER_RAM - 4096, DRIVER_RAM, MAP_GAP, MAP_ABOVE_4G
	};
	uint32_t length = get_le16(numbers + 2);

	if (numbers[1] & 0x40)
		length <<= 14;
	return (struct driver_buffer){ places[numbers[0] & 7] +
					   (numbers[0] >> 3) * UINT64_C(512),
				       length, numbers[1] & 0x80 };
}

static unsigned a_queue(uint8_t number)
{
	return number % driver.device->queue_count;
}

static void describe(unsigned queue, const uint8_t *numbers)
{
	uint16_t id = numbers[4] % driver_queue(&driver, queue)->size;

	driver_describe(driver_descriptor(&driver, queue, id), buffer(numbers),
			numbers[1] & 7, numbers[5]);
}

/* As a driver does that keeps the rules, where there is room in the queue. */
static void push(unsigned queue, const uint8_t *numbers)
{
	struct driver_queue *mine = &driver.queues[queue];
	struct driver_buffer chain[3];
	unsigned count = 1 + numbers[4] % 3, busy = 0;

	for (unsigned i = 0; i < VIRTQ_SIZE_MAX; i++)
		busy += mine->busy[i];
	if (busy + count > driver_queue(&driver, queue)->size)
		return;
	for (unsigned i = 0; i < count; i++)
		chain[i] = buffer(numbers);
	driver_push(&driver, queue, chain, count);
}

/* After one call: what was moved, and that nothing is held back. */
static void check_turn(void)
{
	must(outside.taken <= 65536 + 1024);
	must(outside.given <= 65536 + 1024);
	outside.taken = outside.given = 0;
	for (unsigned i = 0; i < driver.device->queue_count; i++) {
		const struct virtq *queue = driver_queue(&driver, i);

		must(queue->avail_taken == queue->used_put ||
		     !virtio_is_active(driver.device));
	}
}

static void notify(void)
{
	unsigned turns = 0;

	do {
		if (!virtio_is_active(driver.device))
			return;
		driver_notify(&driver);
		check_turn();
	} while (plugged_came_back() && ++turns < 4);
}

static void act(const uint8_t *numbers)
{
	const struct console_size size = { numbers[0], numbers[1] };
	uint32_t offset = numbers[0] % 8;

	if (driver.device == devices[BALLOON]) {
		driver.device->config[offset] = numbers[1];
		driver.device->kind->config_written(driver.device, offset, 1);
		must(!get_le32(driver.device->config));
		return;
	}
	if (driver.device != devices[CONSOLE])
		return;
	outside.room = get_le16(numbers + 2);
	outside.input = get_le16(numbers + 4);
	if (numbers[0] & 1)
		console_resize(&size);
	if (numbers[0] & 2)
		console_end(numbers[0] & 4);
	if (numbers[0] & 8)
		console_flush();
	check_turn();
}

static void poke(unsigned queue, const uint8_t *numbers)
{
	uint64_t at =
	    driver_queue(&driver, queue)->desc + get_le16(numbers) % 0x6000U;

	memcpy(driver_at(&driver, at, 2), numbers + 2, 2);
}

static void step(const uint8_t *data)
{
	unsigned queue = a_queue(data[1]);
	const uint8_t *numbers = data + 2;

	switch (data[0] % 8) {
	case 0:
	case 1:
		push(queue, numbers);
		break;
	case 2:
		describe(queue, numbers);
		break;
	case 3:
		driver_offer(&driver, queue, get_le16(numbers));
		break;
	case 4:
		poke(queue, numbers);
		break;
	case 5:
		act(numbers);
		break;
	case 6:
		notify();
		break;
	case 7:
		if (numbers[0] < 64)
			start(driver.device, numbers[1] & 1);
		else
			notify();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!devices[RNG])
		plug();
	if (!size)
		return 0;
	outside.room = outside.input = 0;
	outside.taken = outside.given = 0;
	start(devices[*data % 3], *data & 0x80);
	if (*data % 3 == CONSOLE)
		console_end(false);
	for (size_t i = 1; i + 8 <= size; i += 8)
		step(data + i);
	notify();
	return 0;
}
