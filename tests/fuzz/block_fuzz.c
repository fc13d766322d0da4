/*
 * Fuzzes virtio-blk with libFuzzer: requests of a hostile driver, framed in any
 * way, on a small image in memory. Checked: a request is answered once, or
 * breaks the device for want of a place for the answer; of guest memory only
 * buffers that are the device's to write are written; what is read is what the
 * image has; the image changes only where a request that was carried out says
 * so, as it says, and nothing beyond its end is asked of the host; a sound
 * transfer is carried out, and in pieces where the host does it so.
 *
 * The input: 48 bytes a request. The first two say how many buffers there are
 * to read and to write, 13 of them have a length each; the rest begins what is
 * to be read: header and segment, made likelier as the third byte says, which
 * also says what the host does.
 */
#include "board-pc/virtio/block.h"

#include "tests/virtio_device.h"
#include "vmm/cold.h"
#include "vmm/uring.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <linux/falloc.h>

#define REQUEST 48U
#define LENGTHS 3U  /* where they are in it */
#define BYTES   16U /* and what is to be read */
#define SECTORS 16U
#define SIZE    (SECTORS * SECTOR_SIZE)
#define BUFFERS 13U
#define ROOM    1040U /* for each, the largest and a little more */
#define ARENA   (BUFFERS * ROOM)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

COLD struct block block;
static struct driver driver;
static struct block_image image = { .fd = 1000,
				    .size = SIZE,
				    .block_size = SECTOR_SIZE,
				    .without_uring = true,
				    .id = "serial" };
static uint8_t *arena;
static uint8_t disk[SIZE], disk_new[SIZE], disk_before[SIZE];
static uint8_t arena_before[ARENA];
static size_t arena_used; /* by this request */
static int kick = -1;
static bool fails, is_short; /* the host */

/* The host, in the place of vmm/uring.c: the image is in memory. */
int32_t __wrap_uring_carry_out(const struct uring_work *work);
int32_t __wrap_uring_carry_out(const struct uring_work *work)
{
	uint64_t at = work->offset, total = 0;

	must(work->fd == image.fd);
	if (fails)
		return -EIO;
	if (work->verb == URING_SYNC)
		return 0;
	if (work->verb == URING_ALLOCATE) {
		must(at <= SIZE && work->length <= SIZE - at);
		must(work->flags & FALLOC_FL_KEEP_SIZE);
		memset(disk + at, 0, work->length);
		return 0;
	}
	for (unsigned i = 0; i < work->span_count; i++) {
		const struct iovec *span = &work->spans[i];

		must(at <= SIZE && span->iov_len <= SIZE - at);
		if (work->verb == URING_READ)
			memcpy(span->iov_base, disk + at, span->iov_len);
		else
			memcpy(disk + at, span->iov_base, span->iov_len);
		at += span->iov_len;
		total += span->iov_len;
	}
	/* It has done more than it says, which is no matter: it does it again.
	 */
	return (int32_t)(is_short ? total - total / 2 : total);
}

static void set_up(void)
{
	for (unsigned i = 0; i < SIZE; i++)
		disk_new[i] = (uint8_t)(i * 7 + i / 512);
	driver.ram_size = DRIVER_BUFFERS + MIB(1);
	must(virtio_plug(&block.device));
	kick = block.device.kick.fd;
}

static void start(void)
{
	must(driver_start(&driver, &block.device, VIRTIO_BLK_F_FLUSH));
	arena = driver_at(&driver, driver_room(&driver, ARENA), ARENA);
}

static void begin(bool read_only)
{
	memcpy(disk, disk_new, SIZE);
	image.read_only = read_only;
	block_init(&block, &image);
	block.device.kick.fd = kick;
	start();
}

/* What the request's buffers are, and all that is to be read. */
static struct driver_buffer chain[BUFFERS];
static unsigned readable, writable;
static uint8_t out[ARENA + REQUEST];
static uint64_t out_bytes, in_bytes;

static void frame(const uint8_t *it)
{
	static const uint32_t lengths[] = { 1,   2,   15,   16,  17,   31,
					    511, 512, 513,  528, 1024, 1025,
					    100, 768, 1023, 256 };

	readable = it[0] % (BUFFERS + 1);
	writable = it[1] % (BUFFERS + 1 - readable);
	out_bytes = in_bytes = 0;
	for (unsigned i = 0; i < readable + writable; i++) {
		chain[i].gpa = DRIVER_BUFFERS + i * ROOM + it[1] % 8;
		chain[i].length = lengths[it[LENGTHS + i] % 16];
		chain[i].writable = i >= readable;
		*(i < readable ? &out_bytes : &in_bytes) += chain[i].length;
	}
}

