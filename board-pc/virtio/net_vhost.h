/*
 * A network device whose queues vhost-net serves: what is left to do is to
 * start and to stop it, and to pass on what KVM does not yet, or not now.
 */
#ifndef BOARD_PC_VIRTIO_NET_VHOST_H
#define BOARD_PC_VIRTIO_NET_VHOST_H

#include "board-pc/virtio/device.h"
#include "vmm/vhost_net.h"

struct net_vhost {
	struct virtio_device *device;
	int fd;                      /* as of vhost_net_open, or -1 */
	int kicks[VHOST_NET_QUEUES]; /* eventfds */
	struct io_source call;       /* an eventfd, where KVM takes none */
	struct io_source error;
};

void net_vhost_init(struct net_vhost *vhost, struct virtio_device *device,
		    int fd);

/* These are parts of the kind's functions. */
bool net_vhost_activate(struct net_vhost *vhost, int tap);
void net_vhost_notified(struct net_vhost *vhost);
void net_vhost_reset(struct net_vhost *vhost);

#endif
