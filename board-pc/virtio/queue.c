#include "board-pc/virtio/queue.h"

#include "vmm/bytes.h"

#include <string.h>

/* A descriptor, 2.7.5. */
#define DESC_SIZE 16U
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

/*
 * The rings, 2.7.6 and 2.7.8: flags, index, entries, and behind these the
 * other side's event index, 2.7.7.
 */
#define RING_FLAGS   0U
#define RING_INDEX   2U
#define RING_ENTRIES 4U
#define AVAIL_ENTRY  2U
#define USED_ENTRY   8U

/* The only flag of either ring: it says that the other need not call. */
enum { RING_QUIET = 1 };

struct desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/*
 * Memory that the guest may be writing to. A plain read may be done twice, if
 * the compiler finds that cheaper than to keep the value; these are done once.
 */
typedef const volatile uint64_t __attribute__((aligned(1), may_alias)) guest64;
typedef const uint16_t __attribute__((may_alias)) guest16;

static uint16_t fetch(const uint8_t *at, int order)
{
	return __atomic_load_n((guest16 *)(const void *)at, order);
}

static void store(uint8_t *at, uint16_t value, int order)
{
	__atomic_store_n((uint16_t __attribute__((may_alias)) *)(void *)at,
			 value, order);
}

/* An indirect table may be anywhere. */
static struct desc fetch_desc(const uint8_t *at)
{
	guest64 *words = (guest64 *)(const void *)at;
	uint64_t rest;
	struct desc desc;

	desc.address = words[0];
	rest = words[1];
	desc.length = (uint32_t)rest;
	desc.flags = (uint16_t)(rest >> 32);
	desc.next = (uint16_t)(rest >> 48);
	return desc;
}

/* An area of a queue, or NULL. */
static void *area(const struct ram *ram, uint64_t gpa, uint64_t length,
		  unsigned alignment)
{
	return gpa % alignment ? NULL : ram_span(ram, gpa, length);
}

bool virtq_start(struct virtq *queue, const struct ram *ram, bool event_idx)
{
	unsigned size = queue->size;
	uint8_t *desc = area(ram, queue->desc, DESC_SIZE * size, 16);
	uint8_t *avail = area(ram, queue->driver, 6 + AVAIL_ENTRY * size, 2);
	uint8_t *used = area(ram, queue->device, 6 + USED_ENTRY * size, 4);

	if (!size || size > VIRTQ_SIZE_MAX || (size & (size - 1)) || !desc ||
	    !avail || !used) {
		queue->broken = true;
		return false;
	}
	queue->ram = ram;
	queue->desc_table = desc;
	queue->avail = avail;
	queue->used = used;
	queue->avail_taken = 0;
	queue->used_put = 0;
	queue->used_staged = 0;
	queue->used_told = 0;
	queue->event_idx = event_idx;
	queue->broken = false;
	return true;
}

void virtq_reset(struct virtq *queue)
{
	*queue = (struct virtq){ 0 };
}

/* Adds the buffer of a descriptor to the chain. */
static bool add(const struct virtq *queue, struct virtq_chain *chain,
		const struct desc *desc)
{
	unsigned spans = chain->readable + chain->writable;
	void *host = ram_span(queue->ram, desc->address, desc->length);

	if (!host || spans == VIRTQ_SPANS_MAX)
		return false;
	chain->spans[spans] = (struct iovec){ host, desc->length };
	if (desc->flags & DESC_WRITE) {
		chain->writable++;
		chain->writable_bytes += desc->length;
		return true;
	}
	if (chain->writable)
		return false;
	chain->readable++;
	chain->readable_bytes += desc->length;
	return true;
}

/*
 * Adds what is at descriptor `id` and follows it in a table of `count`. A chain
 * that visits more of them than there are loops. At its end may be a descriptor
 * of an indirect table: then `indirect` has it, which is all zero otherwise.
 */
static bool walk(const struct virtq *queue, struct virtq_chain *chain,
		 const uint8_t *table, unsigned count, unsigned id,
		 struct desc *indirect)
{
	for (unsigned visits = 0; visits < count; visits++) {
		struct desc desc;

		if (id >= count)
			return false;
		desc = fetch_desc(table + DESC_SIZE * id);
		if (desc.flags & DESC_INDIRECT) {
			*indirect = desc;
			return !(desc.flags & DESC_NEXT);
		}
		if (!add(queue, chain, &desc))
			return false;
		if (!(desc.flags & DESC_NEXT))
			return true;
		id = desc.next;
	}
	return false;
}

/* 2.7.5.3: there is no table in a table; DESC_WRITE has no meaning there. */
static bool walk_indirect(const struct virtq *queue, struct virtq_chain *chain,
			  const struct desc *indirect)
{
	unsigned count = indirect->length / DESC_SIZE;
	struct desc nested = { 0 };
	const uint8_t *table =
	    ram_span(queue->ram, indirect->address, indirect->length);

	return table && indirect->length % DESC_SIZE == 0 &&
	       count <= VIRTQ_SPANS_MAX &&
	       walk(queue, chain, table, count, 0, &nested) && !nested.flags;
}

/* The chain at descriptor chain->head. */
static bool find_chain(const struct virtq *queue, struct virtq_chain *chain)
{
	struct desc indirect = { 0 };

	chain->readable = chain->writable = 0;
	chain->readable_bytes = chain->writable_bytes = 0;
	return walk(queue, chain, queue->desc_table, queue->size, chain->head,
		    &indirect) &&
	       (!indirect.flags || walk_indirect(queue, chain, &indirect));
}

