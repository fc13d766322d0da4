/* Split virtqueues: VIRTIO 1.2, 2.6 and 2.7, rule by rule. */
#include "board-pc/virtio/queue.h"

#include "tests/unit/unit.h"
#include "tests/virtio_driver.h"

#define SIZE 256

static void nothing(struct virtio_device *device)
{
	(void)device;
}

static const struct virtio_kind kind = { .id = 0,
					 .queue_size = SIZE,
					 .notified = nothing };
static struct virtio_device device = { .kind = &kind, .queue_count = 1 };
static struct driver driver;
static struct virtq_chain chain;
static struct virtq *const queue = &device.queues[0];

static void start(uint64_t features)
{
	CHECK(driver_start(&driver, &device, features));
	memset(&chain, 0xA5, sizeof(chain));
}

/* With another size than the greatest. */
static void start_size(uint16_t size, uint64_t features)
{
	start(features);
	queue->size = size;
	CHECK(virtq_start(queue, &driver.ram, features));
}

static void set_desc(uint16_t id, uint64_t gpa, uint32_t length, unsigned flags,
		     uint16_t next)
{
	driver_describe(driver_descriptor(&driver, 0, id),
			(struct driver_buffer){ gpa, length, false }, flags,
			next);
}

static void offer(uint16_t head)
{
	driver_offer(&driver, 0, head);
}

static enum virtq_taken take(void)
{
	return virtq_take(queue, &chain);
}

/* A table in guest memory, where descriptors of it are set likewise. */
#define TABLE (DRIVER_BUFFERS + MIB(1))

static void set_entry(unsigned id, uint64_t gpa, uint32_t length,
		      unsigned flags, uint16_t next)
{
	driver_describe(driver_at(&driver, TABLE + 16 * id, 16),
			(struct driver_buffer){ gpa, length, false }, flags,
			next);
}

#define CHECK_TAKEN(wanted) CHECK_EQ(take(), wanted)
#define CHECK_BROKEN()      CHECK_TAKEN(VIRTQ_BROKEN)

static void check_span(unsigned n, uint64_t gpa, size_t length)
{
	CHECK(chain.spans[n].iov_base == driver_at(&driver, gpa, length));
	CHECK_EQ(chain.spans[n].iov_len, length);
}

/* 2.7: the areas. */

static bool starts(uint64_t desc, uint64_t avail, uint64_t used, unsigned size)
{
	*queue = (struct virtq){ .size = (uint16_t)size,
				 .ready = true,
				 .desc = desc,
				 .driver = avail,
				 .device = used };
	CHECK_EQ(virtq_start(queue, &driver.ram, false), !queue->broken);
	return !queue->broken;
}

CASE(the_size_is_a_power_of_two)
{
	start(0);
	for (unsigned size = 0; size <= 0xFFFF; size++)
		CHECK_EQ(starts(0x1000, 0x4000, 0x6000, size),
			 size && size <= SIZE && !(size & (size - 1)));
}

CASE(the_areas_are_aligned)
{
	start(0);
	for (unsigned by = 0; by < 32; by++) {
		CHECK_EQ(starts(0x1000 + by, 0x4000, 0x6000, 8), by % 16 == 0);
		CHECK_EQ(starts(0x1000, 0x4000 + by, 0x6000, 8), by % 2 == 0);
		CHECK_EQ(starts(0x1000, 0x4000, 0x6000 + by, 8), by % 4 == 0);
	}
}

CASE(the_areas_lie_in_ram_to_their_last_byte)
{
	start(0);
	CHECK(starts(DRIVER_RAM - 16 * 8, 0x4000, 0x6000, 8));
	CHECK(!starts(DRIVER_RAM - 16 * 7, 0x4000, 0x6000, 8));
	CHECK(starts(0x1000, DRIVER_RAM - 6 - 2 * 8, 0x6000, 8));
	CHECK(!starts(0x1000, DRIVER_RAM - 4 - 2 * 8, 0x6000, 8));
	CHECK(starts(0x1000, 0x4000, DRIVER_RAM - 8 - 8 * 8, 8));
	CHECK(!starts(0x1000, 0x4000, DRIVER_RAM - 4 - 8 * 8, 8));
	CHECK(!starts(UINT64_MAX - 15, 0x4000, 0x6000, 8));
	CHECK(!starts(0x1000, UINT64_MAX - 1, 0x6000, 8));
	CHECK(!starts(0x1000, 0x4000, UINT64_MAX - 3, 8));
	CHECK(!starts(MAP_VIRTIO, 0x4000, 0x6000, 8));
	CHECK(!starts(0x1000, MAP_ABOVE_4G, 0x6000, 8));
}

