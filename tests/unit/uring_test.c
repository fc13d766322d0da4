/* io_uring, and the same by plain calls. */
#include "vmm/uring.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

static struct uring ring;
static bool has_ring;
static int file;

static void begin(void)
{
	if (has_ring)
		uring_close(&ring);
	has_ring = uring_open(&ring, 8);
	file = memfd_create("file", 0);
	CHECK(file >= 0 && !ftruncate(file, 65536));
	if (!has_ring)
		printf("ok - uring: in the case that follows # SKIP there is "
		       "no io_uring here\n");
}

static bool is_readable(void)
{
	struct pollfd source = { ring.fd, POLLIN, 0 };

	return poll(&source, 1, 0) == 1;
}

/* Does it by the ring, alone. */
static int32_t do_by_ring(const struct uring_work *work)
{
	int32_t result = -1;
	uint64_t id = 0;

	uring_queue(&ring, work, 4711);
	CHECK(uring_submit(&ring));
	while (!uring_reap(&ring, &id, &result))
		uring_wait(&ring);
	CHECK_EQ(id, 4711);
	CHECK(!uring_reap(&ring, &id, &result));
	CHECK(!is_readable());
	return result;
}

/* By the ring and at once: it comes to the same. */
static int32_t both(const struct uring_work *work)
{
	int32_t result = uring_carry_out(work);

	if (has_ring) {
		int32_t other = do_by_ring(work);

		CHECK_EQ((uint32_t)other, (uint32_t)result);
	}
	return result;
}

static struct uring_work transfer(enum uring_verb verb, struct iovec *spans,
				  unsigned count, uint64_t offset)
{
	return (struct uring_work){ .verb = verb,
				    .fd = file,
				    .spans = spans,
				    .span_count = count,
				    .offset = offset };
}

CASE(bytes_are_written_and_read)
{
	char one[] = "one", more[] = "and more", back[11];
	struct iovec out[] = { { one, 3 }, { more, 8 } };
	struct iovec in[] = { { back, 5 }, { back + 5, 6 } };
	struct uring_work write, read;

	begin();
	write = transfer(URING_WRITE, out, 2, 5000);
	read = transfer(URING_READ, in, 2, 5000);
	CHECK_EQ(both(&write), 11);
	CHECK_EQ(both(&read), 11);
	CHECK(!memcmp(back, "oneand more", 11));
	read.offset = 65530;
	CHECK_EQ(both(&read), 6);
	read.offset = 65536;
	CHECK_EQ(both(&read), 0);
}

CASE(files_are_synced_and_punched)
{
	struct uring_work sync = { .verb = URING_SYNC };
	struct uring_work punch = { .verb = URING_ALLOCATE,
				    .offset = 4096,
				    .length = 8192,
				    .flags = FALLOC_FL_KEEP_SIZE |
					     FALLOC_FL_PUNCH_HOLE };
	char bytes[12288];

	begin();
	memset(bytes, 'x', sizeof(bytes));
	CHECK(pwrite(file, bytes, sizeof(bytes), 0) == sizeof(bytes));
	sync.fd = punch.fd = file;
	CHECK_EQ(both(&sync), 0);
	CHECK_EQ(both(&punch), 0);
	CHECK(pread(file, bytes, sizeof(bytes), 0) == sizeof(bytes));
	CHECK_EQ(bytes[4095], 'x');
	CHECK_EQ(bytes[4096], 0);
	CHECK_EQ(bytes[12287], 0);
}

CASE(errors_are_the_hosts)
{
	char byte = 0;
	struct iovec span = { &byte, 1 };
	struct uring_work work;
	int pipes[2];

	begin();
	work = transfer(URING_WRITE, &span, 1, 0);
	work.fd = open("/dev/full", O_RDWR);
	CHECK_EQ(both(&work), (unsigned long long)-ENOSPC);
	work.fd = open("/dev/null", O_RDONLY);
	CHECK_EQ(both(&work), (unsigned long long)-EBADF);
	CHECK(!pipe(pipes));
	work = (struct uring_work){ .verb = URING_SYNC, .fd = pipes[1] };
	CHECK_EQ(both(&work), (unsigned long long)-EINVAL);
	work.verb = URING_ALLOCATE;
	work.length = 512;
	CHECK_EQ(both(&work), (unsigned long long)-ESPIPE);
}

/* Many at once, many times round. */
CASE(every_result_is_of_its_work)
{
	uint8_t bytes[8] = { 0 };
	struct iovec spans[8];

	begin();
	for (unsigned round = 0; has_ring && round < 100; round++) {
		unsigned seen = 0;
		uint64_t id;
		int32_t result;

		for (unsigned i = 0; i < 8; i++) {
			struct uring_work work;

			spans[i] = (struct iovec){ bytes, i + 1 };
			work = transfer(URING_READ, &spans[i], 1, 0);
			uring_queue(&ring, &work, i);
		}
		CHECK(!uring_reap(&ring, &id, &result));
		CHECK(uring_submit(&ring));
		for (unsigned i = 0; i < 8; i++) {
			while (!uring_reap(&ring, &id, &result))
				uring_wait(&ring);
			CHECK_EQ(result, id + 1);
			seen |= 1U << id;
		}
		CHECK_EQ(seen, 0xFF);
	}
}

CASE(what_is_queued_is_taken_back)
{
	char byte = 'x';
	struct iovec span = { &byte, 1 };
	struct uring_work work;
	uint64_t id = 0;

	begin();
	work = transfer(URING_WRITE, &span, 1, 0);
	if (!has_ring)
		return;
	uring_queue(&ring, &work, 7);
	uring_queue(&ring, &work, 8);
	CHECK(uring_take_back(&ring, &id));
	CHECK_EQ(id, 8);
	CHECK(uring_take_back(&ring, &id));
	CHECK_EQ(id, 7);
	CHECK(!uring_take_back(&ring, &id));
	CHECK(uring_submit(&ring));
	CHECK(pread(file, &byte, 1, 0) == 1);
	CHECK_EQ(byte, 0);
	byte = 'y';
	CHECK_EQ(do_by_ring(&work), 1);
}

/* A ring that the host does not submit to any more. */
CASE(what_the_host_leaves_is_still_queued)
{
	struct uring_work work = { .verb = URING_SYNC };
	uint64_t id = 0;

	begin();
	if (!has_ring)
		return;
	close(ring.fd);
	work.fd = file;
	uring_queue(&ring, &work, 9);
	CHECK(!uring_submit(&ring));
	CHECK(uring_take_back(&ring, &id));
	CHECK_EQ(id, 9);
	ring.fd = -1;
}

CASE(the_descriptor_is_readable_with_a_result)
{
	struct uring_work work = { .verb = URING_SYNC };
	int32_t result;
	uint64_t id;

	begin();
	if (!has_ring)
		return;
	CHECK(!is_readable());
	work.fd = file;
	uring_queue(&ring, &work, 0);
	CHECK(uring_submit(&ring));
	uring_wait(&ring);
	CHECK(is_readable());
	CHECK(uring_reap(&ring, &id, &result));
	CHECK(!is_readable());
}

RUN("uring", &bytes_are_written_and_read, &files_are_synced_and_punched,
    &errors_are_the_hosts, &every_result_is_of_its_work,
    &what_is_queued_is_taken_back, &what_the_host_leaves_is_still_queued,
    &the_descriptor_is_readable_with_a_result)
