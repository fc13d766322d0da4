/*
 * Fuzzes virtio-net with libFuzzer: descriptors, rings and packets from hostile
 * bytes, with a TAP that is none. Checked: no memory but the guest's is given
 * to it, or for a packet's end a page of the device's own, what is put was
 * given (tests/virtio_driver.h), what is sent is a whole packet, and a device
 * that is broken does nothing.
 *
 * The input: the features, two bytes; then steps of four bytes: what to do, and
 * three that say with what.
 */
#include "board-pc/virtio/net.h"

#include "tests/virtio_device.h"

#include <errno.h>

#define FD      1000 /* of the TAP */
#define PACKETS 64U  /* that wait in it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct driver driver;
static struct net net;
static struct {
	uint32_t lengths[PACKETS];
	uint32_t put, taken;
	bool is_full; /* it takes nothing */
} tap;

ssize_t __wrap_readv(int fd, const struct iovec *spans, int count);
ssize_t __wrap_writev(int fd, const struct iovec *spans, int count);

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	(void)source, (void)events, (void)why;
	return true;
}

void io_forget(struct io_source *source)
{
	(void)source;
}

static bool set_offloads(int fd, unsigned flags)
{
	(void)fd, (void)flags;
	return true;
}

static size_t bytes_of(const struct iovec *spans, int count)
{
	size_t total = 0;

	driver_must(count > 0);
	for (int i = 0; i < count; i++)
		total += spans[i].iov_len;
	return total;
}

/* The last span may be for what is too much. */
ssize_t __wrap_readv(int fd, const struct iovec *spans, int count)
{
	size_t length, left;

	driver_must(fd == FD);
	if (tap.put == tap.taken) {
		errno = EAGAIN;
		return -1;
	}
	length = tap.lengths[tap.taken++ % PACKETS];
	left = bytes_of(spans, count);
	length = left = length < left ? length : left;
	for (; left; spans++) {
		size_t part = left < spans->iov_len ? left : spans->iov_len;

		memset(spans->iov_base, 'p', part);
		left -= part;
	}
	return (ssize_t)length;
}

/* What leaves has a header, is not too long, and is the guest's. */
ssize_t __wrap_writev(int fd, const struct iovec *spans, int count)
{
	size_t total = bytes_of(spans, count);

	driver_must(fd == FD && total >= NET_HEADER && total <= NET_PACKET_MAX);
	for (int i = 0; i < count; i++) {
		uint64_t gpa;

		driver_must(
		    ram_address_of(&driver.ram, spans[i].iov_base, &gpa) &&
		    ram_span(&driver.ram, gpa, spans[i].iov_len));
	}
	errno = EAGAIN;
	return tap.is_full ? -1 : (ssize_t)total;
}

static void begin(uint16_t features)
{
	static struct net_host host = { .fd = FD,
					.set_offloads = set_offloads,
					.vhost = -1 };

	if (!driver.ram_size) {
		driver.ram_size = MIB(24);
		net_init(&net, &host);
		driver_must(virtio_plug(&net.device));
	}
	memset(&tap, 0, sizeof(tap));
	driver_must(driver_start(&driver, &net.device,
				 (features & 0xFFFF) |
				     (features & 4 ? VIRTIO_F_EVENT_IDX : 0)));
}

static bool is_broken(void)
{
	return !virtio_is_active(&net.device);
}

/* A descriptor somewhere, its buffer often in RAM, and often sound. */
static void describe(unsigned queue, const uint8_t *step)
{
	static const uint32_t lengths[] = { 0,    1,     11,    12,
					    1526, 65562, 70000, UINT32_MAX };
	struct driver_buffer buffer = {
		.gpa = DRIVER_BUFFERS + step[1] * UINT64_C(0x8000),
		.length = lengths[step[2] % 8],
		.writable = step[3] & 1,
	};
	uint16_t id = step[1] % 16;

	driver_describe(driver_descriptor(&driver, queue, id), buffer,
			step[3] >> 1 & (DRIVER_NEXT | DRIVER_INDIRECT),
			step[3] >> 4);
}

static void take_all(unsigned queue)
{
	const struct virtq *it = driver_queue(&driver, queue);

	driver_must((uint16_t)(it->avail_taken - it->used_put) <= it->size);
}

static void act(const uint8_t *step)
{
	size_t length = get_le16(step + 1) + (size_t)step[3];

	switch (step[0] % 8) {
	case 0:
	case 1:
		describe(step[0] & 1, step);
		break;
	case 2:
	case 3:
		driver_offer(&driver, step[0] & 1, step[1] % 20);
		break;
	case 4:
		if (tap.put - tap.taken < PACKETS)
			tap.lengths[tap.put++ % PACKETS] = (uint32_t)length;
		break;
	case 5:
		if (!is_broken())
			driver_notify(&driver);
		break;
	case 6:
		tap.is_full = step[2] & 1;
		net.tap.ready(&net.tap, step[1]);
		break;
	case 7:
		if (step[1] % 4)
			break;
		driver_reset(&driver);
		driver_must(
		    driver_start(&driver, &net.device,
				 step[2] & 1 ? VIRTIO_NET_F_MRG_RXBUF : 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	begin(get_le16(data));
	for (size_t at = 2; at + 4 <= size; at += 4) {
		uint16_t put = net.device.queues[0].used_put;
		bool broken = is_broken();

		act(data + at);
		take_all(0);
		take_all(1);
		driver_must(!broken || !is_broken() ||
			    net.device.queues[0].used_put == put);
	}
	driver_reset(&driver);
	return 0;
}
