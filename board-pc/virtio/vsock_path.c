#include "board-pc/virtio/vsock_path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_TYPE (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

/* Those who connect while the guest has no driver, or all slots are taken. */
#define BACKLOG 256

/* Another start has the folder for microseconds, a stranger for ever. */
#define LOCK_TRIES  100
#define LOCK_TRY_MS 10

static int open_socket(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return socket(AF_UNIX, SOCKET_TYPE, 0);
}

bool vsock_connect_to(const char *path, int *fd)
{
	struct sockaddr_un address;
	int error;

	*fd = open_socket(path, &address);
	if (*fd < 0)
		return false;
	if (!connect(*fd, (struct sockaddr *)&address, sizeof(address)))
		return true;
	error = errno;
	close(*fd);
	errno = error;
	return false;
}

/* The folder that `path` is in; -1: it cannot be locked. */
static int lock_folder(const char *path)
{
	char folder[VSOCK_PATH_SIZE + 1];
	const char *slash = strrchr(path, '/');
	int fd;

	snprintf(folder, sizeof(folder), "%.*s.",
		 slash ? (int)(slash + 1 - path) : 0, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return fd;
		poll(NULL, 0, LOCK_TRY_MS);
	}
	close(fd);
	return -1;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISSOCK(st.st_mode);
}

/* One that waits for nobody else answers, even if that is with EAGAIN. */
static bool is_left_behind(const char *path)
{
	int fd;

	if (!vsock_connect_to(path, &fd))
		return errno == ECONNREFUSED;
	close(fd);
	return false;
}

/* There is something at the path: removes it, if nobody misses it. */
static bool make_room(const char *path, bool is_locked, struct reason *why)
{
	if (!is_socket(path))
		return fail(why, "%s exists, and is no socket", path);
	if (!is_left_behind(path))
		return fail(why,
			    "%s is in use by another process; want a path of "
			    "this VM's own",
			    path);
	if (is_locked && !unlink(path))
		return true;
	return fail(
	    why,
	    "%s was left behind by a process that was killed, and "
	    "cannot be replaced: %s; remove it",
	    path, is_locked ? strerror(errno) : "its folder cannot be locked");
}

static bool bind_at(int fd, const struct sockaddr_un *address, bool is_locked,
		    struct reason *why)
{
	const char *path = address->sun_path;
	const struct sockaddr *at = (const struct sockaddr *)address;

	if (!bind(fd, at, sizeof(*address)))
		return true;
	if (errno == EADDRINUSE) {
		if (!make_room(path, is_locked, why))
			return false;
		if (!bind(fd, at, sizeof(*address)))
			return true;
	}
	return fail(why, "%s: %s", path, strerror(errno));
}

static bool listen_at(int fd, const struct sockaddr_un *address, bool is_locked,
		      struct reason *why)
{
	const char *path = address->sun_path;

	if (!bind_at(fd, address, is_locked, why))
		return false;
	if (!listen(fd, BACKLOG))
		return true;
	fail(why, "%s: listen: %s", path, strerror(errno));
	unlink(path);
	return false;
}

int vsock_listen(const char *path, struct reason *why)
{
	struct sockaddr_un address;
	int fd = open_socket(path, &address), folder;
	bool listens;

	if (fd < 0) {
		fail(why, "%s: socket: %s", path, strerror(errno));
		return -1;
	}
	folder = lock_folder(path);
	listens = listen_at(fd, &address, folder >= 0, why);
	if (folder >= 0)
		close(folder);
	if (listens)
		return fd;
	close(fd);
	return -1;
}
