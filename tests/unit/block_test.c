/*
 * virtio-blk: requests, on a file in a temporary folder, which is the image.
 * Most cases are gone through twice, by io_uring and without.
 */
#include "board-pc/virtio/block.h"

#include "tests/unit/unit.h"
#include "tests/virtio_device.h"
#include "vmm/cold.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SECTORS 2048U
#define SIZE    ((uint64_t)SECTORS * SECTOR_SIZE)

COLD struct block block;
static struct driver driver;
static struct block_image image;
static unsigned syncs; /* by fdatasync */

/* In the place of the C library's. */
int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

/* What byte `at` of the image is at first. */
static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 31 + at / SECTOR_SIZE * 7 + 1);
}

/* An image file, without a name; its file system has to do direct I/O. */
static int make_image(void)
{
	static uint8_t bytes[SIZE];
	char path[] = "/var/tmp/block_test.XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	unlink(path);
	for (uint64_t i = 0; i < SIZE; i++)
		bytes[i] = pattern(i);
	CHECK(pwrite(fd, bytes, SIZE, 0) == SIZE);
	return fd;
}

/* The I/O thread, for the results of the ring. */
static void start_loop(void)
{
	static struct ending ending = { .wake_fd = -1 };
	static struct io_source nobody;
	struct reason why;

	if (nobody.fd)
		close(nobody.fd);
	nobody.fd = eventfd(0, 0);
	io_loop_init(&ending);
	CHECK(io_watch(&nobody, EPOLLIN, &why));
	CHECK(io_loop_serve(&why));
}

static void stop(void)
{
	if (!block.device.kind)
		return;
	driver_reset(&driver);
	io_loop_stop();
	if (block.io.has_ring)
		uring_close(&block.io.ring);
	close(block.io.image.fd);
	block.device.kind = NULL;
}

static void start(uint64_t features)
{
	image.size = SIZE;
	block_init(&block, &image);
	CHECK(virtio_plug(&block.device));
	CHECK(driver_start(&driver, &block.device, features));
	plugged_forget();
	start_loop();
	syncs = 0;
}

/* The driver, after a reset, with an I/O thread that is another one. */
static void start_again(void)
{
	driver_reset(&driver);
	io_loop_stop();
	CHECK(driver_start(&driver, &block.device, VIRTIO_BLK_F_FLUSH));
	start_loop();
}

static void begin(bool without_uring)
{
	stop();
	image = (struct block_image){ .fd = make_image(),
				      .block_size = SECTOR_SIZE,
				      .without_uring = without_uring };
	memcpy(image.id, "serial 1", 8);
	start(VIRTIO_BLK_F_FLUSH);
}

