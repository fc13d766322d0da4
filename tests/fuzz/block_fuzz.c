/*
 * Fuzzes virtio-blk with libFuzzer: requests of a hostile driver, framed in any
 * way, on a small image in memory. Checked: a request is answered once, or
 * breaks the device for want of a place for the answer; of guest memory only
 * buffers that are the device's to write are written; what is read is what the
 * image has; the image changes only where a request that was carried out says
 * so, as it says, and never in size; a sound transfer is carried out.
 *
 * The input: 48 bytes a request. The first two say how many buffers there are
 * to read and to write, 13 of them have a length each; the rest begins what is
 * to be read: header and segment, made likelier as the third byte says.
 */
#include "board-pc/virtio/block.h"

#include "tests/virtio_device.h"
#include "vmm/cold.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define REQUEST 48U
#define LENGTHS 3U  /* where they are in it */
#define BYTES   16U /* and what is to be read */
#define SECTORS 64U
#define SIZE    (SECTORS * SECTOR_SIZE)
#define BUFFERS 13U
#define ROOM    4112U /* for each, the largest and a little more */
#define ARENA   (BUFFERS * ROOM)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

COLD struct block block;
static struct driver driver;
static struct block_image image;
static uint8_t *disk, *arena;
static uint8_t disk_before[SIZE], arena_before[ARENA];

static void set_up(void)
{
	image = (struct block_image){ .fd = memfd_create("image", 0),
				      .size = SIZE,
				      .block_size = SECTOR_SIZE,
				      .without_uring = true,
				      .id = "serial" };
	must(!ftruncate(image.fd, SIZE));
	disk =
	    mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, image.fd, 0);
	must(disk != MAP_FAILED);
	driver.ram_size = DRIVER_BUFFERS + MIB(1);
}

static void start(void)
{
	must(driver_start(&driver, &block.device, VIRTIO_BLK_F_FLUSH));
	arena = driver_at(&driver, driver_room(&driver, ARENA), ARENA);
}

static void begin(bool read_only)
{
	for (unsigned i = 0; i < SIZE; i++)
		disk[i] = (uint8_t)(i * 7 + i / 512);
	image.read_only = read_only;
	block_init(&block, &image);
	must(virtio_plug(&block.device));
	start();
}

/* What the request's buffers are, and all that is to be read. */
static struct driver_buffer chain[BUFFERS];
static unsigned readable, writable;
static uint8_t out[ARENA];
static uint64_t out_bytes, in_bytes;

static void frame(const uint8_t *it)
{
	static const uint32_t lengths[] = { 1,   2,    15,   16,  17,   31,
					    511, 512,  513,  528, 1024, 1025,
					    100, 4096, 4097, 2048 };

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

	memset(out, it[2], sizeof(out));
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
	must(!memcmp(arena, arena_before, ARENA));
}

/* The image is as before, but for these bytes, which are `wanted`, or zero. */
static void check_disk(uint64_t from, uint64_t count, const uint8_t *wanted)
{
	struct stat st;

	must(from <= SIZE && count <= SIZE - from);
	if (wanted)
		memcpy(disk_before + from, wanted, count);
	else
		memset(disk_before + from, 0, count);
	must(!memcmp(disk, disk_before, SIZE));
	must(!fstat(image.fd, &st) && st.st_size == SIZE);
}

static void check_done(void)
{
	uint64_t sector = get_le64(out + 8) * SECTOR_SIZE;

	switch (get_le32(out)) {
	case BLOCK_T_IN:
		check_disk(0, 0, NULL);
		for (uint64_t i = 0; i < in_bytes - 1; i++)
			must(in_byte(i) == disk[sector + i]);
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

	return out_bytes >= 16 &&
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
	else
		check_disk(0, 0, NULL);
	must(in_byte(in_bytes - 1) == BLOCK_S_OK || !is_sound());
}

static void request(const uint8_t *it)
{
	frame(it);
	if (!readable && !writable)
		return;
	memset(arena, 0xA5, ARENA);
	fill(it);
	memcpy(arena_before, arena, ARENA);
	memcpy(disk_before, disk, SIZE);
	driver_push(&driver, 0, chain, readable + writable);
	driver_notify(&driver);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!disk)
		set_up();
	begin(size % 8 == 7);
	for (; size >= REQUEST; data += REQUEST, size -= REQUEST)
		request(data);
	driver_reset(&driver);
	close(block.device.kick.fd);
	return 0;
}
