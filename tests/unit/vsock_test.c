/*
 * virtio-vsock: VIRTIO 1.2, 5.10, a guest's packets and missteps, with programs
 * of the host's at the other end.
 */
#include "tests/vsock_guest.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "tests/unit/unit.h"

#define PORT      52            /* where the guest listens */
#define HOST_PORT (1U << 30)    /* the first that is given away */
#define SERVICE   77            /* where the host listens */
#define LONG      (1024 * 1024) /* more than all buffers hold */

static int service = -1;
static struct vsock_header packet;
static const uint8_t *bytes;

/* The host's side. */

static struct sockaddr_un address(const char *suffix)
{
	struct sockaddr_un it = { .sun_family = AF_UNIX };

	snprintf(it.sun_path, sizeof(it.sun_path), "%s%s", guest.path, suffix);
	return it;
}

static int host_call(void)
{
	struct sockaddr_un to = address("");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0);
	CHECK(!connect(fd, (struct sockaddr *)&to, sizeof(to)));
	guest_run();
	return fd;
}

static void host_say(int fd, const char *words)
{
	CHECK_EQ(send(fd, words, strlen(words), MSG_NOSIGNAL), strlen(words));
	guest_run();
}

/* Exactly these words are to be read, and no more now. */
static void host_hears(int fd, const char *words)
{
	char found[64];

	CHECK_EQ(read(fd, found, sizeof(found)), strlen(words));
	CHECK(!memcmp(found, words, strlen(words)));
	CHECK(read(fd, found, sizeof(found)) < 0);
}

static bool host_is_cut(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 0;
}

static void host_close(int fd)
{
	close(fd);
	guest_run();
}

static void host_listen(void)
{
	struct sockaddr_un at = address("_77");

	if (service >= 0)
		return;
	service = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	unlink(at.sun_path);
	CHECK(!bind(service, (struct sockaddr *)&at, sizeof(at)));
	CHECK(!listen(service, 300));
}

static int host_accept(void)
{
	int fd = accept4(service, NULL, NULL, SOCK_NONBLOCK);

	CHECK(fd >= 0);
	return fd;
}

/* The guest's. */

/* The next packet is this one; it is in `packet` and `bytes`. */
static void gets(unsigned op, uint32_t guest_port, uint32_t host_port)
{
	bytes = guest_receive(&packet);
	CHECK(bytes);
	CHECK_EQ(packet.op, op);
	CHECK_EQ(packet.src_cid, VSOCK_HOST);
	CHECK_EQ(packet.dst_cid, GUEST_CID);
	CHECK_EQ(packet.src_port, host_port);
	CHECK_EQ(packet.dst_port, guest_port);
	CHECK_EQ(packet.type, VSOCK_STREAM);
}

static void gets_bytes(uint32_t guest_port, uint32_t host_port,
		       const char *words)
{
	gets(VSOCK_RW, guest_port, host_port);
	CHECK_EQ(packet.len, strlen(words));
	CHECK(!memcmp(bytes, words, packet.len));
}

static void gets_shutdown(uint32_t guest_port, uint32_t host_port,
			  uint32_t flags)
{
	gets(VSOCK_SHUTDOWN, guest_port, host_port);
	CHECK_EQ(packet.flags, flags);
}

static void gets_nothing(void)
{
	CHECK(!guest_receive(&packet));
}

static unsigned connections(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		count += vsock.table.all[i].state != VSOCK_FREE;
	return count;
}

/* All that is said to have ended has gone. */
static void all_is_over(void)
{
	gets_nothing();
	CHECK_EQ(connections(), 0);
}

static void seconds_pass(unsigned seconds)
{
	while (seconds--) {
		vsock.timer.ready(&vsock.timer, EPOLLIN);
		guest_run();
	}
}

static void begin_with(unsigned buffers, uint32_t size)
{
	if (!vsock.device.kind)
		guest_plug();
	else if (guest.driver.device)
		driver_reset(&guest.driver);
	host_listen();
	CHECK(guest_start());
	guest_give_buffers(buffers, size);
}

static void begin(void)
{
	begin_with(128, 4096);
}

/* A connection of the host's to PORT, open. */
static int host_connects(uint32_t host_port)
{
	char words[32];
	int fd = host_call();

	host_say(fd, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, host_port);
	CHECK(guest_say(VSOCK_RESPONSE, PORT, host_port, 0));
	snprintf(words, sizeof(words), "OK %u\n", host_port);
	host_hears(fd, words);
	return fd;
}

/* And of the guest's to SERVICE. */
static int guest_connects(uint32_t guest_port)
{
	CHECK(guest_say(VSOCK_REQUEST, guest_port, SERVICE, 0));
	gets(VSOCK_RESPONSE, guest_port, SERVICE);
	return host_accept();
}

static struct vsock_connection *connection(uint32_t guest_port,
					   uint32_t host_port)
{
	struct vsock_connection *it =
	    vsock_find(&vsock.table, host_port, guest_port);

	CHECK(it);
	return it;
}

