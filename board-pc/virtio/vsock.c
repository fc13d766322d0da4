/*
 * Three things keep it going: the guest's notifications, the host's sockets,
 * and the timer. Each does its part and then attends to what follows from it.
 */
#include "board-pc/virtio/vsock.h"

#include "board-pc/virtio/vsock_streams.h"
#include "vmm/cold.h"

#include <stddef.h>
#include <string.h>

/* Packets for the guest before other devices have their turn. */
#define TURN 256

/* The longest packet for the guest, as Linux has it. */
#define BYTES_MAX UINT32_C(65536)

COLD struct vsock vsock;

/* Host to guest. */

static uint32_t read_bytes(struct vsock_connection *it,
			   const struct virtq_chain *chain)
{
	struct iovec spans[VIRTQ_SPANS_MAX];
	uint64_t most = chain->writable_bytes - sizeof(struct vsock_header);
	uint32_t room = vsock_room(it);

	if (most > BYTES_MAX)
		most = BYTES_MAX;
	if (most > room)
		most = room;
	if (!most || !it->readable)
		return 0;
	return vsock_read(it, spans,
			  virtq_cut(chain->spans + chain->readable,
				    chain->writable,
				    sizeof(struct vsock_header), most, spans));
}

static bool give(struct vsock_connection *it, const struct virtq_chain *chain,
		 struct vsock_header *packet)
{
	uint32_t bytes = read_bytes(it, chain);
	bool given = vsock_give(it, bytes, packet);

	packet->src_cid = VSOCK_HOST;
	packet->dst_cid = vsock.guest_cid;
	vsock_settle(it);
	return given;
}

/*
 * The next packet for the guest, its bytes in the chain already. Each
 * connection is asked once: in a chain for a header alone no bytes fit.
 */
static bool next_packet(const struct virtq_chain *chain,
			struct vsock_header *packet)
{
	if (vsock_next_refusal(&vsock.table, packet))
		return true;
	for (unsigned left = vsock.table.line_count; left; left--)
		if (give(vsock_next(&vsock.table), chain, packet))
			return true;
	return false;
}

static bool fill(struct virtq *queue, const struct virtq_chain *chain)
{
	struct vsock_header packet = { 0 };

	if (!next_packet(chain, &packet)) {
		virtq_untake(queue, 1);
		return false;
	}
	virtq_write(chain, 0, &packet, sizeof(packet));
	virtq_put(queue, chain->head, (uint32_t)sizeof(packet) + packet.len);
	return true;
}

static bool has_news(void)
{
	return vsock.table.refusals_count || vsock.table.line_count;
}

/* False: there is no buffer; the driver notifies when there is one. */
static bool take_buffer(struct virtq *queue, struct virtq_chain *chain)
{
	enum virtq_taken taken;

	do
		taken = virtq_take(queue, chain);
	while (taken == VIRTQ_EMPTY && virtq_listen(queue));
	if (taken == VIRTQ_BROKEN ||
	    (taken == VIRTQ_CHAIN &&
	     chain->writable_bytes < sizeof(struct vsock_header)))
		virtio_break(&vsock.device);
	return taken == VIRTQ_CHAIN && virtio_is_active(&vsock.device);
}

static void tell_guest(void)
{
	struct virtq *queue = &vsock.device.queues[VSOCK_RX_QUEUE];
	struct virtq_chain chain;
	unsigned turn = 0;

	virtq_ignore(queue);
	while (has_news() && turn++ < TURN && take_buffer(queue, &chain))
		if (!fill(queue, &chain))
			break;
	if (turn > TURN)
		virtio_come_back(&vsock.device);
	virtio_used(&vsock.device, queue);
}

/* Guest to host. */

static void take_bytes(struct vsock_connection *it,
		       const struct virtq_chain *chain, uint32_t bytes)
{
	struct iovec spans[VIRTQ_SPANS_MAX];

	vsock_write(it, vsock_index(&vsock.table, it), spans,
		    virtq_cut(chain->spans, chain->readable,
			      sizeof(struct vsock_header), bytes, spans));
}

static void take(struct vsock_connection *it, const struct virtq_chain *chain,
		 const struct vsock_header *packet)
{
	enum vsock_state was = it->state;

	if (vsock_take(it, packet))
		take_bytes(it, chain, packet->len);
	if (was == VSOCK_REQUESTED && it->state == VSOCK_OPEN)
		vsock_greeting_answer(it);
	vsock_settle(it);
}

/*
 * 5.10.6.2: what is of no type that there is, or for nobody, is answered with
 * RST. What is no packet at all, or not the guest's own, is passed over.
 */
static void receive(const struct virtq_chain *chain)
{
	struct vsock_header packet;
	struct vsock_connection *it;
	bool is_ours;

	if (virtq_read(chain, 0, &packet, sizeof(packet)) < sizeof(packet) ||
	    packet.len > chain->readable_bytes - sizeof(packet) ||
	    packet.src_cid != vsock.guest_cid)
		return;
	is_ours = packet.dst_cid == VSOCK_HOST && packet.type == VSOCK_STREAM;
	it = is_ours
		 ? vsock_find(&vsock.table, packet.dst_port, packet.src_port)
		 : NULL;
	if (it)
		take(it, chain, &packet);
	else if (!is_ours || packet.op != VSOCK_REQUEST ||
		 !vsock_connect(&packet))
		vsock_refuse(&vsock.table, &packet);
}

