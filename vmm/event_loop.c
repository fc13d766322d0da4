#include "vmm/event_loop.h"

#include "board-pc/board.h"
#include "board-pc/virtio/console.h"
#include "vmm/clock.h"
#include "vmm/io_loop.h"
#include "vmm/terminal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define MS_NS UINT64_C(1000000)

/* Output is held back this long, so that a line is one write. */
#define HOLD_NS (1 * MS_NS)

/* Less than this is held back. */
#define HOLD_BYTES 1024

/* How long a reader may take when it was not the guest that ended the VM. */
#define GRACE_NS (1000 * MS_NS)

static struct ending *signalled;
static volatile sig_atomic_t signals_seen, last_signal;

static void on_signal(int signal)
{
	signals_seen = signals_seen + 1;
	last_signal = signal;
	ending_set(signalled, ENDING_SIGNAL, (uint32_t)signal);
	ending_wake(signalled);
}

static void mask_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(how, &set, NULL);
}

void event_loop_catch_signals(struct ending *ending)
{
	struct sigaction action = { .sa_handler = on_signal }, before;

	signalled = ending;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup has it ignored, and means it. */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	/* A write that cannot be done has an errno, which is enough. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	/* One that came when the last VM had ended could not end this one. */
	if (last_signal)
		ending_set(ending, ENDING_SIGNAL, (uint32_t)last_signal);
	mask_signals(SIG_UNBLOCK);
}

void event_loop_hold_signals(void)
{
	mask_signals(SIG_BLOCK);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * ppoll that returns at `when`: milliseconds, which are all that poll knows,
 * would lose a clock's ticks, and so would the time before output was written.
 */
static int poll_until(struct pollfd *sources, nfds_t count, uint64_t when)
{
	uint64_t now = when == NEVER_NS ? 0 : clock_ns(CLOCK_MONOTONIC);
	uint64_t left = when > now ? when - now : 0;
	struct timespec timeout = { .tv_sec = (time_t)(left / SECOND_NS),
				    .tv_nsec = (long)(left % SECOND_NS) };

	return ppoll(sources, count, when == NEVER_NS ? NULL : &timeout, NULL);
}

static void help(void)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* A terminal that cannot take a few lines needs no help. */
	if (poll(&ready, 1, 0) <= 0)
		return;
	if (write(STDERR_FILENO, terminal_help, strlen(terminal_help)) < 0)
		return;
}

/* What was typed, less the commands to mayfly itself; returns what is left. */
static uint32_t filter_keys(struct event_loop *loop, uint8_t *bytes,
			    uint32_t count)
{
	static bool prefixed;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		switch (key_action(bytes[i], &prefixed)) {
		case KEY_SEND:
			bytes[kept++] = bytes[i];
			break;
		case KEY_QUIT:
			loop->quit = true;
			ending_set(loop->ending, ENDING_USER, 0);
			break;
		case KEY_HELP:
			help();
			break;
		case KEY_NOTHING:
			break;
		}
	}
	return kept;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Reads what fits; false at the end of the input. A terminal is read always,
 * or a guest that takes no input could not be ended from it: what the guest
 * has no room for, many pages of it, is lost.
 */
static bool read_input(struct event_loop *loop, uint32_t room)
{
	uint8_t bytes[1024];
	uint32_t count =
	    loop->terminal ? sizeof(bytes) : lesser(room, sizeof(bytes));
	ssize_t length = read(STDIN_FILENO, bytes, count);

	if (length < 0)
		return errno == EINTR || errno == EAGAIN;
	count = (uint32_t)length;
	if (loop->terminal)
		count = filter_keys(loop, bytes, count);
	board_input(bytes, lesser(count, room));
	return length > 0;
}

/* A terminal's input ends only with the terminal: nobody is there any more. */
static void hang_up(struct event_loop *loop)
{
	if (loop->terminal)
		ending_set(loop->ending, ENDING_SIGNAL, SIGHUP);
}

static uint32_t waiting(struct outlet *outlet)
{
	return outlet ? board_waiting(outlet) : 0;
}

static void drain(struct event_loop *loop)
{
	board_drain(loop->console);
	if (loop->debug)
		board_drain(loop->debug);
}

enum { WAKE, INPUT, CONSOLE, DEBUG, SOURCES };

/* Polls an outlet only while there is something that it did not take. */
static void poll_outlet(struct pollfd *source, struct outlet *outlet)
{
	source->fd = waiting(outlet) && outlet->blocked ? outlet->fd : -1;
	source->events = POLLOUT;
}

static void poll_input(const struct event_loop *loop, struct pollfd *source,
		       bool is_open, uint32_t room)
{
	source->fd = is_open && (room || loop->terminal) ? STDIN_FILENO : -1;
	source->events = POLLIN;
}

