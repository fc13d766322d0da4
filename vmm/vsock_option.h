/*
 * --vsock cid=N,path=SOCKET
 */
#ifndef VMM_VSOCK_OPTION_H
#define VMM_VSOCK_OPTION_H

#include "vmm/descriptors.h"
#include "vmm/reason.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

struct vsock_option {
	uint64_t cid; /* the guest's: 3 to 2^32 - 2 */
	/* Of the listening socket; "_PORT" has to fit behind it. */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) - 11];
};

bool vsock_option_parse(const char *text, struct vsock_option *option,
			struct reason *why);

/*
 * Listens at the path, and plugs the device. A path that is there already is
 * refused, but for a socket that nobody listens at, which is replaced: CIDs are
 * a matter between a guest and its monitor, so the path is what two VMs can
 * have in common. Once in a process.
 */
bool vsock_open(const struct vsock_option *option, struct reason *why);

/* The socket's path, as far as the process can name it. */
const char *vsock_path(void);

/* The first `length` bytes of the path are the root directory's by now. */
void vsock_chrooted(size_t length);

/* Adds what it has open. */
void vsock_descriptors(struct descriptors *ours);

/*
 * Removes the socket, if vsock_open made one, and it is still there. Any
 * thread, at the process's end.
 */
void vsock_close(void);

#endif
