#include "board-pc/virtio/vsock_host.h"

#include "vmm/cold.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* "CONNECT 4294967295\r\n" fits. */
#define GREETING_MAX 32

/* What the host has not taken yet, at (counter % VSOCK_WINDOW). */
COLD _Alignas(4096) uint8_t vsock_buffers[VSOCK_CONNECTIONS][VSOCK_WINDOW];

static void connected(struct vsock_connection *it, int fd)
{
	it->socket.fd = fd;
	it->readable = it->writable = true;
}

enum vsock_call vsock_call_take(int listener, struct vsock_connection *it)
{
	int fd;

	do
		fd =
		    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return errno == EAGAIN ? VSOCK_CALL_NONE : VSOCK_CALL_FAILED;
	connected(it, fd);
	it->state = VSOCK_GREETING;
	return VSOCK_CALL_TAKEN;
}

static bool parse_port(const char *at, const char *end, uint32_t *port)
{
	uint64_t value = 0;

	if (at == end)
		return false;
	for (; at < end && isdigit((unsigned char)*at); at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*port = (uint32_t)value;
	return at == end || (*at == '\r' && at + 1 == end);
}

static bool parse_greeting(const char *line, const char *end, uint32_t *port)
{
	static const char word[] = "CONNECT ";
	size_t length = strlen(word);

	return (size_t)(end - line) > length &&
	       !strncasecmp(line, word, length) &&
	       parse_port(line + length, end, port) && *port;
}

/* Peeks first: what follows the line is the guest's. */
enum vsock_greeting vsock_greeting_take(struct vsock_connection *it,
					uint32_t *port)
{
	char line[GREETING_MAX];
	const char *end;
	ssize_t got;

	do
		got = recv(it->socket.fd, line, sizeof(line), MSG_PEEK);
	while (got < 0 && errno == EINTR);
	end = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
	if (!end)
		return (got < 0 && errno == EAGAIN) ||
			       (got > 0 && got < GREETING_MAX)
			   ? VSOCK_GREETING_PART
			   : VSOCK_GREETING_BAD;
	if (!parse_greeting(line, end, port) ||
	    recv(it->socket.fd, line, (size_t)(end + 1 - line), 0) < 0)
		return VSOCK_GREETING_BAD;
	return VSOCK_GREETING_DONE;
}

void vsock_greeting_answer(struct vsock_connection *it)
{
	char line[GREETING_MAX];
	int length = snprintf(line, sizeof(line), "OK %u\n", it->host_port);

	/* The first bytes there: they fit. */
	if (send(it->socket.fd, line, (size_t)length, MSG_NOSIGNAL) != length)
		vsock_host_ends(it, VSOCK_RECEIVES);
}

bool vsock_call(struct vsock_connection *it, const char *path, uint32_t port)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;

	snprintf(name, sizeof(name), "%s_%u", path, port);
	if (!vsock_connect_to(name, &fd))
		return false;
	connected(it, fd);
	return true;
}

uint32_t vsock_read(struct vsock_connection *it, struct iovec *spans,
		    unsigned count)
{
	ssize_t got;

	do
		got = readv(it->socket.fd, spans, (int)count);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return (uint32_t)got;
	it->readable = false;
	if (got == 0)
		vsock_host_ends(it, VSOCK_SENDS);
	else if (errno != EAGAIN)
		vsock_host_ends(it, VSOCK_BOTH);
	return 0;
}

/* Returns how many bytes the socket took. */
static uint32_t push(struct vsock_connection *it, struct iovec *spans,
		     unsigned count)
{
	struct msghdr message = { .msg_iov = spans };
	ssize_t put;

	message.msg_iovlen = (uint16_t)count; /* its type depends */
	if (!it->writable || it->host_ended & VSOCK_RECEIVES)
		return 0;
	do
		put = sendmsg(it->socket.fd, &message, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put >= 0)
		return (uint32_t)put;
	if (errno == EAGAIN)
		it->writable = false;
	else
		vsock_host_ends(it, VSOCK_RECEIVES);
	return 0;
}

/* `count` bytes to the end of the buffer, at counter `at`. */
static void keep(uint8_t *buffer, uint32_t at, const uint8_t *from,
		 size_t count)
{
	size_t to_end = VSOCK_WINDOW - at % VSOCK_WINDOW;
	size_t first = count < to_end ? count : to_end;

	memcpy(buffer + at % VSOCK_WINDOW, from, first);
	memcpy(buffer, from + first, count - first);
}

/* What is in the spans from byte `skip` on. */
static void keep_rest(struct vsock_connection *it, uint8_t *buffer,
		      const struct iovec *spans, unsigned count, uint32_t skip)
{
	for (unsigned i = 0; i < count; i++) {
		size_t length = spans[i].iov_len;
		size_t passed = skip < length ? skip : length;

		skip -= (uint32_t)passed;
		length -= passed;
		if (!length)
			continue;
		it->used_buffer = true;
		keep(buffer, it->received,
		     (const uint8_t *)spans[i].iov_base + passed, length);
		vsock_received(it, (uint32_t)length);
	}
}

void vsock_write(struct vsock_connection *it, unsigned index,
		 struct iovec *spans, unsigned count)
{
	uint32_t put = vsock_buffered(it) ? 0 : push(it, spans, count);

	vsock_received(it, put);
	vsock_forwarded(it,
			vsock_buffered(it) < put ? vsock_buffered(it) : put);
	keep_rest(it, vsock_buffers[index], spans, count, put);
}

static uint32_t push_buffered(struct vsock_connection *it, uint8_t *buffer)
{
	uint32_t count = vsock_buffered(it);
	uint32_t at = it->forwarded % VSOCK_WINDOW;
	uint32_t to_end = VSOCK_WINDOW - at;
	uint32_t first = count < to_end ? count : to_end;
	struct iovec spans[] = { { buffer + at, first },
				 { buffer, count - first } };

	return push(it, spans, 2);
}

static void empty(struct vsock_connection *it, uint8_t *buffer)
{
	uint32_t put;

	do {
		put = vsock_buffered(it) ? push_buffered(it, buffer) : 0;
		vsock_forwarded(it, put);
	} while (put);
}

/* The flags of a SHUTDOWN are those of shutdown(2), plus one. */
static void tell_ends(struct vsock_connection *it)
{
	unsigned news = it->guest_ended & ~(unsigned)it->host_told;

	if (news & VSOCK_RECEIVES)
		shutdown(it->socket.fd, SHUT_RD);
	if (news & VSOCK_SENDS)
		shutdown(it->socket.fd, SHUT_WR);
	it->host_told |= (uint8_t)news;
}

void vsock_flush(struct vsock_connection *it, unsigned index)
{
	if (it->socket.fd < 0)
		return;
	if (it->state == VSOCK_OPEN || it->state == VSOCK_OVER)
		empty(it, vsock_buffers[index]);
	if (vsock_buffered(it))
		return;
	if (it->state == VSOCK_OPEN)
		tell_ends(it);
	else if (it->state == VSOCK_OVER)
		vsock_hang_up(it, index);
}

void vsock_hang_up(struct vsock_connection *it, unsigned index)
{
	if (it->socket.fd < 0)
		return;
	io_forget(&it->socket);
	close(it->socket.fd);
	it->socket.fd = -1;
	if (it->used_buffer)
		madvise(vsock_buffers[index], VSOCK_WINDOW, MADV_DONTNEED);
	it->used_buffer = false;
}
