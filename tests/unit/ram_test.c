/* Guest memory: which addresses become host spans. */
#include "vmm/ram.h"

#include "board-pc/map.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct ram ram;

static void with_ram(uint64_t size)
{
	struct reason why;

	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
}

CASE(a_span_is_whole_or_nothing)
{
	with_ram(MIB(2));
	CHECK(ram_span(&ram, 0, MIB(2)) == ram.host);
	CHECK(ram_span(&ram, 1, MIB(2)) == NULL);
	CHECK(ram_span(&ram, MIB(2) - 1, 1) == ram.host + MIB(2) - 1);
	CHECK(ram_span(&ram, MIB(2), 1) == NULL);
	CHECK(ram_span(&ram, 0, 0) == NULL);
}

CASE(lengths_and_addresses_do_not_wrap)
{
	with_ram(MIB(2));
	CHECK(ram_span(&ram, 4096, UINT64_MAX) == NULL);
	CHECK(ram_span(&ram, UINT64_MAX, 2) == NULL);
	CHECK(ram_span(&ram, UINT64_MAX - 1, UINT64_MAX) == NULL);
}

CASE(the_gap_is_not_ram)
{
	with_ram(GIB(5));
	CHECK_EQ(ram_low_size(&ram), GIB(3));
	CHECK_EQ(ram_high_size(&ram), GIB(2));
	CHECK(ram_span(&ram, GIB(3) - 1, 1) == ram.host + GIB(3) - 1);
	CHECK(ram_span(&ram, GIB(3) - 1, 2) == NULL);
	CHECK(ram_span(&ram, GIB(3), 1) == NULL);
	CHECK(ram_span(&ram, GIB(4) - 1, 2) == NULL);
	CHECK(ram_span(&ram, GIB(4), GIB(2)) == ram.host + GIB(3));
	CHECK(ram_span(&ram, GIB(6) - 1, 1) == ram.host + GIB(5) - 1);
	CHECK(ram_span(&ram, GIB(6), 1) == NULL);
}

/* Can it be read, or does the kernel say EFAULT? */
static bool is_there(const uint8_t *host)
{
	int ends[2];
	bool is;

	CHECK(!pipe(ends));
	is = write(ends[1], host, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return is;
}

CASE(nobody_touches_what_is_beside_it)
{
	static const uint64_t sizes[] = { 4096, MIB(2) - 4096, MIB(2),
					  MIB(2) + 4096, GIB(5) };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint64_t size = sizes[i];

		with_ram(size);
		CHECK(is_there(ram.host));
		CHECK(is_there(ram.host + size - 1));
		CHECK(!is_there(ram.host - 1));
		CHECK(!is_there(ram.host - 4096));
		CHECK(!is_there(ram.host + size));
		CHECK(!is_there(ram.host + size + 4095));
	}
}

static void *no_ram = &ram;

CASE(a_host_address_has_a_guest_address)
{
	uint64_t gpa = 1;

	with_ram(GIB(5));
	CHECK(ram_address_of(&ram, ram.host, &gpa));
	CHECK_EQ(gpa, 0);
	CHECK(ram_address_of(&ram, ram.host + GIB(3) - 1, &gpa));
	CHECK_EQ(gpa, GIB(3) - 1);
	CHECK(ram_address_of(&ram, ram.host + GIB(3), &gpa));
	CHECK_EQ(gpa, GIB(4));
	CHECK(ram_address_of(&ram, ram.host + GIB(5) - 1, &gpa));
	CHECK_EQ(gpa, GIB(6) - 1);
	CHECK(!ram_address_of(&ram, ram.host + GIB(5), &gpa));
	CHECK(!ram_address_of(&ram, ram.host - 1, &gpa));
	CHECK(!ram_address_of(&ram, no_ram, &gpa));
	CHECK(!ram_address_of(&ram, NULL, &gpa));
}

CASE(memory_that_is_not_mapped_has_no_addresses)
{
	const struct ram none = { 0 };
	uint64_t gpa;

	CHECK(!ram_address_of(&none, NULL, &gpa));
	CHECK(!ram_address_of(&none, no_ram, &gpa));
}

CASE(it_begins_where_a_huge_page_does)
{
	for (uint64_t pages = 256; pages < 2048; pages += 3) {
		with_ram(pages * 4096);
		CHECK_EQ((uintptr_t)ram.host % MIB(2), 0);
		memset(ram_span(&ram, 0, ram.size), 1, ram.size);
	}
}

CASE(too_much_is_refused_with_a_reason)
{
	struct ram huge;
	struct reason why = { "" };

	CHECK(!ram_map(&huge, UINT64_C(1) << 60, &why));
	CHECK_SAYS(why.text, "cannot reserve");
}

