/*
 * The Unix sockets of virtio-vsock, by their paths.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_PATH_H
#define BOARD_PC_VIRTIO_VSOCK_PATH_H

#include "vmm/reason.h"

#include <stdbool.h>
#include <sys/un.h>

/* A path for SOCKET, "_4294967295" being possible behind it. */
#define VSOCK_PATH_SIZE (sizeof(((struct sockaddr_un *)0)->sun_path) - 11)

/*
 * A socket that listens at `path`; -1, and the reason, path and all.
 *
 * Where there is a socket already that nobody listens at, as a process leaves
 * it that was killed, it is replaced. Between its bind and its listen another
 * start's looks the same, so all this is done with the folder locked (flock);
 * a folder that cannot be locked has nothing replaced in it.
 */
int vsock_listen(const char *path, struct reason *why);

/* Connects to the socket at `path`, without waiting; false: errno says why. */
bool vsock_connect_to(const char *path, int *fd);

#endif
