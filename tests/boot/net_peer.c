/*
 * net_peer, for the guests and the host of tests/boot/virtio-net:
 *
 *	tap NAME		makes a TAP that stays
 *	serve NAME PORT COUNT	answers COUNT clients, one after the other
 *	call NAME ADDRESS PORT MIB on|off
 *				sends as many MiB there and has as many sent
 *				back; prints the milliseconds of either
 *
 * NAME is the network interface, of which each end first asks that it leaves
 * checksums and segmentation of what it sends to the other one, or does not.
 *
 * What is sent is known to the other end, which compares every byte. A word on
 * standard error and status 1 when something is wrong.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 65536U /* bytes; each begins with its number */

static uint8_t wanted[BLOCK], found[BLOCK];

static void make_block(uint64_t seed)
{
	uint64_t x = seed * 2 + 1;

	for (size_t i = 0; i < BLOCK; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(wanted + i, &x, sizeof(x));
	}
}

static void send_all(int fd, uint32_t blocks)
{
	for (uint32_t block = 0; block < blocks; block++) {
		memcpy(wanted, &block, sizeof(block));
		for (size_t done = 0; done < BLOCK;) {
			ssize_t now = write(fd, wanted + done, BLOCK - done);

			if (now <= 0)
				err(1, "block %u: write", block);
			done += (size_t)now;
		}
	}
}

static void read_block(int fd, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t now = read(fd, (uint8_t *)to + done, size - done);

		if (now < 0)
			err(1, "read");
		if (!now)
			errx(1, "the other end has gone");
		done += (size_t)now;
	}
}

static void receive_all(int fd, uint32_t blocks)
{
	for (uint32_t block = 0; block < blocks; block++) {
		memcpy(wanted, &block, sizeof(block));
		read_block(fd, found, BLOCK);
		if (memcmp(found, wanted, BLOCK))
			errx(1, "block %u is not what was sent", block);
	}
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in it = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, host, &it.sin_addr) != 1)
		errx(1, "%s is no address", host);
	return it;
}

static void set_offloads(const char *name, bool on)
{
	static const uint32_t all[] = { ETHTOOL_STXCSUM, ETHTOOL_SSG,
					ETHTOOL_STSO, ETHTOOL_SGSO };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct ethtool_value value = { all[i], on };
		struct ifreq request = { .ifr_data = (void *)&value };

		strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
		if (ioctl(fd, SIOCETHTOOL, &request))
			err(1, "%s: offload %zu", name, i);
	}
	close(fd);
}

/* What a client wants. */
struct request {
	uint32_t blocks;
	uint32_t offloads;
};

static void answer(int fd, const char *name)
{
	struct request wants;
	uint8_t done = 1;

	read_block(fd, &wants, sizeof(wants));
	set_offloads(name, wants.offloads);
	make_block(1);
	receive_all(fd, wants.blocks);
	if (write(fd, &done, 1) != 1)
		err(1, "write");
	make_block(2);
	send_all(fd, wants.blocks);
	read_block(fd, &done, 1);
	close(fd);
}

static int serve(const char *name, const char *port, int count)
{
	struct sockaddr_in any = address("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (void *)&any, sizeof(any)) || listen(fd, 4))
		err(1, "listen");
	while (count--) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			err(1, "accept");
		answer(client, name);
	}
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int call(const char *host, const char *port, const char *mib, bool on)
{
	struct sockaddr_in to = address(host, port);
	struct request want = { (uint32_t)atoi(mib) * ((1U << 20) / BLOCK),
				on };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t start, middle;
	uint8_t done;

	if (connect(fd, (void *)&to, sizeof(to)))
		err(1, "connect");
	start = now_ms();
	if (write(fd, &want, sizeof(want)) != sizeof(want))
		err(1, "write");
	make_block(1);
	send_all(fd, want.blocks);
	read_block(fd, &done, 1);
	middle = now_ms();
	make_block(2);
	receive_all(fd, want.blocks);
	if (write(fd, &done, 1) != 1)
		err(1, "write");
	printf("%llu %llu\n", (unsigned long long)(middle - start),
	       (unsigned long long)(now_ms() - middle));
	return 0;
}

static int make_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, (int)TUNSETIFF, &request) ||
	    ioctl(fd, (int)TUNSETPERSIST, 1))
		err(1, "%s", name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "tap"))
		return make_tap(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3], atoi(argv[4]));
	if (argc == 7 && !strcmp(argv[1], "call")) {
		bool on = !strcmp(argv[6], "on");

		set_offloads(argv[2], on);
		return call(argv[3], argv[4], argv[5], on);
	}
	errx(125, "see the head of tests/boot/net_peer.c");
}