#define PAGE 4096

/* A file of so many bytes, open and mapped; no byte of it is as its neighbour.
 */
static struct image file_of(uint64_t size)
{
	static int fd = -1;
	struct image image = { .size = size };
	uint8_t *bytes;

	if (fd >= 0)
		close(fd);
	image.fd = fd = memfd_create("file", 0);
	CHECK(fd > 0 && !ftruncate(fd, (off_t)size));
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(bytes != MAP_FAILED);
	for (uint64_t i = 0; i < size && size <= MIB(1); i++)
		bytes[i] = (uint8_t)(i + i / PAGE + 1);
	image.bytes = bytes;
	return image;
}

/* Is the file at `gpa`, and all around it as it was? */
static void check_placed(uint64_t gpa, const struct image *file,
			 uint64_t offset, uint64_t length)
{
	const struct image original = *file;
	struct reason why = { "" };

	with_ram(MIB(4));
	memset(ram.host, 0xEE, ram.size);
	CHECK(ram_place(&ram, gpa, file, offset, length, &why));
	CHECK(!memcmp(ram.host + gpa, original.bytes + offset, length));
	for (uint64_t i = 0; i < gpa; i++)
		CHECK_EQ(ram.host[i], 0xEE);
	for (uint64_t i = gpa + length; i < ram.size; i++)
		CHECK_EQ(ram.host[i], 0xEE);
}

CASE(a_part_of_a_file_is_placed_and_nothing_else)
{
	const struct image file = file_of(MIB(1));
	struct image closed = file;

	closed.fd = 0;
	for (unsigned i = 0; i < 5 * 5 * 5; i++) {
		static const uint64_t near[] = { 0, 1, 100, PAGE - 1, PAGE };
		uint64_t head = near[i % 5], tail = near[i / 5 % 5];
		uint64_t gpa = MIB(2) + head + near[i / 25] / 100;

		check_placed(gpa, &file, PAGE + head,
			     MIB(1) - 2 * PAGE - head - tail);
		check_placed(gpa, &closed, head, MIB(1) - head - tail);
	}
}

CASE(any_length_is_placed)
{
	const struct image file = file_of(KIB(100));

	for (uint64_t length = 0; length <= KIB(100);
	     length += 1 + length / 3) {
		check_placed(MIB(2), &file, 0, length);
		check_placed(MIB(2) - 1, &file, KIB(100) - length, length);
	}
	check_placed(MIB(4) - KIB(100), &file, 0, KIB(100));
	check_placed(0, &file, 0, KIB(100));
}

CASE(what_the_guest_writes_stays_out_of_the_file)
{
	const struct image file = file_of(MIB(1));
	struct reason why;

	for (int start = 0; start < 2; start++) {
		with_ram(MIB(4));
		CHECK(ram_place(&ram, MIB(1), &file, 0, file.size, &why));
		for (uint64_t i = 0; i < file.size; i++)
			CHECK_EQ(ram.host[MIB(1) + i],
				 (uint8_t)(i + i / PAGE + 1));
		memset(ram.host + MIB(1), 0xEE, file.size);
	}
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

CASE(the_size_of_a_file_costs_nothing)
{
	const struct image file = file_of(MIB(300));
	struct reason why;
	long before;

	with_ram(MIB(400));
	before = faults();
	CHECK(ram_place(&ram, MIB(1), &file, 0, MIB(1), &why));
	CHECK(ram_place(&ram, MIB(64), &file, 0, file.size, &why));
	CHECK(faults() - before < 16);
}

CASE(a_mapping_that_fails_is_a_reason)
{
	struct image file = file_of(MIB(1));
	struct reason why = { "" };

	with_ram(MIB(4));
	file.fd = 9999;
	CHECK(!ram_place(&ram, MIB(1), &file, 0, MIB(1), &why));
	CHECK_SAYS(why.text, "1048576 bytes of the file cannot be mapped");
	CHECK_SAYS(why.text, "Bad file descriptor");
}

RUN("ram", &a_span_is_whole_or_nothing, &lengths_and_addresses_do_not_wrap,
    &the_gap_is_not_ram, &nobody_touches_what_is_beside_it,
    &a_host_address_has_a_guest_address,
    &memory_that_is_not_mapped_has_no_addresses,
    &it_begins_where_a_huge_page_does, &too_much_is_refused_with_a_reason,
    &a_part_of_a_file_is_placed_and_nothing_else, &any_length_is_placed,
    &what_the_guest_writes_stays_out_of_the_file,
    &the_size_of_a_file_costs_nothing, &a_mapping_that_fails_is_a_reason)
