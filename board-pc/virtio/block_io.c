#include "board-pc/virtio/block_io.h"

#include "vmm/cold.h"

#include <errno.h>
#include <string.h>

/* RWF_DSYNC and RWF_NOWAIT, which musl has not: linux/fs.h. */
#define WRITE_THROUGH 2
#define NO_WAIT       8

/* For what cannot go directly. Only the I/O thread does that. */
#define BOUNCE_SIZE 65536U
COLD _Alignas(4096) uint8_t block_bounce[BOUNCE_SIZE];

void block_io_init(struct block_io *io, const struct block_image *image)
{
	io->image = *image;
	io->write_through = io->has_ring = io->cache_is_hidden = false;
	io->ring.fd = -1;
	io->in_flight = io->used = io->free = io->landed = 0;
}

bool block_io_open(struct block_io *io)
{
	if (!io->has_ring && !io->image.without_uring)
		io->has_ring = uring_open(&io->ring, BLOCK_FLIGHTS);
	/* Once is enough to know. */
	io->image.without_uring = !io->has_ring;
	return io->has_ring;
}

static unsigned index_of(const struct block_io *io,
			 const struct block_flight *flight)
{
	return (unsigned)(flight - io->flights);
}

static void push(struct block_io *io, unsigned *list,
		 struct block_flight *flight)
{
	flight->next = *list;
	*list = index_of(io, flight) + 1;
}

static struct block_flight *pop(struct block_io *io, unsigned *list)
{
	struct block_flight *flight = &io->flights[*list - 1];

	*list = flight->next;
	return flight;
}

/* Used ones first: their memory has been touched. */
struct block_flight *block_io_take(struct block_io *io)
{
	struct block_flight *flight;

	if (io->free)
		flight = pop(io, &io->free);
	else if (io->used < BLOCK_FLIGHTS)
		flight = &io->flights[io->used++];
	else
		return NULL;
	io->in_flight++;
	return flight;
}

void block_io_give_back(struct block_io *io, struct block_flight *flight)
{
	push(io, &io->free, flight);
	io->in_flight--;
}

static enum block_status status_of(int error)
{
	return error == EOPNOTSUPP ? BLOCK_S_UNSUPP : BLOCK_S_IOERR;
}

static struct uring_work work_of(const struct block_io *io,
				 const struct block_flight *flight)
{
	static const enum uring_verb verbs[] = {
		[BLOCK_READ] = URING_READ,
		[BLOCK_WRITE] = URING_WRITE,
		[BLOCK_FLUSH] = URING_SYNC,
		[BLOCK_ALLOCATE] = URING_ALLOCATE,
	};
	const struct block_request *request = &flight->request;
	struct uring_work work = {
		.verb = verbs[request->action],
		.fd = io->image.fd,
		.spans = request->spans + flight->first_span,
		.span_count = request->span_count - flight->first_span,
		.offset = request->offset,
		.length = request->bytes,
	};

	if (request->action == BLOCK_ALLOCATE)
		work.flags = request->mode;
	else if (request->action == BLOCK_WRITE && io->write_through)
		work.flags = WRITE_THROUGH;
	return work;
}

/* `bytes` of a transfer are done. */
static void skip(struct block_flight *flight, uint64_t bytes)
{
	struct block_request *request = &flight->request;
	struct iovec *span = &request->spans[flight->first_span];

	request->offset += bytes;
	request->bytes -= bytes;
	for (; bytes >= span->iov_len && bytes; span++) {
		bytes -= span->iov_len;
		flight->first_span++;
	}
	if (!bytes)
		return;
	span->iov_base = (uint8_t *)span->iov_base + bytes;
	span->iov_len -= bytes;
}

/* True: there is more to do. A read of no bytes: the file has been cut. */
static bool goes_on(const struct block_io *io, struct block_flight *flight,
		    int32_t result)
{
	struct block_request *request = &flight->request;

	if (result < 0) {
		request->status = status_of(-result);
		return false;
	}
	switch (request->action) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		if (!result)
			request->status = BLOCK_S_IOERR;
		skip(flight, (uint64_t)result);
		return result && request->bytes;
	case BLOCK_ALLOCATE:
		request->action = BLOCK_FLUSH;
		return io->write_through;
	default:
		return false;
	}
}

/* Whether O_DIRECT can take it: buffers on boundaries of blocks. */
static bool is_aligned(const struct block_io *io, const struct uring_work *work)
{
	uintptr_t bits = 0;

	if (!io->image.direct || work->verb > URING_WRITE)
		return true;
	for (unsigned i = 0; i < work->span_count; i++)
		bits |=
		    (uintptr_t)work->spans[i].iov_base | work->spans[i].iov_len;
	return !(bits & (io->image.block_size - 1));
}

