/*
 * Fuzzes virtio-vsock with libFuzzer, with a host that does anything: each of
 * its calls takes, gives or refuses what the input says, and tells of sockets
 * that have nothing. That of vsock_fuzz is real, and slow. Checked: what holds
 * of each connection between operations, that sockets are used while they are
 * open and closed once, that what the host is given was the guest's, and that
 * a reset leaves nothing.
 *
 * The input: an operation's byte, then its arguments and what the host's calls
 * make of it, until there are none: then the host does nothing any more.
 */
#include "board-pc/virtio/slots.h"
#include "board-pc/virtio/vsock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/virtio_driver.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define CID      42
#define FIRST_FD 100000 /* of sockets that are none */
#define FDS      VSOCK_CONNECTIONS
#define SERVICE  77
#define PORTS    4 /* of the guest's */
#define BUFFERS  MIB(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct driver driver;
static struct virtio_device *plugged;
static struct input input;
static bool is_open[FDS], is_watched[FDS];
static struct io_source *sources[FDS];
static uint64_t buffers; /* where the next is */

static uint32_t take(unsigned bytes)
{
	return input_take(&input, bytes);
}

/* In the place of board-pc/virtio/slots.c and vmm/io_loop.c. */

bool virtio_plug(struct virtio_device *device)
{
	plugged = device;
	return true;
}

bool virtio_is_direct(const struct virtio_device *device)
{
	(void)device;
	return false;
}

static void interrupt(struct virtio_device *device)
{
	must(device == plugged);
}

static bool is_socket(int fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + FDS;
}

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	int at = source->fd - FIRST_FD;

	must(events & EPOLLIN);
	if (!is_socket(source->fd)) /* the listener, the timer */
		return true;
	must(is_open[at]);
	if (!is_watched[at] && take(1) == 0xFF)
		return fail(why, "no memory");
	is_watched[at] = true;
	sources[at] = source;
	return true;
}

void io_forget(struct io_source *source)
{
	if (is_socket(source->fd))
		is_watched[source->fd - FIRST_FD] = false;
}

/* The host. */

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *size, int flags);
bool __wrap_vsock_connect_to(const char *path, int *fd);
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *from, size_t size, int flags);
ssize_t __wrap_readv(int fd, const struct iovec *spans, int count);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
int __wrap_shutdown(int fd, int how);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *to,
			   struct itimerspec *was);
int __wrap_madvise(void *at, size_t length, int advice);
int __wrap_close(int fd);
int __real_close(int fd);

static int open_one(void)
{
	for (int i = 0; i < FDS; i++)
		if (!is_open[i]) {
			is_open[i] = true;
			is_watched[i] = false;
			return FIRST_FD + i;
		}
	errno = EMFILE;
	return -1;
}

static void must_be_open(int fd)
{
	must(is_socket(fd) && is_open[fd - FIRST_FD]);
}

/* How many of these bytes, or a negative error number. */
static ssize_t outcome(size_t most)
{
	static const int errors[] = { EAGAIN, ECONNRESET, EPIPE, EINTR };
	uint32_t choice = take(1);

	if (choice < 0x80 || !input.left) {
		errno = input.left ? errors[choice % 4] : EAGAIN;
		return -1;
	}
	if (choice < 0xC0)
		return (ssize_t)most;
	return (ssize_t)(most ? 1 + take(2) % most : 0);
}

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
	must(!from && !size && flags & SOCK_NONBLOCK && !is_socket(fd));
	if (take(1) & 1)
		return open_one();
	errno = input.left && take(1) & 1 ? EMFILE : EAGAIN;
	return -1;
}

bool __wrap_vsock_connect_to(const char *path, int *fd)
{
	must(!strncmp(path, "/vsock_", 7));
	*fd = take(1) & 1 ? open_one() : -1;
	return *fd >= 0;
}