/* Two cases. */
#define BOTH(name)                                                             \
	static void name##_anyhow(void);                                       \
	CASE(name##_by_uring)                                                  \
	{                                                                      \
		begin(false);                                                  \
		name##_anyhow();                                               \
	}                                                                      \
	CASE(name##_at_once)                                                   \
	{                                                                      \
		begin(true);                                                   \
		name##_anyhow();                                               \
	}                                                                      \
	static void name##_anyhow(void)

static struct driver_buffer header(uint32_t type, uint64_t sector)
{
	uint8_t bytes[BLOCK_HEADER_SIZE] = { 0 };

	put_le32(bytes, type);
	put_le64(bytes + 8, sector);
	return driver_out(&driver, bytes, sizeof(bytes));
}

/* Waits for the next chain of the queue; fails when it takes for ever. */
static int pop(unsigned queue, uint32_t *written)
{
	for (unsigned i = 0; i < 20000; i++) {
		int head = driver_pop(&driver, queue, written);

		if (head >= 0)
			return head;
		usleep(1000);
	}
	CHECK(false); /* it is never done */
	return -1;
}

static struct driver_buffer chain[VIRTQ_SPANS_MAX];
static uint32_t written;

/* Has the first `count` of `chain` done; returns the status. */
static unsigned request(unsigned count)
{
	driver_push(&driver, 0, chain, count);
	driver_notify(&driver);
	pop(0, &written);
	return driver_bytes(&driver,
			    chain[count - 1])[chain[count - 1].length - 1];
}

/* The usual framing: header, data, status. */
static unsigned transfer(uint32_t type, uint64_t sector,
			 struct driver_buffer data)
{
	chain[0] = header(type, sector);
	chain[1] = data;
	chain[2] = driver_in(&driver, 1);
	return request(3);
}

static unsigned plain(uint32_t type)
{
	chain[0] = header(type, 0);
	chain[1] = driver_in(&driver, 1);
	return request(2);
}

static unsigned read_sectors(uint64_t sector, uint32_t bytes)
{
	return transfer(BLOCK_T_IN, sector, driver_in(&driver, bytes));
}

static unsigned segment(uint32_t type, uint64_t sector, uint32_t sectors,
			uint32_t flags)
{
	uint8_t bytes[BLOCK_SEGMENT_SIZE];

	put_le64(bytes, sector);
	put_le32(bytes + 8, sectors);
	put_le32(bytes + 12, flags);
	return transfer(type, 0, driver_out(&driver, bytes, sizeof(bytes)));
}

static struct driver_buffer out_of(uint8_t byte, uint32_t length)
{
	struct driver_buffer buffer = driver_in(&driver, length);

	buffer.writable = false;
	memset(driver_bytes(&driver, buffer), byte, length);
	return buffer;
}

/* The image's bytes [from, to) are `byte`, or if that is -1 as at first. */
static bool has(uint64_t from, uint64_t to, int byte)
{
	static uint8_t bytes[SIZE];

	CHECK(pread(image.fd, bytes, SIZE, 0) == SIZE);
	for (uint64_t i = from; i < to; i++)
		if (bytes[i] != (byte < 0 ? pattern(i) : byte))
			return false;
	return true;
}

static bool is_pattern(const uint8_t *bytes, uint64_t from, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (bytes[i] != pattern(from + i))
			return false;
	return true;
}

BOTH(sectors_are_read_and_written)
{
	CHECK_EQ(read_sectors(3, 4096), BLOCK_S_OK);
	CHECK_EQ(written, 4097);
	CHECK(is_pattern(driver_bytes(&driver, chain[1]), 1536, 4096));
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_OK);
	CHECK_EQ(written, 1);
	CHECK(has(0, 2560, -1) && has(2560, 3584, 'w') && has(3584, SIZE, -1));
	CHECK_EQ(read_sectors(SECTORS - 1, 512), BLOCK_S_OK);
	CHECK_EQ(read_sectors(0, SIZE), BLOCK_S_OK);
}

/* The framing is the driver's, 2.7.4. */
BOTH(a_request_is_framed_in_any_way)
{
	struct driver_buffer all = header(BLOCK_T_IN, 7);

	for (unsigned i = 0; i < BLOCK_HEADER_SIZE; i++)
		chain[i] = (struct driver_buffer){ all.gpa + i, 1, false };
	chain[16] = driver_in(&driver, 100);
	chain[17] = driver_in(&driver, 900);
	chain[18] = driver_in(&driver, 25);
	CHECK_EQ(request(19), BLOCK_S_OK);
	CHECK_EQ(written, 1025);
	CHECK(is_pattern(driver_bytes(&driver, chain[16]), 3584, 100));
	CHECK(is_pattern(driver_bytes(&driver, chain[17]), 3684, 900));
	CHECK(is_pattern(driver_bytes(&driver, chain[18]), 4584, 24));

	chain[0] = out_of('w', BLOCK_HEADER_SIZE + 700);
	chain[1] = out_of('x', 324);
	memcpy(driver_bytes(&driver, chain[0]),
	       driver_bytes(&driver, header(BLOCK_T_OUT, 9)),
	       BLOCK_HEADER_SIZE);
	chain[2] = driver_in(&driver, 3);
	CHECK_EQ(request(3), BLOCK_S_OK);
	CHECK(has(4608, 5308, 'w') && has(5308, 5632, 'x'));
	CHECK_EQ(driver_bytes(&driver, chain[2])[1], 0xA5);
	CHECK_EQ(written, 0);
}

BOTH(a_request_is_of_whole_sectors_that_are_there)
{
	static const uint64_t beyond[] = { SECTORS - 1,    SECTORS,
					   SECTORS + 1,    UINT64_MAX / 512,
					   UINT64_MAX - 1, UINT64_MAX };

	for (unsigned i = 0; i < 6; i++) {
		CHECK_EQ(read_sectors(beyond[i], 1024), BLOCK_S_IOERR);
		CHECK_EQ(written, 0);
		CHECK_EQ(driver_bytes(&driver, chain[1])[0], 0xA5);
		CHECK_EQ(transfer(BLOCK_T_OUT, beyond[i], out_of('w', 1024)),
			 BLOCK_S_IOERR);
		CHECK_EQ(segment(BLOCK_T_DISCARD, beyond[i], 2, 0),
			 BLOCK_S_IOERR);
	}
	CHECK_EQ(read_sectors(0, 511), BLOCK_S_IOERR);
	CHECK_EQ(read_sectors(0, 513), BLOCK_S_IOERR);
	CHECK_EQ(transfer(BLOCK_T_OUT, 0, out_of('w', 100)), BLOCK_S_IOERR);
	CHECK_EQ(plain(BLOCK_T_IN), BLOCK_S_IOERR);
	CHECK_EQ(plain(BLOCK_T_OUT), BLOCK_S_IOERR);
	CHECK(has(0, SIZE, -1));
}

BOTH(what_is_no_request_is_answered)
{
	CHECK_EQ(plain(2), BLOCK_S_UNSUPP);
	CHECK_EQ(plain(14), BLOCK_S_UNSUPP);
	CHECK_EQ(plain(UINT32_MAX), BLOCK_S_UNSUPP);
	CHECK_EQ(written, 1);
	chain[0] = driver_out(&driver, "short", 5);
	chain[1] = driver_in(&driver, 1);
	CHECK_EQ(request(2), BLOCK_S_IOERR);
	chain[0] = driver_in(&driver, 20);
	CHECK_EQ(request(1), BLOCK_S_IOERR);
	CHECK(virtio_is_active(&block.device));
}

BOTH(without_a_place_for_the_status_all_ends)
{
	chain[0] = header(BLOCK_T_FLUSH, 0);
	driver_push(&driver, 0, chain, 1);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, 0, NULL) < 0);
	CHECK(!virtio_is_active(&block.device));
	start_again();
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
}