CASE(a_queue_that_could_not_start_is_broken)
{
	start(0);
	CHECK(!starts(0x1000, 0x4000, 0x6000, 3));
	CHECK_BROKEN();
	virtq_ignore(queue);
	CHECK(!virtq_listen(queue));
	virtq_put(queue, 0, 0);
	CHECK(!virtq_wants_interrupt(queue));
}

CASE(a_queue_that_was_not_started_is_empty)
{
	static const struct virtq zero;

	start(0);
	virtq_reset(queue);
	CHECK(!memcmp(queue, &zero, sizeof(zero)));
	CHECK_TAKEN(VIRTQ_EMPTY);
	virtq_ignore(queue);
	CHECK(!virtq_listen(queue));
	virtq_put(queue, 0, 0);
	CHECK(!virtq_wants_interrupt(queue));
}

CASE(a_start_begins_anew)
{
	start(0);
	set_desc(0, 0x1000, 1, 0, 0);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_put(queue, 0, 0);
	set_desc(0, 0x1000, 0, 0, 0);
	offer(0);
	CHECK_BROKEN();
	start(0);
	CHECK_TAKEN(VIRTQ_EMPTY);
	set_desc(0, 0x1000, 1, 0, 0);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_put(queue, 0, 0);
	CHECK_EQ(get_le16(queue->used + 2), 1);
}

/* 2.7.5, 2.7.6: descriptors, and the available ring. */

CASE(an_untouched_queue_is_empty)
{
	start(0);
	CHECK_TAKEN(VIRTQ_EMPTY);
	CHECK_TAKEN(VIRTQ_EMPTY);
}

CASE(a_chain_has_its_readable_spans_first)
{
	start(0);
	set_desc(7, 0x1000, 16, DRIVER_NEXT, 250);
	set_desc(250, 0x1234, 1, DRIVER_NEXT, 0);
	set_desc(0, 0x3000, 512, DRIVER_NEXT | DRIVER_WRITE, 255);
	set_desc(255, 0x5000, 1, DRIVER_WRITE, 7); /* no DRIVER_NEXT */
	offer(7);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 7);
	CHECK_EQ(chain.readable, 2);
	CHECK_EQ(chain.writable, 2);
	CHECK_EQ(chain.readable_bytes, 17);
	CHECK_EQ(chain.writable_bytes, 513);
	check_span(0, 0x1000, 16);
	check_span(1, 0x1234, 1);
	check_span(2, 0x3000, 512);
	check_span(3, 0x5000, 1);
	CHECK_TAKEN(VIRTQ_EMPTY);
}

CASE(chains_come_in_the_order_of_the_ring)
{
	start_size(4, 0);
	for (uint16_t i = 0; i < 4; i++)
		set_desc(i, 0x1000, i + 1U, 0, 0);
	for (unsigned round = 0; round < 70000; round++) {
		uint16_t id = (uint16_t)(round * 3 % 4);

		offer(id);
		offer((uint16_t)(id ^ 1));
		CHECK_TAKEN(VIRTQ_CHAIN);
		CHECK_EQ(chain.head, id);
		CHECK_EQ(chain.readable_bytes, id + 1U);
		CHECK_TAKEN(VIRTQ_CHAIN);
		CHECK_EQ(chain.head, id ^ 1);
		CHECK_TAKEN(VIRTQ_EMPTY);
		virtq_put(queue, id, 0);
		virtq_put(queue, id ^ 1, 0);
	}
}

CASE(a_queue_of_one_descriptor_works)
{
	start_size(1, VIRTIO_F_EVENT_IDX);
	for (unsigned round = 0; round < 5; round++) {
		set_desc(0, 0x1000, round + 1, DRIVER_WRITE, 0);
		offer(0);
		CHECK_TAKEN(VIRTQ_CHAIN);
		CHECK_EQ(chain.writable_bytes, round + 1);
		CHECK_TAKEN(VIRTQ_EMPTY);
		virtq_put(queue, 0, round);
		CHECK_EQ(get_le32(queue->used + 8), round);
	}
}

static void check_broken_chain(void)
{
	offer(0);
	CHECK_BROKEN();
	set_desc(0, 0x1000, 1, 0, 0);
	CHECK_BROKEN(); /* and stays so, */
	virtq_reset(queue);
	CHECK_TAKEN(VIRTQ_EMPTY); /* but for a reset */
}

