/*
 * Work on files that the host does while we do something else: as much of
 * io_uring(7) as that needs, by its system calls.
 *
 * A ring is one thread's at a time. It exists since Linux 5.5 as it is used
 * here; where there is none (an older host, a container that forbids it,
 * kernel.io_uring_disabled) uring_carry_out does the same work at once.
 */
#ifndef VMM_URING_H
#define VMM_URING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

enum uring_verb {
	URING_READ,     /* preadv2(2) */
	URING_WRITE,    /* pwritev2(2) */
	URING_SYNC,     /* fdatasync(2) */
	URING_ALLOCATE, /* fallocate(2) */
};

/* What is not the verb's counts for nothing. */
struct uring_work {
	enum uring_verb verb;
	int fd;
	const struct iovec
	    *spans; /* of READ and WRITE: until it is submitted */
	unsigned span_count;
	uint64_t offset;
	uint64_t length; /* of ALLOCATE */
	int flags;       /* RWF_..., or the mode of ALLOCATE */
};

struct uring {
	int fd; /* epoll finds it readable while there is something to reap */
	void *memory, *entries;
	uint32_t memory_size, entries_size;
	uint32_t *sq_head, *sq_tail, *cq_head, *cq_tail;
	uint32_t sq_mask, cq_mask;
	uint32_t tail; /* of the submission queue, with what is only queued */
	const void *results;
};

/*
 * Opens a ring for `depth` pieces of work, a power of two, queued or under way
 * at once: not to have more is the caller's part. False: the host has none for
 * us.
 */
bool uring_open(struct uring *ring, unsigned depth);
void uring_close(struct uring *ring);

/* Queues it; `id` comes back with its result. Nothing happens yet. */
void uring_queue(struct uring *ring, const struct uring_work *work,
		 uint64_t id);

/*
 * Has the host begin with all that is queued, with one system call or none.
 * False: it has not taken all of it. What it left is still queued, for
 * uring_take_back.
 */
bool uring_submit(struct uring *ring);

/* Takes the last one that is queued out again. False: there is none. */
bool uring_take_back(struct uring *ring, uint64_t *id);

/*
 * The next result, without a system call: bytes, or 0, or a negated error
 * number. False: there is none now. In no order.
 */
bool uring_reap(struct uring *ring, uint64_t *id, int32_t *result);

/* Sleeps until there is a result. In any thread. */
void uring_wait(struct uring *ring);

/* Does the work now; what comes of it is as uring_reap has it. */
int32_t uring_carry_out(const struct uring_work *work);

#endif