BOTH(it_tells_its_id)
{
	struct driver_buffer id = driver_in(&driver, BLOCK_ID_SIZE);

	CHECK_EQ(transfer(BLOCK_T_GET_ID, 0, id), BLOCK_S_OK);
	CHECK_EQ(written, 21);
	CHECK(!memcmp(driver_bytes(&driver, id),
		      "serial 1\0\0\0\0\0\0\0\0\0\0\0\0", 20));
	id.length = 19;
	CHECK_EQ(transfer(BLOCK_T_GET_ID, 0, id), BLOCK_S_IOERR);
}

BOTH(what_is_read_only_is_not_written_to)
{
	image.read_only = true;
	start(VIRTIO_BLK_F_RO);
	CHECK(block.device.offered & VIRTIO_BLK_F_RO);
	CHECK(!(block.device.offered &
		(VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES)));
	CHECK_EQ(transfer(BLOCK_T_OUT, 0, out_of('w', 512)), BLOCK_S_IOERR);
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, 8, 0), BLOCK_S_IOERR);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 0, 8, 0), BLOCK_S_IOERR);
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
	CHECK_EQ(plain(BLOCK_T_FLUSH), BLOCK_S_OK);
	CHECK(has(0, SIZE, -1));
}

static uint64_t host_blocks(void)
{
	struct stat st;

	CHECK(!fsync(image.fd) && !fstat(image.fd, &st));
	return (uint64_t)st.st_blocks;
}

