#include "board-pc/virtio/vsock_connection.h"

static bool owes(const struct vsock_connection *it, enum vsock_op op)
{
	return it->owed >> op & 1;
}

static void owe(struct vsock_connection *it, enum vsock_op op)
{
	it->owed |= (uint8_t)(1U << op);
}

void vsock_request(struct vsock_connection *it, uint32_t host_port,
		   uint32_t guest_port)
{
	it->state = VSOCK_REQUESTED;
	it->host_port = host_port;
	it->guest_port = guest_port;
	it->seconds = VSOCK_PATIENCE;
	owe(it, VSOCK_REQUEST);
}

static void note_credit(struct vsock_connection *it,
			const struct vsock_header *packet)
{
	it->guest_alloc = packet->buf_alloc;
	it->guest_forwarded = packet->fwd_cnt;
	it->asked_for_credit = false;
}

void vsock_accept(struct vsock_connection *it,
		  const struct vsock_header *request)
{
	it->state = VSOCK_OPEN;
	it->host_port = request->dst_port;
	it->guest_port = request->src_port;
	note_credit(it, request);
	owe(it, VSOCK_RESPONSE);
}

/* For the guest it is over. `last` is the packet that it gets, or 0. */
static void end(struct vsock_connection *it, unsigned last)
{
	it->state = VSOCK_OVER;
	it->owed = 0;
	it->seconds = 0;
	if (last)
		owe(it, last);
}

static void drop_buffer(struct vsock_connection *it)
{
	it->forwarded = it->received;
}

void vsock_give_up(struct vsock_connection *it)
{
	bool is_known =
	    it->state == VSOCK_OPEN ||
	    (it->state == VSOCK_REQUESTED && !owes(it, VSOCK_REQUEST));

	drop_buffer(it);
	if (it->state != VSOCK_OVER)
		end(it, is_known ? VSOCK_RST : 0);
}

/* What is in the buffer was sent before, and the host gets it. */
static void shut_down(struct vsock_connection *it, uint32_t flags)
{
	it->guest_ended |= (uint8_t)(flags & VSOCK_BOTH);
	if (it->guest_ended == VSOCK_BOTH)
		end(it, VSOCK_RST);
}

/* The guest knows of this room, or of less. */
static bool may_send(const struct vsock_connection *it, uint32_t bytes)
{
	return !(it->guest_ended & VSOCK_SENDS) &&
	       bytes <= VSOCK_WINDOW - vsock_buffered(it);
}

static bool take_open(struct vsock_connection *it,
		      const struct vsock_header *packet)
{
	switch (packet->op) {
	case VSOCK_RW:
		if (may_send(it, packet->len))
			return true;
		break;
	case VSOCK_SHUTDOWN:
		shut_down(it, packet->flags);
		return false;
	case VSOCK_CREDIT_REQUEST:
		owe(it, VSOCK_CREDIT_UPDATE);
		return false;
	case VSOCK_CREDIT_UPDATE:
		return false;
	}
	vsock_give_up(it);
	return false;
}

bool vsock_take(struct vsock_connection *it, const struct vsock_header *packet)
{
	if (it->state != VSOCK_REQUESTED && it->state != VSOCK_OPEN)
		return false;
	note_credit(it, packet);
	if (packet->op == VSOCK_RST) {
		drop_buffer(it);
		end(it, 0);
		return false;
	}
	if (it->state == VSOCK_OPEN)
		return take_open(it, packet);
	if (packet->op == VSOCK_RESPONSE && !owes(it, VSOCK_REQUEST)) {
		it->state = VSOCK_OPEN;
		it->seconds = 0;
	} else {
		vsock_give_up(it);
	}
	return false;
}

void vsock_received(struct vsock_connection *it, uint32_t bytes)
{
	it->received += bytes;
	if (it->host_ended & VSOCK_RECEIVES)
		vsock_forwarded(it, vsock_buffered(it));
}

/* A guest that believes half of the buffer to be full is told otherwise. */
void vsock_forwarded(struct vsock_connection *it, uint32_t bytes)
{
	it->forwarded += bytes;
	if (it->state == VSOCK_OPEN && it->forwarded != it->told_forwarded &&
	    it->received - it->told_forwarded >= VSOCK_WINDOW / 2)
		owe(it, VSOCK_CREDIT_UPDATE);
}

void vsock_host_ends(struct vsock_connection *it, unsigned what)
{
	it->host_ended |= (uint8_t)what;
	if (it->host_ended & VSOCK_RECEIVES)
		vsock_forwarded(it, vsock_buffered(it));
	if (it->state == VSOCK_OPEN && it->host_ended != it->guest_told)
		owe(it, VSOCK_SHUTDOWN);
}

void vsock_tick(struct vsock_connection *it)
{
	if (it->seconds && !--it->seconds)
		vsock_give_up(it);
}

static bool may_get_bytes(const struct vsock_connection *it)
{
	return it->state == VSOCK_OPEN && !(it->guest_ended & VSOCK_RECEIVES) &&
	       !(it->host_ended & VSOCK_SENDS);
}

/* None before the RESPONSE; and a SHUTDOWN does not wait for them. */
uint32_t vsock_room(const struct vsock_connection *it)
{
	uint32_t in_flight = it->sent - it->guest_forwarded;

	if (!may_get_bytes(it) || in_flight > it->guest_alloc ||
	    owes(it, VSOCK_RESPONSE) || owes(it, VSOCK_SHUTDOWN))
		return 0;
	return it->guest_alloc - in_flight;
}

void vsock_want_room(struct vsock_connection *it)
{
	if (it->asked_for_credit || !may_get_bytes(it))
		return;
	it->asked_for_credit = true;
	owe(it, VSOCK_CREDIT_REQUEST);
}

/* Of what is owed the first: a connection begins before all else. */
static unsigned next_owed(const struct vsock_connection *it)
{
	for (unsigned op = VSOCK_REQUEST; op <= VSOCK_CREDIT_REQUEST; op++)
		if (owes(it, op))
			return op;
	return 0;
}

static uint32_t flags_of(struct vsock_connection *it, unsigned op)
{
	if (op != VSOCK_SHUTDOWN)
		return 0;
	it->guest_told = it->host_ended;
	if (it->guest_told == VSOCK_BOTH)
		it->seconds = VSOCK_PATIENCE;
	return it->guest_told;
}

bool vsock_give(struct vsock_connection *it, uint32_t bytes,
		struct vsock_header *packet)
{
	unsigned op = bytes ? VSOCK_RW : next_owed(it);

	if (!op)
		return false;
	/* Every packet says how much has been forwarded. */
	it->owed &= (uint8_t) ~(1U << op | 1U << VSOCK_CREDIT_UPDATE);
	it->sent += bytes;
	it->told_forwarded = it->forwarded;
	*packet = (struct vsock_header){
		.src_port = it->host_port,
		.dst_port = it->guest_port,
		.len = bytes,
		.type = VSOCK_STREAM,
		.op = (uint16_t)op,
		.flags = flags_of(it, op),
		.buf_alloc = VSOCK_WINDOW,
		.fwd_cnt = it->forwarded,
	};
	return true;
}
