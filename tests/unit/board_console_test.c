/*
 * The console that is not on the bus, and the UART, whose outlet and input it
 * shares. There is no KVM.
 */
#include "board-pc/board.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static const struct kvm kvm = { .device = -1, .vm = -1 };
static struct ending ending = { .wake_fd = -1 };
static struct outlet console;
static struct inlet input;
static struct ram ram;
static _Alignas(4096) uint8_t ring_page[4096];
static struct kvm_coalesced_mmio_ring *const ring = (void *)ring_page;
static int reader;
static unsigned looks;

static void look(void)
{
	looks++;
}

static void nobody(void)
{
}

static bool was_woken(void)
{
	uint64_t count;

	return read(ending.wake_fd, &count, sizeof(count)) > 0;
}

static void begin(void)
{
	const struct board_wires wires = { .kvm = &kvm,
					   .interrupt = nobody,
					   .ending = &ending,
					   .console = &console,
					   .input = &input,
					   .ram = &ram,
					   .cpus = 1 };
	int ends[2];

	if (ending.wake_fd < 0)
		ending.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	was_woken();
	CHECK(!pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	reader = ends[0];
	outlet_init(&console, ends[1]);
	input = (struct inlet){ 0 };
	memset(ring_page, 0, sizeof(ring_page));
	looks = 0;
	board_init(&wires);
	board_attach_console(look);
}

static uint32_t put(const char *text)
{
	return board_console_write((const uint8_t *)text,
				   (uint32_t)strlen(text));
}

static void uart(char byte)
{
	board_port_write(PORT_UART, &byte, 1);
}

static void coalesce(char byte)
{
	ring->coalesced_mmio[ring->last] = (struct kvm_coalesced_mmio){
		.phys_addr = PORT_UART,
		.len = 1,
		.pio = 1,
		.data = { (uint8_t)byte },
	};
	ring->last = (ring->last + 1) % (uint32_t)COALESCED_ENTRIES;
}

static bool is_out(const char *text)
{
	char found[64];
	ssize_t length;

	board_drain(&console);
	length = read(reader, found, sizeof(found));
	return length == (ssize_t)strlen(text) &&
	       !memcmp(found, text, (size_t)length);
}

/* All but so many bytes of the room. */
static void fill_but(uint32_t left)
{
	static const uint8_t byte = '.';

	for (uint32_t i = left; i < OUTLET_SIZE; i++)
		CHECK_EQ(board_console_write(&byte, 1), 1);
}

CASE(both_come_out_in_the_order_of_their_writing)
{
	begin();
	uart('a');
	CHECK_EQ(put("bc"), 2);
	uart('d');
	CHECK_EQ(put("ef"), 2);
	CHECK(is_out("abcdef"));
}

CASE(what_was_coalesced_comes_first)
{
	begin();
	board_coalesce(ring);
	coalesce('a');
	coalesce('b');
	CHECK_EQ(put("c"), 1);
	coalesce('d');
	CHECK_EQ(put("e"), 1);
	CHECK(is_out("abcde"));
}

CASE(the_first_byte_wakes_the_event_loop)
{
	begin();
	CHECK(!was_woken());
	put("a");
	CHECK(was_woken());
	put("b");
	CHECK(!was_woken());
}

CASE(without_room_it_is_called_when_there_is)
{
	begin();
	fill_but(2);
	CHECK_EQ(put("hello"), 2);
	CHECK_EQ(put("llo"), 0);
	CHECK_EQ(looks, 0);
	board_drain(&console);
	CHECK_EQ(looks, 1);
	CHECK_EQ(put("llo"), 3);
	board_drain(&console);
	CHECK_EQ(looks, 1);
}

/* The reserve is for those who cannot wait. */
CASE(a_reader_that_stands_still_calls_nobody)
{
	int size;

	begin();
	size = fcntl(console.fd, F_GETPIPE_SZ);
	for (int i = 0; i < size; i += 4096)
		CHECK(write(console.fd, ring_page, 4096) == 4096);
	fill_but(0);
	CHECK_EQ(put("x"), 0);
	board_drain(&console);
	CHECK_EQ(looks, 0);
	CHECK_EQ(board_waiting(&console), OUTLET_SIZE);
}

CASE(it_waits_behind_what_has_no_room_either)
{
	begin();
	fill_but(1);
	board_coalesce(ring);
	coalesce('a');
	coalesce('b');
	CHECK_EQ(put("c"), 0);
	CHECK_EQ(coalesced_waiting(ring), 1);
	board_drain(&console);
	CHECK_EQ(looks, 1);
	CHECK_EQ(coalesced_waiting(ring), 0);
	CHECK_EQ(put("c"), 1);
}

CASE(when_the_reader_has_gone_all_is_taken)
{
	begin();
	console.error = 32;
	for (int i = 0; i < 30000; i++)
		CHECK_EQ(put("hello"), 5);
	CHECK_EQ(board_waiting(&console), 0);
	CHECK(!was_woken());
}

/* What a vCPU writes then is nobody's. */
CASE(after_the_end_it_is_still_heard)
{
	begin();
	board_release();
	uart('x');
	CHECK_EQ(put("bye"), 3);
	CHECK(is_out("bye"));
}

CASE(input_is_for_it_while_it_is_attached)
{
	const uint8_t mcr = 0x0B; /* DTR, RTS, OUT2 */
	uint8_t bytes[8], found;

	begin();
	board_port_write(PORT_UART + 4, &mcr, 1);
	board_input((const uint8_t *)"abcd", 4);
	CHECK_EQ(looks, 1);
	board_advance();
	board_port_read(PORT_UART + 5, &found, 1);
	CHECK_EQ(found & 1, 0);
	CHECK_EQ(board_console_read(bytes, 2), 2);
	CHECK(!memcmp(bytes, "ab", 2));
	CHECK_EQ(board_console_read(bytes, 1), 1);
	CHECK_EQ(bytes[0], 'c');
	board_attach_console(NULL);
	board_port_read(PORT_UART, &found, 1);
	CHECK_EQ(found, 'd');
	board_input((const uint8_t *)"e", 1);
	CHECK_EQ(looks, 1);
	board_port_read(PORT_UART, &found, 1);
	CHECK_EQ(found, 'e');
}

CASE(there_is_no_more_input_than_there_is)
{
	uint8_t bytes[8];

	begin();
	CHECK_EQ(board_console_read(bytes, 8), 0);
	board_input((const uint8_t *)"abc", 3);
	CHECK_EQ(board_console_read(bytes, 8), 3);
	CHECK_EQ(board_console_read(bytes, 8), 0);
}

/* The event loop had stopped reading. */
CASE(room_for_input_wakes_the_event_loop)
{
	uint8_t bytes[8];

	begin();
	while (board_input_room())
		board_input((const uint8_t *)"x", 1);
	was_woken();
	CHECK_EQ(board_console_read(bytes, 1), 1);
	CHECK(was_woken());
	CHECK_EQ(board_console_read(bytes, 1), 1);
	CHECK(!was_woken());
}

RUN("board console", &both_come_out_in_the_order_of_their_writing,
    &what_was_coalesced_comes_first, &the_first_byte_wakes_the_event_loop,
    &without_room_it_is_called_when_there_is,
    &a_reader_that_stands_still_calls_nobody,
    &it_waits_behind_what_has_no_room_either,
    &when_the_reader_has_gone_all_is_taken, &after_the_end_it_is_still_heard,
    &input_is_for_it_while_it_is_attached,
    &there_is_no_more_input_than_there_is, &room_for_input_wakes_the_event_loop)
