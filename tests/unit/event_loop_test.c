/*
 * The event loop, with a board played by this test: what it serves, how it
 * ends, and that it sleeps in between. Standard input is a pipe here, and
 * outlets are real.
 */
#include "vmm/event_loop.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "board-pc/board.h"
#include "board-pc/virtio/console.h"
#include "tests/unit/unit.h"
#include "vmm/chip.h"

#define MS UINT64_C(1000000)

static struct ending ending;
static struct outlet console, debug;
static struct event_loop loop;
static int typing, reading = -1; /* the other ends of input and console */

/* The board: what it is asked, and what it says. */
static struct {
	unsigned turns; /* of the loop: each asks the time of the next event */
	uint64_t next;
	uint32_t room;
	uint8_t input[64];
	uint32_t input_count, enough; /* after which it powers off */
	bool released;
	bool ticks;         /* what KVM coalesced has been looked for */
	void (*turn)(void); /* a guest that acts at each turn, or NULL */
} board;

uint64_t board_advance(void)
{
	board.turns++;
	if (board.turn)
		board.turn();
	return board.next;
}

uint32_t board_input_room(void)
{
	return board.room;
}

void board_input(const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count && board.input_count < 64; i++)
		board.input[board.input_count++] = bytes[i];
	if (board.enough && board.input_count >= board.enough)
		ending_set(&ending, ENDING_POWEROFF, 0);
}

uint32_t board_waiting(const struct outlet *outlet)
{
	return outlet_waiting(outlet);
}

uint32_t board_drain(struct outlet *outlet)
{
	uint32_t waiting;

	while ((waiting = outlet_waiting(outlet))) {
		outlet_took(outlet, outlet_write(outlet, waiting));
		if (outlet->blocked)
			break;
	}
	return outlet_waiting(outlet);
}

void board_release(void)
{
	board.released = true;
}

/* A virtio console, whose queue has bytes that no thread has taken. */
static struct {
	uint32_t queued;
	bool ended;
} hvc;

void console_end(bool ended)
{
	hvc.ended = ended;
}

bool console_flush(void)
{
	/* No more in a turn, whatever the room. */
	for (int i = 0; i < 1000; i++) {
		if (!hvc.queued || !outlet_has_room(&console))
			break;
		outlet_put(&console, 'v');
		hvc.queued--;
	}
	return hvc.queued;
}

uint64_t zones_serve(struct zones *zones, uint64_t now, bool *ticked)
{
	(void)zones;
	*ticked = board.ticks;
	return board.ticks ? now + MS : NEVER_NS;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void close_all(void)
{
	if (typing > 0)
		close(typing);
	if (reading >= 0)
		close(reading);
	if (console.fd > 2)
		close(console.fd);
	if (ending.wake_fd > 0)
		close(ending.wake_fd);
	typing = reading = -1;
}

/* A loop that gives up after a while: no case may hang. */
static void begin(void)
{
	int input[2], output[2];

	close_all();
	CHECK(!pipe2(input, O_CLOEXEC) && !pipe2(output, O_CLOEXEC));
	CHECK_EQ(dup2(input[0], STDIN_FILENO), STDIN_FILENO);
	close(input[0]);
	typing = input[1];
	reading = output[0];
	CHECK(!fcntl(reading, F_SETFL, O_NONBLOCK));
	CHECK(fcntl(reading, F_SETPIPE_SZ, 4096) >= 0);
	outlet_init(&console, output[1]);
	outlet_init(&debug, STDERR_FILENO);
	ending = (struct ending){ .wake_fd = eventfd(0, EFD_CLOEXEC) };
	memset(&board, 0, sizeof(board));
	board.next = NEVER_NS;
	board.room = 64;
	hvc.queued = 0;
	loop = (struct event_loop){ .ending = &ending,
				    .console = &console,
				    .deadline_ns = now_ns() + 20000 * MS };
	event_loop_catch_signals(&ending);
}

static void guest_writes(uint32_t count)
{
	if (!outlet_waiting(&console))
		ending_wake(&ending);
	while (count--)
		outlet_put(&console, 'x');
}

static void guest_powers_off(void)
{
	ending_set(&ending, ENDING_POWEROFF, 0);
}

/* Bytes that come out, up to the end of what is there. */
static uint32_t read_all(void)
{
	uint8_t bytes[4096];
	uint32_t total = 0;
	ssize_t length;

	while ((length = read(reading, bytes, sizeof(bytes))) > 0)
		total += (uint32_t)length;
	return total;
}

/* Endings. */

CASE(an_ending_that_is_there_is_seen_at_once)
{
	begin();
	guest_powers_off();
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
	CHECK_EQ(board.turns, 0);
	CHECK(board.released);
}

static void *power_off_soon(void *unused)
{
	const struct timespec soon = { .tv_nsec = 20 * MS };

	nanosleep(&soon, NULL);
	guest_powers_off();
	return unused;
}

CASE(an_ending_wakes_it)
{
	pthread_t guest;

	begin();
	CHECK(!pthread_create(&guest, NULL, power_off_soon, NULL));
	event_loop_run(&loop);
	CHECK(!pthread_join(guest, NULL));
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
}

CASE(the_deadline_ends_it)
{
	begin();
	loop.deadline_ns = now_ns() + 10 * MS;
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_TIMEOUT);
	CHECK(now_ns() >= loop.deadline_ns);
}