static uint8_t pattern(uint32_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1000; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static unsigned descriptors_at_first;

CASE(it_is_a_socket_device)
{
	begin();
	descriptors_at_first = descriptors();
	CHECK_EQ(vsock.device.kind->id, 19);
	CHECK_EQ(vsock.device.queue_count, 3);
	CHECK_EQ(vsock.device.offered, 0);
	CHECK_EQ(vsock.device.config_size, 8);
	CHECK_EQ(get_le64(vsock.device.config), GUEST_CID);
}

CASE(the_host_connects)
{
	int fd;

	begin();
	fd = host_connects(HOST_PORT);
	host_say(fd, "hello, guest");
	gets_bytes(PORT, HOST_PORT, "hello, guest");
	CHECK_EQ(packet.buf_alloc, VSOCK_WINDOW);
	CHECK(guest_write(PORT, HOST_PORT, "hello, host", 11));
	host_hears(fd, "hello, host");
	gets_nothing();
	host_close(fd);
}

CASE(a_second_connection_has_a_port_of_its_own)
{
	int first, second;

	begin();
	first = host_connects(HOST_PORT);
	second = host_connects(HOST_PORT + 1);
	host_say(second, "2");
	gets_bytes(PORT, HOST_PORT + 1, "2");
	host_close(first);
	host_close(second);
}

CASE(a_greeting_may_come_in_parts)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "connect");
	gets_nothing();
	host_say(fd, " 4294967295");
	gets_nothing();
	host_say(fd, "\r\n");
	gets(VSOCK_REQUEST, 4294967295, HOST_PORT);
	host_close(fd);
}

CASE(what_follows_the_greeting_is_the_guests)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "CONNECT 52\nfirst words");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	gets_nothing();
	CHECK(guest_say(VSOCK_RESPONSE, PORT, HOST_PORT, 0));
	gets_bytes(PORT, HOST_PORT, "first words");
	host_hears(fd, "OK 1073741824\n");
	host_close(fd);
}

CASE(a_bad_greeting_is_cut_off)
{
	static const char *const bad[] = {
		"HELLO 52\n",
		"CONNECT\n",
		"CONNECT \n",
		"CONNECT 0\n",
		"CONNECT x\n",
		"CONNECT 4294967296\n",
		"CONNECT 52 \n",
		"CONNECT -52\n",
		"\n",
		"CONNECT 00000000000000000000000000052\n",
	};

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd = host_call();

		host_say(fd, bad[i]);
		/* What was not read resets it; or it is just closed. */
		CHECK(read(fd, &(char){ 0 }, 1) <= 0);
		close(fd);
	}
	all_is_over();
}

CASE(a_greeting_without_an_end_is_cut_off)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "CONNECT 52");
	CHECK_EQ(connections(), 1);
	host_close(fd);
	all_is_over();
}

CASE(the_guest_refuses)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	CHECK(guest_say(VSOCK_RST, PORT, HOST_PORT, 0));
	CHECK(host_is_cut(fd));
	close(fd);
	all_is_over();
}

CASE(the_guest_answers_with_what_is_no_answer)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	CHECK(guest_write(PORT, HOST_PORT, "x", 1));
	gets(VSOCK_RST, PORT, HOST_PORT);
	CHECK(host_is_cut(fd));
	close(fd);
	all_is_over();
}

CASE(an_answer_before_the_question_is_none)
{
	int fd;

	begin_with(0, 0);
	fd = host_call();
	host_say(fd, "CONNECT 52\n");
	CHECK(guest_say(VSOCK_RESPONSE, PORT, HOST_PORT, 0));
	CHECK(host_is_cut(fd));
	close(fd);
	guest_give_buffers(8, 4096);
	all_is_over();
}

CASE(the_host_gives_up_before_the_answer)
{
	begin();
	int fd = host_call();

	host_say(fd, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	host_close(fd);
	gets(VSOCK_RST, PORT, HOST_PORT);
	all_is_over();
	/* An answer that comes too late is refused. */
	CHECK(guest_say(VSOCK_RESPONSE, PORT, HOST_PORT, 0));
	gets(VSOCK_RST, PORT, HOST_PORT);
	all_is_over();
}

CASE(a_guest_that_never_answers_loses_it)
{
	int fd;

	begin();
	fd = host_call();
	host_say(fd, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	CHECK(vsock.timer_set);
	seconds_pass(VSOCK_PATIENCE - 1);
	gets_nothing();
	seconds_pass(1);
	gets(VSOCK_RST, PORT, HOST_PORT);
	CHECK(host_is_cut(fd));
	CHECK(!vsock.timer_set);
	close(fd);
	all_is_over();
}

CASE(a_guest_that_was_never_asked_gets_no_rst)
{
	int fd;

	begin_with(0, 0);
	fd = host_call();
	host_say(fd, "CONNECT 52\n");
	seconds_pass(VSOCK_PATIENCE);
	CHECK(host_is_cut(fd));
	close(fd);
	guest_give_buffers(8, 4096);
	all_is_over();
}

CASE(the_guest_connects)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_write(1234, SERVICE, "ping", 4));
	host_hears(fd, "ping");
	host_say(fd, "pong");
	gets_bytes(1234, SERVICE, "pong");
	host_close(fd);
}