/* Puts the bytes that are to be read into the buffers. */
static void fill(const uint8_t *it)
{
	uint64_t done = 0;

	memset(out, it[2], (size_t)out_bytes + REQUEST);
	memcpy(out, it + BYTES, REQUEST - BYTES);
	if (it[2] & 1) /* a type that there is, and a sector */
		put_le32(out, get_le32(out) % 14);
	if (it[2] & 2)
		put_le64(out + 8, get_le64(out + 8) % (SECTORS + 2));
	if (it[2] & 4) /* a segment that may well be right */
		put_le64(out + 16, get_le64(out + 16) % (SECTORS + 2));
	if (it[2] & 8)
		put_le64(out + 24, get_le64(out + 24) % (SECTORS + 2));
	for (unsigned i = 0; i < readable; i++) {
		memcpy(driver_bytes(&driver, chain[i]), out + done,
		       chain[i].length);
		done += chain[i].length;
	}
}

/* Byte `at` of all that is to be written. */
static uint8_t in_byte(uint64_t at)
{
	unsigned i = readable;

	for (; at >= chain[i].length; i++)
		at -= chain[i].length;
	return driver_bytes(&driver, chain[i])[at];
}

/* Only what the device may write has changed. */
static void check_arena(void)
{
	for (unsigned i = readable; i < readable + writable; i++)
		memcpy(arena_before + (chain[i].gpa - DRIVER_BUFFERS),
		       driver_bytes(&driver, chain[i]), chain[i].length);
	must(!memcmp(arena, arena_before, arena_used));
}

/* The image is as before, but for these bytes, which are `wanted`, or zero. */
static void check_disk(uint64_t from, uint64_t count, const uint8_t *wanted)
{
	must(from <= SIZE && count <= SIZE - from);
	if (wanted)
		memcpy(disk_before + from, wanted, count);
	else
		memset(disk_before + from, 0, count);
	must(!memcmp(disk, disk_before, SIZE));
}

/* What was read, all but the status. */
static void check_read(const uint8_t *wanted)
{
	uint64_t left = in_bytes - 1;

	for (unsigned i = readable; left; i++) {
		uint64_t part = left < chain[i].length ? left : chain[i].length;

		must(!memcmp(driver_bytes(&driver, chain[i]), wanted, part));
		wanted += part;
		left -= part;
	}
}

static void check_done(void)
{
	uint64_t sector = get_le64(out + 8) * SECTOR_SIZE;

	switch (get_le32(out)) {
	case BLOCK_T_IN:
		check_disk(0, 0, NULL);
		check_read(disk + sector);
		break;
	case BLOCK_T_OUT:
		must(!image.read_only);
		check_disk(sector, out_bytes - 16, out + 16);
		break;
	case BLOCK_T_DISCARD:
	case BLOCK_T_WRITE_ZEROES:
		must(!image.read_only);
		check_disk(get_le64(out + 16) * SECTOR_SIZE,
			   (uint64_t)get_le32(out + 24) * SECTOR_SIZE, NULL);
		break;
	default:
		check_disk(0, 0, NULL);
	}
}

/* A transfer that can be done has to be. */
static bool is_sound(void)
{
	uint32_t type = get_le32(out);
	uint64_t sector = get_le64(out + 8);
	uint64_t bytes = type == BLOCK_T_IN ? in_bytes - 1 : out_bytes - 16;

	return !fails && out_bytes >= 16 &&
	       (type == BLOCK_T_IN ||
		(type == BLOCK_T_OUT && !image.read_only)) &&
	       bytes && bytes % SECTOR_SIZE == 0 && sector <= SECTORS &&
	       bytes <= (SECTORS - sector) * SECTOR_SIZE;
}

static void check(void)
{
	uint32_t written;
	int head = driver_pop(&driver, 0, &written);

	must((head < 0) == !in_bytes);
	must(virtio_is_active(&block.device) == (head >= 0));
	check_arena();
	if (head < 0) {
		check_disk(0, 0, NULL);
		driver_reset(&driver);
		start();
		return;
	}
	must(driver_pop(&driver, 0, NULL) < 0 && written <= in_bytes);
	must(in_byte(in_bytes - 1) <= BLOCK_S_UNSUPP);
	if (in_byte(in_bytes - 1) == BLOCK_S_OK)
		check_done();
	else if (!fails)
		check_disk(0, 0, NULL);
	must(in_byte(in_bytes - 1) == BLOCK_S_OK || !is_sound());
}

static void request(const uint8_t *it)
{
	frame(it);
	if (!readable && !writable)
		return;
	fails = (it[2] & 0x70) == 0x70;
	is_short = it[2] & 0x80;
	arena_used = (readable + writable) * ROOM;
	memset(arena, 0xA5, arena_used);
	fill(it);
	memcpy(arena_before, arena, arena_used);
	memcpy(disk_before, disk, SIZE);
	driver_push(&driver, 0, chain, readable + writable);
	driver_notify(&driver);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (kick < 0)
		set_up();
	begin(size % 8 == 7);
	for (; size >= REQUEST; data += REQUEST, size -= REQUEST)
		request(data);
	driver_reset(&driver);
	return 0;
}
