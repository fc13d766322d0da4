/* Output: nothing is lost while a reader exists, and nobody waits for it. */
#include "vmm/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct outlet outlet;
static int reader = -1, writer = -1;
static uint32_t sent, received; /* bytes of the pattern */

static uint8_t pattern(uint32_t at)
{
	return (uint8_t)(at * 31 + (at >> 8));
}

static void end(void)
{
	if (outlet.fd > 2 && outlet.fd != writer)
		close(outlet.fd);
	if (writer >= 0)
		close(writer);
	if (reader >= 0)
		close(reader);
	reader = writer = -1;
	outlet.fd = -1;
}

static void begin_with(int to)
{
	outlet_init(&outlet, to);
	sent = received = 0;
	signal(SIGPIPE, SIG_IGN);
}

/* An outlet to a pipe whose reading end never waits. */
static void begin(void)
{
	int ends[2];

	end();
	CHECK(!pipe2(ends, O_CLOEXEC));
	reader = ends[0];
	writer = ends[1];
	CHECK(!fcntl(reader, F_SETFL, O_NONBLOCK));
	begin_with(writer);
}

static void put(uint32_t count)
{
	while (count--)
		outlet_put(&outlet, pattern(sent++));
}

/* What the board does: writes until nothing waits or the outlet is blocked. */
static void drain(void)
{
	uint32_t waiting;

	while ((waiting = outlet_waiting(&outlet))) {
		int32_t written = outlet_write(&outlet, waiting);

		CHECK(written < 0 || (uint32_t)written <= waiting);
		outlet_took(&outlet, written);
		if (outlet.blocked)
			break;
	}
}

/* Reads up to `count` bytes and checks that they are the next ones. */
static uint32_t take(uint32_t count)
{
	uint32_t taken = 0;
	uint8_t byte;

	while (taken < count && read(reader, &byte, 1) == 1) {
		CHECK_EQ(byte, pattern(received));
		received++;
		taken++;
	}
	return taken;
}

CASE(it_begins_empty)
{
	begin();
	CHECK_EQ(outlet_waiting(&outlet), 0);
	CHECK(outlet_has_room(&outlet));
	CHECK(!outlet.blocked);
	CHECK_EQ(outlet.error, 0);
	CHECK_EQ(outlet_write(&outlet, 0), 0);
	CHECK_EQ(take(1), 0);
}

CASE(bytes_come_out_in_order)
{
	begin();
	put(1000);
	CHECK_EQ(outlet_waiting(&outlet), 1000);
	drain();
	CHECK_EQ(outlet_waiting(&outlet), 0);
	CHECK(!outlet.blocked);
	CHECK_EQ(take(2000), 1000);
}

CASE(a_write_takes_nothing_by_itself)
{
	begin();
	put(10);
	CHECK_EQ(outlet_write(&outlet, 10), 10);
	CHECK_EQ(outlet_waiting(&outlet), 10);
	outlet.taken += 10;
	CHECK_EQ(take(20), 10);
}

CASE(it_writes_no_more_than_it_is_told)
{
	begin();
	put(10);
	CHECK_EQ(outlet_write(&outlet, 3), 3);
	CHECK_EQ(take(20), 3);
	/* Nor more than a pipe that has room at all takes at once. */
	put(OUTLET_SIZE);
	CHECK_EQ(outlet_write(&outlet, OUTLET_SIZE), PIPE_BUF);
}

CASE(it_holds_what_it_admits_to_and_a_reserve_and_drops_the_next)
{
	const uint32_t all = OUTLET_SIZE + OUTLET_RESERVE;

	begin();
	put(OUTLET_SIZE - 1);
	CHECK(outlet_has_room(&outlet));
	put(1);
	CHECK(!outlet_has_room(&outlet));
	put(OUTLET_RESERVE);
	CHECK_EQ(outlet_waiting(&outlet), all);
	outlet_put(&outlet, 0x55);
	CHECK_EQ(outlet_waiting(&outlet), all);
	drain();
	while (outlet_waiting(&outlet) || received < all) {
		CHECK(take(OUTLET_SIZE));
		drain();
	}
	CHECK_EQ(take(1), 0);
}

