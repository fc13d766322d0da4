/*
 * The board as vCPUs and the event loop use it: who waits for room, and who is
 * woken. There is no KVM: interrupt lines lead nowhere.
 */
#include "board-pc/board.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/chip.h"

static const struct kvm no_kvm = { .device = -1, .vm = -1 };
static struct ending ending;
static struct outlet console, debug;
static struct inlet input;
static int reader = -1, writer = -1;

static void begin(void)
{
	const struct board_wires wires = { .kvm = &no_kvm,
					   .ending = &ending,
					   .console = &console,
					   .input = &input,
					   .debug = &debug };
	int ends[2];

	if (reader >= 0) {
		close(reader);
		close(writer);
		close(ending.wake_fd);
	}
	CHECK(!pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	reader = ends[0];
	writer = ends[1];
	outlet_init(&console, writer);
	outlet_init(&debug, writer);
	input = (struct inlet){ 0 };
	ending = (struct ending){
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	board_init(&wires);
}

static void out(uint16_t port, uint8_t value)
{
	board_port_write(port, &value, 1);
}

static uint8_t in(uint16_t port)
{
	uint8_t value;

	board_port_read(port, &value, 1);
	return value;
}

/* Has the event loop been woken since it was asked last? */
static bool woken(void)
{
	uint64_t count;

	return read(ending.wake_fd, &count, sizeof(count)) == sizeof(count);
}

static void fill(uint16_t port)
{
	for (uint32_t i = 0; i < OUTLET_SIZE; i++)
		out(port, 'x');
}

/* Drains and reads until `wanted` bytes have come; the last one is returned. */
static uint8_t last_of(struct outlet *outlet, uint32_t wanted)
{
	uint8_t bytes[4096], last = 0;
	uint32_t total = 0;
	ssize_t length;

	while (total < wanted) {
		board_drain(outlet);
		while ((length = read(reader, bytes, sizeof(bytes))) > 0) {
			total += (uint32_t)length;
			last = bytes[length - 1];
		}
	}
	CHECK_EQ(total, wanted);
	return last;
}

static void pause_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	nanosleep(&moment, NULL);
}

/* A vCPU's access of `size` bytes; the last byte of `data` is a Y. */
struct access {
	uint16_t port;
	unsigned size;
	uint8_t data[4];
};

static void *carry_out(void *access)
{
	const struct access *it = access;

	board_port_write(it->port, it->data, it->size);
	return NULL;
}

static void check_waits(struct outlet *outlet, uint16_t port,
			struct access access)
{
	pthread_t vcpu;

	begin();
	fill(port);
	CHECK(!pthread_create(&vcpu, NULL, carry_out, &access));
	pause_a_moment();
	CHECK_EQ(last_of(outlet, OUTLET_SIZE + 1), 'Y');
	CHECK(!pthread_join(vcpu, NULL));
}

CASE(a_write_waits_for_room_and_loses_nothing)
{
	check_waits(&console, PORT_UART,
		    (struct access){ PORT_UART, 1, { 'Y' } });
	check_waits(&debug, PORT_DEBUGCON,
		    (struct access){ PORT_DEBUGCON_BOCHS, 1, { 'Y' } });
}

CASE(so_does_one_that_reaches_the_port_from_below)
{
	check_waits(&console, PORT_UART,
		    (struct access){ PORT_UART - 1, 2, { 0, 'Y' } });
	check_waits(&console, PORT_UART,
		    (struct access){ PORT_UART - 3, 4, { 0, 0, 0, 'Y' } });
	check_waits(&debug, PORT_DEBUGCON,
		    (struct access){ PORT_DEBUGCON - 2, 4, { 0, 0, 'Y' } });
}

CASE(a_write_that_waits_is_let_go_at_the_end)
{
	struct access access = { PORT_UART, 1, { 'Y' } };
	pthread_t vcpu;

	begin();
	fill(PORT_UART);
	CHECK(!pthread_create(&vcpu, NULL, carry_out, &access));
	pause_a_moment();
	ending_set(&ending, ENDING_TIMEOUT, 0);
	board_release();
	CHECK(!pthread_join(vcpu, NULL));
	CHECK_EQ(last_of(&console, OUTLET_SIZE), 'x');
}

CASE(while_paused_a_write_does_not_wait_and_loses_nothing)
{
	struct access access = { PORT_UART, 1, { 'Y' } };
	pthread_t vcpu;

	begin();
	fill(PORT_UART);
	CHECK(!pthread_create(&vcpu, NULL, carry_out, &access));
	pause_a_moment();
	board_pause();
	CHECK(!pthread_join(vcpu, NULL));
	out(PORT_UART, 'Z');
	board_wait_for_room();
	CHECK_EQ(last_of(&console, OUTLET_SIZE + 2), 'Z');
}

static void *go_on(void *flag)
{
	board_wait_for_room();
	*(bool *)flag = true;
	return NULL;
}

CASE(who_goes_on_after_a_pause_waits_for_room)
{
	bool went_on = false;
	pthread_t vcpu;

	begin();
	board_pause();
	fill(PORT_DEBUGCON);
	out(PORT_DEBUGCON, 'Z');
	board_resume();
	CHECK(!pthread_create(&vcpu, NULL, go_on, &went_on));
	pause_a_moment();
	CHECK_EQ(last_of(&debug, OUTLET_SIZE + 1), 'Z');
	CHECK(!pthread_join(vcpu, NULL));
	CHECK(went_on);
	board_wait_for_room();
}

CASE(the_first_byte_wakes_the_event_loop)
{
	begin();
	CHECK(!woken());
	out(PORT_UART, 'x');
	CHECK(woken());
	out(PORT_UART, 'x');
	CHECK(!woken());
	last_of(&console, 2);
	out(PORT_UART, 'x');
	CHECK(woken());
}

/* KVM's ring, which this test fills as KVM does. */
static _Alignas(4096) uint8_t ring_page[4096];
static struct kvm_coalesced_mmio_ring *const ring = (void *)ring_page;

static void coalesce(uint16_t port, uint8_t byte)
{
	CHECK(coalesced_waiting(ring) < COALESCED_MAX);
	ring->coalesced_mmio[ring->last] = (struct kvm_coalesced_mmio){
		.phys_addr = port,
		.len = 1,
		.pio = 1,
		.data = { byte },
	};
	ring->last = (ring->last + 1) % (uint32_t)COALESCED_ENTRIES;
}

static void begin_with_ring(void)
{
	begin();
	memset(ring_page, 0, sizeof(ring_page));
	board_coalesce(ring);
}

/* How the last output of the console and the debug console looks. */
static void check_out(const char *wanted)
{
	char bytes[256] = "";
	size_t length = strlen(wanted);

	board_drain(&console);
	board_drain(&debug);
	CHECK_EQ(read(reader, bytes, sizeof(bytes) - 1), (ssize_t)length);
	CHECK(!strcmp(bytes, wanted));
}

static bool collect(struct output_tally *tally)
{
	return board_collect(true, tally);
}

CASE(an_exit_comes_after_what_was_coalesced)
{
	begin_with_ring();
	coalesce(PORT_UART, 'a');
	coalesce(PORT_UART, 'b');
	out(PORT_UART, 'c');
	coalesce(PORT_UART, 'd');
	in(PORT_RTC);
	coalesce(PORT_UART, 'e');
	out(PORT_UART + 3, 0x80); /* LCR: DLAB */
	coalesce(PORT_UART, 0x0C);
	out(PORT_UART + 3, 0x03);
	coalesce(PORT_UART, 'f');
	out(PORT_POST, 0);
	check_out("abcdef");
	out(PORT_UART + 3, 0x83);
	CHECK_EQ(in(PORT_UART), 0x0C);
}

CASE(memory_accesses_come_after_it_too)
{
	uint32_t value = 0;

	begin_with_ring();
	coalesce(PORT_UART, 'a');
	board_memory_read(0xFEC00000, &value, 4);
	CHECK_EQ(coalesced_waiting(ring), 0);
	coalesce(PORT_UART, 'b');
	board_memory_write(0xFEC00000, &value, 4);
	CHECK_EQ(coalesced_waiting(ring), 0);
	check_out("ab");
}

CASE(the_event_loop_takes_what_nobody_asked_for)
{
	struct output_tally tally;

	begin_with_ring();
	coalesce(PORT_UART, 'a');
	coalesce(PORT_DEBUGCON, 'b');
	coalesce(PORT_DEBUGCON_BOCHS, 'c');
	CHECK(!collect(&tally));
	CHECK_EQ(tally.written[OUTPUT_UART], 1);
	CHECK_EQ(tally.written[OUTPUT_DEBUG], 1);
	CHECK_EQ(tally.written[OUTPUT_DEBUG_BOCHS], 1);
	CHECK_EQ(tally.uart_unasked, 1);
	CHECK_EQ(tally.uart_asked, 0);
	check_out("abc");
	CHECK(!woken());
	coalesce(PORT_UART, 'd');
	in(PORT_UART + 5);
	out(PORT_UART, 'e');
	out(PORT_UART + 1, 0x02); /* IER: ETBEI */
	CHECK(collect(&tally));
	CHECK_EQ(tally.written[OUTPUT_UART], 3);
	CHECK_EQ(tally.uart_unasked, 1);
	CHECK_EQ(tally.uart_asked, 1);
	check_out("de");
	CHECK(!woken());
	board_collect(false, &tally);
	out(PORT_UART, 'f');
	CHECK(woken());
}

/* Fills an outlet, and the ring behind it. */
static void stuff(uint16_t port)
{
	begin_with_ring();
	fill(port);
	for (unsigned i = 0; i < COALESCED_MAX; i++)
		coalesce(port, 'y');
}

CASE(without_room_it_stays_in_the_ring)
{
	struct output_tally tally;

	stuff(PORT_DEBUGCON);
	collect(&tally);
	in(PORT_RTC);
	in(PORT_UART + 5);
	out(PORT_POST, 0);
	CHECK_EQ(coalesced_waiting(ring), COALESCED_MAX);
	CHECK_EQ(last_of(&debug, OUTLET_SIZE + COALESCED_MAX), 'y');
	CHECK_EQ(coalesced_waiting(ring), 0);
}

static void check_ring_waits(struct outlet *outlet, uint16_t port,
			     struct access access, uint32_t wanted)
{
	pthread_t vcpu;

	stuff(port);
	CHECK(!pthread_create(&vcpu, NULL, carry_out, &access));
	pause_a_moment();
	last_of(outlet, wanted);
	CHECK(!pthread_join(vcpu, NULL));
	CHECK_EQ(coalesced_waiting(ring), 0);
}

CASE(who_writes_more_waits_for_room_for_all_of_it)
{
	const uint32_t all = OUTLET_SIZE + COALESCED_MAX;

	check_ring_waits(&console, PORT_UART,
			 (struct access){ PORT_UART, 1, { 'Y' } }, all + 1);
	check_ring_waits(&console, PORT_UART,
			 (struct access){ PORT_UART + 3, 1, { 0x80 } }, all);
	check_ring_waits(&debug, PORT_DEBUGCON,
			 (struct access){ PORT_DEBUGCON, 1, { 'Y' } }, all + 1);
}

CASE(paused_vcpus_leave_nothing_behind)
{
	enum { CPUS = 255 };

	begin_with_ring();
	fill(PORT_UART);
	board_pause();
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned i = 0; i < COALESCED_MAX; i++)
			coalesce(PORT_UART, 'y');
		out(PORT_UART, 'Y');
	}
	for (unsigned i = 0; i < COALESCED_MAX; i++)
		coalesce(PORT_UART, 'z');
	board_settle();
	CHECK_EQ(coalesced_waiting(ring), 0);
	CHECK_EQ(last_of(&console, OUTLET_SIZE + CPUS * (COALESCED_MAX + 1) +
				       COALESCED_MAX),
		 'z');
}

