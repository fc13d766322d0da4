/*
 * Fuzzes virtqueues with libFuzzer: a hostile driver with very little RAM,
 * which is between two pages that nobody may touch, and a device that takes and
 * puts as the bytes say.
 *
 * Checked: what virtq_take finds is what another, simpler reader finds; all
 * spans are in RAM; every call but those of the used ring leaves RAM as it was,
 * and those write nowhere else. The compiler calls us before each load of
 * queue.c (-fsanitize-coverage=trace-loads), so that no byte is fetched more
 * often than it is looked at, and so that RAM can change between any two loads:
 * then spans have to be in RAM still, and to add up.
 *
 * The input: a head of 16 bytes, the size and the areas, and 16 for each step.
 */
#include "board-pc/virtio/queue.c"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#define STEP     16
#define RAM_SIZE (3 * PAGE)

/* Where the areas are unless the input says otherwise; a table, and buffers. */
#define DESC   0
#define DRIVER 0x1000
#define DEVICE 0x1400
#define TABLE  0x2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ram ram;
static struct virtq queue;
static struct virtq_chain chain;
static uint16_t available;       /* chains that the driver has offered */
static unsigned since_put;       /* chains taken since */
static uint8_t before[RAM_SIZE]; /* this call */
static bool watched;             /* queue.c runs */
static unsigned fetched;         /* bytes of RAM, by this call */
static const uint8_t *race;      /* a step: what changes in RAM, */
static unsigned race_in;         /* after so many loads more; 0: nothing */
static bool raced;               /* it has */

/* The compiler's calls. */
#define HOOK __attribute__((no_sanitize("all"))) void

HOOK on_load(const void *at, unsigned size);
HOOK __sanitizer_cov_load1(uint8_t *at);
HOOK __sanitizer_cov_load2(uint16_t *at);
HOOK __sanitizer_cov_load4(uint32_t *at);
HOOK __sanitizer_cov_load8(uint64_t *at);
HOOK __sanitizer_cov_load16(__int128 *at);

HOOK on_load(const void *at, unsigned size)
{
	uintptr_t offset = (uintptr_t)at - (uintptr_t)ram.host;

	if (!watched || offset >= RAM_SIZE)
		return;
	fetched += size;
	if (!race_in || --race_in)
		return;
	raced = true;
	for (unsigned i = 0; i < 8; i++)
		ram.host[(race[2] | 256U * race[3]) % (RAM_SIZE - 8) + i] =
		    race[8 + i];
}

HOOK __sanitizer_cov_load1(uint8_t *at)
{
	on_load(at, 1);
}

HOOK __sanitizer_cov_load2(uint16_t *at)
{
	on_load(at, 2);
}

HOOK __sanitizer_cov_load4(uint32_t *at)
{
	on_load(at, 4);
}

HOOK __sanitizer_cov_load8(uint64_t *at)
{
	on_load(at, 8);
}

HOOK __sanitizer_cov_load16(__int128 *at)
{
	on_load(at, 16);
}

static void begin_call(void)
{
	memcpy(before, ram.host, RAM_SIZE);
	fetched = 0;
	raced = false;
	watched = true;
}

static bool same(unsigned from, unsigned to)
{
	return !memcmp(ram.host + from, before + from, to - from);
}

/* The call has written to the used ring alone, or, if it may not, nowhere. */
static void end_call(bool may_write)
{
	unsigned used = (unsigned)queue.device;

	watched = false;
	if (raced) /* by us */
		return;
	if (!may_write || !queue.used) {
		must(same(0, RAM_SIZE));
		return;
	}
	must(same(0, used));
	must(same(used + 6 + 8U * queue.size, RAM_SIZE));
}

static void set_up(void)
{
	ram = guarded_ram(RAM_SIZE);
}

