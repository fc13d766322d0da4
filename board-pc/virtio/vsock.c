/*
 * Three things keep it going: the guest's notifications, the host's sockets,
 * and the timer. Each does its part and then attends to what follows from it.
 */
#include "board-pc/virtio/vsock.h"

#include "vmm/cold.h"

#include <stddef.h>
#include <string.h>
#include <sys/timerfd.h>

/* Packets for the guest before other devices have their turn. */
#define TURN 256

/* The longest packet for the guest, as Linux has it. */
#define BYTES_MAX UINT32_C(65536)

#define EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

COLD struct vsock vsock;

static bool watch(struct io_source *source, uint32_t events)
{
	struct reason why;

	/* The device's own kick is there: this is not the first one. */
	return io_watch(source, events, NULL, &why);
}

static void set_timer(bool on)
{
	const struct itimerspec second = { .it_value.tv_sec = on,
					   .it_interval.tv_sec = on };

	if (vsock.timer_set == on)
		return;
	vsock.timer_set = on;
	timerfd_settime(vsock.timer.fd, 0, &second, NULL);
}

/* Something to say, or to read for a guest that has room for it. */
static bool has_turn(struct vsock_connection *it)
{
	if (it->readable && !it->owed && !vsock_room(it))
		vsock_want_room(it);
	return it->owed || (it->readable && vsock_room(it));
}

static void release(struct vsock_connection *it)
{
	vsock_hang_up(it, vsock_index(&vsock.table, it));
	it->state = VSOCK_FREE;
	vsock_file(&vsock.table, it);
}

/* Each read of the host's makes room, which few have to be told. */
static void watch_room(struct vsock_connection *it)
{
	if (it->socket.fd < 0 || it->watched_for_room == !it->writable)
		return;
	it->watched_for_room = !it->writable;
	watch(&it->socket, EVENTS | (it->writable ? 0 : EPOLLOUT));
}

/* After whatever happened to it. */
static void settle(struct vsock_connection *it)
{
	vsock_flush(it, vsock_index(&vsock.table, it));
	watch_room(it);
	vsock_file(&vsock.table, it);
	if (it->seconds)
		set_timer(true);
	if (it->state == VSOCK_OVER && it->socket.fd < 0 && !it->owed)
		release(it);
	else if (has_turn(it))
		vsock_queue(&vsock.table, it);
}

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
	settle(it);
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
	settle(it);
}

static void socket_ready(struct io_source *source, uint32_t events);

/* A connection has its socket. */
static bool watch_socket(struct vsock_connection *it)
{
	it->socket.ready = socket_ready;
	return watch(&it->socket, EVENTS);
}

static bool connect_guest(const struct vsock_header *request)
{
	struct vsock_connection *it = vsock_find_free(&vsock.table);

	if (!it || !request->src_port || !request->dst_port ||
	    !vsock_call(it, vsock.path, request->dst_port))
		return false;
	vsock_accept(it, request);
	if (!watch_socket(it))
		vsock_give_up(it);
	settle(it);
	return true;
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
		 !connect_guest(&packet))
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

/* The host's side. */

static void greet(struct vsock_connection *it)
{
	uint32_t port;

	switch (vsock_greeting_take(it, &port)) {
	case VSOCK_GREETING_PART:
		return;
	case VSOCK_GREETING_BAD:
		vsock_give_up(it);
		break;
	case VSOCK_GREETING_DONE:
		vsock_request(it, vsock_free_port(&vsock.table), port);
		break;
	}
	settle(it);
}

/* False: nobody calls, or nobody can be taken now. */
static bool take_caller(void)
{
	struct vsock_connection *it = vsock_find_free(&vsock.table);
	enum vsock_call call;

	if (!vsock.has_callers || vsock.calls_held || !it)
		return false;
	call = vsock_call_take(vsock.listener.fd, it);
	vsock.has_callers = call != VSOCK_CALL_NONE;
	vsock.calls_held = call == VSOCK_CALL_FAILED;
	if (vsock.calls_held)
		set_timer(true);
	if (call != VSOCK_CALL_TAKEN)
		return false;
	if (watch_socket(it))
		greet(it);
	else
		release(it);
	return true;
}

static bool take_callers(void)
{
	bool any = false;

	while (take_caller())
		any = true;
	return any;
}

/* What follows from anything. */
static void attend(void)
{
	do
		tell_guest();
	while (take_callers());
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
		greet(it);
	if (events & EPOLLHUP) {
		vsock_host_ends(it, VSOCK_RECEIVES);
		if (it->state != VSOCK_OPEN)
			vsock_give_up(it);
	}
	settle(it);
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
		settle(it);
	}
	attend();
	set_timer(anybody_waits());
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
	return watch(&vsock.timer, EPOLLIN | EPOLLET) &&
	       watch(&vsock.listener, EPOLLIN | EPOLLET);
}

static void reset(struct virtio_device *device)
{
	(void)device;
	io_forget(&vsock.listener);
	io_forget(&vsock.timer);
	set_timer(false);
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
	memcpy(vsock.path, path, strlen(path) + 1);
	vsock.listener =
	    (struct io_source){ .fd = listener, .ready = listener_ready };
	vsock.timer = (struct io_source){ .fd = timer, .ready = timer_ready };
}