CASE(at_the_end_what_was_coalesced_comes_out)
{
	stuff(PORT_UART);
	ending_set(&ending, ENDING_TIMEOUT, 0);
	board_release();
	out(PORT_UART, 'Z');
	CHECK_EQ(last_of(&console, OUTLET_SIZE + COALESCED_MAX), 'y');
	coalesce(PORT_UART, 'Z'); /* nobody looks any more */
	CHECK_EQ(board_drain(&console), 0);
	CHECK_EQ(coalesced_waiting(ring), 1);
}

CASE(a_thre_interrupt_comes_for_what_was_coalesced)
{
	struct output_tally tally;

	begin_with_ring();
	out(PORT_UART + 4, 0x0B);
	out(PORT_UART + 1, 0x02);
	CHECK_EQ(in(PORT_UART + 2) & 0x0F, 0x02);
	CHECK_EQ(in(PORT_UART + 2) & 0x0F, 0x01);
	coalesce(PORT_UART, 'a');
	CHECK_EQ(in(PORT_UART + 2) & 0x0F, 0x02);
	coalesce(PORT_UART, 'b');
	CHECK(collect(&tally));
	CHECK_EQ(in(PORT_UART + 2) & 0x0F, 0x02);
	CHECK_EQ(in(PORT_UART + 2) & 0x0F, 0x01);
}