CASE(a_readable_buffer_behind_a_writable_one_breaks_it)
{
	start(0);
	set_desc(0, 0x1000, 1, DRIVER_NEXT | DRIVER_WRITE, 1);
	set_desc(1, 0x1000, 1, 0, 0);
	check_broken_chain();
}

CASE(a_buffer_of_no_bytes_breaks_it)
{
	start(0);
	set_desc(0, 0x1000, 0, 0, 0);
	check_broken_chain();
	start(0);
	set_desc(0, 0x1000, 1, DRIVER_NEXT, 1);
	set_desc(1, 0x1000, 0, DRIVER_WRITE, 0);
	check_broken_chain();
}

CASE(a_head_outside_of_the_table_breaks_it)
{
	static const uint16_t heads[] = { 8, 9, 255, 256, 0x7FFF, 0xFFFF };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		start_size(8, 0);
		for (uint16_t id = 0; id < SIZE; id++)
			set_desc(id, 0x1000, 1, 0, 0);
		offer(heads[i]);
		CHECK_BROKEN();
	}
}

CASE(a_next_outside_of_the_table_breaks_it)
{
	static const uint16_t nexts[] = { 8, 9, 255, 256, 0x7FFF, 0xFFFF };

	for (size_t i = 0; i < sizeof(nexts) / sizeof(*nexts); i++) {
		start_size(8, 0);
		for (uint16_t id = 1; id < SIZE; id++)
			set_desc(id, 0x1000, 1, 0, 0);
		set_desc(0, 0x1000, 1, DRIVER_NEXT, nexts[i]);
		check_broken_chain();
	}
}

CASE(a_chain_that_loops_breaks_it)
{
	start(0);
	set_desc(0, 0x1000, 1, DRIVER_NEXT, 0);
	check_broken_chain();
	start_size(8, 0);
	set_desc(0, 0x1000, 1, DRIVER_NEXT, 5);
	set_desc(5, 0x1000, 1, DRIVER_NEXT, 3);
	set_desc(3, 0x1000, 1, DRIVER_NEXT, 5);
	check_broken_chain();
}

/* A chain of all descriptors from 0 to `count` - 1. */
static void set_chain(unsigned count)
{
	for (uint16_t id = 0; id < count; id++)
		set_desc(id, 0x1000, 1, id + 1U < count ? DRIVER_NEXT : 0,
			 (uint16_t)(id + 1));
}

CASE(a_chain_may_have_all_descriptors)
{
	start_size(64, 0);
	set_chain(64);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.readable, 64);
}

CASE(a_chain_has_no_more_than_all_its_spans)
{
	start(0);
	set_chain(VIRTQ_SPANS_MAX);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.readable, VIRTQ_SPANS_MAX);
	start(0);
	set_chain(VIRTQ_SPANS_MAX + 1);
	check_broken_chain();
}

static bool reaches(uint64_t gpa, uint32_t length)
{
	start(0);
	set_desc(0, gpa, length, DRIVER_WRITE, 0);
	offer(0);
	return take() == VIRTQ_CHAIN;
}

CASE(a_buffer_outside_of_ram_breaks_it)
{
	CHECK(reaches(0, 1));
	CHECK(reaches(0, DRIVER_RAM));
	CHECK(reaches(DRIVER_RAM - 1, 1));
	CHECK(!reaches(DRIVER_RAM, 1));
	CHECK(!reaches(DRIVER_RAM - 1, 2));
	CHECK(!reaches(0, DRIVER_RAM + 1));
	CHECK(!reaches(1, UINT32_MAX));
	CHECK(!reaches(MAP_VIRTIO, 4));
	CHECK(!reaches(MAP_LAPIC, 4));
	CHECK(!reaches(UINT64_MAX, 1));
	CHECK(!reaches(UINT64_MAX, 2));
	CHECK(!reaches(UINT64_MAX - 0xFFF, 0x2000));
}

/* 4 MiB of the RAM are above 4 GiB, and nothing of it is touched. */
CASE(a_buffer_across_the_hole_breaks_it)
{
	static struct driver large = { .ram_size = MAP_GAP + MIB(4) };
	struct driver small = driver;

	driver = large;
	CHECK(reaches(MAP_GAP - 16, 16));
	check_span(0, MAP_GAP - 16, 16);
	CHECK(reaches(MAP_ABOVE_4G, MIB(4)));
	check_span(0, MAP_ABOVE_4G, MIB(4));
	CHECK(!reaches(MAP_GAP - 16, 17));
	CHECK(!reaches(MAP_GAP, 1));
	CHECK(!reaches(MAP_ABOVE_4G - 1, 2));
	CHECK(!reaches(MAP_ABOVE_4G, MIB(4) + 1));
	CHECK(!reaches(MAP_GAP - 16, UINT32_MAX));
	ram_unmap(&driver.ram);
	driver = small;
}

