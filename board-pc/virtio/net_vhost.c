#include "board-pc/virtio/net_vhost.h"

#include "board-pc/virtio/slots.h"

#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A call that comes after a reset was for the driver before it. */
static void called(struct io_source *source, uint32_t events)
{
	struct net_vhost *vhost =
	    (void *)((uint8_t *)source - offsetof(struct net_vhost, call));

	(void)events;
	virtio_lock(vhost->device);
	if (virtio_is_active(vhost->device))
		virtio_interrupt(vhost->device);
	virtio_unlock(vhost->device);
}

static void failed(struct io_source *source, uint32_t events)
{
	struct net_vhost *vhost =
	    (void *)((uint8_t *)source - offsetof(struct net_vhost, error));

	(void)events;
	virtio_lock(vhost->device);
	if (virtio_is_active(vhost->device)) {
		vhost_net_stop(vhost->fd);
		virtio_break(vhost->device);
	}
	virtio_unlock(vhost->device);
}

void net_vhost_init(struct net_vhost *vhost, struct virtio_device *device,
		    int fd)
{
	vhost->device = device;
	vhost->fd = fd;
	vhost->call = (struct io_source){ -1, called };
	vhost->error = (struct io_source){ -1, failed };
	vhost->kicks[0] = vhost->kicks[1] = -1;
}

static bool open_eventfd(int *fd)
{
	if (*fd < 0)
		*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *fd >= 0;
}

/* For ever: KVM may know some of them. */
static bool open_eventfds(struct net_vhost *vhost)
{
	return open_eventfd(&vhost->kicks[0]) &&
	       open_eventfd(&vhost->kicks[1]) &&
	       open_eventfd(&vhost->call.fd) && open_eventfd(&vhost->error.fd);
}

/* What an earlier driver's time has left behind is not this one's. */
static bool watch_anew(struct io_source *source)
{
	struct reason why;
	uint64_t count;

	if (read(source->fd, &count, sizeof(count)) < 0)
		count = 0;
	return io_watch(source, EPOLLIN | EPOLLET, &why);
}

/*
 * Where the guest has its line at the IOAPIC, as all have that know of one,
 * KVM makes an interrupt of each call. Else each of them is passed on.
 */
bool net_vhost_activate(struct net_vhost *vhost, int tap)
{
	struct virtio_device *device = vhost->device;
	bool direct = virtio_is_direct(device);

	if (!open_eventfds(vhost) || !watch_anew(&vhost->call) ||
	    !watch_anew(&vhost->error))
		return false;
	device->always_used = true;
	device->kick_queues = vhost->kicks;
	return vhost_net_start(&(struct vhost_net){
	    .fd = vhost->fd,
	    .tap = tap,
	    .features = device->accepted,
	    .queues = device->queues,
	    .kicks = vhost->kicks,
	    .call = direct ? device->interrupt_fd : vhost->call.fd,
	    .error = vhost->error.fd,
	});
}

/* By an exit: nobody knows of which queue. */
void net_vhost_notified(struct net_vhost *vhost)
{
	const uint64_t one = 1;

	for (unsigned i = 0; i < VHOST_NET_QUEUES; i++)
		if (write(vhost->kicks[i], &one, sizeof(one)) < 0)
			continue; /* it is full, so it is heard */
}

void net_vhost_reset(struct net_vhost *vhost)
{
	vhost_net_stop(vhost->fd);
	io_forget(&vhost->call);
	io_forget(&vhost->error);
}