enum virtq_taken virtq_take(struct virtq *queue, struct virtq_chain *chain)
{
	unsigned entry = queue->avail_taken & (queue->size - 1U);
	unsigned in_flight = (uint16_t)(queue->avail_taken - queue->used_put);
	unsigned waiting;

	if (queue->broken)
		return VIRTQ_BROKEN;
	if (!queue->avail)
		return VIRTQ_EMPTY;
	waiting =
	    (uint16_t)(fetch(queue->avail + RING_INDEX, __ATOMIC_ACQUIRE) -
		       queue->avail_taken);
	if (!waiting)
		return VIRTQ_EMPTY;
	chain->head = fetch(queue->avail + RING_ENTRIES + AVAIL_ENTRY * entry,
			    __ATOMIC_RELAXED);
	/* Each chain that is not back with the driver has a descriptor. */
	queue->broken =
	    in_flight + waiting > queue->size || !find_chain(queue, chain);
	if (queue->broken)
		return VIRTQ_BROKEN;
	queue->avail_taken++;
	return VIRTQ_CHAIN;
}

void virtq_untake(struct virtq *queue, unsigned count)
{
	queue->avail_taken = (uint16_t)(queue->avail_taken - count);
	queue->used_staged = 0;
}

void virtq_stage(struct virtq *queue, uint16_t head, uint32_t written)
{
	unsigned entry =
	    (queue->used_put + queue->used_staged) & (queue->size - 1U);

	if (!queue->used)
		return;
	put_le64(queue->used + RING_ENTRIES + USED_ENTRY * entry,
		 (uint64_t)written << 32 | head);
	queue->used_staged++;
}

void virtq_publish(struct virtq *queue)
{
	if (!queue->used)
		return;
	queue->used_put = (uint16_t)(queue->used_put + queue->used_staged);
	queue->used_staged = 0;
	store(queue->used + RING_INDEX, queue->used_put, __ATOMIC_RELEASE);
}

void virtq_put(struct virtq *queue, uint16_t head, uint32_t written)
{
	virtq_stage(queue, head, written);
	virtq_publish(queue);
}

/*
 * The driver says what it wants, then looks for what was put; here it is the
 * other way round. Without a full barrier in each both could miss the other.
 */
static void look_behind(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool virtq_wants_interrupt(struct virtq *queue)
{
	uint16_t put = queue->used_put;
	uint16_t news = (uint16_t)(put - queue->used_told);
	uint16_t event;

	if (!news || !queue->avail)
		return false;
	queue->used_told = put;
	look_behind();
	if (!queue->event_idx)
		return !(fetch(queue->avail + RING_FLAGS, __ATOMIC_RELAXED) &
			 RING_QUIET);
	/* 2.7.7: is `event` one of the news? */
	event = fetch(queue->avail + RING_ENTRIES + AVAIL_ENTRY * queue->size,
		      __ATOMIC_RELAXED);
	return (uint16_t)(put - event - 1) < news;
}

/* With event index the driver does not call again before it is told to. */
void virtq_ignore(struct virtq *queue)
{
	if (queue->used && !queue->event_idx)
		store(queue->used + RING_FLAGS, RING_QUIET, __ATOMIC_RELAXED);
}

bool virtq_listen(struct virtq *queue)
{
	if (!queue->used || queue->broken)
		return false;
	if (queue->event_idx)
		store(queue->used + RING_ENTRIES + USED_ENTRY * queue->size,
		      queue->avail_taken, __ATOMIC_RELAXED);
	else
		store(queue->used + RING_FLAGS, 0, __ATOMIC_RELAXED);
	look_behind();
	return fetch(queue->avail + RING_INDEX, __ATOMIC_RELAXED) !=
	       queue->avail_taken;
}

/*
 * What of a span is behind `offset`, but no more than `count` bytes. Then
 * `offset` is that of the next span.
 */
static struct iovec piece(const struct iovec *span, uint64_t *offset,
			  uint64_t count)
{
	uint64_t skip = *offset < span->iov_len ? *offset : span->iov_len;
	uint64_t left = span->iov_len - skip;

	*offset -= skip;
	return (struct iovec){ (uint8_t *)span->iov_base + skip,
			       left < count ? left : count };
}

size_t virtq_read(const struct virtq_chain *chain, uint64_t offset, void *to,
		  size_t count)
{
	size_t done = 0;

	for (unsigned i = 0; i < chain->readable && done < count; i++) {
		struct iovec from =
		    piece(&chain->spans[i], &offset, count - done);

		memcpy((uint8_t *)to + done, from.iov_base, from.iov_len);
		done += from.iov_len;
	}
	return done;
}

size_t virtq_write(const struct virtq_chain *chain, uint64_t offset,
		   const void *from, size_t count)
{
	const struct iovec *spans = chain->spans + chain->readable;
	size_t done = 0;

	for (unsigned i = 0; i < chain->writable && done < count; i++) {
		struct iovec to = piece(&spans[i], &offset, count - done);

		memcpy(to.iov_base, (const uint8_t *)from + done, to.iov_len);
		done += to.iov_len;
	}
	return done;
}

unsigned virtq_cut(const struct iovec *spans, unsigned spans_count,
		   uint64_t offset, uint64_t count, struct iovec *out)
{
	unsigned found = 0;

	for (unsigned i = 0; i < spans_count && count; i++) {
		out[found] = piece(&spans[i], &offset, count);
		count -= out[found].iov_len;
		found += out[found].iov_len > 0;
	}
	return found;
}
