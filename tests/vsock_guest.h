/*
 * A guest with virtio-vsock, and the I/O thread, for unit tests and fuzzers: it
 * speaks packets, and the host's side is real sockets. Beside
 * tests/virtio_device.h.
 */
#ifndef TESTS_VSOCK_GUEST_H
#define TESTS_VSOCK_GUEST_H

#include "tests/virtio_device.h"

#include "board-pc/virtio/vsock.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define GUEST_CID 42

static struct {
	struct driver driver;
	int epoll;
	char path[64];
	uint32_t buf_alloc, fwd_cnt;             /* what it says of itself */
	struct driver_buffer tx;                 /* each packet's */
	struct driver_buffer rx[VIRTQ_SIZE_MAX]; /* by head */
	unsigned events;  /* that the I/O thread was told */
	unsigned buffers; /* with the device */
} guest;

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return !epoll_ctl(guest.epoll, EPOLL_CTL_ADD, source->fd, &event) ||
	       !epoll_ctl(guest.epoll, EPOLL_CTL_MOD, source->fd, &event) ||
	       fail(why, "epoll_ctl");
}

void io_forget(struct io_source *source)
{
	epoll_ctl(guest.epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

/* The I/O thread, until it would wait. */
static inline void guest_run(void)
{
	struct epoll_event event;
	unsigned rounds = 0;

	for (;;) {
		driver_must(++rounds < 100000); /* or it would spin */
		if (plugged_came_back()) {
			driver_notify(&guest.driver);
		} else if (epoll_wait(guest.epoll, &event, 1, 0) > 0) {
			struct io_source *source = event.data.ptr;

			guest.events++;
			source->ready(source, event.events);
		} else {
			return;
		}
	}
}

/* A buffer for a packet, with room for this many bytes of it. */
static inline void guest_offer(struct driver_buffer buffer)
{
	uint16_t head = driver_push(&guest.driver, VSOCK_RX_QUEUE, &buffer, 1);

	guest.rx[head] = buffer;
	guest.buffers++;
}

static inline void guest_give_buffers(unsigned count, uint32_t bytes)
{
	while (count--)
		guest_offer(driver_in(&guest.driver, bytes));
	driver_notify(&guest.driver);
	guest_run();
}

/* A driver that finds the device, again and again. */
static inline bool guest_start(void)
{
	if (!driver_start(&guest.driver, &vsock.device, VIRTIO_F_EVENT_IDX))
		return false;
	guest.buf_alloc = 1 << 20;
	guest.fwd_cnt = 0;
	guest.buffers = 0;
	guest.tx = driver_in(&guest.driver, 70000);
	guest.tx.writable = false;
	driver_notify(&guest.driver);
	guest_run();
	return true;
}

/* The device, once, and listening. */
static inline void guest_plug(void)
{
	struct reason why;
	int listener;

	snprintf(guest.path, sizeof(guest.path), "/tmp/vsock-test.%d",
		 (int)getpid());
	guest.epoll = epoll_create1(0);
	listener = vsock_listen(guest.path, &why);
	driver_must(guest.epoll >= 0 && listener >= 0);
	vsock_init(GUEST_CID, guest.path, listener,
		   timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	driver_must(virtio_plug(&vsock.device));
}

static inline struct vsock_header guest_header(unsigned op, uint32_t guest_port,
					       uint32_t host_port)
{
	return (struct vsock_header){
		.src_cid = GUEST_CID,
		.dst_cid = VSOCK_HOST,
		.src_port = guest_port,
		.dst_port = host_port,
		.type = VSOCK_STREAM,
		.op = (uint16_t)op,
		.buf_alloc = guest.buf_alloc,
		.fwd_cnt = guest.fwd_cnt,
	};
}

/*
 * A packet as it is, with `count` bytes behind the header. False: the device
 * has not taken it yet; then it is left there.
 */
static inline bool guest_send(const struct vsock_header *packet,
			      const void *bytes, uint32_t count)
{
	uint8_t *at = driver_bytes(&guest.driver, guest.tx);
	struct driver_buffer buffer = guest.tx;

	driver_must(count + sizeof(*packet) <= guest.tx.length);
	memcpy(at, packet, sizeof(*packet));
	if (count)
		memcpy(at + sizeof(*packet), bytes, count);
	buffer.length = count + (uint32_t)sizeof(*packet);
	driver_push(&guest.driver, VSOCK_TX_QUEUE, &buffer, 1);
	driver_notify(&guest.driver);
	guest_run();
	return driver_pop(&guest.driver, VSOCK_TX_QUEUE, NULL) >= 0;
}

static inline bool guest_say(unsigned op, uint32_t guest_port,
			     uint32_t host_port, uint32_t flags)
{
	struct vsock_header packet = guest_header(op, guest_port, host_port);

	packet.flags = flags;
	return guest_send(&packet, NULL, 0);
}

static inline bool guest_write(uint32_t guest_port, uint32_t host_port,
			       const void *bytes, uint32_t count)
{
	struct vsock_header packet =
	    guest_header(VSOCK_RW, guest_port, host_port);

	packet.len = count;
	return guest_send(&packet, bytes, count);
}

/*
 * The next packet that came, and its bytes, which are valid until the next
 * call; NULL: there is none. Its buffer is given back.
 */
static inline const uint8_t *guest_receive(struct vsock_header *packet)
{
	uint32_t written;
	int head = driver_pop(&guest.driver, VSOCK_RX_QUEUE, &written);
	const uint8_t *bytes;

	if (head < 0)
		return NULL;
	driver_must(written >= sizeof(*packet));
	bytes = driver_bytes(&guest.driver, guest.rx[head]);
	memcpy(packet, bytes, sizeof(*packet));
	driver_must(packet->len == written - sizeof(*packet));
	guest.buffers--;
	return bytes + sizeof(*packet);
}

#endif
