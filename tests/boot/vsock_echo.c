/*
 * The two ends of tests/boot/virtio-vsock, in the guest and beside the monitor:
 *
 *	vsock_echo serve vsock:PORT|PATH COUNT
 *	vsock_echo call vsock:PORT|PATH[:PORT] STREAMS BYTES
 *	vsock_echo cid
 *
 * `serve` sends back what comes in each of COUNT connections and, when the
 * caller has ended its half, the sum of it; then it ends. `call` makes STREAMS
 * connections at once (vsock: to the host; PATH:PORT: to a guest, through the
 * monitor), sends BYTES different bytes in each, ends its half, and holds what
 * comes back against them; it ends with 0 when all of it is right. `cid` prints
 * that of the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STREAMS_MAX 200
#define CHUNK       16384
/* linux/vm_sockets.h has these, which not every libc's compiler finds. */
#define GET_LOCAL_CID _IO(7, 0xB9)
#define CID_HOST      2
#define CID_ANY       UINT32_MAX

struct vsock_address {
	sa_family_t family;
	uint16_t reserved;
	uint32_t port, cid;
	uint8_t zero[4];
};

struct stream {
	int fd;
	unsigned number;
	uint64_t sent, got, sum; /* got: and checked, or to be sent back */
	uint8_t held[CHUNK];     /* what the server has still to send */
	size_t held_at, held_count;
	bool ended; /* the other end has sent all */
};