/* Reads characters until the UART has none. */
static unsigned take_all(void)
{
	unsigned taken = 0;

	while (in(PORT_UART + 5) & 1) /* LSR.DR */
		CHECK_EQ(in(PORT_UART), 'a' + taken++ % 16);
	return taken;
}

CASE(input_comes_a_fifo_at_a_time_from_the_event_loop)
{
	begin();
	out(PORT_UART + 2, 0x01); /* FCR: FIFO on */
	board_input((const uint8_t *)"abcdefghijklmnopabcdefghijklmnopabc", 35);
	CHECK_EQ(take_all(), 0);
	CHECK(!woken());
	out(PORT_UART + 4, 0x0B); /* MCR: DTR, RTS, OUT2 */
	CHECK(woken());
	for (unsigned round = 0; round < 3; round++) {
		board_advance();
		CHECK_EQ(take_all(), round < 2 ? 16 : 3);
		CHECK_EQ(woken(), round < 2);
		in(PORT_UART + 5);
		CHECK(!woken()); /* once is enough */
	}
}

CASE(the_rtc_wakes_it_only_for_an_event)
{
	begin();
	for (uint8_t index = 0; index < 128; index++) {
		out(PORT_RTC, index);
		in(PORT_RTC + 1);
	}
	CHECK(!woken());
	CHECK_EQ(board_advance(), NEVER_NS);
	out(PORT_RTC, 0x0B);
	out(PORT_RTC + 1, 0x12); /* UIE */
	CHECK(woken());
	CHECK(board_advance() != NEVER_NS);
}