static void sleep_until(struct event_loop *loop, struct pollfd *sources,
			uint64_t when)
{
	uint64_t count;

	sources[WAKE].fd = loop->ending->wake_fd;
	sources[WAKE].events = POLLIN;
	poll_outlet(&sources[CONSOLE], loop->console);
	poll_outlet(&sources[DEBUG], loop->debug);
	if (poll_until(sources, SOURCES, when) < 0) {
		for (int i = 0; i < SOURCES; i++)
			sources[i].revents = 0;
	} else if (sources[WAKE].revents &&
		   read(loop->ending->wake_fd, &count, sizeof(count)) < 0) {
		return; /* interrupted: it is still readable, next time */
	}
}

static bool is_blocked(const struct outlet *outlet)
{
	return outlet && outlet->blocked;
}

/* Has it bytes that it did not refuse? */
static bool is_ready(struct outlet *outlet)
{
	return waiting(outlet) && !outlet->blocked;
}

/*
 * Output goes out at once when there is much of it, else HOLD_NS after the
 * first byte was seen here, or with what was coalesced. What is blocked has
 * waited long enough, and its descriptor, once it is ready, would keep poll
 * from sleeping.
 */
static uint64_t serve_output(struct event_loop *loop, uint64_t now, bool ticked,
			     uint64_t *hold_until)
{
	uint32_t bytes = waiting(loop->console) + waiting(loop->debug);
	bool few = bytes < HOLD_BYTES && !ticked &&
		   !is_blocked(loop->console) && !is_blocked(loop->debug);

	if (!bytes)
		return *hold_until = NEVER_NS;
	if (few && *hold_until == NEVER_NS)
		return *hold_until = now + HOLD_NS;
	if (few && now < *hold_until)
		return *hold_until;
	drain(loop);
	*hold_until = NEVER_NS;
	/* Bytes that came meanwhile woke nobody: only a first one does. */
	if (is_ready(loop->console) || is_ready(loop->debug))
		*hold_until = now + HOLD_NS;
	return *hold_until;
}

/* Virtio devices have a thread of their own, once one has a driver. */
static void serve_io(const struct event_loop *loop)
{
	struct reason why;

	if (!io_loop_serve(&why))
		ending_by_host(loop->ending, "%s", why.text);
}

static void serve(struct event_loop *loop)
{
	struct pollfd sources[SOURCES] = { 0 };
	struct zones zones = { .kvm = loop->kvm };
	uint64_t hold_until = NEVER_NS;
	bool input_open = true, ticked;

	while (!ending_get(loop->ending)) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		uint64_t next = board_advance();
		uint32_t room = board_input_room();

		serve_io(loop);
		if (now >= loop->deadline_ns) {
			ending_set(loop->ending, ENDING_TIMEOUT, 0);
			continue;
		}
		next = earlier(next, zones_serve(&zones, now, &ticked));
		next =
		    earlier(next, serve_output(loop, now, ticked, &hold_until));
		poll_input(loop, &sources[INPUT], input_open, room);
		sleep_until(loop, sources, earlier(next, loop->deadline_ns));
		if (sources[INPUT].revents && !read_input(loop, room)) {
			input_open = false;
			hang_up(loop);
		}
	}
}

static bool is_of_the_guest(enum ending_kind kind)
{
	return kind == ENDING_POWEROFF || kind == ENDING_RESET ||
	       kind == ENDING_EXIT || kind == ENDING_DIED;
}

/*
 * Writes out what is left, as much as is taken now; false when that is all.
 * `at_once`: to go on nothing has to be waited for, since the virtio console
 * has more, or its thread has put it in meanwhile.
 */
static bool write_out(struct event_loop *loop, bool *at_once)
{
	bool more = console_flush();

	drain(loop);
	*at_once = is_ready(loop->console) || (more && !waiting(loop->console));
	return more || waiting(loop->console) || waiting(loop->debug);
}

/*
 * Lets the reader take what the guest had written. `seen` is the signals that
 * came before the VM ran: one that came as the guest ended it is no less
 * impatient than one that comes now.
 */
static void flush(struct event_loop *loop, sig_atomic_t seen)
{
	struct pollfd sources[SOURCES] = { 0 };
	uint64_t limit = loop->deadline_ns;
	bool at_once;

	if (!is_of_the_guest(ending_get(loop->ending))) {
		limit = clock_ns(CLOCK_MONOTONIC) + GRACE_NS;
		seen = signals_seen;
	}
	while (write_out(loop, &at_once)) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);

		if (now >= limit || signals_seen != seen)
			return;
		poll_input(loop, &sources[INPUT], loop->terminal, 0);
		sleep_until(loop, sources, at_once ? now : limit);
		if (sources[INPUT].revents &&
		    (!read_input(loop, 0) || loop->quit))
			return;
	}
}

void event_loop_run(struct event_loop *loop)
{
	sig_atomic_t seen = signals_seen;

	console_end(false);
	serve(loop);
	console_end(true);
	board_release();
	flush(loop, seen);
}