CASE(bytes_of_a_chain_do_not_wrap)
{
	static struct driver large = { .ram_size = GIB(2) };
	struct driver small = driver;

	driver = large;
	start(0);
	for (uint16_t id = 0; id < VIRTQ_SPANS_MAX; id++)
		set_desc(id, 0, GIB(2) - 1,
			 id + 1U < VIRTQ_SPANS_MAX ? DRIVER_NEXT : 0,
			 (uint16_t)(id + 1));
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.readable_bytes, VIRTQ_SPANS_MAX * (GIB(2) - 1));
	ram_unmap(&driver.ram);
	driver = small;
}

CASE(an_index_too_far_ahead_breaks_it)
{
	start_size(8, 0);
	put_le16(driver_at(&driver, queue->driver + 2, 2), 8);
	for (unsigned id = 0; id < 8; id++)
		set_desc((uint16_t)id, 0x1000, 1, 0, 0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	start_size(8, 0);
	put_le16(driver_at(&driver, queue->driver + 2, 2), 9);
	CHECK_BROKEN();
	start_size(8, 0);
	put_le16(driver_at(&driver, queue->driver + 2, 2), 0xFFFF);
	CHECK_BROKEN();
}

CASE(an_index_that_goes_back_breaks_it)
{
	start_size(8, 0);
	for (uint16_t id = 0; id < 4; id++) {
		set_desc(id, 0x1000, 1, 0, 0);
		offer(id);
	}
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_TAKEN(VIRTQ_CHAIN);
	put_le16(driver_at(&driver, queue->driver + 2, 2), 1);
	CHECK_BROKEN();
}

CASE(more_in_flight_than_there_are_descriptors_breaks_it)
{
	start_size(2, 0);
	set_desc(0, 0x1000, 1, 0, 0);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_put(queue, 0, 0);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_stage(queue, 0, 0); /* not seen by the driver yet */
	offer(0);
	CHECK_BROKEN();
}

/* 2.7.5.3: indirect descriptors. */

static void offer_table(uint64_t gpa, uint32_t length, unsigned flags)
{
	set_desc(0, gpa, length, DRIVER_INDIRECT | flags, 1);
	set_desc(1, 0x1000, 1, 0, 0);
	offer(0);
}

CASE(a_table_is_the_chain)
{
	start(0);
	set_entry(0, 0x1000, 16, DRIVER_NEXT, 2);
	set_entry(2, 0x2000, 1, DRIVER_NEXT | DRIVER_WRITE, 1);
	set_entry(1, 0x3000, 2, DRIVER_WRITE, 0);
	offer_table(TABLE, 3 * 16, 0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 0);
	CHECK_EQ(chain.readable, 1);
	CHECK_EQ(chain.writable, 2);
	CHECK_EQ(chain.readable_bytes, 16);
	CHECK_EQ(chain.writable_bytes, 3);
	check_span(1, 0x2000, 1);
	check_span(2, 0x3000, 2);
}

CASE(a_table_may_be_marked_writable)
{
	start(0);
	set_entry(0, 0x1000, 16, 0, 0);
	offer_table(TABLE, 16, DRIVER_WRITE);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.readable, 1);
	CHECK_EQ(chain.writable, 0);
}

CASE(a_table_may_end_a_chain)
{
	start(0);
	set_desc(3, 0x5000, 5, DRIVER_NEXT, 4);
	set_desc(4, TABLE, 32, DRIVER_INDIRECT, 0);
	set_entry(0, 0x1000, 16, DRIVER_NEXT, 1);
	set_entry(1, 0x2000, 8, DRIVER_WRITE, 0);
	offer(3);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 3);
	CHECK_EQ(chain.readable, 2);
	CHECK_EQ(chain.writable, 1);
	check_span(0, 0x5000, 5);
	check_span(2, 0x2000, 8);
}

CASE(the_order_of_directions_goes_on_in_a_table)
{
	start(0);
	set_desc(0, 0x5000, 5, DRIVER_NEXT | DRIVER_WRITE, 4);
	set_desc(4, TABLE, 16, DRIVER_INDIRECT, 0);
	set_entry(0, 0x1000, 16, 0, 1);
	check_broken_chain();
}

