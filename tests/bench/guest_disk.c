/*
 * guest_disk DEVICE: what a block device does in a guest, one line for each:
 *
 *	mayfly-guest: random=N		4 KiB reads a second, 32 at a time
 *	mayfly-guest: latency=N		the median of one read alone, in us
 *	mayfly-guest: sequential=N	MiB/s, four reads of 256 KiB at a time
 *
 * O_DIRECT, and Linux's own AIO by its system calls, so that nothing but the
 * kernel's block layer is in between.
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define BLOCK_MAX (256 << 10)
#define TIME_NS   UINT64_C(2000000000)
#define ALONE     1001

static _Alignas(4096) uint8_t buffers[DEPTH_MAX][BLOCK_MAX];

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

/* A way to read: all of it is at once `depth` requests of `block` bytes. */
struct way {
	int fd;
	uint64_t blocks; /* of the device */
	size_t block;
	unsigned depth;
	bool random;
	uint64_t next; /* block, or the state of the generator */
};

static uint64_t next_block(struct way *way)
{
	if (!way->random)
		return way->next++ % way->blocks;
	way->next =
	    way->next * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (way->next >> 33) % way->blocks;
}

static void submit(struct way *way, aio_context_t context, unsigned slot)
{
	struct iocb request = {
		.aio_data = slot,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)way->fd,
		.aio_buf = (uintptr_t)buffers[slot],
		.aio_nbytes = way->block,
		.aio_offset = (int64_t)(next_block(way) * way->block),
	};
	struct iocb *requests[] = { &request };

	if (syscall(SYS_io_submit, context, 1L, requests) != 1)
		give_up("io_submit");
}

/* How many are done in TIME_NS, as a number of them in a second. */
static double rate(struct way *way)
{
	struct io_event done[DEPTH_MAX];
	aio_context_t context = 0;
	uint64_t start = now_ns(), count = 0, spent;

	if (syscall(SYS_io_setup, way->depth, &context))
		give_up("io_setup");
	for (unsigned slot = 0; slot < way->depth; slot++)
		submit(way, context, slot);
	do {
		long got = syscall(SYS_io_getevents, context, 1L,
				   (long)way->depth, done, NULL);

		if (got < 1)
			give_up("io_getevents");
		for (long i = 0; i < got; i++) {
			if (done[i].res != (int64_t)way->block)
				give_up("a read");
			submit(way, context, (unsigned)done[i].data);
		}
		count += (uint64_t)got;
		spent = now_ns() - start;
	} while (spent < TIME_NS);
	syscall(SYS_io_destroy, context);
	return (double)count * 1e9 / (double)spent;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static double median_us(struct way *way)
{
	static uint64_t times[ALONE];

	for (unsigned i = 0; i < ALONE; i++) {
		off_t offset = (off_t)(next_block(way) * way->block);
		uint64_t start = now_ns();

		if (pread(way->fd, buffers[0], way->block, offset) !=
		    (ssize_t)way->block)
			give_up("a read");
		times[i] = now_ns() - start;
	}
	qsort(times, ALONE, sizeof(*times), by_size);
	return (double)times[ALONE / 2] / 1e3;
}

int main(int count, char **words)
{
	int fd = count == 2 ? open(words[1], O_RDONLY | O_DIRECT) : -1;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	struct way small = { fd, (uint64_t)size / 4096, 4096, 32, true, 1 };
	struct way large = { fd,        (uint64_t)size / BLOCK_MAX,
			     BLOCK_MAX, 4,
			     false,     0 };

	if (size < BLOCK_MAX)
		give_up("guest_disk DEVICE");
	memset(buffers, 0, sizeof(buffers));
	printf("mayfly-guest: random=%.0f\n", rate(&small));
	printf("mayfly-guest: latency=%.1f\n", median_us(&small));
	printf("mayfly-guest: sequential=%.1f\n", rate(&large) / 4);
	return 0;
}