BOTH(what_is_discarded_is_given_back)
{
	uint64_t before = host_blocks();

	CHECK_EQ(segment(BLOCK_T_DISCARD, 1024, 512, 0), BLOCK_S_OK);
	CHECK(host_blocks() <= before - 512);
	CHECK(has(0, 524288, -1) && has(786432, SIZE, -1));
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, 8, BLOCK_UNMAP), BLOCK_S_UNSUPP);
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, 8, 2), BLOCK_S_UNSUPP);
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, 0, 0), BLOCK_S_IOERR);
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, UINT32_MAX, 0), BLOCK_S_IOERR);
	CHECK_EQ(transfer(BLOCK_T_DISCARD, 0, out_of(0, 32)), BLOCK_S_IOERR);
	CHECK_EQ(transfer(BLOCK_T_DISCARD, 0, out_of(0, 15)), BLOCK_S_IOERR);
	CHECK(has(0, 524288, -1) && has(786432, SIZE, -1));
}

BOTH(zeroes_are_written)
{
	uint64_t before = host_blocks();

	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 3, 10, 0), BLOCK_S_OK);
	CHECK(has(0, 1536, -1) && has(1536, 6656, 0) && has(6656, SIZE, -1));
	CHECK_EQ(host_blocks(), before);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 512, 512, BLOCK_UNMAP),
		 BLOCK_S_OK);
	CHECK(has(262144, 524288, 0) && has(524288, SIZE, -1));
	CHECK(host_blocks() <= before - 512);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 0, 8, 2), BLOCK_S_UNSUPP);
}

CASE(a_flush_reaches_the_disk)
{
	begin(true);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_OK);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 3, 10, 0), BLOCK_S_OK);
	CHECK_EQ(syncs, 0);
	CHECK_EQ(plain(BLOCK_T_FLUSH), BLOCK_S_OK);
	CHECK_EQ(syncs, 1);
	CHECK_EQ(written, 1);
}

/* Its driver knows nothing of a cache. */
CASE(without_flushes_all_is_written_through)
{
	begin(true);
	start(0);
	CHECK(block.io.write_through);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 3, 10, 0), BLOCK_S_OK);
	CHECK_EQ(syncs, 1);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_OK);
	CHECK(has(2560, 3584, 'w'));
	begin(false);
	start(0);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_OK);
	CHECK_EQ(segment(BLOCK_T_WRITE_ZEROES, 3, 1, 0), BLOCK_S_OK);
	CHECK(has(1536, 2048, 0) && has(2560, 3584, 'w'));
}

/* Pushes a read of sector `queue` * 64 + `i`, into `data` of the queue. */
static void push_read(unsigned queue, unsigned i, uint64_t data)
{
	struct driver_buffer parts[] = { header(BLOCK_T_IN, queue * 64 + i),
					 { data + i * 513, 513, true } };

	driver_push(&driver, queue, parts, 2);
}

/* More than there are flights. */
BOTH(all_queues_are_served)
{
	uint64_t data[BLOCK_QUEUES];

	for (unsigned q = 0; q < BLOCK_QUEUES; q++) {
		data[q] = driver_in(&driver, 64 * 513).gpa;
		for (unsigned i = 0; i < 64; i++)
			push_read(q, i, data[q]);
	}
	driver_notify(&driver);
	for (unsigned q = 0; q < BLOCK_QUEUES; q++)
		for (unsigned i = 0; i < 64; i++) {
			pop(q, &written);
			CHECK_EQ(written, 513);
		}
	for (unsigned i = 0; i < 4 * 64; i++) {
		uint8_t *at =
		    driver_at(&driver, data[i / 64] + i % 64 * 513, 513);

		CHECK(is_pattern(at, i * 512, 512));
		CHECK_EQ(at[512], BLOCK_S_OK);
	}
}

CASE(a_batch_is_told_of_once)
{
	uint64_t data;

	begin(true);
	data = driver_in(&driver, 10 * 513).gpa;
	for (unsigned i = 0; i < 10; i++)
		push_read(2, i, data);
	driver_notify(&driver);
	for (unsigned i = 0; i < 10; i++)
		CHECK(driver_pop(&driver, 2, NULL) >= 0);
	CHECK_EQ(plugged.interrupts, 1);
}