CASE(a_table_may_be_anywhere)
{
	start(0);
	driver_describe(driver_at(&driver, TABLE + 7, 16),
			(struct driver_buffer){ 0x1000, 3, true }, 0, 0);
	offer_table(TABLE + 7, 16, 0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.writable_bytes, 3);
}

CASE(a_table_in_the_middle_of_a_chain_breaks_it)
{
	start(0);
	set_entry(0, 0x1000, 16, 0, 0);
	set_desc(0, TABLE, 16, DRIVER_INDIRECT | DRIVER_NEXT, 1);
	set_desc(1, 0x1000, 1, 0, 0);
	check_broken_chain();
}

CASE(a_table_in_a_table_breaks_it)
{
	start(0);
	set_entry(0, 0x1000, 1, DRIVER_NEXT, 1);
	set_entry(1, TABLE + 32, 16, DRIVER_INDIRECT, 0);
	set_entry(2, 0x1000, 1, 0, 0);
	set_desc(0, TABLE, 3 * 16, DRIVER_INDIRECT, 1);
	check_broken_chain();
}

static bool takes_table(uint64_t gpa, uint32_t length)
{
	start(0);
	for (unsigned id = 0; id < SIZE; id++)
		set_entry(id, 0x1000, 1, 0, 0);
	offer_table(gpa, length, 0);
	return take() == VIRTQ_CHAIN;
}

CASE(a_table_has_whole_descriptors_and_not_too_many)
{
	CHECK(takes_table(TABLE, 16));
	CHECK(takes_table(TABLE, 16 * VIRTQ_SPANS_MAX));
	CHECK(!takes_table(TABLE, 0));
	CHECK(!takes_table(TABLE, 15));
	CHECK(!takes_table(TABLE, 17));
	CHECK(!takes_table(TABLE, 16 * VIRTQ_SPANS_MAX + 1));
	CHECK(!takes_table(TABLE, 16 * (VIRTQ_SPANS_MAX + 1)));
	CHECK(!takes_table(TABLE, UINT32_MAX - 15));
}

CASE(a_table_lies_in_ram)
{
	CHECK(!takes_table(DRIVER_RAM, 16));
	CHECK(!takes_table(DRIVER_RAM - 8, 16));
	CHECK(!takes_table(UINT64_MAX - 15, 16));
	CHECK(!takes_table(UINT64_MAX - 15, 32));
	CHECK(!takes_table(MAP_LAPIC, 16));
}

CASE(a_chain_in_a_table_stays_in_it_and_ends)
{
	start(0);
	set_entry(0, 0x1000, 1, DRIVER_NEXT, 2);
	set_entry(2, 0x1000, 1, 0, 0);
	set_desc(0, TABLE, 2 * 16, DRIVER_INDIRECT, 0);
	check_broken_chain();
	start(0);
	set_entry(0, 0x1000, 1, DRIVER_NEXT, 1);
	set_entry(1, 0x1000, 1, DRIVER_NEXT, 0);
	set_desc(0, TABLE, 2 * 16, DRIVER_INDIRECT, 0);
	check_broken_chain();
}

CASE(all_of_a_chain_with_a_table_counts)
{
	start(0);
	for (unsigned id = 0; id < VIRTQ_SPANS_MAX; id++)
		set_entry(id, 0x1000, 1,
			  id + 1 < VIRTQ_SPANS_MAX ? DRIVER_NEXT : 0,
			  (uint16_t)(id + 1));
	offer_table(TABLE, 16 * VIRTQ_SPANS_MAX, 0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.readable, VIRTQ_SPANS_MAX);
	start(0);
	set_desc(0, 0x1000, 1, DRIVER_NEXT, 1);
	set_desc(1, TABLE, 16 * VIRTQ_SPANS_MAX, DRIVER_INDIRECT, 0);
	check_broken_chain();
}

/* 2.7.8: the used ring. */

CASE(what_is_put_is_in_the_used_ring)
{
	static const struct driver_buffer buffer = { 0x1000, 100, true };
	uint32_t written;

	start(0);
	for (unsigned round = 0; round < 1000; round++) {
		int head = driver_push(&driver, 0, &buffer, 1);

		CHECK_EQ(driver_pop(&driver, 0, NULL), -1);
		CHECK_TAKEN(VIRTQ_CHAIN);
		virtq_put(queue, chain.head, round);
		CHECK_EQ(driver_pop(&driver, 0, &written), head);
		CHECK_EQ(written, round);
		CHECK_EQ(driver_pop(&driver, 0, NULL), -1);
	}
}

