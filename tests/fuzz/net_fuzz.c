/*
 * Fuzzes virtio-net with libFuzzer: descriptors, rings and packets from hostile
 * bytes, against a socket in the TAP's place. Checked: no memory but the
 * guest's is touched (ASan: its pages end where the mapping does), what is put
 * was given (tests/virtio_driver.h), what is sent is a whole packet, and a
 * device that is broken does nothing.
 *
 * The input: the features, two bytes; then steps of four bytes: what to do, and
 * three that say with what.
 */
#include "board-pc/virtio/net.h"

#include "tests/virtio_device.h"

#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct driver driver;
static struct net net;
static int wire = -1;
static uint8_t packet[66000];

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

static void open_wire(void)
{
	int ends[2];

	driver_must(
	    !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
	net.host.fd = ends[0];
	wire = ends[1];
}

static void begin(uint16_t features)
{
	static struct net_host host = { .set_offloads = set_offloads,
					.vhost = -1 };

	if (wire < 0) {
		driver.ram_size = MIB(24);
		net_init(&net, &host);
		driver_must(virtio_plug(&net.device));
		open_wire();
	}
	while (read(wire, packet, sizeof(packet)) >= 0)
		;
	while (read(net.host.fd, packet, sizeof(packet)) >= 0)
		;
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

/* What leaves has a header and is not too long. */
static void drain(void)
{
	ssize_t length;

	while ((length = read(wire, packet, sizeof(packet))) >= 0)
		driver_must(length >= (ssize_t)NET_HEADER &&
			    length <= (ssize_t)NET_PACKET_MAX);
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
		if (write(wire, packet, length) < 0)
			return;
		break;
	case 5:
		if (!is_broken())
			driver_notify(&driver);
		break;
	case 6:
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
		drain();
		take_all(0);
		take_all(1);
		driver_must(!broken || !is_broken() ||
			    net.device.queues[0].used_put == put);
	}
	driver_reset(&driver);
	return 0;
}
