/* The console device: both ways, back pressure, and the end. */
#include "board-pc/virtio/console.h"

#include "tests/virtio_device.h"

#include "tests/unit/unit.h"

enum { RECEIVE = 0, TRANSMIT = 1 };

static struct driver driver;

/* What is outside: output that has come, with room for more, and input. */
static struct {
	uint8_t output[1 << 20];
	uint32_t put, room;
	const char *input;
	unsigned writes, attached, detached;
} outside;

static uint32_t write_outside(const uint8_t *bytes, uint32_t count)
{
	outside.writes++;
	if (count > outside.room)
		count = outside.room;
	memcpy(outside.output + outside.put, bytes, count);
	outside.put += count;
	outside.room -= count;
	return count;
}

static uint32_t read_outside(uint8_t *bytes, uint32_t count)
{
	size_t left = strlen(outside.input);

	if (count > left)
		count = (uint32_t)left;
	memcpy(bytes, outside.input, count);
	outside.input += count;
	return count;
}

static void attach(bool attached)
{
	outside.attached += attached;
	outside.detached += !attached;
}

static const struct console_wires wires = { write_outside, read_outside,
					    attach };

static void begin(void)
{
	static const struct console_size size = { 80, 25 };

	if (!plugged.device)
		CHECK(console_plug(&wires, &size));
	if (plugged.device->status)
		driver_reset(&driver);
	memset(&outside, 0, sizeof(outside));
	outside.room = sizeof(outside.output);
	outside.input = "";
	CHECK(driver_start(&driver, plugged.device, 1));
	plugged_forget();
	console_end(false);
}

static void transmit(const void *bytes, uint32_t count)
{
	struct driver_buffer buffer = driver_out(&driver, bytes, count);

	driver_push(&driver, TRANSMIT, &buffer, 1);
}

static bool is_out(const char *text)
{
	return outside.put == strlen(text) &&
	       !memcmp(outside.output, text, outside.put);
}

static bool is_transmitted(void)
{
	uint32_t written;

	if (driver_pop(&driver, TRANSMIT, &written) < 0)
		return false;
	CHECK_EQ(written, 0);
	return true;
}

/* A pattern that shows what is missing, or comes twice. */
static uint8_t nth(uint32_t index)
{
	return (uint8_t)(index * 7 + (index >> 8));
}

static void transmit_pattern(uint32_t count)
{
	struct driver_buffer buffer;

	buffer.gpa = driver_room(&driver, count);
	buffer.length = count;
	buffer.writable = false;
	for (uint32_t i = 0; i < count; i++)
		driver_bytes(&driver, buffer)[i] = nth(i);
	driver_push(&driver, TRANSMIT, &buffer, 1);
}

static bool pattern_is_out(uint32_t count)
{
	for (uint32_t i = 0; i < outside.put; i++)
		if (outside.output[i] != nth(i))
			return false;
	return outside.put == count;
}

CASE(it_is_a_console_with_a_size)
{
	begin();
	CHECK_EQ(plugged.device->kind->id, 3);
	CHECK_EQ(plugged.device->queue_count, 2);
	CHECK_EQ(plugged.device->offered, 1);
	CHECK_EQ(get_le16(plugged.device->config), 80);
	CHECK_EQ(get_le16(plugged.device->config + 2), 25);
}

CASE(what_is_transmitted_comes_out)
{
	begin();
	transmit("hello", 5);
	driver_notify(&driver);
	CHECK(is_out("hello"));
	CHECK(is_transmitted());
	CHECK_EQ(plugged.interrupts, 1);
	CHECK(!plugged_came_back());
}

CASE(a_burst_is_one_write)
{
	struct driver_buffer chain[3];

	begin();
	chain[0] = driver_out(&driver, "one ", 4);
	chain[1] = driver_out(&driver, "two ", 4);
	chain[2] = driver_out(&driver, "three", 5);
	driver_push(&driver, TRANSMIT, chain, 3);
	driver_notify(&driver);
	CHECK(is_out("one two three"));
	/* And one of no bytes, which finds that there are no more. */
	CHECK(outside.writes <= 2);
}

CASE(chains_come_out_in_order)
{
	begin();
	transmit("a", 1);
	transmit("b", 1);
	transmit("c", 1);
	driver_notify(&driver);
	CHECK(is_out("abc"));
	CHECK(is_transmitted() && is_transmitted() && is_transmitted());
}

/* It stays in the queue, and goes on where it was. */
CASE(without_room_it_waits)
{
	begin();
	outside.room = 4;
	transmit("hello ", 6);
	transmit("world", 5);
	driver_notify(&driver);
	CHECK(is_out("hell"));
	CHECK(!is_transmitted());
	CHECK(!plugged_came_back());
	outside.room = 3;
	driver_notify(&driver);
	CHECK(is_out("hello w"));
	CHECK(is_transmitted());
	CHECK(!is_transmitted());
	driver_notify(&driver);
	CHECK(is_out("hello w"));
	outside.room = 100;
	driver_notify(&driver);
	CHECK(is_out("hello world"));
	CHECK(is_transmitted());
}

CASE(a_long_chain_takes_turns)
{
	unsigned turns = 1;

	begin();
	transmit_pattern(200000);
	for (; driver_notify(&driver), plugged_came_back(); turns++)
		CHECK(turns < 10);
	CHECK(pattern_is_out(200000));
	CHECK(is_transmitted());
	CHECK_EQ(turns, 4);
}

CASE(looking_again_is_a_notification)
{
	begin();
	CHECK(!plugged_came_back());
	console_look();
	CHECK(plugged_came_back());
}