CASE(nobody_listens)
{
	begin();
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE + 1, 0));
	gets(VSOCK_RST, 1234, SERVICE + 1);
	CHECK(guest_say(VSOCK_REQUEST, 1234, 0, 0));
	gets(VSOCK_RST, 1234, 0);
	CHECK(guest_say(VSOCK_REQUEST, 0, SERVICE, 0));
	gets(VSOCK_RST, 0, SERVICE);
	all_is_over();
}

CASE(a_second_request_for_the_same_ports_resets)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE, 0));
	gets(VSOCK_RST, 1234, SERVICE);
	CHECK(host_is_cut(fd));
	close(fd);
	all_is_over();
}

CASE(no_byte_comes_before_the_response)
{
	begin_with(0, 0);
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE, 0));
	int fd = host_accept();

	host_say(fd, "early");
	guest_give_buffers(8, 4096);
	gets(VSOCK_RESPONSE, 1234, SERVICE);
	gets_bytes(1234, SERVICE, "early");
	host_close(fd);
}

CASE(the_host_ends_its_half)
{
	int fd;

	begin();
	fd = host_connects(HOST_PORT);
	host_say(fd, "last words");
	shutdown(fd, SHUT_WR);
	guest_run();
	gets_bytes(PORT, HOST_PORT, "last words");
	gets_shutdown(PORT, HOST_PORT, VSOCK_SENDS);
	CHECK(guest_write(PORT, HOST_PORT, "still here", 10));
	host_hears(fd, "still here");
	gets_nothing();
	host_close(fd);
	gets_shutdown(PORT, HOST_PORT, VSOCK_BOTH);
	CHECK(guest_say(VSOCK_RST, PORT, HOST_PORT, 0));
	all_is_over();
}

CASE(the_guest_ends_its_half)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_write(1234, SERVICE, "last words", 10));
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_SENDS));
	CHECK_EQ(read(fd, &(char[10]){ 0 }, 10), 10);
	CHECK(host_is_cut(fd));
	host_say(fd, "still here");
	gets_bytes(1234, SERVICE, "still here");
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_RECEIVES));
	gets(VSOCK_RST, 1234, SERVICE);
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) < 0);
	close(fd);
	all_is_over();
}

CASE(both_end_their_halves)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_SENDS));
	shutdown(fd, SHUT_WR);
	guest_run();
	gets_shutdown(1234, SERVICE, VSOCK_RECEIVES);
	gets_shutdown(1234, SERVICE, VSOCK_BOTH);
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_BOTH));
	gets(VSOCK_RST, 1234, SERVICE);
	close(fd);
	all_is_over();
}

CASE(a_guest_that_sends_after_its_end_is_reset)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_SENDS));
	CHECK(guest_write(1234, SERVICE, "x", 1));
	gets(VSOCK_RST, 1234, SERVICE);
	close(fd);
	all_is_over();
}

CASE(a_guest_that_receives_no_more_gets_no_more)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_RECEIVES));
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) < 0);
	CHECK(guest_write(1234, SERVICE, "y", 1));
	host_hears(fd, "y");
	gets_nothing();
	host_close(fd);
}

CASE(a_host_that_receives_no_more_is_told)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	shutdown(fd, SHUT_RD);
	CHECK(guest_write(1234, SERVICE, "lost", 4));
	gets_shutdown(1234, SERVICE, VSOCK_RECEIVES);
	host_say(fd, "but I send");
	gets_bytes(1234, SERVICE, "but I send");
	CHECK_EQ(packet.fwd_cnt, 4);
	host_close(fd);
}

CASE(the_host_closes)
{
	int fd;

	begin();
	fd = host_connects(HOST_PORT);
	host_say(fd, "bye");
	gets_bytes(PORT, HOST_PORT, "bye");
	host_close(fd);
	while ((bytes = guest_receive(&packet)))
		CHECK_EQ(packet.op, VSOCK_SHUTDOWN);
	CHECK_EQ(packet.flags, VSOCK_BOTH);
	CHECK_EQ(connections(), 1);
	CHECK(guest_say(VSOCK_RST, PORT, HOST_PORT, 0));
	all_is_over();
}

CASE(what_the_host_sent_before_it_closed_arrives)
{
	begin_with(0, 0);
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE, 0));
	int fd = host_accept();

	host_say(fd, "0123456789");
	host_close(fd);
	guest_give_buffers(16, 48);
	gets(VSOCK_RESPONSE, 1234, SERVICE);
	gets_shutdown(1234, SERVICE, VSOCK_RECEIVES);
	gets_bytes(1234, SERVICE, "0123");
	gets_bytes(1234, SERVICE, "4567");
	gets_bytes(1234, SERVICE, "89");
	gets_shutdown(1234, SERVICE, VSOCK_BOTH);
	gets_nothing();
}

