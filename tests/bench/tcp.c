/*
 * tcp serve PORT: the other end of
 *
 * tcp measure ADDRESS PORT: what TCP does between the two, one line for each:
 *
 *	mayfly-guest: tcp_out=N		MiB/s from here
 *	mayfly-guest: tcp_in=N		MiB/s to here
 *	mayfly-guest: tcp_round=N	a byte there and back, median, in us
 *
 * One connection for each, whose first byte says which it is. Both clocks are
 * the measuring end's.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TIME_NS UINT64_C(2000000000)
#define ROUNDS  501
#define MIB     (1024.0 * 1024.0)

static char buffer[128 << 10];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

/* O: all of it is read, then a byte comes back; I: it is fed; R: bytes return.
 */
static void attend(int socket)
{
	char kind = 0;

	if (read(socket, &kind, 1) != 1)
		return;
	if (kind == 'O') {
		while (read(socket, buffer, sizeof(buffer)) > 0)
			;
		if (write(socket, "", 1) != 1)
			return;
	} else if (kind == 'I') {
		while (write(socket, buffer, sizeof(buffer)) > 0)
			;
	} else {
		while (read(socket, buffer, 1) == 1 &&
		       write(socket, buffer, 1) == 1)
			;
	}
}

static void at_once(int socket)
{
	int one = 1;

	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void serve(uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(listener, 8))
		give_up("bind");
	for (;;) {
		int peer = accept(listener, NULL, NULL);

		if (peer < 0)
			continue;
		at_once(peer);
		attend(peer);
		close(peer);
	}
}

static int dial(const char *address, uint16_t port, char kind)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &there.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&there, sizeof(there)))
		give_up("connect");
	at_once(fd);
	if (write(fd, &kind, 1) != 1)
		give_up("write");
	return fd;
}

static double out(int fd)
{
	uint64_t start = now_ns(), bytes = 0;

	while (now_ns() - start < TIME_NS) {
		ssize_t sent = write(fd, buffer, sizeof(buffer));

		if (sent <= 0)
			give_up("write");
		bytes += (uint64_t)sent;
	}
	shutdown(fd, SHUT_WR);
	if (read(fd, buffer, 1) != 1)
		give_up("read");
	return (double)bytes * 1e9 / (double)(now_ns() - start) / MIB;
}

static double in(int fd)
{
	uint64_t start = now_ns(), bytes = 0, spent;

	do {
		ssize_t got = read(fd, buffer, sizeof(buffer));

		if (got <= 0)
			give_up("read");
		bytes += (uint64_t)got;
		spent = now_ns() - start;
	} while (spent < TIME_NS);
	return (double)bytes * 1e9 / (double)spent / MIB;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static double round_us(int fd)
{
	static uint64_t times[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = now_ns();

		if (write(fd, "", 1) != 1 || read(fd, buffer, 1) != 1)
			give_up("a round");
		times[i] = now_ns() - start;
	}
	qsort(times, ROUNDS, sizeof(*times), by_size);
	return (double)times[ROUNDS / 2] / 1e3;
}

/* What waits to be sent to a peer that has gone is its reset's to end. */
static void measure(const char *address, uint16_t port, char kind,
		    const char *name, double (*how)(int fd))
{
	int fd = dial(address, port, kind);

	printf("mayfly-guest: %s=%.1f\n", name, how(fd));
	fflush(stdout);
	close(fd);
}

int main(int count, char **words)
{
	signal(SIGPIPE, SIG_IGN);
	if (count == 3 && !strcmp(words[1], "serve")) {
		serve((uint16_t)atoi(words[2]));
	} else if (count == 4 && !strcmp(words[1], "measure")) {
		uint16_t port = (uint16_t)atoi(words[3]);

		measure(words[2], port, 'O', "tcp_out", out);
		measure(words[2], port, 'I', "tcp_in", in);
		measure(words[2], port, 'R', "tcp_round", round_us);
	} else {
		fputs("tcp serve PORT | measure ADDRESS PORT\n", stderr);
		return 2;
	}
	return 0;
}