/* Queue and areas, most often right ones. */
static void start(const uint8_t *it)
{
	bool usual = it[2] & 1;
	uint16_t size = (uint16_t)(1U << it[0] % 9);

	available = 0;
	since_put = 0;
	race_in = 0;
	queue = (struct virtq){
		.size = it[2] & 4 ? get_le16(it) : size,
		.desc = usual ? DESC : get_le16(it + 4) % (RAM_SIZE + 64),
		.driver = usual ? DRIVER : get_le16(it + 6) % (RAM_SIZE + 64),
		.device = usual ? DEVICE : get_le16(it + 8) % (RAM_SIZE + 64),
		.ready = true,
	};
	begin_call();
	must(virtq_start(&queue, &ram, it[2] & 2) == !queue.broken);
	end_call(false);
	must(queue.broken || (queue.size && !(queue.size & (queue.size - 1)) &&
			      queue.desc % 16 == 0 && queue.driver % 2 == 0 &&
			      queue.device % 4 == 0 &&
			      queue.desc + 16U * queue.size <= RAM_SIZE &&
			      queue.driver + 6 + 2U * queue.size <= RAM_SIZE &&
			      queue.device + 6 + 8U * queue.size <= RAM_SIZE));
}

/* The driver's steps. */

static void describe(const uint8_t *it)
{
	uint64_t at =
	    it[2] & 1 ? TABLE + 16U * (it[1] % 140) : queue.desc + 16U * it[1];
	uint8_t *desc = ram_span(&ram, at, 16);

	if (!desc)
		return;
	put_le64(desc, it[2] & 16 ? get_le64(it + 8)
				  : get_le16(it + 4) % (RAM_SIZE + 64));
	put_le32(desc + 8, it[2] & 2 ? get_le32(it + 4)
				     : get_le16(it + 6) % (RAM_SIZE + 1));
	put_le16(desc + 12, it[2] & 4 ? get_le16(it + 10) : it[3] & 7);
	put_le16(desc + 14, it[2] & 8 ? get_le16(it + 12) : it[12]);
}

/* A table that is right, so that it needs no luck. */
static void describe_table(const uint8_t *it)
{
	uint8_t *desc = ram_span(&ram, queue.desc + 16U * it[1], 16);

	if (!desc)
		return;
	put_le64(desc, TABLE);
	put_le32(desc + 8, 16U * it[2]);
	put_le32(desc + 12, DESC_INDIRECT);
}

static void offer(const uint8_t *it)
{
	if (!queue.avail)
		return;
	put_le16(ram.host + queue.driver + 4 + 2U * (available % queue.size),
		 it[2] & 1 ? get_le16(it + 4) : it[1]);
	put_le16(ram.host + queue.driver + 2, ++available);
}

/* A chain of one or two, most often a right one; likewise. */
static void push(const uint8_t *it)
{
	unsigned id = it[1] % (queue.size + 1U);
	unsigned next = it[2] % (queue.size ? queue.size : 1U);
	bool two = it[3] & 1;

	if (!queue.avail || id * 16U + 16 > RAM_SIZE - queue.desc)
		return;
	put_le64(ram.host + queue.desc + 16 * next, TABLE + it[5]);
	put_le32(ram.host + queue.desc + 16 * next + 8, 1U + it[6]);
	put_le32(ram.host + queue.desc + 16 * next + 12, DESC_WRITE);
	put_le64(ram.host + queue.desc + 16 * id, TABLE + it[7]);
	put_le32(ram.host + queue.desc + 16 * id + 8, 1U + it[8]);
	put_le16(ram.host + queue.desc + 16 * id + 12, two ? DESC_NEXT : 0);
	put_le16(ram.host + queue.desc + 16 * id + 14, (uint16_t)next);
	put_le16(ram.host + queue.driver + 4 + 2U * (available % queue.size),
		 (uint16_t)id);
	put_le16(ram.host + queue.driver + 2, ++available);
}

static void poke(const uint8_t *it)
{
	memcpy(ram.host + get_le16(it + 2) % (RAM_SIZE - 8), it + 8, 8);
}

/* What another reader takes, by recursion, and from RAM that does not change.
 */
struct reader {
	struct virtq_chain chain;
	unsigned tables;
};

static bool in_ram(uint64_t gpa, uint64_t length)
{
	return length && gpa < RAM_SIZE && length <= RAM_SIZE - gpa;
}