CASE(a_guest_that_does_not_agree_is_reset)
{
	begin();
	host_close(guest_connects(1234));
	while (guest_receive(&packet))
		CHECK_EQ(packet.op, VSOCK_SHUTDOWN);
	CHECK_EQ(connections(), 1);
	seconds_pass(VSOCK_PATIENCE);
	gets(VSOCK_RST, 1234, SERVICE);
	all_is_over();
}

/* The guest sends as much as it may to a host that does not read. */
static uint32_t stuff(uint32_t guest_port)
{
	static uint8_t chunk[4096];
	uint32_t sent = 0;

	for (;;) {
		const struct vsock_connection *it =
		    connection(guest_port, SERVICE);

		if (it->received - it->told_forwarded + sizeof(chunk) >
		    VSOCK_WINDOW) {
			if (vsock_buffered(it) + sizeof(chunk) > VSOCK_WINDOW)
				return sent;
		}
		for (uint32_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = pattern(sent + i);
		CHECK(guest_write(guest_port, SERVICE, chunk, sizeof(chunk)));
		sent += (uint32_t)sizeof(chunk);
	}
}

/* Reads `count` bytes of the pattern from there on. */
static void host_reads(int fd, uint32_t from, uint32_t count)
{
	uint8_t found[1000];
	unsigned tries = 0;

	while (count) {
		ssize_t got =
		    read(fd, found, count < 1000 ? count : sizeof(found));

		guest_run();
		if (got < 0) {
			CHECK(++tries < 1000); /* nothing comes */
			continue;
		}
		CHECK(got > 0);
		for (ssize_t i = 0; i < got; i++)
			CHECK_EQ(found[i], pattern(from++));
		count -= (uint32_t)got;
	}
}

CASE(what_the_guest_sent_before_it_closed_arrives)
{
	uint32_t sent;
	int fd;

	begin();
	fd = guest_connects(1234);
	sent = stuff(1234);
	CHECK(sent > VSOCK_WINDOW);
	while (guest_receive(&packet))
		CHECK_EQ(packet.op, VSOCK_CREDIT_UPDATE);
	CHECK(guest_say(VSOCK_SHUTDOWN, 1234, SERVICE, VSOCK_BOTH));
	gets(VSOCK_RST, 1234, SERVICE);
	/* For the guest the ports are free again. */
	close(guest_connects(1234));
	host_reads(fd, 0, sent);
	CHECK(host_is_cut(fd));
	close(fd);
}

extern uint8_t vsock_buffers[VSOCK_CONNECTIONS][VSOCK_WINDOW];

static bool buffers_have_bytes(void)
{
	for (unsigned i = 0; i < VSOCK_WINDOW; i++)
		if (vsock_buffers[0][i])
			return true;
	return false;
}

CASE(a_guest_that_resets_ends_it_at_once)
{
	uint32_t sent;
	int fd;

	begin();
	fd = guest_connects(1234);
	sent = stuff(1234);
	CHECK(buffers_have_bytes());
	CHECK(guest_say(VSOCK_RST, 1234, SERVICE, 0));
	CHECK_EQ(connections(), 0);
	CHECK(!buffers_have_bytes()); /* their pages are given back */
	host_reads(fd, 0, sent - VSOCK_WINDOW);
	CHECK(host_is_cut(fd));
	close(fd);
}

CASE(a_guest_beyond_its_credit_is_reset)
{
	static const uint8_t more[VSOCK_WINDOW];
	int fd;

	begin();
	fd = guest_connects(1234);
	stuff(1234);
	while (guest_receive(&packet))
		CHECK_EQ(packet.op, VSOCK_CREDIT_UPDATE);
	CHECK(guest_write(1234, SERVICE, more, sizeof(more)));
	gets(VSOCK_RST, 1234, SERVICE);
	close(fd);
	all_is_over();
}

CASE(one_packet_fills_the_window_and_no_more)
{
	static const uint8_t full[VSOCK_WINDOW + 1];
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_write(1234, SERVICE, full, VSOCK_WINDOW));
	gets(VSOCK_CREDIT_UPDATE, 1234, SERVICE);
	CHECK_EQ(packet.fwd_cnt, VSOCK_WINDOW);
	CHECK(guest_write(1234, SERVICE, full, VSOCK_WINDOW + 1));
	gets(VSOCK_RST, 1234, SERVICE);
	close(fd);
	all_is_over();
}

CASE(the_guest_learns_of_room_as_the_host_reads)
{
	uint32_t sent;
	int fd;

	begin();
	fd = guest_connects(1234);
	sent = stuff(1234);
	while (guest_receive(&packet))
		CHECK_EQ(packet.op, VSOCK_CREDIT_UPDATE);
	CHECK(sent - packet.fwd_cnt >= VSOCK_WINDOW / 2);
	host_reads(fd, 0, sent);
	while (guest_receive(&packet))
		CHECK_EQ(packet.op, VSOCK_CREDIT_UPDATE);
	CHECK(sent - packet.fwd_cnt < VSOCK_WINDOW / 2);
	CHECK(guest_say(VSOCK_CREDIT_REQUEST, 1234, SERVICE, 0));
	gets(VSOCK_CREDIT_UPDATE, 1234, SERVICE);
	CHECK_EQ(packet.fwd_cnt, sent);
	CHECK_EQ(packet.buf_alloc, VSOCK_WINDOW);
	host_close(fd);
}

