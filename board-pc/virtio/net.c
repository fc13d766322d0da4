#include "board-pc/virtio/net.h"

#include "vmm/bytes.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <stddef.h>
#include <string.h>

#define VIRTIO_ID_NET 1

/* 5.1.4: offsets in the configuration. */
enum { CONFIG_MAC = 0, CONFIG_MTU = 10, CONFIG_SIZE = 12 };

/*
 * How many packets, and how many bytes of them, are moved in one direction
 * before others have their turn; vhost-net has the same.
 */
#define TURN_PACKETS 256U
#define TURN_BYTES   0x80000U

/* What a frame has besides its payload, with a VLAN tag. */
#define FRAME_HEADER 18U
#define MTU          1500U

static struct net *net_of(struct virtio_device *device)
{
	return (struct net *)device;
}

static struct virtq *queue_of(struct net *net, unsigned queue)
{
	return &net->device.queues[queue];
}

static bool watch(struct net *net, uint32_t events)
{
	struct reason why;

	return io_watch(&net->tap, events, &why);
}

/*
 * A packet that the TAP refuses is gone, as on a wire. One for which it has no
 * room yet is kept, and all behind it: who limits a TAP's buffer wants its
 * sender to slow down. By itself a TAP has room for ever.
 */
static bool send(struct net *net, const struct virtq_chain *chain)
{
	ssize_t done;

	do
		done = writev(net->host.fd, chain->spans, chain->readable);
	while (done < 0 && errno == EINTR);
	net->tap_full = done < 0 && errno == EAGAIN;
	return !net->tap_full;
}

static bool transmit_chain(struct virtio_device *device, struct virtq *queue,
			   struct virtq_chain *chain)
{
	struct net *net = net_of(device);

	if (chain->writable || chain->readable_bytes < NET_HEADER) {
		virtio_break(device);
		return false;
	}
	if (net->sent >= TURN_BYTES)
		return false;
	if (chain->readable_bytes <= NET_PACKET_MAX && !send(net, chain))
		return false;
	net->sent += chain->readable_bytes;
	virtq_put(queue, chain->head, 0);
	return true;
}

static void transmit(struct net *net)
{
	struct virtq *queue = queue_of(net, NET_TRANSMIT_QUEUE);

	net->sent = 0;
	net->tap_full = false;
	virtio_serve(&net->device, queue, transmit_chain);
	/* Watched anew, even if it was before: a TAP only then looks. */
	if (net->tap_full)
		watch(net, EPOLLIN | EPOLLOUT | EPOLLET);
	else if (net->sent >= TURN_BYTES)
		virtio_come_back(&net->device);
}

/*
 * The TAP's packets are heard of once, each (EPOLLET): so all of them are
 * taken, or it is known why not.
 */
static void receive(struct net *net)
{
	struct virtq *queue = queue_of(net, NET_RECEIVE_QUEUE);
	enum net_received received;
	unsigned packets = 0;
	size_t bytes = 0, length;

	if (!queue->ready)
		return;
	virtq_ignore(queue);
	do {
		received =
		    net_receive(&net->receive, queue, net->host.fd, &length);
		bytes += length;
	} while (received == NET_PACKET && ++packets < TURN_PACKETS &&
		 bytes < TURN_BYTES);
	if (received == NET_BROKEN) {
		virtio_break(&net->device);
		return;
	}
	virtio_used(&net->device, queue);
	if (received == NET_PACKET)
		virtio_come_back(&net->device);
}

static void notified(struct virtio_device *device)
{
	struct net *net = net_of(device);

	transmit(net);
	if (virtio_is_active(device))
		receive(net);
}

static void tap_ready(struct io_source *source, uint32_t events)
{
	struct net *net =
	    (void *)((uint8_t *)source - offsetof(struct net, tap));

	virtio_lock(&net->device);
	if (virtio_is_active(&net->device) && net->tap_full &&
	    events & EPOLLOUT)
		transmit(net);
	if (virtio_is_active(&net->device))
		receive(net);
	virtio_unlock(&net->device);
}

/* What the driver takes, in a TAP's words. 5.1.3.1: all want GUEST_CSUM. */
static unsigned offloads(const struct virtio_device *device)
{
	unsigned offloads = 0;

	if (!virtio_has(device, VIRTIO_NET_F_GUEST_CSUM))
		return 0;
	if (virtio_has(device, VIRTIO_NET_F_GUEST_TSO4))
		offloads |= TUN_F_TSO4;
	if (virtio_has(device, VIRTIO_NET_F_GUEST_TSO6))
		offloads |= TUN_F_TSO6;
	if (offloads && virtio_has(device, VIRTIO_NET_F_GUEST_ECN))
		offloads |= TUN_F_TSO_ECN;
	return offloads | TUN_F_CSUM;
}

/* Room for the largest packet of a TAP that segments what it must. */
static size_t enough(const struct net *net)
{
	size_t mtu = net->host.mtu > MTU ? net->host.mtu : MTU;

	if (offloads(&net->device) & (TUN_F_TSO4 | TUN_F_TSO6))
		return NET_PACKET_MAX;
	return NET_HEADER + FRAME_HEADER + mtu;
}

static bool activate(struct virtio_device *device)
{
	struct net *net = net_of(device);

	net_receive_start(&net->receive,
			  virtio_has(device, VIRTIO_NET_F_MRG_RXBUF),
			  enough(net));
	return net->host.set_offloads(net->host.fd, offloads(device)) &&
	       watch(net, EPOLLIN | EPOLLET);
}

static void reset(struct virtio_device *device)
{
	io_forget(&net_of(device)->tap);
}

static const struct virtio_kind kind = {
	.id = VIRTIO_ID_NET,
	.queue_size = VIRTQ_SIZE_MAX,
	.activate = activate,
	.notified = notified,
	.reset = reset,
};

static bool activate_vhost(struct virtio_device *device)
{
	struct net *net = net_of(device);

	return net->host.set_offloads(net->host.fd, offloads(device)) &&
	       net_vhost_activate(&net->vhost, net->host.fd);
}

static void notified_vhost(struct virtio_device *device)
{
	net_vhost_notified(&net_of(device)->vhost);
}

static void reset_vhost(struct virtio_device *device)
{
	net_vhost_reset(&net_of(device)->vhost);
}

static const struct virtio_kind vhost_kind = {
	.id = VIRTIO_ID_NET,
	.queue_size = VIRTQ_SIZE_MAX,
	.activate = activate_vhost,
	.notified = notified_vhost,
	.reset = reset_vhost,
};

static void configure(struct virtio_device *device, const struct net_host *host)
{
	device->offered = VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM |
			  VIRTIO_NET_F_MAC | VIRTIO_NET_F_GUEST_TSO4 |
			  VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_GUEST_ECN |
			  VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 |
			  VIRTIO_NET_F_HOST_ECN | VIRTIO_NET_F_MRG_RXBUF;
	if (host->mtu)
		device->offered |= VIRTIO_NET_F_MTU;
	device->config_size = CONFIG_SIZE;
	memcpy(&device->config[CONFIG_MAC], host->mac, sizeof(host->mac));
	put_le16(&device->config[CONFIG_MTU], host->mtu);
}

void net_init(struct net *net, const struct net_host *host)
{
	net->device.kind = host->vhost < 0 ? &kind : &vhost_kind;
	net->device.queue_count = NET_QUEUES;
	net->host = *host;
	net->tap = (struct io_source){ host->fd, tap_ready };
	net_vhost_init(&net->vhost, &net->device, host->vhost);
	configure(&net->device, host);
}