/* A greeting, most often a right one, at least at its beginning. */
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
	static const char *const lines[] = { "CONNECT 1\n", "connect 2\r\n",
					     "CONNECT 4294967296\n", "CONN" };
	uint32_t choice = take(1);
	const char *line = lines[choice % 4];
	size_t length = strlen(line);

	must_be_open(fd);
	if (!(flags & MSG_PEEK))
		return (ssize_t)size;
	if (choice >= 0xC0)
		return outcome(0);
	length = length < size ? length : size;
	memcpy(to, line, length);
	if (choice & 0x40)
		((char *)to)[take(1) % length] = (char)take(1);
	return (ssize_t)length;
}

ssize_t __wrap_send(int fd, const void *from, size_t size, int flags)
{
	must_be_open(fd);
	must(flags & MSG_NOSIGNAL && !strncmp(from, "OK ", 3));
	return take(1) & 1 ? (ssize_t)size : outcome(size);
}

static size_t bytes_of(const struct iovec *spans, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += spans[i].iov_len;
	return total;
}

ssize_t __wrap_readv(int fd, const struct iovec *spans, int count)
{
	ssize_t got;
	size_t left;

	must_be_open(fd);
	must(count > 0);
	got = outcome(bytes_of(spans, (size_t)count));
	left = got > 0 ? (size_t)got : 0;
	for (; left; spans++) {
		size_t part = left < spans->iov_len ? left : spans->iov_len;

		memset(spans->iov_base, 'h', part);
		left -= part;
	}
	return got;
}

/* The guest sends nothing but 'g'. */
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	must_be_open(fd);
	must(flags & MSG_NOSIGNAL);
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		const struct iovec *span = &message->msg_iov[i];
		const uint8_t *bytes = span->iov_base;

		if (span->iov_len)
			must(bytes[0] == 'g' &&
			     bytes[span->iov_len - 1] == 'g');
	}
	return outcome(bytes_of(message->msg_iov, message->msg_iovlen));
}

int __wrap_shutdown(int fd, int how)
{
	must_be_open(fd);
	must(how == SHUT_RD || how == SHUT_WR);
	return 0;
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *to,
			   struct itimerspec *was)
{
	(void)to;
	must(!is_socket(fd) && !flags && !was);
	return 0;
}

int __wrap_madvise(void *at, size_t length, int advice)
{
	must(at && length &&
	     (advice == MADV_DONTNEED || advice == MADV_NOHUGEPAGE));
	return 0;
}

int __wrap_close(int fd)
{
	if (!is_socket(fd))
		return __real_close(fd);
	must_be_open(fd);
	is_open[fd - FIRST_FD] = false;
	is_watched[fd - FIRST_FD] = false;
	return 0;
}

/* Operations: the guest's. */

static struct driver_buffer room(uint32_t length, bool writable)
{
	struct driver_buffer buffer = { DRIVER_BUFFERS + buffers, length,
					writable };

	buffers = (buffers + length + 15) / 16 * 16 % BUFFERS;
	return buffer;
}

static bool has_descriptors(unsigned queue)
{
	return (uint16_t)(driver.queues[queue].available -
			  driver.queues[queue].popped) < VIRTQ_SIZE_MAX - 4;
}

static void give_buffers(void)
{
	for (uint32_t count = take(1) % 8; count--;) {
		struct driver_buffer buffer = room(1 + take(2) % 5000, true);

		if (has_descriptors(VSOCK_RX_QUEUE))
			driver_push(&driver, VSOCK_RX_QUEUE, &buffer, 1);
	}
}

static void send_packet(void)
{
	uint32_t ports = take(1);
	struct vsock_header packet = {
		.src_cid = CID,
		.dst_cid = VSOCK_HOST,
		.src_port = ports % PORTS,
		.dst_port = ports & 4 ? SERVICE : (1U << 30) + ports / 8 % 8,
		.type = VSOCK_STREAM,
		.op = (uint16_t)(take(1) % 9),
		.buf_alloc = take(3),
		.fwd_cnt = take(2),
	};
	uint32_t count = packet.op == VSOCK_RW ? take(2) : 0;
	struct driver_buffer chain[2];

	packet.flags = packet.op == VSOCK_RW ? 0 : take(1) % 8;
	packet.len = take(1) == 0xFF ? take(4) : count;
	chain[0] = room((uint32_t)sizeof(packet), false);
	memcpy(driver_bytes(&driver, chain[0]), &packet, sizeof(packet));
	chain[1] = room(count + 1, false);
	chain[1].length = count;
	memset(driver_bytes(&driver, chain[1]), 'g', count);
	if (has_descriptors(VSOCK_TX_QUEUE))
		driver_push(&driver, VSOCK_TX_QUEUE, chain, count ? 2 : 1);
}