/* What is cut off was told to the driver to be there. */
BOTH(an_image_that_was_cut_is_an_error)
{
	CHECK(!ftruncate(image.fd, 4096 + 256));
	CHECK_EQ(read_sectors(0, 8192), BLOCK_S_IOERR);
	CHECK_EQ(written, 4096 + 256);
	CHECK(is_pattern(driver_bytes(&driver, chain[1]), 0, 4096 + 256));
	CHECK_EQ(driver_bytes(&driver, chain[1])[4096 + 256], 0xA5);
	CHECK_EQ(read_sectors(0, 4096), BLOCK_S_OK);
	CHECK_EQ(read_sectors(100, 512), BLOCK_S_IOERR);
	CHECK_EQ(written, 0);
}

BOTH(the_hosts_errors_are_the_guests)
{
	int full = open("/dev/full", O_RDWR), null = open("/dev/null", 0);

	CHECK(dup2(full, image.fd) >= 0);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_IOERR);
	CHECK_EQ(segment(BLOCK_T_DISCARD, 0, 8, 0), BLOCK_S_IOERR);
	CHECK(dup2(null, image.fd) >= 0);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_IOERR);
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_IOERR);
	close(full);
	close(null);
}

static bool go_direct(void)
{
	if (fcntl(image.fd, F_SETFL, O_DIRECT)) {
		printf("ok - block: direct # SKIP no direct I/O in /var/tmp\n");
		return false;
	}
	image.direct = true;
	start(VIRTIO_BLK_F_FLUSH);
	return true;
}

/* Buffers as odd as these are no reason to fail. */
BOTH(direct_io_takes_any_buffer)
{
	uint32_t large = 200 * 1024;

	if (!go_direct())
		return;
	driver_room(&driver, 16);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', large)), BLOCK_S_OK);
	chain[0] = header(BLOCK_T_IN, 4);
	chain[1] = driver_in(&driver, 700);
	chain[2] = driver_in(&driver, large + 1024 - 700);
	chain[3] = driver_in(&driver, 1);
	CHECK_EQ(request(4), BLOCK_S_OK);
	CHECK_EQ(written, large + 1025);
	CHECK(is_pattern(driver_bytes(&driver, chain[1]), 2048, 512));
	CHECK_EQ(driver_bytes(&driver, chain[1])[512], 'w');
	CHECK_EQ(driver_bytes(&driver, chain[2])[large - 189], 'w');
	CHECK(is_pattern(driver_bytes(&driver, chain[2]) + large - 188,
			 2560 + large, 512));
	fcntl(image.fd, F_SETFL, 0);
	CHECK(has(0, 2560, -1) && has(2560, 2560 + large, 'w') &&
	      has(2560 + large, SIZE, -1));
}

static void kicked(struct io_source *source, uint32_t events)
{
	uint64_t count;

	(void)events;
	if (read(source->fd, &count, sizeof(count)) > 0)
		driver_notify(&driver);
}

/* Has the I/O thread take all chains of queue 1. */
static void notify_in_loop(unsigned chains)
{
	static struct io_source kick = { .ready = kicked };
	uint16_t taken = 0;
	struct reason why;

	kick.fd = eventfd(1, 0);
	CHECK(io_watch(&kick, EPOLLIN, &why));
	while (taken < chains) {
		usleep(10);
		virtio_lock(&block.device);
		taken = block.device.queues[1].avail_taken;
		virtio_unlock(&block.device);
	}
	io_forget(&kick);
	close(kick.fd);
}

