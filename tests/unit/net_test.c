/*
 * virtio-net: packets to and from something like a TAP, a socket whose reads
 * and writes are packets too.
 */
#include "board-pc/virtio/net.h"

#include "tests/virtio_device.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <sys/socket.h>

#include "tests/unit/unit.h"

#define RX NET_RECEIVE_QUEUE
#define TX NET_TRANSMIT_QUEUE

#define ALL                                                                    \
	(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM |                         \
	 VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6 |                   \
	 VIRTIO_NET_F_GUEST_ECN | VIRTIO_NET_F_HOST_TSO4 |                     \
	 VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_HOST_ECN |                      \
	 VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_MAC)

static struct driver driver;
static struct net net;
static int wire = -1; /* the other end of the socket */
static unsigned offloads, told_offloads;
static uint32_t watched; /* what the device waits for at the TAP */
static unsigned forgotten;

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	(void)why;
	if (source == &net.tap)
		watched = events;
	return true;
}

void io_forget(struct io_source *source)
{
	forgotten += source == &net.tap;
	watched = 0;
}

static bool set_offloads(int fd, unsigned flags)
{
	CHECK_EQ(fd, net.host.fd);
	offloads = flags;
	told_offloads++;
	return true;
}

static void begin_with(uint64_t features, uint16_t mtu)
{
	struct net_host host = { .set_offloads = set_offloads,
				 .vhost = -1,
				 .mac = { 2, 1, 2, 3, 4, 5 },
				 .mtu = mtu };
	const int room = 212992; /* what may be had everywhere */
	int ends[2];

	if (wire >= 0) {
		driver_reset(&driver);
		close(wire);
		close(net.host.fd);
	}
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
	host.fd = ends[0];
	wire = ends[1];
	setsockopt(wire, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	memset(&net, 0, sizeof(net));
	net_init(&net, &host);
	CHECK(virtio_plug(&net.device));
	CHECK(driver_start(&driver, &net.device, features));
	driver_notify(&driver);
	plugged_forget();
	forgotten = 0;
}

static void begin(uint64_t features)
{
	begin_with(features, 0);
}

/* Bytes that tell of their place. */
static const uint8_t *pattern(void)
{
	static uint8_t bytes[NET_PACKET_MAX + 16];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	return bytes;
}

/* A packet of `length` bytes comes from the outside; the header is empty. */
static void come(size_t length)
{
	static uint8_t packet[NET_PACKET_MAX + 16];

	memcpy(packet, pattern(), length);
	memset(packet, 0, length < NET_HEADER ? length : NET_HEADER);
	CHECK_EQ(write(wire, packet, length), length);
}

static void tap_is_ready(uint32_t events)
{
	net.tap.ready(&net.tap, events);
}

static struct driver_buffer offer(uint32_t length)
{
	struct driver_buffer buffer = driver_in(&driver, length);

	driver_push(&driver, RX, &buffer, 1);
	return buffer;
}

/* The next buffer has `length` bytes, from byte `from` of the packet on. */
static void check_received(struct driver_buffer buffer, uint32_t from,
			   uint32_t length)
{
	uint32_t written, skip = from ? 0 : NET_HEADER;

	CHECK(driver_pop(&driver, RX, &written) >= 0);
	CHECK_EQ(written, length);
	CHECK(!memcmp(driver_bytes(&driver, buffer) + skip,
		      pattern() + from + skip, length - skip));
}

static void check_buffers(struct driver_buffer first, unsigned count)
{
	CHECK_EQ(get_le16(driver_bytes(&driver, first) + 10), count);
}

static bool is_broken(void)
{
	return net.device.status & VIRTIO_NEEDS_RESET;
}

/* The next packet on the wire, or -1. */
static ssize_t leave(uint8_t *packet, size_t size)
{
	return read(wire, packet, size);
}

static void send_out(const void *bytes, uint32_t length)
{
	struct driver_buffer buffer = driver_out(&driver, bytes, length);

	driver_push(&driver, TX, &buffer, 1);
}

CASE(it_is_a_network_card)
{
	static const uint8_t mac[] = { 2, 1, 2, 3, 4, 5 };

	begin_with(ALL, 9000);
	CHECK_EQ(net.device.kind->id, 1);
	CHECK_EQ(net.device.queue_count, 2);
	CHECK(!memcmp(net.device.config, mac, sizeof(mac)));
	CHECK_EQ(get_le16(net.device.config + 10), 9000);
	CHECK_EQ(net.device.offered, ALL | VIRTIO_NET_F_MTU);
	begin_with(ALL, 0);
	CHECK_EQ(net.device.offered, ALL);
}

CASE(offloads_are_what_the_driver_takes)
{
	begin(ALL);
	CHECK_EQ(offloads,
		 TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
	begin(VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO6);
	CHECK_EQ(offloads, TUN_F_CSUM | TUN_F_TSO6);
	begin(VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_ECN);
	CHECK_EQ(offloads, TUN_F_CSUM);
	begin(VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_ECN);
	CHECK_EQ(offloads, 0);
	begin(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4);
	CHECK_EQ(offloads, 0);
}

CASE(a_packet_is_received)
{
	struct driver_buffer buffer;

	begin(0);
	buffer = offer(1526);
	come(100);
	tap_is_ready(EPOLLIN);
	check_received(buffer, 0, 100);
	check_buffers(buffer, 1);
	CHECK_EQ(plugged.interrupts, 1);
	CHECK(!plugged_came_back());
}

CASE(packets_are_received_in_order)
{
	struct driver_buffer buffers[3];

	begin(VIRTIO_NET_F_MRG_RXBUF);
	for (int i = 0; i < 3; i++)
		buffers[i] = offer(1600);
	for (unsigned i = 0; i < 3; i++)
		come(60 + i);
	tap_is_ready(EPOLLIN);
	for (unsigned i = 0; i < 3; i++) {
		check_received(buffers[i], 0, 60 + i);
		check_buffers(buffers[i], 1);
	}
	CHECK_EQ(plugged.interrupts, 1);
}

CASE(a_large_packet_goes_into_several_buffers)
{
	struct driver_buffer buffers[50];

	begin(ALL);
	for (int i = 0; i < 50; i++)
		buffers[i] = offer(1536);
	come(40000);
	come(1537);
	tap_is_ready(EPOLLIN);
	check_buffers(buffers[0], 27);
	for (uint32_t i = 0; i < 26; i++)
		check_received(buffers[i], 1536 * i, 1536);
	check_received(buffers[26], 1536 * 26, 40000 - 1536 * 26);
	check_buffers(buffers[27], 2);
	check_received(buffers[27], 0, 1536);
	check_received(buffers[28], 1536, 1);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
}

CASE(the_largest_packet_fits)
{
	struct driver_buffer buffers[17];

	begin(ALL);
	for (int i = 0; i < 17; i++)
		buffers[i] = offer(4096);
	come(NET_PACKET_MAX);
	tap_is_ready(EPOLLIN);
	check_buffers(buffers[0], 17);
	for (uint32_t i = 0; i < 16; i++)
		check_received(buffers[i], 4096 * i, 4096);
	check_received(buffers[16], 65536, NET_PACKET_MAX - 65536);
}

/* Nothing is lost while a driver is slow. */
CASE(a_packet_waits_for_more_buffers)
{
	struct driver_buffer buffers[5];

	begin(ALL);
	buffers[0] = offer(1000);
	buffers[1] = offer(1000);
	come(4500);
	tap_is_ready(EPOLLIN);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
	CHECK_EQ(plugged.interrupts, 0);
	CHECK(driver_would_notify(&driver, RX));
	buffers[2] = offer(1000);
	driver_notify(&driver);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
	buffers[3] = offer(1000);
	buffers[4] = offer(1000);
	driver_notify(&driver);
	check_buffers(buffers[0], 5);
	for (uint32_t i = 0; i < 4; i++)
		check_received(buffers[i], 1000 * i, 1000);
	check_received(buffers[4], 4000, 500);
	CHECK(!is_broken());
}

CASE(a_packet_waits_for_the_first_buffer)
{
	struct driver_buffer buffer;

	begin(VIRTIO_F_EVENT_IDX);
	come(70);
	tap_is_ready(EPOLLIN);
	CHECK(!plugged_came_back());
	buffer = offer(1526);
	CHECK(driver_would_notify(&driver, RX));
	driver_notify(&driver);
	check_received(buffer, 0, 70);
}

CASE(buffers_that_wait_ask_for_no_notification)
{
	begin(VIRTIO_NET_F_MRG_RXBUF | VIRTIO_F_EVENT_IDX);
	for (int i = 0; i < 4; i++)
		offer(1526);
	driver_notify(&driver);
	offer(1526);
	CHECK(!driver_would_notify(&driver, RX));
}

/* Without merging, a packet too large for its buffer is no packet. */
CASE(what_does_not_fit_is_dropped)
{
	struct driver_buffer buffer;

	begin(0);
	buffer = offer(200);
	come(201);
	come(200);
	tap_is_ready(EPOLLIN);
	check_received(buffer, 0, 200);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
	CHECK(!is_broken());
}

CASE(a_header_may_be_in_pieces)
{
	struct driver_buffer chain[3];
	uint32_t written;

	begin(0);
	chain[0] = driver_in(&driver, 11);
	chain[1] = driver_in(&driver, 1);
	chain[2] = driver_in(&driver, 1600);
	driver_push(&driver, RX, chain, 3);
	come(80);
	tap_is_ready(EPOLLIN);
	CHECK(driver_pop(&driver, RX, &written) >= 0);
	CHECK_EQ(written, 80);
	CHECK_EQ(driver_bytes(&driver, chain[0])[10], 1);
	CHECK_EQ(driver_bytes(&driver, chain[1])[0], 0);
	CHECK(!memcmp(driver_bytes(&driver, chain[2]), pattern() + 12, 68));
}

/* So small that all that readv takes is no packet: it is dropped. */
CASE(tiny_buffers_do_not_stop_the_rest)
{
	struct driver_buffer chain[128], whole;

	begin(ALL);
	for (int i = 0; i < 128; i++)
		chain[i] = driver_in(&driver, 1);
	for (int i = 0; i < 16; i++)
		driver_push_indirect(&driver, RX, chain, 128);
	whole = offer(1600);
	come(3000);
	come(100);
	tap_is_ready(EPOLLIN);
	CHECK(driver_pop(&driver, RX, NULL) >= 0);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
	CHECK(!is_broken());
	(void)whole;
}

CASE(a_thousand_packets_are_served_fairly)
{
	unsigned received = 0;

	begin(VIRTIO_NET_F_MRG_RXBUF);
	while (received < 1000) {
		uint32_t written;

		driver.free = DRIVER_BUFFERS;
		for (int i = 0; i < 100; i++)
			offer(1600);
		for (int i = 0; i < 100; i++)
			come(64);
		tap_is_ready(EPOLLIN);
		while (driver_pop(&driver, RX, &written) >= 0) {
			CHECK_EQ(written, 64);
			received++;
		}
		CHECK_EQ(received % 100, 0);
	}
}

CASE(a_turn_of_receiving_ends)
{
	begin(VIRTIO_NET_F_MRG_RXBUF);
	for (int i = 0; i < VIRTQ_SIZE_MAX; i++)
		offer(1600);
	for (int i = 0; i < 255; i++)
		come(60);
	tap_is_ready(EPOLLIN);
	CHECK(!plugged_came_back());
	CHECK_EQ(plugged.interrupts, 1);
	begin(VIRTIO_NET_F_MRG_RXBUF);
	for (int i = 0; i < VIRTQ_SIZE_MAX; i++)
		offer(1600);
	for (int i = 0; i < 258; i++)
		come(60);
	tap_is_ready(EPOLLIN);
	CHECK(plugged_came_back());
	CHECK_EQ(plugged.interrupts, 1);
}

CASE(wrong_receive_buffers_break_it)
{
	struct driver_buffer buffer;

	begin(0);
	offer(11);
	come(60);
	tap_is_ready(EPOLLIN);
	CHECK(is_broken());
	begin(0);
	buffer = driver_out(&driver, pattern(), 1526);
	driver_push(&driver, RX, &buffer, 1);
	driver_notify(&driver);
	CHECK(is_broken());
}

CASE(a_packet_is_sent)
{
	uint8_t packet[200];

	begin(0);
	send_out(pattern(), 100);
	driver_notify(&driver);
	CHECK_EQ(leave(packet, sizeof(packet)), 100);
	CHECK(!memcmp(packet, pattern(), 100));
	CHECK(driver_pop(&driver, TX, NULL) >= 0);
	CHECK_EQ(plugged.interrupts, 1);
}

CASE(a_packet_in_pieces_is_sent_as_one)
{
	struct driver_buffer chain[3];
	uint8_t packet[200];

	begin(0);
	chain[0] = driver_out(&driver, pattern(), 12);
	chain[1] = driver_out(&driver, pattern() + 12, 30);
	chain[2] = driver_out(&driver, pattern() + 42, 58);
	driver_push(&driver, TX, chain, 3);
	driver_notify(&driver);
	CHECK_EQ(leave(packet, sizeof(packet)), 100);
	CHECK(!memcmp(packet, pattern(), 100));
}

CASE(what_is_too_long_is_dropped)
{
	uint8_t packet[200];

	begin(0);
	send_out(pattern(), NET_PACKET_MAX + 1);
	send_out(pattern(), 60);
	driver_notify(&driver);
	CHECK_EQ(leave(packet, sizeof(packet)), 60);
	CHECK_EQ(leave(packet, sizeof(packet)), -1);
	CHECK(driver_pop(&driver, TX, NULL) >= 0);
	CHECK(driver_pop(&driver, TX, NULL) >= 0);
	CHECK(!is_broken());
}

CASE(wrong_packets_break_it)
{
	struct driver_buffer chain[2];
	uint8_t packet[200];

	begin(0);
	send_out(pattern(), 11);
	driver_notify(&driver);
	CHECK(is_broken());
	begin(0);
	chain[0] = driver_out(&driver, pattern(), 60);
	chain[1] = driver_in(&driver, 60);
	driver_push(&driver, TX, chain, 2);
	driver_notify(&driver);
	CHECK(is_broken());
	CHECK_EQ(leave(packet, sizeof(packet)), -1);
}

/* The socket takes only so much: nothing is lost, nothing out of order. */
CASE(a_full_tap_is_waited_for)
{
	static uint8_t packet[40000];
	unsigned sent = 0, received = 0;

	begin(0);
	while (!net.tap_full) {
		uint8_t number = (uint8_t)sent++;
		struct driver_buffer chain[2] = {
			driver_out(&driver, pattern(), 30000),
			driver_out(&driver, &number, 1),
		};

		CHECK(sent < 100);
		driver_push(&driver, TX, chain, 2);
		driver_notify(&driver);
		plugged_forget();
	}
	CHECK(watched & EPOLLOUT && watched & EPOLLIN);
	while (received < sent) {
		CHECK_EQ(leave(packet, sizeof(packet)), 30001);
		CHECK_EQ(packet[30000], received);
		received++;
		tap_is_ready(EPOLLOUT);
		CHECK(driver_pop(&driver, TX, NULL) >= 0 || received == sent);
	}
	CHECK(!net.tap_full);
	CHECK_EQ(leave(packet, sizeof(packet)), -1);
}

CASE(a_turn_of_sending_ends)
{
	static uint8_t packet[NET_PACKET_MAX];
	unsigned turns = 0, left = 0;

	begin(0);
	for (int i = 0; i < 100; i++) {
		driver.free = DRIVER_BUFFERS;
		send_out(pattern(), 60000);
	}
	do {
		turns++;
		driver_notify(&driver);
		while (leave(packet, sizeof(packet)) == 60000)
			left++;
		if (net.tap_full)
			tap_is_ready(EPOLLOUT);
		CHECK(turns < 200);
	} while (left < 100);
	CHECK(turns > 3);
}

CASE(after_a_reset_nothing_is_written)
{
	struct driver_buffer buffer;

	begin(0);
	buffer = offer(1526);
	come(60);
	driver_reset(&driver);
	CHECK_EQ(forgotten, 1);
	tap_is_ready(EPOLLIN);
	CHECK_EQ(driver_bytes(&driver, buffer)[0], 0xA5);
	CHECK(driver_start(&driver, &net.device, 0));
	CHECK_EQ(watched, EPOLLIN | EPOLLET);
	buffer = offer(1526);
	driver_notify(&driver);
	check_received(buffer, 0, 60);
}

/* What waited before a reset is not there after it. */
CASE(a_reset_forgets_buffers_and_rests)
{
	struct driver_buffer buffer;

	begin(ALL);
	offer(1000);
	come(4000);
	tap_is_ready(EPOLLIN);
	driver_reset(&driver);
	CHECK(driver_start(&driver, &net.device, ALL));
	buffer = offer(70000);
	come(100);
	driver_notify(&driver);
	check_received(buffer, 0, 100);
	CHECK_EQ(driver_pop(&driver, RX, NULL), -1);
}

CASE(a_queue_may_be_left_out)
{
	begin(0);
	driver_reset(&driver);
	CHECK(driver_start(&driver, &net.device, 0));
	virtq_reset(&net.device.queues[RX]);
	come(60);
	send_out(pattern(), 60);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, TX, NULL) >= 0);
	CHECK(!is_broken());
}