CASE(chains_are_put_in_any_order)
{
	static const struct driver_buffer buffer = { 0x1000, 100, true };
	uint16_t heads[8];

	start(0);
	for (unsigned i = 0; i < 8; i++) {
		heads[i] = driver_push_indirect(&driver, 0, &buffer, 1);
		CHECK_TAKEN(VIRTQ_CHAIN);
	}
	for (unsigned i = 8; i--;)
		virtq_put(queue, heads[i], i);
	for (unsigned i = 8; i--;)
		CHECK_EQ(driver_pop(&driver, 0, NULL), heads[i]);
}

CASE(what_is_staged_is_seen_at_once)
{
	start(0);
	for (unsigned round = 0; round < 300; round++) {
		virtq_stage(queue, 1, 10);
		virtq_stage(queue, 2, 20);
		virtq_stage(queue, 3, 30);
		CHECK_EQ(get_le16(queue->used + 2), 3 * round);
		CHECK(!virtq_wants_interrupt(queue));
		virtq_publish(queue);
		CHECK_EQ(get_le16(queue->used + 2), 3 * round + 3);
		for (unsigned i = 0; i < 3; i++) {
			const uint8_t *entry =
			    queue->used + 4 + 8 * ((3 * round + i) % SIZE);

			CHECK_EQ(get_le32(entry), i + 1);
			CHECK_EQ(get_le32(entry + 4), 10 * (i + 1));
		}
		CHECK(virtq_wants_interrupt(queue));
	}
}

CASE(nothing_but_the_used_ring_is_written)
{
	uint8_t *ring;

	start_size(4, VIRTIO_F_EVENT_IDX);
	ring = queue->used;
	memset(ring - 64, 0x5A, 64 + 6 + 8 * 4 + 64);
	for (unsigned round = 0; round < 9; round++) {
		virtq_ignore(queue);
		virtq_put(queue, 0, 0);
		virtq_listen(queue);
	}
	for (unsigned i = 0; i < 64; i++) {
		CHECK_EQ(ring[-1 - (int)i], 0x5A);
		CHECK_EQ(ring[6 + 8 * 4 + i], 0x5A);
	}
}

CASE(untaken_chains_come_again)
{
	start(0);
	for (uint16_t id = 0; id < 4; id++) {
		set_desc(id, 0x1000, 1, 0, 0);
		offer(id);
	}
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_untake(queue, 2);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 1);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 2);
	virtq_untake(queue, 3);
	CHECK_TAKEN(VIRTQ_CHAIN);
	CHECK_EQ(chain.head, 0);
}

