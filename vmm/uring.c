#include "vmm/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rings in one mapping (5.4), and no result is ever dropped (5.5). */
#define NEEDED (IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP)

static uint32_t load(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static int enter(const struct uring *ring, unsigned submit, unsigned wait,
		 unsigned flags)
{
	return (int)syscall(SYS_io_uring_enter, ring->fd, submit, wait, flags,
			    NULL, (size_t)0);
}

static void *map(int fd, uint32_t size, off_t what)
{
	void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_POPULATE, fd, what);

	return mapping == MAP_FAILED ? NULL : mapping;
}

static uint32_t *word(const struct uring *ring, uint32_t offset)
{
	return (uint32_t *)(void *)((uint8_t *)ring->memory + offset);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static bool map_rings(struct uring *ring, const struct io_uring_params *params)
{
	const struct io_sqring_offsets *sq = &params->sq_off;
	const struct io_cqring_offsets *cq = &params->cq_off;

	ring->memory_size =
	    larger(sq->array + params->sq_entries * (uint32_t)sizeof(uint32_t),
		   cq->cqes + params->cq_entries *
				  (uint32_t)sizeof(struct io_uring_cqe));
	ring->entries_size =
	    params->sq_entries * (uint32_t)sizeof(struct io_uring_sqe);
	ring->memory = map(ring->fd, ring->memory_size, IORING_OFF_SQ_RING);
	ring->entries = map(ring->fd, ring->entries_size, IORING_OFF_SQES);
	if (!ring->memory || !ring->entries)
		return false;
	ring->sq_head = word(ring, sq->head);
	ring->sq_tail = word(ring, sq->tail);
	ring->sq_mask = *word(ring, sq->ring_mask);
	ring->cq_head = word(ring, cq->head);
	ring->cq_tail = word(ring, cq->tail);
	ring->cq_mask = *word(ring, cq->ring_mask);
	ring->results = word(ring, cq->cqes);
	ring->tail = load(ring->sq_tail);
	/* Entry i is at place i, for good. */
	for (uint32_t i = 0; i < params->sq_entries; i++)
		word(ring, sq->array)[i] = i;
	return true;
}

/*
 * No flag is asked for. What would spare the host some work binds a ring to the
 * thread that submits (IORING_SETUP_SINGLE_ISSUER), and a reset waits in
 * another one.
 */
bool uring_open(struct uring *ring, unsigned depth)
{
	struct io_uring_params params = { 0 };

	*ring = (struct uring){ .fd = -1 };
	ring->fd = (int)syscall(SYS_io_uring_setup, depth, &params);
	if (ring->fd < 0)
		return false;
	if ((params.features & NEEDED) == NEEDED && map_rings(ring, &params))
		return true;
	uring_close(ring);
	return false;
}

void uring_close(struct uring *ring)
{
	if (ring->memory)
		munmap(ring->memory, ring->memory_size);
	if (ring->entries)
		munmap(ring->entries, ring->entries_size);
	if (ring->fd >= 0)
		close(ring->fd);
	*ring = (struct uring){ .fd = -1 };
}

static struct io_uring_sqe *entry(const struct uring *ring, uint32_t index)
{
	return (struct io_uring_sqe *)ring->entries + (index & ring->sq_mask);
}

static void describe(struct io_uring_sqe *sqe, const struct uring_work *work)
{
	static const uint8_t opcodes[] = {
		[URING_READ] = IORING_OP_READV,
		[URING_WRITE] = IORING_OP_WRITEV,
		[URING_SYNC] = IORING_OP_FSYNC,
		[URING_ALLOCATE] = IORING_OP_FALLOCATE,
	};

	sqe->opcode = opcodes[work->verb];
	sqe->fd = work->fd;
	if (work->verb == URING_SYNC) {
		sqe->fsync_flags = IORING_FSYNC_DATASYNC;
		return;
	}
	sqe->off = work->offset;
	if (work->verb == URING_ALLOCATE) {
		sqe->addr = work->length;
		sqe->len = (uint32_t)work->flags;
		return;
	}
	sqe->addr = (uintptr_t)work->spans;
	sqe->len = work->span_count;
	sqe->rw_flags = (uint32_t)work->flags;
}

void uring_queue(struct uring *ring, const struct uring_work *work, uint64_t id)
{
	struct io_uring_sqe *sqe = entry(ring, ring->tail++);

	memset(sqe, 0, sizeof(*sqe));
	describe(sqe, work);
	sqe->user_data = id;
}

bool uring_submit(struct uring *ring)
{
	uint32_t left;

	store(ring->sq_tail, ring->tail);
	while ((left = ring->tail - load(ring->sq_head))) {
		int taken = enter(ring, left, 0, 0);

		if (!taken || (taken < 0 && errno != EINTR))
			return false;
	}
	return true;
}

bool uring_take_back(struct uring *ring, uint64_t *id)
{
	if (ring->tail == load(ring->sq_head))
		return false;
	*id = entry(ring, --ring->tail)->user_data;
	store(ring->sq_tail, ring->tail);
	return true;
}

bool uring_reap(struct uring *ring, uint64_t *id, int32_t *result)
{
	uint32_t head = *ring->cq_head; /* nobody else writes it */
	const struct io_uring_cqe *cqe =
	    (const struct io_uring_cqe *)ring->results + (head & ring->cq_mask);

	if (head == load(ring->cq_tail))
		return false;
	*id = cqe->user_data;
	*result = cqe->res;
	store(ring->cq_head, head + 1);
	return true;
}

void uring_wait(struct uring *ring)
{
	/* A signal only makes the caller look once more. */
	enter(ring, 0, 1, IORING_ENTER_GETEVENTS);
}

/* musl knows neither call; both take the offset in two halves, of which the
 * first is all of it on a 64-bit host. */
static long transfer(const struct uring_work *work)
{
	return syscall(work->verb == URING_READ ? SYS_preadv2 : SYS_pwritev2,
		       work->fd, work->spans, work->span_count, work->offset,
		       0L, work->flags);
}

static long call(const struct uring_work *work)
{
	switch (work->verb) {
	case URING_SYNC:
		return fdatasync(work->fd);
	case URING_ALLOCATE:
		return fallocate(work->fd, work->flags, (off_t)work->offset,
				 (off_t)work->length);
	default:
		return transfer(work);
	}
}

int32_t uring_carry_out(const struct uring_work *work)
{
	long result;

	do
		result = call(work);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : (int32_t)result;
}
