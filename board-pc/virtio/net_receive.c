#include "board-pc/virtio/net_receive.h"

#include "vmm/bytes.h"

#include <errno.h>
#include <string.h>

#define NUM_BUFFERS 10U /* its offset in the header, 5.1.6 */

void net_receive_start(struct net_receive *receive, bool merges, size_t enough)
{
	receive->merges = merges;
	receive->enough = enough;
	receive->room = receive->rest = 0;
	receive->first_chain = receive->end_chain = 0;
	receive->first_span = receive->end_span = 0;
}

static unsigned chains(const struct net_receive *receive)
{
	return receive->end_chain - receive->first_chain;
}

static unsigned spans(const struct net_receive *receive)
{
	return receive->end_span - receive->first_span;
}

/* Makes room behind the buffers that wait. False: it is not enough. */
static bool make_room(struct net_receive *receive)
{
	if (receive->end_chain < VIRTQ_SIZE_MAX &&
	    receive->end_span + VIRTQ_SPANS_MAX <= NET_SPANS)
		return true;
	memmove(receive->chains, &receive->chains[receive->first_chain],
		chains(receive) * sizeof(*receive->chains));
	memmove(receive->spans, &receive->spans[receive->first_span],
		spans(receive) * sizeof(*receive->spans));
	receive->end_chain = chains(receive);
	receive->end_span = spans(receive);
	receive->first_chain = receive->first_span = 0;
	return receive->end_chain < VIRTQ_SIZE_MAX &&
	       receive->end_span + VIRTQ_SPANS_MAX <= NET_SPANS;
}

/* 5.1.6.3.2: each has room for a header. 2^32 bytes and more are no buffer. */
static bool add(struct net_receive *receive, const struct virtq_chain *chain)
{
	if (chain->readable || chain->writable_bytes < NET_HEADER ||
	    chain->writable_bytes > UINT32_MAX)
		return false;
	receive->chains[receive->end_chain++] =
	    (struct net_buffers){ chain->head, chain->writable,
				  (uint32_t)chain->writable_bytes };
	memcpy(&receive->spans[receive->end_span], chain->spans,
	       chain->writable * sizeof(*chain->spans));
	receive->end_span += chain->writable;
	receive->room += chain->writable_bytes;
	return true;
}

/* One buffer is a packet's, unless packets may go into several. */
static bool has_enough(const struct net_receive *receive, size_t wanted)
{
	return receive->room >= wanted || (!receive->merges && chains(receive));
}

/*
 * Takes buffers until there is room for `wanted` bytes, or there are no more:
 * then the driver is asked to tell of new ones. False: it broke a rule.
 */
static bool gather(struct net_receive *receive, struct virtq *queue,
		   size_t wanted)
{
	struct virtq_chain chain;

	while (!has_enough(receive, wanted) && make_room(receive)) {
		switch (virtq_take(queue, &chain)) {
		case VIRTQ_EMPTY:
			if (!virtq_listen(queue))
				return true;
			virtq_ignore(queue);
			break;
		case VIRTQ_CHAIN:
			if (!add(receive, &chain))
				return false;
			break;
		case VIRTQ_BROKEN:
			return false;
		}
	}
	return true;
}

/* The first buffer's header says how many there are. */
static void set_num_buffers(const struct net_receive *receive, unsigned count)
{
	const struct net_buffers *first =
	    &receive->chains[receive->first_chain];
	struct iovec pieces[VIRTQ_SPANS_MAX];
	uint8_t bytes[2];
	unsigned done = 0;
	unsigned found =
	    virtq_cut(&receive->spans[receive->first_span], first->spans,
		      NUM_BUFFERS, sizeof(bytes), pieces);

	put_le16(bytes, (uint16_t)count);
	for (unsigned i = 0; i < found; i++) {
		memcpy(pieces[i].iov_base, bytes + done, pieces[i].iov_len);
		done += (unsigned)pieces[i].iov_len;
	}
}

/* The first buffers have a packet of `length` bytes: they are the driver's. */
static void put(struct net_receive *receive, struct virtq *queue, size_t length)
{
	const struct net_buffers *chain =
	    &receive->chains[receive->first_chain];
	unsigned count = 0, used_spans = 0;

	for (; length; chain++) {
		uint32_t written =
		    length < chain->bytes ? (uint32_t)length : chain->bytes;

		virtq_stage(queue, chain->head, written);
		length -= written;
		receive->room -= chain->bytes;
		used_spans += chain->spans;
		count++;
	}
	set_num_buffers(receive, count);
	virtq_publish(queue);
	receive->first_chain += count;
	receive->first_span += used_spans;
}

/*
 * What did not fit is put behind what did, which has filled all buffers that
 * waited then: `filled` bytes of them all.
 */
static enum net_received put_rest(struct net_receive *receive,
				  struct virtq *queue, size_t *length)
{
	size_t filled = receive->room, done = 0;
	unsigned span = spans(receive);

	*length = filled + receive->rest;
	if (!gather(receive, queue, *length))
		return NET_BROKEN;
	for (; span < spans(receive) && done < receive->rest; span++) {
		const struct iovec *to =
		    &receive->spans[receive->first_span + span];
		size_t left = receive->rest - done;
		size_t count = to->iov_len < left ? to->iov_len : left;

		memcpy(to->iov_base, receive->overflow + done, count);
		done += count;
	}
	if (done == receive->rest) {
		receive->rest = 0;
		put(receive, queue, *length);
		return NET_PACKET;
	}
	/* These will have been filled next time. */
	memmove(receive->overflow, receive->overflow + done,
		receive->rest - done);
	receive->rest -= done;
	if (make_room(receive))
		return NET_NO_BUFFERS;
	/* Tiny buffers, so many that readv takes no more: it is dropped. */
	receive->rest = 0;
	return NET_PACKET;
}

/*
 * What the host cannot give now will be heard of, or never comes; a packet that
 * it could not copy (memory that it has lost) is gone.
 */
static enum net_received fail_to_read(void)
{
	return errno == EINTR || errno == EFAULT ? NET_PACKET : NET_NO_PACKET;
}

enum net_received net_receive(struct net_receive *receive, struct virtq *queue,
			      int fd, size_t *length)
{
	struct iovec *first;
	ssize_t got;

	*length = 0;
	if (receive->rest)
		return put_rest(receive, queue, length);
	if (!gather(receive, queue, receive->enough))
		return NET_BROKEN;
	if (!chains(receive))
		return NET_NO_BUFFERS;
	first = &receive->spans[receive->first_span];
	first[spans(receive)] =
	    (struct iovec){ receive->overflow, sizeof(receive->overflow) };
	got = readv(fd, first, (int)spans(receive) + 1);
	if (got <= 0)
		return got ? fail_to_read() : NET_NO_PACKET;
	*length = (size_t)got;
	if (*length <= receive->room) {
		if (*length >= NET_HEADER)
			put(receive, queue, *length);
	} else if (receive->merges) {
		receive->rest = *length - receive->room;
		return put_rest(receive, queue, length);
	}
	return NET_PACKET;
}