static void send_term(void)
{
	board.turn = NULL;
	kill(getpid(), SIGTERM);
}

CASE(a_signal_ends_it)
{
	begin();
	board.turn = send_term;
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_SIGNAL);
	CHECK_EQ(ending.value, SIGTERM);
}

/* The guest is quicker by a little, and its reader does not read. */
static void power_off_and_send_term(void)
{
	board.turn = NULL;
	guest_powers_off();
	kill(getpid(), SIGTERM);
}

CASE(a_signal_that_came_just_too_late_is_not_forgotten)
{
	begin();
	ending = (struct ending){ .wake_fd = ending.wake_fd };
	guest_writes(OUTLET_SIZE);
	board.turn = power_off_and_send_term;
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
	CHECK(now_ns() < loop.deadline_ns);
}

CASE(a_signal_that_came_between_two_vms_ends_the_next)
{
	begin(); /* after the case before: last_signal is kept */
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_SIGNAL);
	CHECK_EQ(ending.value, SIGTERM);
	CHECK_EQ(board.turns, 0);
}

/* Input. */

CASE(input_goes_to_the_guest)
{
	begin();
	board.enough = 5;
	CHECK(write(typing, "hello", 5) == 5);
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
	CHECK_EQ(board.input_count, 5);
	CHECK(!memcmp(board.input, "hello", 5));
}

CASE(no_more_input_is_read_than_there_is_room)
{
	char rest[8];

	begin();
	board.room = 3;
	board.enough = 3;
	CHECK(write(typing, "hello", 5) == 5);
	event_loop_run(&loop);
	CHECK_EQ(board.input_count, 3);
	begin();
	board.room = 0;
	CHECK(write(typing, "hello", 5) == 5);
	loop.deadline_ns = now_ns() + 10 * MS;
	event_loop_run(&loop);
	CHECK_EQ(board.input_count, 0);
	CHECK(board.turns < 20);
	CHECK(read(STDIN_FILENO, rest, sizeof(rest)) == 5);
}

CASE(a_pipe_has_no_commands)
{
	begin();
	board.enough = 2;
	CHECK(write(typing, "\1x", 2) == 2);
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
	CHECK_EQ(board.input_count, 2);
}

CASE(a_terminal_has)
{
	begin();
	loop.terminal = true;
	CHECK(write(typing, "ab\1\1c\1zd\1xe", 11) == 11);
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_USER);
	CHECK(!memcmp(board.input, "ab\1cd", 5));
}

/* A turn is asked for by an event: without one there are but a few. */
CASE(closed_input_does_not_keep_it_busy)
{
	begin();
	close(typing);
	typing = -1;
	loop.deadline_ns = now_ns() + 50 * MS;
	event_loop_run(&loop);
	CHECK(board.turns < 20);
	begin();
	close(STDIN_FILENO);
	loop.deadline_ns = now_ns() + 50 * MS;
	event_loop_run(&loop);
	CHECK(board.turns < 20);
}

/* Output. */

CASE(output_comes_out_before_the_end)
{
	begin();
	guest_writes(100);
	guest_powers_off();
	event_loop_run(&loop);
	CHECK_EQ(read_all(), 100);
}

static void power_off_when_it_was_read(void)
{
	char byte;

	if (read(reading, &byte, 1) == 1)
		guest_powers_off();
}

CASE(a_little_output_comes_out_by_itself)
{
	begin();
	guest_writes(1);
	board.turn = power_off_when_it_was_read;
	board.next = 0; /* a clock that keeps the turns coming */
	event_loop_run(&loop);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
}

CASE(output_that_is_held_back_does_not_keep_it_busy)
{
	begin();
	guest_writes(1);
	loop.deadline_ns = now_ns() + 20 * MS;
	event_loop_run(&loop);
	CHECK_EQ(read_all(), 1);
	CHECK(board.turns < 20);
}

static void power_off_in_the_second_turn(void)
{
	if (board.turns == 2)
		guest_powers_off();
}

/* KVM's ring has held it back already. */
CASE(output_is_not_held_back_after_a_tick)
{
	begin();
	guest_writes(1);
	board.ticks = true;
	board.turn = power_off_in_the_second_turn;
	board.next = 0;
	event_loop_run(&loop);
	CHECK(board.turns >= 2);
	CHECK_EQ(read_all(), 1);
	begin();
	board.ticks = true;
	loop.deadline_ns = now_ns() + 20 * MS;
	event_loop_run(&loop);
	CHECK(board.turns < 40);
}