static void receive(void)
{
	uint32_t written;

	while (driver_pop(&driver, VSOCK_RX_QUEUE, &written) >= 0)
		must(written >= sizeof(struct vsock_header));
	while (driver_pop(&driver, VSOCK_TX_QUEUE, NULL) >= 0)
		;
}

/* Nothing is left. */
static void stop(void)
{
	static const bool none[FDS];

	driver_reset(&driver);
	must(!memcmp(is_open, none, sizeof(none)));
	must(!memcmp(is_watched, none, sizeof(none)));
}

static void restart(void)
{
	stop();
	must(driver_start(&driver, plugged, VIRTIO_F_EVENT_IDX));
}

static void tell_of_socket(void)
{
	static const uint32_t events[] = { EPOLLIN, EPOLLOUT,
					   EPOLLIN | EPOLLRDHUP,
					   EPOLLIN | EPOLLHUP | EPOLLRDHUP,
					   EPOLLERR | EPOLLHUP };
	uint32_t choice = take(1), at = choice % 16;

	if (is_watched[at])
		sources[at]->ready(sources[at], events[choice / 16 % 5]);
}

static void operate(void)
{
	switch (take(1) % 8) {
	case 0:
	case 1:
	case 2:
		send_packet();
		break;
	case 3:
		give_buffers();
		break;
	case 4:
		tell_of_socket();
		break;
	case 5:
		vsock.listener.ready(&vsock.listener, EPOLLIN);
		break;
	case 6:
		vsock.timer.ready(&vsock.timer, EPOLLIN);
		break;
	case 7:
		if (take(1) < 8)
			restart();
		break;
	}
	driver_notify(&driver);
	receive();
	if (!virtio_is_active(plugged))
		restart();
}

static void check_connection(const struct vsock_connection *it)
{
	must(it->state <= VSOCK_OVER && vsock_buffered(it) <= VSOCK_WINDOW);
	must(it->guest_told == (it->guest_told & it->host_ended));
	must(it->socket.fd < 0 || is_open[it->socket.fd - FIRST_FD]);
	if (it->state == VSOCK_OVER)
		must(it->socket.fd >= 0 || it->owed);
	if (it->state == VSOCK_GREETING || it->state == VSOCK_OPEN)
		must(it->socket.fd >= 0);
	if (it->socket.fd >= 0 && vsock_buffered(it))
		must(!it->writable || it->host_ended & VSOCK_RECEIVES);
}

static void check(void)
{
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		if (vsock.table.all[i].state != VSOCK_FREE)
			check_connection(&vsock.table.all[i]);
	must(vsock.table.line_count <= VSOCK_CONNECTIONS);
	must(vsock.table.refusals_count <= VSOCK_REFUSALS);
}

static void begin(void)
{
	static const struct virtio_mmio_wires wires = { .interrupt =
							    interrupt };

	if (!plugged) {
		driver.ram_size = DRIVER_BUFFERS + BUFFERS + MIB(1);
		vsock_init(CID, "/vsock", 3, 4);
		must(virtio_plug(&vsock.device));
		plugged->kick.fd = -1;
		virtio_mmio_wire(&wires, NULL);
	}
	buffers = 0;
	must(driver_start(&driver, plugged, VIRTIO_F_EVENT_IDX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input.next = data;
	input.left = size;
	begin();
	while (input.left) {
		operate();
		check();
	}
	stop();
	return 0;
}
