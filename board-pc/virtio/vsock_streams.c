#include "board-pc/virtio/vsock_streams.h"

#include <sys/timerfd.h>

#define EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

bool vsock_watch(struct io_source *source, uint32_t events)
{
	struct reason why;

	return io_watch(source, events, &why);
}

void vsock_set_timer(bool on)
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
	vsock_watch(&it->socket, EVENTS | (it->writable ? 0 : EPOLLOUT));
}

void vsock_settle(struct vsock_connection *it)
{
	vsock_flush(it, vsock_index(&vsock.table, it));
	watch_room(it);
	vsock_file(&vsock.table, it);
	if (it->seconds)
		vsock_set_timer(true);
	if (it->state == VSOCK_OVER && it->socket.fd < 0 && !it->owed)
		release(it);
	else if (has_turn(it))
		vsock_queue(&vsock.table, it);
}

/* A connection has its socket. */
static bool watch_socket(struct vsock_connection *it)
{
	it->socket.ready = vsock.socket_ready;
	return vsock_watch(&it->socket, EVENTS);
}

bool vsock_connect(const struct vsock_header *request)
{
	struct vsock_connection *it = vsock_find_free(&vsock.table);

	if (!it || !request->src_port || !request->dst_port ||
	    !vsock_call(it, vsock.path, request->dst_port))
		return false;
	vsock_accept(it, request);
	if (!watch_socket(it))
		vsock_give_up(it);
	vsock_settle(it);
	return true;
}

void vsock_greet(struct vsock_connection *it)
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
	vsock_settle(it);
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
		vsock_set_timer(true);
	if (call != VSOCK_CALL_TAKEN)
		return false;
	if (watch_socket(it))
		vsock_greet(it);
	else
		release(it);
	return true;
}

bool vsock_take_callers(void)
{
	bool any = false;

	while (take_caller())
		any = true;
	return any;
}