CASE(the_host_keeps_to_the_guests_credit)
{
	int fd;

	begin();
	guest.buf_alloc = 6;
	fd = guest_connects(1234);
	host_say(fd, "0123456789");
	gets_bytes(1234, SERVICE, "012345");
	gets(VSOCK_CREDIT_REQUEST, 1234, SERVICE);
	gets_nothing();
	host_say(fd, "ab");
	gets_nothing(); /* asked once */
	guest.fwd_cnt = 3;
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	gets_bytes(1234, SERVICE, "678");
	gets(VSOCK_CREDIT_REQUEST, 1234, SERVICE);
	guest.buf_alloc = 100;
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	gets_bytes(1234, SERVICE, "9ab");
	gets_nothing();
	host_close(fd);
}

CASE(credit_that_cannot_be_is_none)
{
	int fd;

	begin();
	fd = guest_connects(1234);
	guest.fwd_cnt = 1; /* more than it has got */
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	host_say(fd, "x");
	gets(VSOCK_CREDIT_REQUEST, 1234, SERVICE);
	gets_nothing();
	guest.fwd_cnt = 0;
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	gets_bytes(1234, SERVICE, "x");
	host_close(fd);
}

CASE(a_host_that_reads_is_news_only_when_there_was_no_room)
{
	unsigned events;
	uint32_t sent;
	int fd;

	begin();
	fd = guest_connects(1234);
	CHECK(guest_write(1234, SERVICE, "hello", 5));
	events = guest.events;
	host_hears(fd, "hello");
	guest_run();
	CHECK_EQ(guest.events, events);
	sent = stuff(1234);
	events = guest.events;
	host_reads(fd, 0, sent);
	CHECK(guest.events != events);
	CHECK_EQ(vsock_buffered(connection(1234, SERVICE)), 0);
	host_close(fd);
}

CASE(counters_wrap)
{
	static uint8_t chunk[5000];
	struct vsock_connection *it;
	int fd;

	begin();
	fd = guest_connects(1234);
	it = connection(1234, SERVICE);
	it->sent = guest.fwd_cnt = it->guest_forwarded = UINT32_MAX - 4;
	it->received = it->forwarded = it->told_forwarded = UINT32_MAX - 4999;
	guest.buf_alloc = 10;
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	host_say(fd, "0123456789ab");
	gets_bytes(1234, SERVICE, "0123456789");
	CHECK_EQ(it->sent, 5);
	gets(VSOCK_CREDIT_REQUEST, 1234, SERVICE);
	guest.fwd_cnt = 5;
	CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
	gets_bytes(1234, SERVICE, "ab");
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < sizeof(chunk); k++)
			chunk[k] = pattern(i * 5000 + k);
		CHECK(guest_write(1234, SERVICE, chunk, sizeof(chunk)));
		host_reads(fd, i * 5000, 5000);
	}
	CHECK_EQ(it->forwarded, 95000);
	CHECK_EQ(it->received, 95000);
	host_close(fd);
}

/* As much as the device gives, checked; returns where it is now. */
static uint32_t guest_reads(uint32_t at)
{
	while ((bytes = guest_receive(&packet))) {
		if (packet.op != VSOCK_RW)
			continue;
		for (uint32_t i = 0; i < packet.len; i++)
			CHECK_EQ(bytes[i], pattern(at++));
	}
	return at;
}

CASE(much_from_the_host_arrives_whole)
{
	static uint8_t all[LONG];
	uint32_t put = 0, got = 0;
	int fd;

	begin();
	for (uint32_t i = 0; i < LONG; i++)
		all[i] = pattern(i);
	guest.buf_alloc = 10000;
	fd = guest_connects(1234);
	while (got < LONG) {
		ssize_t done = write(fd, all + put, LONG - put);

		put += done > 0 ? (uint32_t)done : 0;
		guest_run();
		got = guest_reads(got);
		guest.fwd_cnt = got;
		CHECK(guest_say(VSOCK_CREDIT_UPDATE, 1234, SERVICE, 0));
		guest_give_buffers(128 - guest.buffers, 1000);
	}
	CHECK_EQ(got, LONG);
	host_close(fd);
}