/* Until it has as much as all that was written. */
static uint32_t wanted;

static void *read_slowly(void *total)
{
	const struct timespec pause = { .tv_nsec = MS / 2 };
	uint32_t *bytes = total;

	while (*bytes < wanted) {
		nanosleep(&pause, NULL);
		*bytes += read_all();
	}
	return NULL;
}

CASE(a_slow_reader_loses_nothing)
{
	pthread_t reader;
	uint32_t total = 0;

	begin();
	guest_writes(wanted = OUTLET_SIZE);
	guest_powers_off();
	CHECK(!pthread_create(&reader, NULL, read_slowly, &total));
	event_loop_run(&loop);
	CHECK(!pthread_join(reader, NULL));
	CHECK_EQ(total, OUTLET_SIZE);
}

/* More than the outlet has room for: it is taken as room comes. */
CASE(what_a_virtio_console_has_left_comes_out)
{
	pthread_t reader;
	uint32_t total = 0;

	begin();
	hvc.queued = wanted = 3 * OUTLET_SIZE;
	guest_powers_off();
	CHECK(!pthread_create(&reader, NULL, read_slowly, &total));
	event_loop_run(&loop);
	CHECK(hvc.ended);
	CHECK_EQ(hvc.queued, 0);
	CHECK(!pthread_join(reader, NULL));
	CHECK_EQ(total, 3 * OUTLET_SIZE);
}

CASE(a_reader_that_does_not_read_keeps_it_no_longer_than_the_deadline)
{
	begin();
	guest_writes(OUTLET_SIZE);
	guest_powers_off();
	loop.deadline_ns = now_ns() + 20 * MS;
	event_loop_run(&loop);
	CHECK(now_ns() >= loop.deadline_ns);
	CHECK_EQ(ending_get(&ending), ENDING_POWEROFF);
	CHECK(outlet_waiting(&console) > 0);
}

CASE(a_blocked_console_does_not_keep_it_busy)
{
	pthread_t guest;

	begin();
	guest_writes(OUTLET_SIZE);
	loop.deadline_ns = now_ns() + 50 * MS;
	CHECK(!pthread_create(&guest, NULL, power_off_soon, NULL));
	event_loop_run(&loop);
	CHECK(!pthread_join(guest, NULL));
	CHECK(board.turns < 20);
	CHECK_EQ(read_all(), 4096);
}

CASE(a_reader_that_went_away_does_not_keep_it_busy)
{
	begin();
	guest_writes(OUTLET_SIZE);
	close(reading);
	reading = -1;
	loop.deadline_ns = now_ns() + 50 * MS;
	event_loop_run(&loop);
	CHECK(board.turns < 20);
	CHECK_EQ(outlet_waiting(&console), 0);
}

static unsigned turns_at_reading;

/* Empties the pipe once the console is blocked. */
static void empty_the_pipe(void)
{
	if (turns_at_reading || !console.blocked)
		return;
	CHECK_EQ(read_all(), 4096);
	turns_at_reading = board.turns;
	board.next = NEVER_NS;
	loop.deadline_ns = now_ns() + 20 * MS;
}

CASE(a_reader_that_goes_on_does_not_keep_it_busy)
{
	begin();
	turns_at_reading = 0;
	guest_writes(4096 + 10);
	board.turn = empty_the_pipe;
	board.next = 0;
	event_loop_run(&loop);
	CHECK(turns_at_reading);
	CHECK_EQ(read_all(), 10);
	CHECK(board.turns - turns_at_reading < 20);
}

RUN("event_loop", &an_ending_that_is_there_is_seen_at_once, &an_ending_wakes_it,
    &the_deadline_ends_it, &input_goes_to_the_guest,
    &no_more_input_is_read_than_there_is_room, &a_pipe_has_no_commands,
    &a_terminal_has, &closed_input_does_not_keep_it_busy,
    &output_comes_out_before_the_end, &a_little_output_comes_out_by_itself,
    &output_is_not_held_back_after_a_tick,
    &output_that_is_held_back_does_not_keep_it_busy,
    &a_slow_reader_loses_nothing, &what_a_virtio_console_has_left_comes_out,
    &a_reader_that_does_not_read_keeps_it_no_longer_than_the_deadline,
    &a_blocked_console_does_not_keep_it_busy,
    &a_reader_that_went_away_does_not_keep_it_busy,
    &a_reader_that_goes_on_does_not_keep_it_busy, &a_signal_ends_it,
    &a_signal_that_came_just_too_late_is_not_forgotten,
    &a_signal_that_came_between_two_vms_ends_the_next)