CASE(a_full_pipe_blocks_it_and_loses_nothing)
{
	begin();
	/* A pipe of one page, and four pages for it. */
	CHECK(fcntl(writer, F_SETPIPE_SZ, 4096) >= 0);
	put(4 * 4096);
	drain();
	CHECK(outlet.blocked);
	CHECK_EQ(outlet.error, 0);
	CHECK_EQ(outlet_waiting(&outlet), 3 * 4096);
	drain();
	CHECK(outlet.blocked);
	CHECK_EQ(outlet_waiting(&outlet), 3 * 4096);
}

CASE(it_goes_on_when_the_reader_does)
{
	begin();
	CHECK(fcntl(writer, F_SETPIPE_SZ, 4096) >= 0);
	put(4 * 4096);
	for (uint32_t i = 0; i < 4; i++) {
		drain();
		CHECK_EQ(outlet.blocked, i < 3);
		CHECK_EQ(take(OUTLET_SIZE), 4096);
	}
	CHECK_EQ(outlet_waiting(&outlet), 0);
	put(1);
	drain();
	CHECK_EQ(take(2), 1);
}

CASE(it_goes_round)
{
	begin();
	for (uint32_t i = 0; i < 40; i++) {
		put(5000);
		drain();
		CHECK_EQ(take(OUTLET_SIZE), 5000);
	}
	CHECK(sent > 3 * OUTLET_SIZE);
}

CASE(its_counters_go_round)
{
	begin();
	outlet.put = outlet.taken = UINT32_MAX - 100;
	put(OUTLET_SIZE);
	CHECK_EQ(outlet_waiting(&outlet), OUTLET_SIZE);
	CHECK(!outlet_has_room(&outlet));
	while (received < OUTLET_SIZE) {
		drain();
		CHECK(take(OUTLET_SIZE));
	}
	CHECK_EQ(outlet_waiting(&outlet), 0);
}

CASE(a_reader_that_goes_away_ends_it)
{
	begin();
	put(10);
	close(reader);
	reader = -1;
	drain();
	CHECK_EQ(outlet.error, EPIPE);
	CHECK(!outlet.blocked);
	CHECK_EQ(outlet_waiting(&outlet), 0);
}

CASE(a_reader_that_goes_away_later_ends_it)
{
	begin();
	CHECK(fcntl(writer, F_SETPIPE_SZ, 4096) >= 0);
	put(OUTLET_SIZE);
	drain();
	CHECK(outlet.blocked);
	close(reader);
	reader = -1;
	put(10);
	drain();
	CHECK_EQ(outlet.error, EPIPE);
	CHECK_EQ(outlet_waiting(&outlet), 0);
}

CASE(once_ended_it_discards)
{
	begin();
	close(reader);
	reader = -1;
	put(1);
	drain();
	put(2 * OUTLET_SIZE);
	CHECK(outlet_has_room(&outlet));
	CHECK_EQ(outlet_waiting(&outlet), 0);
}

CASE(what_is_not_open_ends_it)
{
	end();
	begin_with(99);
	put(1);
	drain();
	CHECK_EQ(outlet.error, EBADF);
	CHECK_EQ(outlet_waiting(&outlet), 0);
}

CASE(a_full_disk_ends_it)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	CHECK(full >= 0);
	end();
	writer = full;
	begin_with(full);
	put(1);
	drain();
	CHECK_EQ(outlet.error, ENOSPC);
}

CASE(the_open_file_that_others_share_keeps_its_flags)
{
	int before;

	begin();
	before = fcntl(writer, F_GETFL);
	CHECK(fcntl(writer, F_SETPIPE_SZ, 4096) >= 0);
	put(OUTLET_SIZE);
	drain();
	CHECK(outlet.blocked);
	CHECK_EQ(fcntl(writer, F_GETFL), before);
	CHECK(!(before & O_NONBLOCK));
}