CASE(much_from_the_guest_arrives_whole)
{
	uint32_t sent = 0;
	int fd;

	begin();
	fd = guest_connects(1234);
	for (unsigned i = 0; i < 8; i++) {
		static uint8_t chunk[60001];

		for (uint32_t k = 0; k < sizeof(chunk); k++)
			chunk[k] = pattern(sent + k);
		CHECK(guest_write(1234, SERVICE, chunk, sizeof(chunk)));
		sent += (uint32_t)sizeof(chunk);
		if (i >= 2)
			host_reads(fd, (i - 2) * 60001, 60001);
		while (guest_receive(&packet))
			CHECK_EQ(packet.op, VSOCK_CREDIT_UPDATE);
		guest_give_buffers(128 - guest.buffers, 100);
	}
	host_reads(fd, 6 * 60001, 2 * 60001);
	host_close(fd);
}

CASE(connections_take_turns)
{
	int one, two;

	begin_with(2, 4096);
	one = guest_connects(1);
	two = guest_connects(2);
	for (unsigned i = 0; i < 100; i++) {
		char page[100] = { 0 };

		CHECK_EQ(write(one, page, 100), 100);
		CHECK_EQ(write(two, page, 100), 100);
	}
	guest_run();
	guest_give_buffers(8, 144);
	for (unsigned i = 0, last = 0; i < 8; i++) {
		CHECK(guest_receive(&packet));
		CHECK_EQ(packet.op, VSOCK_RW);
		CHECK(packet.dst_port != last);
		last = packet.dst_port;
	}
	host_close(one);
	host_close(two);
}

CASE(packets_for_nobody_are_refused)
{
	begin();
	for (unsigned op = 0; op < 9; op++) {
		if (op == VSOCK_REQUEST || op == VSOCK_RST)
			continue;
		CHECK(guest_say(op, 9, 8, 0));
		gets(VSOCK_RST, 9, 8);
	}
	CHECK(guest_say(VSOCK_RST, 9, 8, 0));
	all_is_over();
}

CASE(an_unknown_operation_resets)
{
	begin();
	for (unsigned op = 0; op < 70000; op += op < 9 ? 8 : 10007) {
		int fd = guest_connects(1234);

		CHECK(guest_say(op, 1234, SERVICE, 0));
		gets(VSOCK_RST, 1234, SERVICE);
		close(fd);
		all_is_over();
	}
}

CASE(another_type_or_cid_is_refused)
{
	struct vsock_header odd;

	begin();
	odd = guest_header(VSOCK_REQUEST, 1234, SERVICE);
	odd.type = 2;
	CHECK(guest_send(&odd, NULL, 0));
	CHECK(guest_receive(&packet));
	CHECK_EQ(packet.op, VSOCK_RST);
	CHECK_EQ(packet.type, 2);
	CHECK_EQ(packet.dst_port, 1234);
	odd = guest_header(VSOCK_REQUEST, 1234, SERVICE);
	odd.dst_cid = 77;
	CHECK(guest_send(&odd, NULL, 0));
	CHECK(guest_receive(&packet));
	CHECK_EQ(packet.op, VSOCK_RST);
	CHECK_EQ(packet.src_cid, 77);
	odd.op = VSOCK_RST;
	CHECK(guest_send(&odd, NULL, 0));
	all_is_over();
}

CASE(what_is_no_packet_is_passed_over)
{
	struct driver_buffer part;
	struct vsock_header odd;
	int fd;

	begin();
	fd = guest_connects(1234);
	odd = guest_header(VSOCK_RW, 1234, SERVICE);
	odd.len = 11;
	CHECK(guest_send(&odd, "0123456789", 10));
	odd.len = UINT32_MAX;
	CHECK(guest_send(&odd, "0123456789", 10));
	odd.len = 10;
	odd.src_cid = GUEST_CID + 1;
	CHECK(guest_send(&odd, "0123456789", 10));
	odd.src_cid = GUEST_CID | UINT64_C(1) << 32;
	CHECK(guest_send(&odd, "0123456789", 10));
	part = driver_out(&guest.driver, &odd, 43);
	driver_push(&guest.driver, VSOCK_TX_QUEUE, &part, 1);
	part = driver_in(&guest.driver, 100);
	driver_push(&guest.driver, VSOCK_TX_QUEUE, &part, 1);
	driver_notify(&guest.driver);
	CHECK(driver_pop(&guest.driver, VSOCK_TX_QUEUE, NULL) >= 0);
	CHECK(driver_pop(&guest.driver, VSOCK_TX_QUEUE, NULL) >= 0);
	gets_nothing();
	CHECK(read(fd, &(char){ 0 }, 1) < 0);
	/* More bytes than the packet has are nobody's. */
	odd = guest_header(VSOCK_RW, 1234, SERVICE);
	odd.len = 4;
	CHECK(guest_send(&odd, "0123456789", 10));
	host_hears(fd, "0123");
	host_close(fd);
}

CASE(a_packet_may_be_in_many_pieces)
{
	struct driver_buffer chain[9];
	struct vsock_header whole;
	uint8_t *at = (uint8_t *)&whole;
	int fd;

	begin();
	fd = guest_connects(1234);
	whole = guest_header(VSOCK_RW, 1234, SERVICE);
	whole.len = 8;
	for (unsigned i = 0; i < 4; i++)
		chain[i] = driver_out(&guest.driver, at + 11 * i, 11);
	for (unsigned i = 0; i < 4; i++)
		chain[4 + i] = driver_out(&guest.driver, &"abcdefgh"[2 * i], 2);
	driver_push(&guest.driver, VSOCK_TX_QUEUE, chain, 8);
	driver_notify(&guest.driver);
	host_hears(fd, "abcdefgh");
	host_close(fd);
}