/* Aligned, so that they are under way when the driver has enough of them. */
BOTH(nothing_is_written_after_a_reset)
{
	uint64_t data;
	const uint8_t *at;

	if (!go_direct())
		return;
	data = (driver.free + 4095) / 4096 * 4096;
	at = driver_at(&driver, data, 100 * 1024);
	driver.free = data + 100 * 1024;
	for (unsigned i = 0; i < 25; i++) {
		struct driver_buffer parts[] = {
			header(BLOCK_T_IN, i * 8),
			{ data + i * 4096, 4096, true },
			driver_in(&driver, 1),
		};

		driver_push(&driver, 1, parts, 3);
	}
	notify_in_loop(25);
	driver_reset(&driver);
	CHECK_EQ(block.io.in_flight, 0);
	memset(driver_at(&driver, data, 100 * 1024), 0x5A, 100 * 1024);
	usleep(20000);
	for (unsigned i = 0; i < 100 * 1024; i++)
		CHECK_EQ(at[i], 0x5A);
	start_again();
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
}

CASE(there_is_a_ring_where_the_host_has_them)
{
	struct uring ring;
	bool has_rings = uring_open(&ring, 1);

	uring_close(&ring);
	if (!has_rings)
		printf("ok - block: by io_uring # SKIP there is none here\n");
	begin(false);
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
	CHECK_EQ(block.io.has_ring, has_rings);
	begin(true);
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
	CHECK(!block.io.has_ring);
}

/* A host that takes nothing from the ring any more. */
CASE(what_the_ring_leaves_is_done_all_the_same)
{
	begin(false);
	CHECK_EQ(read_sectors(0, 512), BLOCK_S_OK);
	if (!block.io.has_ring)
		return;
	io_forget(&block.results);
	close(block.io.ring.fd);
	CHECK_EQ(transfer(BLOCK_T_OUT, 5, out_of('w', 1024)), BLOCK_S_OK);
	CHECK(has(2560, 3584, 'w'));
	block.io.ring.fd = -1;
}

CASE(its_configuration)
{
	const uint8_t *config = block.device.config;

	begin(true);
	CHECK_EQ(get_le64(config), SECTORS);
	CHECK_EQ(get_le32(config + 12), 126);
	CHECK_EQ(get_le32(config + 20), 512);
	CHECK_EQ(config[24], 3);
	CHECK_EQ(get_le16(config + 26), 8);
	CHECK_EQ(get_le16(config + 34), 4);
	CHECK_EQ(get_le32(config + 36), BLOCK_DISCARD_MAX);
	CHECK_EQ(get_le32(config + 40), 1);
	CHECK_EQ(get_le32(config + 44), 8);
	CHECK_EQ(get_le32(config + 52), 1);
	CHECK_EQ(config[56], 1);
	CHECK_EQ(block.device.config_size, 60);
	CHECK_EQ(block.device.kind->id, 2);
	CHECK(!(block.device.offered & VIRTIO_BLK_F_RO));
	image.block_size = 4096;
	start(VIRTIO_BLK_F_FLUSH);
	CHECK_EQ(get_le32(config + 20), 4096);
	CHECK_EQ(config[24], 0);
}

#define BOTH_OF(name) &name##_by_uring, &name##_at_once

RUN("block", BOTH_OF(sectors_are_read_and_written),
    BOTH_OF(a_request_is_framed_in_any_way),
    BOTH_OF(a_request_is_of_whole_sectors_that_are_there),
    BOTH_OF(what_is_no_request_is_answered),
    BOTH_OF(without_a_place_for_the_status_all_ends), BOTH_OF(it_tells_its_id),
    BOTH_OF(what_is_read_only_is_not_written_to),
    BOTH_OF(what_is_discarded_is_given_back), BOTH_OF(zeroes_are_written),
    &a_flush_reaches_the_disk, &without_flushes_all_is_written_through,
    BOTH_OF(all_queues_are_served), &a_batch_is_told_of_once,
    BOTH_OF(an_image_that_was_cut_is_an_error),
    BOTH_OF(the_hosts_errors_are_the_guests),
    BOTH_OF(direct_io_takes_any_buffer),
    BOTH_OF(nothing_is_written_after_a_reset),
    &there_is_a_ring_where_the_host_has_them,
    &what_the_ring_leaves_is_done_all_the_same, &its_configuration)