/* 5.10.6.1: one that may have to be refused waits until it can be. */
static bool serve(struct virtio_device *device, struct virtq *queue,
		  struct virtq_chain *chain)
{
	(void)device;
	if (!vsock_can_refuse(&vsock.table)) {
		vsock.has_packets = true;
		return false;
	}
	receive(chain);
	virtq_put(queue, chain->head, 0);
	return true;
}

static void hear_guest(void)
{
	vsock.has_packets = false;
	virtio_serve(&vsock.device, &vsock.device.queues[VSOCK_TX_QUEUE],
		     serve);
}

/* What follows from anything. */
static void attend(void)
{
	do
		tell_guest();
	while (vsock_take_callers());
	if (vsock.has_packets && vsock_can_refuse(&vsock.table))
		virtio_come_back(&vsock.device);
}

static void notified(struct virtio_device *device)
{
	(void)device;
	hear_guest();
	attend();
}

static struct vsock_connection *connection_of(struct io_source *socket)
{
	return (void *)((uint8_t *)socket -
			offsetof(struct vsock_connection, socket));
}

/* EPOLLHUP: the other end has closed, or both have ended their halves. */
static void hear_host(struct vsock_connection *it, uint32_t events)
{
	it->readable = true;
	it->writable |= !!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP));
	if (it->state == VSOCK_GREETING)
		vsock_greet(it);
	if (events & EPOLLHUP) {
		vsock_host_ends(it, VSOCK_RECEIVES);
		if (it->state != VSOCK_OPEN)
			vsock_give_up(it);
	}
	vsock_settle(it);
}

static void socket_ready(struct io_source *source, uint32_t events)
{
	struct vsock_connection *it = connection_of(source);

	virtio_lock(&vsock.device);
	if (virtio_is_active(&vsock.device) && it->state != VSOCK_FREE &&
	    it->socket.fd >= 0) {
		hear_host(it, events);
		attend();
	}
	virtio_unlock(&vsock.device);
}

static void listener_ready(struct io_source *source, uint32_t events)
{
	(void)source;
	(void)events;
	virtio_lock(&vsock.device);
	if (virtio_is_active(&vsock.device)) {
		vsock.has_callers = true;
		attend();
	}
	virtio_unlock(&vsock.device);
}

static bool anybody_waits(void)
{
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		if (vsock.table.all[i].seconds)
			return true;
	return vsock.calls_held;
}

static void tick(void)
{
	vsock.calls_held = false;
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
		struct vsock_connection *it = &vsock.table.all[i];

		if (!it->seconds)
			continue;
		vsock_tick(it);
		vsock_settle(it);
	}
	attend();
	vsock_set_timer(anybody_waits());
}

/* The timer is not read: each second is an edge. */
static void timer_ready(struct io_source *source, uint32_t events)
{
	(void)source;
	(void)events;
	virtio_lock(&vsock.device);
	if (virtio_is_active(&vsock.device))
		tick();
	virtio_unlock(&vsock.device);
}

/* The event queue has nothing to tell; the driver may fill it for itself. */
static bool activate(struct virtio_device *device)
{
	struct virtq *queues = device->queues;

	if (!queues[VSOCK_RX_QUEUE].ready || !queues[VSOCK_TX_QUEUE].ready)
		return false;
	if (queues[VSOCK_EVENT_QUEUE].ready)
		virtq_ignore(&queues[VSOCK_EVENT_QUEUE]);
	return vsock_watch(&vsock.timer, EPOLLIN | EPOLLET) &&
	       vsock_watch(&vsock.listener, EPOLLIN | EPOLLET);
}

static void reset(struct virtio_device *device)
{
	(void)device;
	io_forget(&vsock.listener);
	io_forget(&vsock.timer);
	vsock_set_timer(false);
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		if (vsock.table.all[i].state != VSOCK_FREE)
			vsock_hang_up(&vsock.table.all[i], i);
	memset(&vsock.table, 0, sizeof(vsock.table));
	vsock.has_callers = vsock.calls_held = vsock.has_packets = false;
}

static const struct virtio_kind kind = {
	.id = VSOCK_ID,
	.queue_size = VIRTQ_SIZE_MAX,
	.activate = activate,
	.notified = notified,
	.reset = reset,
};

void vsock_init(uint64_t guest_cid, const char *path, int listener, int timer)
{
	struct virtio_device *device = &vsock.device;

	device->kind = &kind;
	device->queue_count = VSOCK_QUEUES;
	device->config_size = sizeof(guest_cid);
	memcpy(device->config, &guest_cid, sizeof(guest_cid));
	vsock.guest_cid = guest_cid;
	vsock.socket_ready = socket_ready;
	memcpy(vsock.path, path, strlen(path) + 1);
	vsock.listener =
	    (struct io_source){ .fd = listener, .ready = listener_ready };
	vsock.timer = (struct io_source){ .fd = timer, .ready = timer_ready };
}