CASE(a_buffer_may_be_in_many_pieces)
{
	struct driver_buffer chain[3];
	struct vsock_header found;
	uint32_t written;
	int fd;

	begin_with(1, 44);
	fd = guest_connects(1234);
	chain[0] = driver_in(&guest.driver, 40);
	chain[1] = driver_in(&guest.driver, 8);
	chain[2] = driver_in(&guest.driver, 8);
	driver_push(&guest.driver, VSOCK_RX_QUEUE, chain, 3);
	driver_notify(&guest.driver);
	host_say(fd, "0123456");
	CHECK(driver_pop(&guest.driver, VSOCK_RX_QUEUE, &written) >= 0);
	CHECK_EQ(written, 51);
	memcpy(&found, driver_bytes(&guest.driver, chain[0]), 40);
	CHECK_EQ(found.op, VSOCK_RW);
	CHECK(!memcmp(driver_bytes(&guest.driver, chain[1]) + 4, "0123", 4));
	CHECK(!memcmp(driver_bytes(&guest.driver, chain[2]), "456", 3));
	host_close(fd);
}

CASE(a_buffer_for_the_header_alone_takes_no_bytes)
{
	int fd;

	begin_with(1, 4096);
	fd = guest_connects(1234);
	host_say(fd, "hello");
	guest_give_buffers(3, 44);
	gets_nothing();
	CHECK_EQ(connections(), 1);
	CHECK_EQ(connection(1234, SERVICE)->host_ended, 0);
	host_close(fd);
}

CASE(a_buffer_without_room_for_a_header_breaks_the_device)
{
	begin_with(1, 43);
	CHECK(virtio_is_active(&vsock.device));
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE + 1, 0));
	CHECK(!virtio_is_active(&vsock.device));
	CHECK(vsock.device.status & VIRTIO_NEEDS_RESET);
	begin();
	close(guest_connects(1234));
}

CASE(what_comes_waits_for_buffers)
{
	int fd;

	begin_with(1, 4096);
	fd = guest_connects(1234);
	host_say(fd, "one");
	gets_nothing();
	host_say(fd, ", two");
	CHECK(driver_would_notify(&guest.driver, VSOCK_RX_QUEUE) ||
	      guest.driver.queues[VSOCK_RX_QUEUE].available == 1);
	guest_give_buffers(1, 4096);
	gets_bytes(1234, SERVICE, "one, two");
	host_close(fd);
}

CASE(refusals_that_cannot_be_sent_stop_the_guest)
{
	unsigned taken = 0, refused = 0;

	begin_with(0, 0);
	for (unsigned i = 0; i < VSOCK_REFUSALS + 8; i++)
		taken += guest_say(VSOCK_RW, 1000 + i, 8, 0);
	CHECK_EQ(taken, VSOCK_REFUSALS);
	guest_give_buffers(64, 44);
	while (driver_pop(&guest.driver, VSOCK_TX_QUEUE, NULL) >= 0)
		taken++;
	CHECK_EQ(taken, VSOCK_REFUSALS + 8);
	while (guest_receive(&packet)) {
		CHECK_EQ(packet.op, VSOCK_RST);
		refused++;
	}
	CHECK_EQ(refused, VSOCK_REFUSALS + 8);
}

CASE(the_table_is_full)
{
	static int fds[VSOCK_CONNECTIONS];
	int caller;

	begin();
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
		guest_give_buffers(1, 44);
		fds[i] = guest_connects(2000 + i);
	}
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE, 0));
	gets(VSOCK_RST, 1234, SERVICE);
	caller = host_call();
	host_say(caller, "CONNECT 52\n");
	gets_nothing();
	CHECK(guest_say(VSOCK_RST, 2100, SERVICE, 0));
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	CHECK(guest_say(VSOCK_RESPONSE, PORT, HOST_PORT, 0));
	host_hears(caller, "OK 1073741824\n");
	close(caller);
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		close(fds[i]);
	guest_run();
}

CASE(no_more_descriptors)
{
	struct rlimit was, now;
	int fd, caller;

	begin();
	caller = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(!getrlimit(RLIMIT_NOFILE, &was));
	now = was;
	fd = dup(0);
	now.rlim_cur = (rlim_t)fd;
	close(fd);
	CHECK(!setrlimit(RLIMIT_NOFILE, &now));
	struct sockaddr_un to = address("");
	CHECK(!connect(caller, (struct sockaddr *)&to, sizeof(to)));
	guest_run(); /* ends: it does not spin */
	CHECK_EQ(connections(), 0);
	CHECK(guest_say(VSOCK_REQUEST, 1234, SERVICE, 0));
	CHECK(!setrlimit(RLIMIT_NOFILE, &was));
	gets(VSOCK_RST, 1234, SERVICE);
	CHECK(vsock.timer_set);
	seconds_pass(1);
	CHECK_EQ(connections(), 1);
	CHECK(!vsock.timer_set);
	host_say(caller, "CONNECT 52\n");
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	close(caller);
}