CASE(its_own_open_file_never_waits)
{
	begin();
	put(1);
	drain();
	CHECK(outlet.fd != writer);
	CHECK(fcntl(outlet.fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(outlet.fd, F_GETFD) & FD_CLOEXEC);
}

CASE(a_socket_is_used_as_it_is)
{
	int ends[2];

	end();
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	reader = ends[0];
	writer = ends[1];
	CHECK(!fcntl(reader, F_SETFL, O_NONBLOCK));
	begin_with(writer);
	for (int i = 0; i < 20 && !outlet.blocked; i++) {
		put(OUTLET_SIZE - outlet_waiting(&outlet));
		drain();
	}
	CHECK(outlet.blocked);
	CHECK_EQ(outlet.fd, writer);
	CHECK_EQ(outlet.error, 0);
	while (received < sent) {
		CHECK(take(OUTLET_SIZE));
		drain();
	}
	CHECK(!(fcntl(writer, F_GETFL) & O_NONBLOCK));
}

/* A raw terminal; `master` is its other end. */
static int open_terminal(int *master)
{
	struct termios raw;
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
	slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0);
	CHECK(!tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	CHECK(!tcsetattr(slave, TCSANOW, &raw));
	return slave;
}

CASE(a_terminal_that_is_not_read_blocks_it_and_loses_nothing)
{
	end();
	writer = open_terminal(&reader);
	CHECK(!fcntl(reader, F_SETFL, O_NONBLOCK));
	begin_with(writer);
	put(OUTLET_SIZE);
	drain();
	CHECK(outlet.blocked);
	CHECK(outlet.fd != writer);
	CHECK(!(fcntl(writer, F_GETFL) & O_NONBLOCK));
	for (int i = 0; i < 1000 && received < OUTLET_SIZE; i++) {
		take(OUTLET_SIZE);
		drain();
	}
	CHECK_EQ(received, OUTLET_SIZE);
}

CASE(the_master_of_a_terminal_is_used_as_it_is)
{
	end();
	reader = open_terminal(&writer);
	begin_with(writer);
	put(10);
	drain();
	CHECK_EQ(outlet.fd, writer);
	CHECK(!fcntl(reader, F_SETFL, O_NONBLOCK));
	CHECK_EQ(take(20), 10);
}

CASE(a_file_keeps_its_place_and_its_length)
{
	char name[] = "/tmp/mayfly-outlet-XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0);
	CHECK(!unlink(name));
	CHECK(write(fd, "before", 6) == 6);
	end();
	reader = fd;
	begin_with(fd);
	put(100);
	drain();
	outlet.fd = -1;
	CHECK_EQ(lseek(fd, 0, SEEK_END), 106);
	CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
	CHECK_EQ(take(200), 100);
}
RUN("outlet", &it_begins_empty, &bytes_come_out_in_order,
    &a_write_takes_nothing_by_itself, &it_writes_no_more_than_it_is_told,
    &it_holds_what_it_admits_to_and_a_reserve_and_drops_the_next,
    &a_full_pipe_blocks_it_and_loses_nothing, &it_goes_on_when_the_reader_does,
    &it_goes_round, &its_counters_go_round, &a_reader_that_goes_away_ends_it,
    &a_reader_that_goes_away_later_ends_it, &once_ended_it_discards,
    &what_is_not_open_ends_it, &a_full_disk_ends_it,
    &the_open_file_that_others_share_keeps_its_flags,
    &its_own_open_file_never_waits, &a_socket_is_used_as_it_is,
    &a_terminal_that_is_not_read_blocks_it_and_loses_nothing,
    &the_master_of_a_terminal_is_used_as_it_is,
    &a_file_keeps_its_place_and_its_length)
