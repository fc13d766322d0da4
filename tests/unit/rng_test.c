/* The entropy device: what is filled, and how much of it at once. */
#include "board-pc/virtio/rng.h"

#include "tests/virtio_device.h"

#include "tests/unit/unit.h"

static struct driver driver;

static void begin(void)
{
	if (!plugged.device)
		CHECK(rng_plug());
	CHECK(driver_start(&driver, plugged.device, 0));
	plugged_forget();
}

static unsigned zeros(const uint8_t *bytes, size_t count)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += !bytes[i];
	return found;
}

/* Neither as it was nor all alike; the odds of a failure are 2^-100 and less.
 */
static void check_random(const uint8_t *bytes, size_t count)
{
	unsigned same = 0;

	for (size_t i = 0; i < count; i++)
		same += bytes[i] == 0xA5;
	CHECK(same < count / 2);
	CHECK(zeros(bytes, count) < count / 2);
}

CASE(it_is_an_entropy_device)
{
	begin();
	CHECK_EQ(plugged.device->kind->id, 4);
	CHECK_EQ(plugged.device->queue_count, 1);
	CHECK_EQ(plugged.device->offered, 0);
	CHECK_EQ(plugged.device->config_size, 0);
}

CASE(a_buffer_is_filled_and_told)
{
	struct driver_buffer buffer;
	uint32_t written;

	begin();
	buffer = driver_in(&driver, 64);
	driver_push(&driver, 0, &buffer, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, 64);
	check_random(driver_bytes(&driver, buffer), 64);
	CHECK_EQ(plugged.interrupts, 1);
	CHECK(!plugged_came_back());
}

CASE(two_buffers_are_not_alike)
{
	struct driver_buffer a, b;

	begin();
	a = driver_in(&driver, 32);
	b = driver_in(&driver, 32);
	driver_push(&driver, 0, &a, 1);
	driver_push(&driver, 0, &b, 1);
	driver_notify(&driver);
	CHECK(memcmp(driver_bytes(&driver, a), driver_bytes(&driver, b), 32));
}

CASE(all_spans_of_a_chain_are_filled)
{
	struct driver_buffer chain[3];
	uint32_t written;

	begin();
	for (int i = 0; i < 3; i++)
		chain[i] = driver_in(&driver, 100);
	driver_push(&driver, 0, chain, 3);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, 300);
	for (int i = 0; i < 3; i++)
		check_random(driver_bytes(&driver, chain[i]), 100);
}

/* What it may not write it does not; a driver that wants nothing gets it. */
CASE(readable_buffers_are_left_alone)
{
	static const uint8_t mine[32] = { 1, 2, 3 };
	struct driver_buffer chain[2];
	uint32_t written;

	begin();
	chain[0] = driver_out(&driver, mine, sizeof(mine));
	chain[1] = driver_in(&driver, 32);
	driver_push(&driver, 0, chain, 2);
	driver_push(&driver, 0, chain, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, 32);
	CHECK(!memcmp(driver_bytes(&driver, chain[0]), mine, sizeof(mine)));
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, 0);
}

/* What is not written is told, and stays as it is. */
CASE(a_chain_gets_so_much_at_most)
{
	const uint32_t less = RNG_CHAIN_BYTES - 10;
	struct driver_buffer chain[3];
	uint32_t written;

	begin();
	chain[0] = driver_in(&driver, less);
	chain[1] = driver_in(&driver, 20);
	chain[2] = driver_in(&driver, 20);
	driver_push(&driver, 0, chain, 3);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, RNG_CHAIN_BYTES);
	CHECK_EQ(driver_bytes(&driver, chain[1])[10], 0xA5);
	CHECK_EQ(driver_bytes(&driver, chain[1])[19], 0xA5);
	CHECK_EQ(driver_bytes(&driver, chain[2])[0], 0xA5);
}

CASE(a_chain_may_be_absurdly_long)
{
	struct driver_buffer chain = { 0, (uint32_t)DRIVER_RAM, true };
	uint32_t written;

	begin();
	/* All of RAM below the queues: what it writes there is nobody's. */
	chain.length = (uint32_t)DRIVER_QUEUES;
	driver_push(&driver, 0, &chain, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, RNG_CHAIN_BYTES);
}

/* One turn is 64 KiB; the rest is served when others have had theirs. */
CASE(a_greedy_driver_waits_its_turn)
{
	struct driver_buffer chain;
	unsigned served = 0;

	begin();
	chain = driver_in(&driver, RNG_CHAIN_BYTES);
	for (int i = 0; i < 8; i++)
		driver_push(&driver, 0, &chain, 1);
	for (int turn = 1; turn <= 8; turn++) {
		driver_notify(&driver);
		while (driver_pop(&driver, 0, NULL) >= 0)
			served++;
		CHECK_EQ(served, turn);
		CHECK(plugged_came_back());
	}
	driver_notify(&driver);
	CHECK(!plugged_came_back());
}

CASE(a_chain_outside_ram_breaks_it)
{
	struct driver_buffer chain = { MAP_GAP, 64, true };

	begin();
	driver_push(&driver, 0, &chain, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, NULL) < 0);
	CHECK(!virtio_is_active(plugged.device));
}

CASE(after_a_reset_it_serves_again)
{
	struct driver_buffer buffer;
	uint32_t written;

	a_buffer_is_filled_and_told_body();
	driver_reset(&driver);
	begin();
	buffer = driver_in(&driver, 16);
	driver_push(&driver, 0, &buffer, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, &written) >= 0);
	CHECK_EQ(written, 16);
}

RUN("rng", &it_is_an_entropy_device, &a_buffer_is_filled_and_told,
    &two_buffers_are_not_alike, &all_spans_of_a_chain_are_filled,
    &readable_buffers_are_left_alone, &a_chain_gets_so_much_at_most,
    &a_chain_may_be_absurdly_long, &a_greedy_driver_waits_its_turn,
    &a_chain_outside_ram_breaks_it, &after_a_reset_it_serves_again)