CASE(a_reset_closes_all_and_callers_wait_for_the_next_driver)
{
	int one, two, three;

	begin();
	one = guest_connects(1234);
	two = host_call();
	driver_reset(&guest.driver);
	CHECK(host_is_cut(one));
	CHECK(host_is_cut(two));
	CHECK_EQ(connections(), 0);
	three = host_call();
	host_say(three, "CONNECT 52\n");
	CHECK_EQ(connections(), 0);
	CHECK(guest_start());
	guest_give_buffers(8, 4096);
	gets(VSOCK_REQUEST, PORT, HOST_PORT);
	close(one);
	close(two);
	close(three);
}

CASE(what_is_told_after_a_reset_is_passed_over)
{
	struct vsock_connection *it;
	int fd;

	begin();
	fd = guest_connects(1234);
	it = connection(1234, SERVICE);
	struct io_source source = it->socket;
	driver_reset(&guest.driver);
	source.ready(&it->socket, EPOLLIN | EPOLLHUP);
	vsock.listener.ready(&vsock.listener, EPOLLIN);
	vsock.timer.ready(&vsock.timer, EPOLLIN);
	CHECK_EQ(connections(), 0);
	CHECK(guest_start());
	source.ready(&it->socket, EPOLLIN | EPOLLHUP);
	CHECK_EQ(connections(), 0);
	close(fd);
}

CASE(a_queue_is_missing)
{
	begin();
	driver_reset(&guest.driver);
	for (unsigned i = 0; i < 3; i++) {
		driver_start_queue(&guest.driver, i);
		vsock.device.queues[i].ready = i != VSOCK_TX_QUEUE;
	}
	CHECK(!vsock.device.kind->activate(&vsock.device));
	for (unsigned i = 0; i < 3; i++)
		vsock.device.queues[i].ready = i != VSOCK_EVENT_QUEUE;
	CHECK(vsock.device.kind->activate(&vsock.device));
}

CASE(no_descriptor_is_left)
{
	struct sockaddr_un at = address("_77");

	begin();
	unlink(at.sun_path);
	unlink(guest.path);
	CHECK_EQ(descriptors(), descriptors_at_first);
}

RUN("vsock", &it_is_a_socket_device, &the_host_connects,
    &a_second_connection_has_a_port_of_its_own, &a_greeting_may_come_in_parts,
    &what_follows_the_greeting_is_the_guests, &a_bad_greeting_is_cut_off,
    &a_greeting_without_an_end_is_cut_off, &the_guest_refuses,
    &the_guest_answers_with_what_is_no_answer,
    &an_answer_before_the_question_is_none,
    &the_host_gives_up_before_the_answer, &a_guest_that_never_answers_loses_it,
    &a_guest_that_was_never_asked_gets_no_rst, &the_guest_connects,
    &nobody_listens, &a_second_request_for_the_same_ports_resets,
    &no_byte_comes_before_the_response, &the_host_ends_its_half,
    &the_guest_ends_its_half, &both_end_their_halves,
    &a_guest_that_sends_after_its_end_is_reset,
    &a_guest_that_receives_no_more_gets_no_more,
    &a_host_that_receives_no_more_is_told, &the_host_closes,
    &what_the_host_sent_before_it_closed_arrives,
    &a_guest_that_does_not_agree_is_reset,
    &what_the_guest_sent_before_it_closed_arrives,
    &a_guest_that_resets_ends_it_at_once, &a_guest_beyond_its_credit_is_reset,
    &one_packet_fills_the_window_and_no_more,
    &the_guest_learns_of_room_as_the_host_reads,
    &the_host_keeps_to_the_guests_credit, &credit_that_cannot_be_is_none,
    &a_host_that_reads_is_news_only_when_there_was_no_room, &counters_wrap,
    &much_from_the_host_arrives_whole, &much_from_the_guest_arrives_whole,
    &connections_take_turns, &packets_for_nobody_are_refused,
    &an_unknown_operation_resets, &another_type_or_cid_is_refused,
    &what_is_no_packet_is_passed_over, &a_packet_may_be_in_many_pieces,
    &a_buffer_may_be_in_many_pieces,
    &a_buffer_for_the_header_alone_takes_no_bytes,
    &a_buffer_without_room_for_a_header_breaks_the_device,
    &what_comes_waits_for_buffers, &refusals_that_cannot_be_sent_stop_the_guest,
    &the_table_is_full, &no_more_descriptors,
    &a_reset_closes_all_and_callers_wait_for_the_next_driver,
    &what_is_told_after_a_reset_is_passed_over, &a_queue_is_missing,
    &no_descriptor_is_left)