/* Copies `bytes` between the spans and the bounce buffer. */
static void copy(const struct uring_work *work, size_t bytes)
{
	uint8_t *at = block_bounce;

	for (const struct iovec *span = work->spans; bytes; span++) {
		size_t part = span->iov_len < bytes ? span->iov_len : bytes;

		if (work->verb == URING_WRITE)
			memcpy(at, span->iov_base, part);
		else
			memcpy(span->iov_base, at, part);
		at += part;
		bytes -= part;
	}
}

/*
 * A piece of a transfer by way of the bounce buffer. Beside direct I/O nothing
 * of the image may go through the host's page cache: where both meet in a page,
 * one can be lost.
 */
static int32_t bounce(const struct uring_work *work, uint64_t left)
{
	struct iovec piece = { block_bounce,
			       left < BOUNCE_SIZE ? left : BOUNCE_SIZE };
	struct uring_work direct = *work;
	int32_t result;

	direct.spans = &piece;
	direct.span_count = 1;
	if (work->verb == URING_WRITE)
		copy(work, piece.iov_len);
	result = uring_carry_out(&direct);
	if (work->verb == URING_READ && result > 0)
		copy(work, (size_t)result);
	return result;
}

/* All of it, now. */
static void carry_out(struct block_io *io, struct block_flight *flight)
{
	int32_t result;

	do {
		struct uring_work work = work_of(io, flight);

		result = is_aligned(io, &work)
			     ? uring_carry_out(&work)
			     : bounce(&work, flight->request.bytes);
	} while (goes_on(io, flight, result));
	push(io, &io->landed, flight);
}

/*
 * What the host's page cache has is read sooner than a ring is asked for it:
 * now, or not at all. Where the host cannot tell (EOPNOTSUPP) it is not asked
 * again. True: that was all of it, or the rest is an error.
 */
static bool read_cached(struct block_io *io, struct block_flight *flight)
{
	struct uring_work work = work_of(io, flight);
	int32_t result;

	if (work.verb != URING_READ || io->image.direct || io->cache_is_hidden)
		return false;
	work.flags = NO_WAIT;
	result = uring_carry_out(&work);
	io->cache_is_hidden = result == -EOPNOTSUPP;
	if (result <= 0 || goes_on(io, flight, result))
		return false;
	push(io, &io->landed, flight);
	return true;
}

static void begin(struct block_io *io, struct block_flight *flight)
{
	struct uring_work work;

	if (io->has_ring && read_cached(io, flight))
		return;
	work = work_of(io, flight);
	if (io->has_ring && is_aligned(io, &work))
		uring_queue(&io->ring, &work, index_of(io, flight));
	else
		carry_out(io, flight);
}

void block_io_start(struct block_io *io, struct block_flight *flight)
{
	flight->first_span = 0;
	if (flight->request.action == BLOCK_ANSWER ||
	    flight->request.action == BLOCK_TELL_ID)
		push(io, &io->landed, flight);
	else
		begin(io, flight);
}

/* What the host has no room for now, is done without it. */
void block_io_submit(struct block_io *io)
{
	uint64_t index;

	if (!io->has_ring || uring_submit(&io->ring))
		return;
	while (uring_take_back(&io->ring, &index))
		carry_out(io, &io->flights[index]);
}

/*
 * The ring could not: it does not know the verb (fallocate came with Linux
 * 5.6), or it was in need. Nothing has been tried then, so that trying again
 * hides no error.
 */
static bool is_the_rings(int32_t result)
{
	return result == -EINVAL || result == -EAGAIN || result == -EINTR ||
	       result == -ECANCELED;
}

static void land(struct block_io *io, struct block_flight *flight,
		 int32_t result)
{
	if (is_the_rings(result))
		carry_out(io, flight);
	else if (goes_on(io, flight, result))
		begin(io, flight);
	else
		push(io, &io->landed, flight);
}

struct block_flight *block_io_done(struct block_io *io)
{
	uint64_t index;
	int32_t result;

	while (!io->landed && io->has_ring &&
	       uring_reap(&io->ring, &index, &result))
		land(io, &io->flights[index], result);
	if (!io->landed)
		block_io_submit(io); /* what was begun again */
	return io->landed ? pop(io, &io->landed) : NULL;
}

void block_io_drain(struct block_io *io)
{
	uint64_t index;
	int32_t result;

	while (io->landed)
		block_io_give_back(io, pop(io, &io->landed));
	while (io->in_flight)
		if (uring_reap(&io->ring, &index, &result))
			block_io_give_back(io, &io->flights[index]);
		else
			uring_wait(&io->ring);
}
