/*
 * virtio_io DEVICE MIB PROCESSES SEED: writes MIB MiB to a block device, at
 * random places, in requests of 4 to 128 KiB, past the page cache, from as many
 * processes at once, each in a part of its own; meanwhile reads again what was
 * written at random, at the end flushes, and reads all of it. Every block's
 * bytes follow from the seed, its number and how often it was written.
 *
 * virtio_io write DIRECTORY COUNT SEED: writes files of such bytes, and says
 * `synced=N` on standard output when file N, and that it is there, have reached
 * the disk; beside each one that is not flushed.
 *
 * virtio_io verify DIRECTORY COUNT SEED: files 1 to COUNT have these bytes.
 *
 * Ends with 0, or with 1 and a line that says what was found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK      4096U
#define RUN_MAX    32U /* blocks of a request */
#define BLOCKS_MAX (1U << 18)

static uint8_t counts[BLOCKS_MAX]; /* how often a block was written */
static _Alignas(4096) uint8_t data[RUN_MAX * BLOCK];
static uint64_t seed;
static const char *what;

static void die(const char *why, uint64_t number)
{
	printf("virtio_io: %s: %s %llu%s%s\n", what, why,
	       (unsigned long long)number, errno ? ": " : "",
	       errno ? strerror(errno) : "");
	exit(1);
}

/* splitmix64: of each number another one. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

static uint64_t random_below(uint64_t *state, uint64_t limit)
{
	*state += 1;
	return mix(*state) % limit;
}

/* A block that was never written is not looked at. */
static void fill(uint8_t *at, uint64_t block, unsigned count)
{
	uint64_t first = mix(seed ^ mix(block << 8 | count));

	for (unsigned i = 0; i < BLOCK / 8; i++) {
		uint64_t word = first + i * UINT64_C(0xD1342543DE82EF95);

		memcpy(at + i * 8, &word, 8);
	}
}

static void check(const uint8_t *at, uint64_t block, unsigned count)
{
	uint8_t wanted[BLOCK];

	fill(wanted, block, count);
	if (count && memcmp(at, wanted, BLOCK))
		die("wrong bytes in block", block);
}

static void write_run(int fd, uint64_t block, unsigned length)
{
	for (unsigned i = 0; i < length; i++) {
		counts[block + i] = (uint8_t)(counts[block + i] % 255 + 1);
		fill(data + i * BLOCK, block + i, counts[block + i]);
	}
	if (pwrite(fd, data, length * BLOCK, (off_t)(block * BLOCK)) !=
	    (ssize_t)(length * BLOCK))
		die("cannot write block", block);
}

static void read_run(int fd, uint64_t block, unsigned length)
{
	if (pread(fd, data, length * BLOCK, (off_t)(block * BLOCK)) !=
	    (ssize_t)(length * BLOCK))
		die("cannot read block", block);
	for (unsigned i = 0; i < length; i++)
		check(data + i * BLOCK, block + i, counts[block + i]);
}

/* One process's part: blocks [first, end). */
static void exercise(uint64_t first, uint64_t end, uint64_t budget)
{
	uint64_t state = mix(seed + first);
	int fd = open(what, O_RDWR | O_DIRECT);

	if (fd < 0)
		die("cannot be opened:", 0);
	while (budget) {
		unsigned length = 1 + (unsigned)random_below(&state, RUN_MAX);
		uint64_t at;

		length = length < budget ? length : (unsigned)budget;
		at = first + random_below(&state, end - first - length + 1);
		write_run(fd, at, length);
		budget -= length;
		if (random_below(&state, 4) == 0)
			read_run(fd, at, length);
	}
	if (fsync(fd))
		die("cannot flush:", 0);
	for (uint64_t at = first; at < end; at += RUN_MAX)
		read_run(fd, at,
			 end - at < RUN_MAX ? (unsigned)(end - at) : RUN_MAX);
}

/* BLKGETSIZE64, of linux/fs.h. */
static uint64_t blocks_of(const char *device)
{
	uint64_t bytes = 0;
	int fd = open(device, O_RDONLY);

	if (fd < 0 || ioctl(fd, (int)0x80081272, &bytes))
		die("cannot tell its size:", 0);
	close(fd);
	return bytes / BLOCK < BLOCKS_MAX ? bytes / BLOCK : BLOCKS_MAX;
}

static int exercise_device(uint64_t mib, unsigned processes)
{
	uint64_t part = blocks_of(what) / processes;
	int failed = 0, status;

	for (unsigned i = 0; i < processes; i++)
		if (!fork()) {
			exercise(i * part, (i + 1) * part,
				 mib * (1048576 / BLOCK) / processes);
			exit(0);
		}
	while (wait(&status) >= 0)
		failed |= status;
	return failed != 0;
}

static int open_file(const char *kind, uint64_t number, int flags)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s-%llu", what, kind,
		 (unsigned long long)number);
	fd = open(path, flags, 0600);
	if (fd < 0)
		die("cannot open file", number);
	return fd;
}

/* Files are of one to 32 blocks. */
static unsigned length_of(uint64_t number)
{
	return 1 + (unsigned)(mix(seed + number) % RUN_MAX);
}

static int write_file(const char *kind, uint64_t number)
{
	int fd = open_file(kind, number, O_WRONLY | O_CREAT | O_TRUNC);

	for (unsigned i = 0; i < length_of(number); i++) {
		fill(data, number * RUN_MAX + i, 1);
		if (write(fd, data, BLOCK) != BLOCK)
			die("cannot write file", number);
	}
	return fd;
}

static void write_files(uint64_t count)
{
	int folder = open(what, O_RDONLY | O_DIRECTORY);

	for (uint64_t n = 1; n <= count; n++) {
		int fd = write_file("file", n);

		if (fsync(fd) || fsync(folder))
			die("cannot flush file", n);
		close(fd);
		close(write_file("loose", n % 16));
		printf("mayfly-guest: synced=%llu\n", (unsigned long long)n);
		fflush(stdout);
	}
}

static void verify_files(uint64_t count)
{
	for (uint64_t n = 1; n <= count; n++) {
		int fd = open_file("file", n, O_RDONLY);

		for (unsigned i = 0; i < length_of(n); i++) {
			if (read(fd, data, BLOCK) != BLOCK)
				die("too short is file", n);
			check(data, n * RUN_MAX + i, 1);
		}
		close(fd);
	}
}

int main(int argc, char **argv)
{
	uint64_t number;

	if (argc != 5) {
		fputs("usage: virtio_io DEVICE MIB PROCESSES SEED\n", stderr);
		return 125;
	}
	seed = strtoull(argv[4], NULL, 0);
	if (strcmp(argv[1], "write") && strcmp(argv[1], "verify")) {
		what = argv[1];
		return exercise_device(strtoull(argv[2], NULL, 0),
				       (unsigned)strtoul(argv[3], NULL, 0));
	}
	what = argv[2];
	number = strtoull(argv[3], NULL, 0);
	if (!strcmp(argv[1], "write"))
		write_files(number);
	else
		verify_files(number);
	return 0;
}