static bool read_chain(struct reader *to, uint64_t table, unsigned count,
		       unsigned id, unsigned left)
{
	const uint8_t *desc = ram.host + table + 16U * id;
	struct virtq_chain *it = &to->chain;
	unsigned spans = it->readable + it->writable;

	if (!left || id >= count)
		return false;
	uint64_t gpa = get_le64(desc);
	uint32_t length = get_le32(desc + 8);
	unsigned flags = get_le16(desc + 12);
	if (flags & DESC_INDIRECT)
		return !(flags & DESC_NEXT) && !to->tables++ &&
		       in_ram(gpa, length) && !(length % 16) &&
		       length / 16 <= VIRTQ_SPANS_MAX &&
		       read_chain(to, gpa, length / 16, 0, length / 16);
	if (!in_ram(gpa, length) || spans == VIRTQ_SPANS_MAX ||
	    (!(flags & DESC_WRITE) && it->writable))
		return false;
	it->spans[spans] = (struct iovec){ ram.host + gpa, length };
	*(flags & DESC_WRITE ? &it->writable : &it->readable) += 1;
	*(flags & DESC_WRITE ? &it->writable_bytes : &it->readable_bytes) +=
	    length;
	return !(flags & DESC_NEXT) ||
	       read_chain(to, table, count, get_le16(desc + 14), left - 1);
}

static enum virtq_taken read_next(struct reader *to)
{
	const uint8_t *avail = ram.host + queue.driver;
	uint16_t index;

	memset(to, 0, sizeof(*to));
	if (queue.broken)
		return VIRTQ_BROKEN;
	index = get_le16(avail + 2);
	if (index == queue.avail_taken)
		return VIRTQ_EMPTY;
	to->chain.head =
	    get_le16(avail + 4 + 2 * (queue.avail_taken % queue.size));
	if ((uint16_t)(index - queue.avail_taken) +
		    (uint16_t)(queue.avail_taken - queue.used_put) >
		queue.size ||
	    !read_chain(to, queue.desc, queue.size, to->chain.head, queue.size))
		return VIRTQ_BROKEN;
	return VIRTQ_CHAIN;
}

static void check_same(const struct reader *want)
{
	const struct virtq_chain *it = &want->chain;
	unsigned spans = it->readable + it->writable;

	must(chain.head == it->head);
	must(chain.readable == it->readable && chain.writable == it->writable);
	must(chain.readable_bytes == it->readable_bytes);
	must(chain.writable_bytes == it->writable_bytes);
	must(!memcmp(chain.spans, it->spans, spans * sizeof(*it->spans)));
	must(fetched == 4 + 16 * (spans + want->tables));
}

/* What is true of a chain even if RAM changes meanwhile. */
static void check_chain(void)
{
	uint64_t bytes[2] = { 0 };
	unsigned spans = (unsigned)chain.readable + chain.writable;

	must(spans && spans <= VIRTQ_SPANS_MAX && chain.head < queue.size);
	for (unsigned i = 0; i < spans; i++) {
		const struct iovec *it = &chain.spans[i];
		uint64_t gpa = (uint64_t)((uint8_t *)it->iov_base - ram.host);

		must(in_ram(gpa, it->iov_len));
		bytes[i >= chain.readable] += it->iov_len;
	}
	must(bytes[0] == chain.readable_bytes);
	must(bytes[1] == chain.writable_bytes);
	must(fetched <= 4 + 16 * (spans + 1));
}

/* The device's steps. */

static void take(void)
{
	static struct reader want;
	enum virtq_taken wanted = read_next(&want), taken;

	memset(&chain, 0xA5, sizeof(chain));
	begin_call();
	taken = virtq_take(&queue, &chain);
	end_call(false);
	must(raced || taken == wanted);
	must(queue.broken == (taken == VIRTQ_BROKEN));
	since_put += taken == VIRTQ_CHAIN;
	if (taken == VIRTQ_CHAIN)
		check_chain();
	if (taken == VIRTQ_CHAIN && !raced)
		check_same(&want);
	if (taken != VIRTQ_CHAIN)
		chain = (struct virtq_chain){ 0 };
}

static void put(const uint8_t *it)
{
	unsigned taken =
	    (uint16_t)(queue.avail_taken - queue.used_put - queue.used_staged);

	if (!taken)
		return;
	begin_call();
	if (it[1] & 1 && it[0] & 16) {
		virtq_stage(&queue, get_le16(it + 2), get_le32(it + 4));
	} else {
		virtq_put(&queue, get_le16(it + 2), get_le32(it + 4));
		since_put = 0;
	}
	end_call(true);
	must(!fetched);
}

