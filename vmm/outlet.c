#include "vmm/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void outlet_init(struct outlet *outlet, int fd)
{
	outlet->fd = fd;
	outlet->error = 0;
	outlet->opened = outlet->own = outlet->blocked = false;
	outlet->put = outlet->taken = 0;
}

uint32_t outlet_waiting(const struct outlet *outlet)
{
	return outlet->put - outlet->taken;
}

bool outlet_has_room(const struct outlet *outlet)
{
	return outlet->error || outlet_waiting(outlet) < OUTLET_SIZE;
}

void outlet_put(struct outlet *outlet, uint8_t byte)
{
	if (outlet->error || outlet_waiting(outlet) == OUTLET_RING)
		return;
	outlet->ring[outlet->put++ % OUTLET_RING] = byte;
}

/*
 * O_NONBLOCK belongs to the open file, which the shell and others may share:
 * setting it here would break them. So a pipe or a terminal is opened once
 * more, for us alone. Where that is refused the old one is used, which then
 * may make us wait a little, but never lose anything. The master of a
 * pseudo-terminal is left alone: to open it once more makes another one.
 */
static bool can_be_opened_again(int fd)
{
	char slave[32];
	struct stat st;

	if (fstat(fd, &st))
		return false;
	return S_ISFIFO(st.st_mode) ||
	       (isatty(fd) && ptsname_r(fd, slave, sizeof(slave)));
}

static void open_own(struct outlet *outlet)
{
	char path[32];
	int fd;

	outlet->opened = true;
	if (!can_be_opened_again(outlet->fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", outlet->fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	outlet->fd = fd;
	outlet->own = true;
}

/*
 * Would a write wait? Asked first, for descriptors that are not our own. When
 * a signal has interrupted the question, the event loop comes back to it.
 */
static bool would_wait(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	return poll(&ready, 1, 0) <= 0;
}

int32_t outlet_write(struct outlet *outlet, uint32_t waiting)
{
	uint32_t at = outlet->taken % OUTLET_RING;
	uint32_t length = OUTLET_RING - at;
	ssize_t written;

	if (!outlet->opened)
		open_own(outlet);
	if (length > waiting)
		length = waiting;
	if (length > PIPE_BUF)
		length = PIPE_BUF;
	outlet->blocked = !outlet->own && would_wait(outlet->fd);
	if (outlet->blocked || !length)
		return 0;
	written = write(outlet->fd, outlet->ring + at, length);
	if (written >= 0)
		return (int32_t)written;
	outlet->blocked = errno == EAGAIN;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

void outlet_took(struct outlet *outlet, int32_t written)
{
	if (written < 0) {
		outlet->error = -written;
		outlet->taken = outlet->put;
	} else {
		outlet->taken += (uint32_t)written;
	}
}
