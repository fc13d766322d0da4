/*
 * vhost-net: the host's kernel serves the queues of a network device itself,
 * between guest memory and a TAP, as linux/vhost.h has it.
 */
#ifndef VMM_VHOST_NET_H
#define VMM_VHOST_NET_H

#include "board-pc/virtio/queue.h"
#include "vmm/reason.h"

/* A pair: what the guest receives, and what it sends. */
#define VHOST_NET_QUEUES 2U

/*
 * Opens /dev/vhost-net, and makes it this process's: its kernel thread works in
 * this memory. A reason names the file.
 */
bool vhost_net_open(int *fd, struct reason *why);

/* What it needs to start. */
struct vhost_net {
	int fd;
	int tap;           /* whose headers are as long as the driver's */
	uint64_t features; /* that the driver accepted */
	const struct virtq *queues; /* those that are not ready are left out */
	const int *kicks; /* eventfds: the driver's notifications of a queue */
	int call;         /* an eventfd: an interrupt is wanted */
	int error;        /* an eventfd: the driver broke a rule */
};

/* Serves the queues from now on. False: it serves none of them. */
bool vhost_net_start(const struct vhost_net *vhost);

/* When this returns it has done with guest memory. Also when not started. */
void vhost_net_stop(int fd);

#endif