CASE(a_tap_that_is_gone_is_quiet)
{
	begin(0);
	offer(1526);
	close(wire);
	tap_is_ready(EPOLLIN | EPOLLHUP);
	CHECK(!plugged_came_back());
	CHECK(!is_broken());
	wire = dup(net.host.fd);
}

RUN("net", &it_is_a_network_card, &offloads_are_what_the_driver_takes,
    &a_packet_is_received, &packets_are_received_in_order,
    &a_large_packet_goes_into_several_buffers, &the_largest_packet_fits,
    &a_packet_waits_for_more_buffers, &a_packet_waits_for_the_first_buffer,
    &buffers_that_wait_ask_for_no_notification, &what_does_not_fit_is_dropped,
    &a_header_may_be_in_pieces, &tiny_buffers_do_not_stop_the_rest,
    &a_thousand_packets_are_served_fairly, &a_turn_of_receiving_ends,
    &wrong_receive_buffers_break_it, &a_packet_is_sent,
    &a_packet_in_pieces_is_sent_as_one, &what_is_too_long_is_dropped,
    &wrong_packets_break_it, &a_full_tap_is_waited_for, &a_turn_of_sending_ends,
    &after_a_reset_nothing_is_written, &a_reset_forgets_buffers_and_rests,
    &a_queue_may_be_left_out, &a_tap_that_is_gone_is_quiet)