CASE(untaken_chains_are_not_staged)
{
	start(0);
	set_desc(0, 0x1000, 1, 0, 0);
	offer(0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_stage(queue, 0, 1);
	virtq_untake(queue, 1);
	virtq_publish(queue);
	CHECK_EQ(get_le16(queue->used + 2), 0);
	CHECK_TAKEN(VIRTQ_CHAIN);
	virtq_put(queue, 0, 7);
	CHECK_EQ(get_le16(queue->used + 2), 1);
	CHECK_EQ(get_le32(queue->used + 8), 7);
}

/* 2.7.7: interrupts. */

CASE(the_driver_is_told_by_default)
{
	start(0);
	CHECK(!virtq_wants_interrupt(queue));
	virtq_put(queue, 0, 0);
	CHECK(virtq_wants_interrupt(queue));
	CHECK(!virtq_wants_interrupt(queue));
}

CASE(a_flag_keeps_interrupts_away)
{
	start(0);
	driver_want_interrupts(&driver, 0, false);
	virtq_put(queue, 0, 0);
	CHECK(!virtq_wants_interrupt(queue));
	driver_want_interrupts(&driver, 0, true);
	CHECK(!virtq_wants_interrupt(queue)); /* it has looked */
	virtq_put(queue, 0, 0);
	CHECK(virtq_wants_interrupt(queue));
}

CASE(the_flag_means_nothing_with_event_index)
{
	start(VIRTIO_F_EVENT_IDX);
	driver_want_interrupts(&driver, 0, false);
	virtq_put(queue, 0, 0);
	CHECK(virtq_wants_interrupt(queue));
}

CASE(the_driver_is_told_of_the_event_it_waits_for)
{
	start(VIRTIO_F_EVENT_IDX);
	driver_set_used_event(&driver, 0, 2);
	for (unsigned i = 0; i < 6; i++) {
		virtq_put(queue, 0, 0);
		CHECK_EQ(virtq_wants_interrupt(queue), i == 2);
	}
	driver_set_used_event(&driver, 0, 8);
	for (unsigned i = 0; i < 5; i++) /* 6 to 10, at once */
		virtq_put(queue, 0, 0);
	CHECK(virtq_wants_interrupt(queue));
	CHECK(!virtq_wants_interrupt(queue));
	driver_set_used_event(&driver, 0, 10); /* has been put already */
	virtq_put(queue, 0, 0);
	CHECK(!virtq_wants_interrupt(queue));
}

CASE(event_indices_wrap)
{
	start(VIRTIO_F_EVENT_IDX);
	for (unsigned put = 0; put < 70000; put += 2) {
		driver_set_used_event(&driver, 0, (uint16_t)(put + 1));
		virtq_put(queue, 0, 0);
		CHECK(!virtq_wants_interrupt(queue));
		virtq_put(queue, 0, 0);
		CHECK(virtq_wants_interrupt(queue));
	}
}

/* 2.7.7 and 2.7.10: notifications. */

CASE(a_flag_keeps_notifications_away)
{
	start(0);
	CHECK(driver_would_notify(&driver, 0));
	virtq_ignore(queue);
	CHECK(!driver_would_notify(&driver, 0));
	CHECK(!virtq_listen(queue));
	CHECK(driver_would_notify(&driver, 0));
}

CASE(the_driver_notifies_of_the_next_chain)
{
	static const struct driver_buffer buffer = { 0x1000, 100, true };

	start(VIRTIO_F_EVENT_IDX);
	for (unsigned round = 0; round < 70000; round++) {
		driver_push(&driver, 0, &buffer, 1);
		CHECK(driver_would_notify(&driver, 0));
		virtq_ignore(queue);
		CHECK_EQ(get_le16(queue->used), 0); /* 2.7.10.1 */
		CHECK_TAKEN(VIRTQ_CHAIN);
		driver_push(&driver, 0, &buffer, 1);
		CHECK(!driver_would_notify(&driver, 0));
		CHECK(virtq_listen(queue));
		CHECK_TAKEN(VIRTQ_CHAIN);
		CHECK(!virtq_listen(queue));
		for (unsigned i = 0; i < 2; i++)
			virtq_put(queue, (uint16_t)i, 0);
		CHECK(driver_pop(&driver, 0, NULL) >= 0);
		CHECK(driver_pop(&driver, 0, NULL) >= 0);
	}
}

CASE(a_chain_that_came_meanwhile_is_found)
{
	for (unsigned with = 0; with < 2; with++) {
		start(with ? VIRTIO_F_EVENT_IDX : 0);
		virtq_ignore(queue);
		CHECK_TAKEN(VIRTQ_EMPTY);
		set_desc(0, 0x1000, 1, 0, 0);
		offer(0);
		CHECK(virtq_listen(queue));
		CHECK_TAKEN(VIRTQ_CHAIN);
		CHECK(!virtq_listen(queue));
	}
}

CASE(a_broken_queue_has_nothing_new)
{
	start(0);
	put_le16(driver_at(&driver, queue->driver + 2, 2), 0x8000);
	CHECK(virtq_listen(queue)); /* to be found out by virtq_take */
	CHECK_BROKEN();
	CHECK(!virtq_listen(queue));
}

/* Bytes of a chain. */

/* Readable spans of 3, 1 and 6 bytes, writable ones of 2 and 8. */
static void take_bytes(void)
{
	const struct driver_buffer buffers[] = {
		driver_out(&driver, "abc", 3), driver_out(&driver, "d", 1),
		driver_out(&driver, "efghij", 6), driver_in(&driver, 2),
		driver_in(&driver, 8)
	};

	driver_push(&driver, 0, buffers, 5);
	CHECK_TAKEN(VIRTQ_CHAIN);
}

CASE(bytes_are_read_from_any_offset)
{
	char byte;

	start(0);
	take_bytes();
	for (unsigned from = 0; from <= 12; from++)
		for (unsigned count = 0; count <= 12; count++) {
			char to[13] = "............";
			unsigned left = from < 10 ? 10 - from : 0;
			unsigned want = count < left ? count : left;

			CHECK_EQ(virtq_read(&chain, from, to, count), want);
			if (want)
				CHECK(!memcmp(to, &"abcdefghij"[from], want));
			CHECK_EQ(to[want], '.');
		}
	CHECK_EQ(virtq_read(&chain, UINT64_MAX, &byte, 1), 0);
}

CASE(bytes_are_written_to_any_offset)
{
	start(0);
	take_bytes();
	for (unsigned at = 0; at <= 12; at++)
		for (unsigned count = 0; count <= 12; count++) {
			uint8_t all[12] = { 0 };
			unsigned left = at < 10 ? 10 - at : 0;
			unsigned want = count < left ? count : left;

			memset(chain.spans[3].iov_base, 0, 2);
			memset(chain.spans[4].iov_base, 0, 8);
			CHECK_EQ(virtq_write(&chain, at, "ABCDEFGHIJKL", count),
				 want);
			memcpy(all, chain.spans[3].iov_base, 2);
			memcpy(all + 2, chain.spans[4].iov_base, 8);
			for (unsigned i = 0; i < 10; i++)
				CHECK_EQ(all[i], i >= at && i < at + want
						     ? "ABCDEFGHIJ"[i - at]
						     : 0);
		}
	CHECK_EQ(virtq_write(&chain, UINT64_MAX, "", 1), 0);
	CHECK(!memcmp(chain.spans[2].iov_base, "efghij", 6));
}

CASE(spans_are_cut)
{
	uint8_t bytes[16];
	const struct iovec spans[] = { { bytes, 4 },
				       { bytes + 4, 1 },
				       { bytes + 5, 11 } };
	struct iovec out[3];

	for (unsigned from = 0; from <= 18; from++)
		for (unsigned count = 0; count <= 18; count++) {
			unsigned left = from < 16 ? 16 - from : 0, found = 0;
			unsigned n = virtq_cut(spans, 3, from, count, out);

			for (unsigned i = 0; i < n; i++) {
				CHECK(out[i].iov_len > 0);
				CHECK(out[i].iov_base == bytes + from + found);
				found += (unsigned)out[i].iov_len;
			}
			CHECK_EQ(found, count < left ? count : left);
		}
	CHECK_EQ(virtq_cut(spans, 0, 0, 1, out), 0);
	CHECK_EQ(virtq_cut(spans, 3, UINT64_MAX, UINT64_MAX, out), 0);
	CHECK_EQ(virtq_cut(spans, 3, 3, UINT64_MAX, out), 3);
}

RUN("virtq", &the_size_is_a_power_of_two, &the_areas_are_aligned,
    &the_areas_lie_in_ram_to_their_last_byte,
    &a_queue_that_could_not_start_is_broken,
    &a_queue_that_was_not_started_is_empty, &a_start_begins_anew,
    &an_untouched_queue_is_empty, &a_chain_has_its_readable_spans_first,
    &chains_come_in_the_order_of_the_ring, &a_queue_of_one_descriptor_works,
    &a_readable_buffer_behind_a_writable_one_breaks_it,
    &a_buffer_of_no_bytes_breaks_it, &a_head_outside_of_the_table_breaks_it,
    &a_next_outside_of_the_table_breaks_it, &a_chain_that_loops_breaks_it,
    &a_chain_may_have_all_descriptors, &a_chain_has_no_more_than_all_its_spans,
    &a_buffer_outside_of_ram_breaks_it, &a_buffer_across_the_hole_breaks_it,
    &bytes_of_a_chain_do_not_wrap, &an_index_too_far_ahead_breaks_it,
    &an_index_that_goes_back_breaks_it,
    &more_in_flight_than_there_are_descriptors_breaks_it, &a_table_is_the_chain,
    &a_table_may_be_marked_writable, &a_table_may_end_a_chain,
    &the_order_of_directions_goes_on_in_a_table, &a_table_may_be_anywhere,
    &a_table_in_the_middle_of_a_chain_breaks_it, &a_table_in_a_table_breaks_it,
    &a_table_has_whole_descriptors_and_not_too_many, &a_table_lies_in_ram,
    &a_chain_in_a_table_stays_in_it_and_ends,
    &all_of_a_chain_with_a_table_counts, &what_is_put_is_in_the_used_ring,
    &chains_are_put_in_any_order, &what_is_staged_is_seen_at_once,
    &nothing_but_the_used_ring_is_written, &untaken_chains_come_again,
    &untaken_chains_are_not_staged, &the_driver_is_told_by_default,
    &a_flag_keeps_interrupts_away, &the_flag_means_nothing_with_event_index,
    &the_driver_is_told_of_the_event_it_waits_for, &event_indices_wrap,
    &a_flag_keeps_notifications_away, &the_driver_notifies_of_the_next_chain,
    &a_chain_that_came_meanwhile_is_found, &a_broken_queue_has_nothing_new,
    &bytes_are_read_from_any_offset, &bytes_are_written_to_any_offset,
    &spans_are_cut)