static struct stream streams[STREAMS_MAX];
static unsigned stream_count;

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	printf("vsock_echo: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Of stream `number` the byte at `at`. */
static uint8_t byte_of(unsigned number, uint64_t at)
{
	return (uint8_t)((at + number * 31) * 2654435761U >> 13);
}

static uint64_t sum_of(uint64_t sum, const uint8_t *bytes, size_t count)
{
	while (count--)
		sum = (sum ^ *bytes++) * UINT64_C(1099511628211);
	return sum;
}

/* An address, and a socket for it. `cid` is for those of vsock. */
static int socket_for(const char *name, uint32_t cid,
		      struct sockaddr_storage *to, socklen_t *size)
{
	struct vsock_address vsock = { .family = AF_VSOCK, .cid = cid };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	bool is_vsock = !strncmp(name, "vsock:", 6);
	size_t length = strcspn(name, ":");
	int fd = socket(is_vsock ? AF_VSOCK : AF_UNIX, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	if (is_vsock) {
		vsock.port = (uint32_t)atol(name + 6);
		memcpy(to, &vsock, *size = sizeof(vsock));
		return fd;
	}
	must(length < sizeof(local.sun_path), "path");
	memcpy(local.sun_path, name, length);
	memcpy(to, &local, *size = sizeof(local));
	return fd;
}

static void set_nonblocking(int fd)
{
	must(fcntl(fd, F_SETFL, O_NONBLOCK) >= 0, "fcntl");
}

static struct stream *add(int fd)
{
	struct stream *it = &streams[stream_count];

	must(stream_count < STREAMS_MAX, "too many streams");
	*it = (struct stream){ .fd = fd, .number = stream_count++ };
	set_nonblocking(fd);
	return it;
}

/* Whether a call failed for want of room or bytes alone. */
static bool waits(ssize_t result)
{
	return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* The server. */

/* False when all has been sent back, and the sum. */
static bool send_back(struct stream *it)
{
	ssize_t put;

	if (!it->held_count && it->ended) {
		must(write(it->fd, &it->sum, 8) == 8, "write of the sum");
		return false;
	}
	put = write(it->fd, it->held + it->held_at, it->held_count);
	must(put >= 0 || waits(put), "write");
	if (put > 0) {
		it->held_at += (size_t)put;
		it->held_count -= (size_t)put;
	}
	return true;
}

static void hear(struct stream *it)
{
	ssize_t got = read(it->fd, it->held, sizeof(it->held));

	must(got >= 0 || waits(got), "read");
	it->ended = got == 0;
	if (got <= 0)
		return;
	it->held_at = 0;
	it->held_count = (size_t)got;
	it->sum = sum_of(it->sum, it->held, (size_t)got);
}

static short serves(const struct stream *it)
{
	if (it->fd < 0)
		return 0;
	return it->held_count || it->ended ? POLLOUT : POLLIN;
}

static void serve_one(struct stream *it)
{
	if (serves(it) == POLLIN) {
		hear(it);
	} else if (!send_back(it)) {
		close(it->fd);
		it->fd = -1;
	}
}

/* The caller. */

static void send_more(struct stream *it, uint64_t bytes)
{
	uint8_t chunk[CHUNK];
	uint64_t count = bytes - it->sent;
	ssize_t put;

	if (count > sizeof(chunk))
		count = sizeof(chunk);
	for (size_t i = 0; i < count; i++)
		chunk[i] = byte_of(it->number, it->sent + i);
	put = write(it->fd, chunk, count);
	must(put >= 0 || waits(put), "write");
	if (put <= 0)
		return;
	it->sum = sum_of(it->sum, chunk, (size_t)put);
	it->sent += (uint64_t)put;
	if (it->sent == bytes)
		must(!shutdown(it->fd, SHUT_WR), "shutdown");
}

static void check_byte(const struct stream *it, uint64_t bytes, uint64_t at,
		       uint8_t byte)
{
	uint8_t want = at < bytes ? byte_of(it->number, at)
				  : (uint8_t)(it->sum >> (at - bytes) * 8);

	errno = 0;
	must(at < bytes + 8, "more came back than the sum");
	must(byte == want, at < bytes ? "a wrong byte" : "a wrong sum");
}

static void check_more(struct stream *it, uint64_t bytes)
{
	uint8_t chunk[CHUNK];
	ssize_t got = read(it->fd, chunk, sizeof(chunk));

	must(got >= 0 || waits(got), "read");
	if (got == 0) {
		errno = 0;
		must(it->got == bytes + 8, "less came back than was sent");
		close(it->fd);
		it->fd = -1;
	}
	for (ssize_t i = 0; i < got; i++)
		check_byte(it, bytes, it->got++, chunk[i]);
}

static short calls(const struct stream *it, uint64_t bytes)
{
	if (it->fd < 0)
		return 0;
	return (short)(POLLIN | (it->sent < bytes ? POLLOUT : 0));
}

/* What the monitor answers; what follows belongs to the stream. */
static void greet(int fd, const char *port)
{
	char answer[32] = "";
	size_t count = 0;

	must(dprintf(fd, "CONNECT %s\n", port) > 0, "CONNECT");
	do
		must(count < sizeof(answer) - 1 &&
			 read(fd, answer + count, 1) == 1,
		     "no OK");
	while (answer[count++] != '\n');
	must(!strncmp(answer, "OK ", 3), answer);
}

static void call(const char *name)
{
	struct sockaddr_storage to;
	socklen_t size;
	int fd = socket_for(name, CID_HOST, &to, &size);
	const char *port = strrchr(name, ':');

	must(!connect(fd, (struct sockaddr *)&to, size), "connect");
	if (to.ss_family == AF_UNIX && port)
		greet(fd, port + 1);
	add(fd);
}

/* Both. */

static unsigned open_streams(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < stream_count; i++)
		count += streams[i].fd >= 0;
	return count;
}

static void call_all(const char *name, unsigned count, uint64_t bytes)
{
	struct pollfd polls[STREAMS_MAX];

	while (stream_count < count)
		call(name);
	while (open_streams()) {
		for (unsigned i = 0; i < count; i++)
			polls[i] = (struct pollfd){ .fd = streams[i].fd,
						    .events = calls(&streams[i],
								    bytes) };
		must(poll(polls, count, 60000) > 0, "poll");
		for (unsigned i = 0; i < count; i++) {
			if (polls[i].revents & POLLOUT)
				send_more(&streams[i], bytes);
			if (polls[i].revents & ~POLLOUT)
				check_more(&streams[i], bytes);
		}
	}
}

static void serve_all(const char *name, unsigned count)
{
	struct pollfd polls[STREAMS_MAX + 1];
	struct sockaddr_storage at;
	socklen_t size;
	int listener = socket_for(name, CID_ANY, &at, &size);

	must(!bind(listener, (struct sockaddr *)&at, size), "bind");
	must(!listen(listener, STREAMS_MAX), "listen");
	printf("listening\n");
	while (stream_count < count || open_streams()) {
		unsigned known = stream_count;

		for (unsigned i = 0; i < known; i++)
			polls[i] =
			    (struct pollfd){ .fd = streams[i].fd,
					     .events = serves(&streams[i]) };
		polls[known] =
		    (struct pollfd){ .fd = known < count ? listener : -1,
				     .events = POLLIN };
		must(poll(polls, known + 1, -1) > 0, "poll");
		for (unsigned i = 0; i < known; i++)
			if (polls[i].revents)
				serve_one(&streams[i]);
		if (polls[known].revents)
			add(accept(listener, NULL, NULL));
	}
}

static void print_cid(void)
{
	int fd = open("/dev/vsock", O_RDONLY);
	uint32_t cid = 0;

	must(fd >= 0 && !ioctl(fd, GET_LOCAL_CID, &cid), "/dev/vsock");
	printf("%u\n", cid);
}

int main(int argc, char **argv)
{
	unsigned count = argc >= 4 ? (unsigned)atoi(argv[3]) : 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc == 4 && !strcmp(argv[1], "serve"))
		serve_all(argv[2], count);
	else if (argc == 5 && !strcmp(argv[1], "call"))
		call_all(argv[2], count, (uint64_t)atoll(argv[4]));
	else if (argc == 2 && !strcmp(argv[1], "cid"))
		print_cid();
	else
		return 2;
	return 0;
}