static void offer_room(uint32_t length)
{
	struct driver_buffer buffer = driver_in(&driver, length);

	driver_push(&driver, RECEIVE, &buffer, 1);
}

CASE(input_fills_a_buffer)
{
	struct driver_buffer buffer;
	uint32_t written;

	begin();
	buffer = driver_in(&driver, 16);
	driver_push(&driver, RECEIVE, &buffer, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, RECEIVE, &written) < 0);
	CHECK_EQ(plugged.interrupts, 0);
	outside.input = "typed";
	driver_notify(&driver);
	CHECK(driver_pop(&driver, RECEIVE, &written) >= 0);
	CHECK_EQ(written, 5);
	CHECK(!memcmp(driver_bytes(&driver, buffer), "typed", 5));
	CHECK_EQ(driver_bytes(&driver, buffer)[5], 0xA5);
	CHECK_EQ(plugged.interrupts, 1);
}

CASE(input_without_a_buffer_stays_outside)
{
	uint32_t written;

	begin();
	outside.input = "typed ahead";
	driver_notify(&driver);
	CHECK(!strcmp(outside.input, "typed ahead"));
	offer_room(5);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, RECEIVE, &written) >= 0);
	CHECK_EQ(written, 5);
	CHECK(!strcmp(outside.input, " ahead"));
	offer_room(100);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, RECEIVE, &written) >= 0);
	CHECK_EQ(written, 6);
	CHECK(!strcmp(outside.input, ""));
}

CASE(a_buffer_that_takes_nothing_takes_nothing)
{
	struct driver_buffer buffer;
	uint32_t written;

	begin();
	outside.input = "x";
	buffer = driver_out(&driver, "readable", 8);
	driver_push(&driver, RECEIVE, &buffer, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, RECEIVE, &written) >= 0);
	CHECK_EQ(written, 0);
	CHECK(!strcmp(outside.input, "x"));
	CHECK(!memcmp(driver_bytes(&driver, buffer), "readable", 8));
}

CASE(what_it_may_only_write_is_not_transmitted)
{
	struct driver_buffer buffer;

	begin();
	buffer = driver_in(&driver, 8);
	driver_push(&driver, TRANSMIT, &buffer, 1);
	driver_notify(&driver);
	CHECK(is_transmitted());
	CHECK_EQ(outside.put, 0);
}

CASE(it_attaches_with_its_driver)
{
	begin();
	CHECK_EQ(outside.attached, 1);
	CHECK_EQ(outside.detached, 0);
	driver_reset(&driver);
	CHECK_EQ(outside.attached, 1);
	CHECK_EQ(outside.detached, 1);
}

CASE(a_reset_ends_a_chain_in_the_middle)
{
	begin();
	outside.room = 3;
	transmit("hello", 5);
	driver_notify(&driver);
	CHECK(is_out("hel"));
	begin();
	transmit("fresh", 5);
	driver_notify(&driver);
	CHECK(is_out("fresh"));
}

CASE(a_new_size_is_told)
{
	const struct console_size size = { 132, 50 };
	uint32_t before;

	begin();
	before = plugged.device->generation;
	console_resize(&size);
	CHECK_EQ(get_le16(plugged.device->config), 132);
	CHECK_EQ(get_le16(plugged.device->config + 2), 50);
	CHECK(plugged.device->generation != before);
	CHECK_EQ(plugged.device->interrupt_status, VIRTIO_INTERRUPT_CONFIG);
	CHECK_EQ(plugged.interrupts, 1);
}

/* The VM has ended before its thread had a turn. */
CASE(what_was_queued_at_the_end_is_flushed)
{
	begin();
	outside.room = 4;
	transmit("good", 4);
	transmit("bye", 3);
	console_end(true);
	CHECK(console_flush());
	CHECK(is_out("good"));
	outside.room = 100;
	CHECK(!console_flush());
	CHECK(is_out("goodbye"));
	CHECK(!console_flush());
}

CASE(a_turn_is_not_all_at_the_end)
{
	begin();
	transmit_pattern(100000);
	console_end(true);
	CHECK(console_flush());
	CHECK(!console_flush());
	CHECK(pattern_is_out(100000));
}

CASE(a_guest_that_goes_on_after_the_end_is_not_heard_for_ever)
{
	begin();
	console_end(true);
	for (unsigned i = 0; i < 2 * VIRTQ_SIZE_MAX; i++) {
		transmit("x", 1);
		CHECK(!console_flush());
		if (!is_transmitted())
			break;
	}
	CHECK_EQ(outside.put, VIRTQ_SIZE_MAX);
	begin();
	transmit("x", 1);
	driver_notify(&driver);
	CHECK(is_out("x"));
}

CASE(without_a_driver_there_is_nothing_to_flush)
{
	begin();
	transmit("x", 1);
	driver_reset(&driver);
	console_end(true);
	CHECK(!console_flush());
	CHECK_EQ(outside.put, 0);
}

RUN("virtio console", &it_is_a_console_with_a_size,
    &what_is_transmitted_comes_out, &a_burst_is_one_write,
    &chains_come_out_in_order, &without_room_it_waits,
    &a_long_chain_takes_turns, &looking_again_is_a_notification,
    &input_fills_a_buffer, &input_without_a_buffer_stays_outside,
    &a_buffer_that_takes_nothing_takes_nothing,
    &what_it_may_only_write_is_not_transmitted, &it_attaches_with_its_driver,
    &a_reset_ends_a_chain_in_the_middle, &a_new_size_is_told,
    &what_was_queued_at_the_end_is_flushed, &a_turn_is_not_all_at_the_end,
    &a_guest_that_goes_on_after_the_end_is_not_heard_for_ever,
    &without_a_driver_there_is_nothing_to_flush)