/* All of it at once. */
static void serve(const uint8_t *it)
{
	for (unsigned i = 0; i < it[9] % 4U; i++) {
		push(it);
		take();
		put(it);
	}
}

static void publish(void)
{
	begin_call();
	virtq_publish(&queue);
	end_call(true);
	since_put = 0;
}

static void untake(const uint8_t *it)
{
	unsigned count = it[1] % (since_put + 1);

	begin_call();
	virtq_untake(&queue, count);
	end_call(false);
	since_put -= count;
}

/* 2.7.7, by looking at each that was put. */
static bool has_event(uint16_t told)
{
	uint16_t event = get_le16(queue.avail + 4 + 2 * queue.size);

	if (told == queue.used_put)
		return false;
	if (!queue.event_idx)
		return !(get_le16(queue.avail) & 1);
	while (told != queue.used_put)
		if (told++ == event)
			return true;
	return false;
}

static void wants_interrupt(void)
{
	uint16_t told = queue.used_told;
	bool wanted;

	begin_call();
	wanted = virtq_wants_interrupt(&queue);
	end_call(false);
	must(fetched <= 2);
	must(raced || wanted == (queue.avail && has_event(told)));
}

static void listen(const uint8_t *it)
{
	bool news = true;

	begin_call();
	if (it[1] & 1)
		virtq_ignore(&queue);
	else
		news = virtq_listen(&queue);
	end_call(true);
	must(fetched <= 2);
	must(it[1] & 1 || !queue.event_idx || queue.broken || raced ||
	     get_le16(queue.used + 4 + 8 * queue.size) == queue.avail_taken);
	must(news || !queue.avail || queue.broken || raced ||
	     get_le16(queue.avail + 2) == queue.avail_taken);
}

static void copy(const uint8_t *it)
{
	static uint8_t bytes[RAM_SIZE];
	uint64_t offset = get_le16(it + 2);
	size_t count = get_le16(it + 4) % RAM_SIZE;
	uint64_t part = it[1] & 1 ? chain.readable_bytes : chain.writable_bytes;
	uint64_t there = offset < part ? part - offset : 0;

	must((it[1] & 1 ? virtq_read(&chain, offset, bytes, count)
			: virtq_write(&chain, offset, bytes, count)) ==
	     (count < there ? count : there));
}

static void cut(const uint8_t *it)
{
	struct iovec out[VIRTQ_SPANS_MAX];
	unsigned spans = (unsigned)chain.readable + chain.writable, found;
	uint64_t left = chain.readable_bytes + chain.writable_bytes;
	uint64_t offset = get_le16(it + 2), count = get_le32(it + 4);

	found = virtq_cut(chain.spans, spans, offset, count, out);
	must(found <= spans);
	left = offset < left ? left - offset : 0;
	left = count < left ? count : left;
	for (unsigned i = 0; i < found; i++) {
		must(out[i].iov_len && out[i].iov_len <= left);
		must(in_ram((uint64_t)((uint8_t *)out[i].iov_base - ram.host),
			    out[i].iov_len));
		left -= out[i].iov_len;
	}
	must(!left);
}

static void step(const uint8_t *it)
{
	switch (it[0] % 16) {
	case 0:
		describe(it);
		break;
	case 1:
		push(it);
		break;
	case 2:
		describe_table(it);
		break;
	case 3:
		offer(it);
		break;
	case 4:
		push(it);
		take();
		break;
	case 5:
		poke(it);
		break;
	case 6:
		take();
		break;
	case 7:
		serve(it);
		break;
	case 8:
		put(it);
		break;
	case 9:
		publish();
		break;
	case 10:
		untake(it);
		break;
	case 11:
		wants_interrupt();
		break;
	case 12:
		listen(it);
		break;
	case 13:
		copy(it);
		break;
	case 14:
		cut(it);
		break;
	default:
		race = it;
		race_in = 1U + it[1] % 64;
	}
	must(!queue.avail || queue.broken ||
	     (uint16_t)(queue.avail_taken - queue.used_put) <= queue.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ram.host)
		set_up();
	memset(ram.host, 0, RAM_SIZE);
	chain = (struct virtq_chain){ 0 };
	if (size < STEP)
		return 0;
	for (start(data); size >= 2 * STEP; size -= STEP)
		step(data += STEP);
	return 0;
}