CASE(taking_a_tick_of_the_rtc_asks_for_the_next)
{
	begin();
	out(PORT_RTC, 0x0A);
	out(PORT_RTC + 1, 0x23); /* 8192 Hz */
	out(PORT_RTC, 0x0B);
	out(PORT_RTC + 1, 0x42); /* PIE */
	out(PORT_RTC, 0x0C);
	pause_a_moment();
	CHECK_EQ(board_advance(), NEVER_NS);
	woken();
	CHECK(in(PORT_RTC + 1) & 0x40);
	CHECK(woken());
}

RUN("board", &an_exit_comes_after_what_was_coalesced,
    &memory_accesses_come_after_it_too,
    &the_event_loop_takes_what_nobody_asked_for,
    &without_room_it_stays_in_the_ring,
    &who_writes_more_waits_for_room_for_all_of_it,
    &paused_vcpus_leave_nothing_behind,
    &at_the_end_what_was_coalesced_comes_out,
    &a_thre_interrupt_comes_for_what_was_coalesced,
    &a_write_waits_for_room_and_loses_nothing,
    &so_does_one_that_reaches_the_port_from_below,
    &a_write_that_waits_is_let_go_at_the_end,
    &while_paused_a_write_does_not_wait_and_loses_nothing,
    &who_goes_on_after_a_pause_waits_for_room,
    &the_first_byte_wakes_the_event_loop,
    &input_comes_a_fifo_at_a_time_from_the_event_loop,
    &the_rtc_wakes_it_only_for_an_event,
    &taking_a_tick_of_the_rtc_asks_for_the_next)
