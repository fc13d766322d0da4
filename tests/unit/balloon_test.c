/* The balloon: whose pages are given back, and whose are not. */
#include "board-pc/virtio/balloon.h"

#include "tests/virtio_device.h"

#include <sys/mman.h>

#include "tests/unit/unit.h"

enum { INFLATE = 0, DEFLATE = 1, REPORT = 2, REPORT_TOO = 4 };

#define PAGE  4096U
#define PAGES MIB(32) /* of guest memory that is played with, from here on */

static struct driver driver;

static void begin(void)
{
	if (!plugged.device)
		CHECK(balloon_plug());
	if (plugged.device->status)
		driver_reset(&driver);
	CHECK(driver_start(&driver, plugged.device, 1 << 5));
	plugged_forget();
}

static uint8_t *page(unsigned index)
{
	return driver_at(&driver, PAGES + index * PAGE, PAGE);
}

static void fill(unsigned from, unsigned count)
{
	memset(page(from), 0x77, count * PAGE);
}

static bool all(const uint8_t *bytes, size_t count, uint8_t value)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static bool is_kept(unsigned index)
{
	return all(page(index), PAGE, 0x77);
}

static bool is_gone(unsigned index)
{
	return all(page(index), PAGE, 0);
}

static struct driver_buffer pages(unsigned from, unsigned count)
{
	return (struct driver_buffer){ PAGES + from * PAGE, count * PAGE,
				       true };
}

static void serve(unsigned queue)
{
	uint32_t written;

	driver_notify(&driver);
	CHECK(driver_pop(&driver, queue, &written) >= 0);
	CHECK_EQ(written, 0);
}

/* The numbers of pages, from the first that is played with. */
static void put_pfns(unsigned queue, const uint32_t *indexes, unsigned count)
{
	uint8_t bytes[64];
	struct driver_buffer buffer;

	for (unsigned i = 0; i < count; i++)
		put_le32(bytes + 4 * i, (uint32_t)(PAGES / PAGE) + indexes[i]);
	buffer = driver_out(&driver, bytes, 4 * count);
	driver_push(&driver, queue, &buffer, 1);
	serve(queue);
}

CASE(it_is_a_balloon_of_no_pages)
{
	begin();
	CHECK_EQ(plugged.device->kind->id, 5);
	CHECK_EQ(plugged.device->queue_count, 5);
	CHECK_EQ(plugged.device->offered, 1 << 2 | 1 << 5);
	CHECK_EQ(plugged.device->config_size, 8);
	CHECK(plugged.device->kind->queue_size >= 32);
	CHECK_EQ(get_le32(plugged.device->config), 0);
}

static void check_reports(unsigned queue)
{
	struct driver_buffer chain[2];

	begin();
	fill(0, 8);
	chain[0] = pages(1, 2);
	chain[1] = pages(5, 1);
	driver_push(&driver, queue, chain, 2);
	serve(queue);
	CHECK(is_kept(0) && is_gone(1) && is_gone(2) && is_kept(3));
	CHECK(is_kept(4) && is_gone(5) && is_kept(6) && is_kept(7));
	CHECK_EQ(plugged.interrupts, 1);
	CHECK(!plugged_came_back());
}

CASE(what_is_reported_is_given_back)
{
	check_reports(REPORT);
}

CASE(so_it_is_where_the_specification_has_the_queue)
{
	check_reports(REPORT_TOO);
}

CASE(each_chain_is_given_back_from_its_beginning)
{
	struct driver_buffer chain;

	begin();
	fill(0, 8);
	chain = pages(0, 4);
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	chain = pages(5, 2);
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	CHECK(is_kept(4) && is_gone(5) && is_gone(6) && is_kept(7));
}

CASE(the_host_has_it_back)
{
	unsigned char resident[4];
	struct driver_buffer chain;

	begin();
	fill(0, 4);
	CHECK(!mincore(page(0), 4 * PAGE, resident));
	CHECK(resident[1] & 1);
	chain = pages(1, 2);
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	CHECK(!mincore(page(0), 4 * PAGE, resident));
	CHECK(resident[0] & 1 && !(resident[1] & 1));
	CHECK(resident[3] & 1 && !(resident[2] & 1));
}

/* The rest of a page is somebody's. */
CASE(only_whole_pages_go)
{
	struct driver_buffer chain = { PAGES + 100, 2 * PAGE, true };

	begin();
	fill(0, 4);
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	CHECK(is_kept(0) && is_gone(1) && is_kept(2));
	fill(0, 4);
	chain.length = PAGE;
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	CHECK(is_kept(0) && is_kept(1) && is_kept(2));
}

CASE(what_the_device_may_not_write_is_kept)
{
	struct driver_buffer chain[2];

	begin();
	fill(0, 4);
	chain[0] = pages(0, 1);
	chain[0].writable = false;
	chain[1] = pages(2, 1);
	driver_push(&driver, REPORT, chain, 2);
	serve(REPORT);
	CHECK(is_kept(0) && is_kept(1) && is_gone(2) && is_kept(3));
}

CASE(more_than_a_turn_takes_more_turns)
{
	struct driver_buffer chain[6];
	unsigned turns = 1;

	begin();
	fill(0, 8);
	for (int i = 0; i < 5; i++)
		chain[i] = (struct driver_buffer){ PAGES, MIB(32), true };
	chain[5] = pages(0, 1);
	driver_push(&driver, REPORT, chain, 6);
	for (;; turns++) {
		driver_notify(&driver);
		if (driver_pop(&driver, REPORT, NULL) >= 0)
			break;
		CHECK(plugged_came_back());
		CHECK(turns < 10);
		fill(0, 1);
	}
	CHECK_EQ(turns, 2);
	CHECK(is_gone(0));
	CHECK(!plugged_came_back());
}

/* Half a chain is forgotten: the next begins at its beginning. */
CASE(a_reset_ends_a_chain_in_the_middle)
{
	struct driver_buffer chain[5];

	begin();
	for (int i = 0; i < 5; i++)
		chain[i] = (struct driver_buffer){ PAGES, MIB(32), true };
	driver_push(&driver, REPORT, chain, 5);
	driver_notify(&driver);
	CHECK(driver_pop(&driver, REPORT, NULL) < 0);
	begin();
	fill(0, 2);
	chain[0] = pages(0, 1);
	driver_push(&driver, REPORT, chain, 1);
	serve(REPORT);
	CHECK(is_gone(0) && is_kept(1));
}

CASE(inflating_gives_back)
{
	static const uint32_t indexes[] = { 1, 2, 3, 7, 5 };

	begin();
	fill(0, 9);
	put_pfns(INFLATE, indexes, 5);
	CHECK(is_kept(0) && is_gone(1) && is_gone(2) && is_gone(3));
	CHECK(is_kept(4) && is_gone(5) && is_kept(6) && is_gone(7));
	CHECK(is_kept(8));
}

CASE(deflating_touches_nothing)
{
	static const uint32_t indexes[] = { 1, 2 };

	begin();
	fill(0, 4);
	put_pfns(DEFLATE, indexes, 2);
	CHECK(is_kept(0) && is_kept(1) && is_kept(2) && is_kept(3));
}

/* Behind the end of RAM, in the gap, at the end of numbers, 0 after that. */
CASE(numbers_of_no_page_are_nobodys)
{
	const uint32_t first = (uint32_t)(PAGES / PAGE);
	const uint32_t indexes[] = {
		(uint32_t)(DRIVER_RAM / PAGE) - first,
		(uint32_t)(MAP_GAP / PAGE) - first,
		UINT32_MAX - first,
		0 - first,
		3,
	};

	begin();
	fill(0, 5);
	memset(driver_at(&driver, 0, PAGE), 0x77, PAGE);
	put_pfns(INFLATE, indexes, 5);
	CHECK(all(driver_at(&driver, 0, PAGE), PAGE, 0));
	CHECK(is_kept(2) && is_gone(3) && is_kept(4));
}

CASE(a_number_that_is_cut_off_is_none)
{
	uint8_t bytes[6] = { 0 };
	struct driver_buffer buffer;

	begin();
	fill(0, 2);
	put_le32(bytes, (uint32_t)(PAGES / PAGE));
	buffer = driver_out(&driver, bytes, sizeof(bytes));
	memset(driver_at(&driver, 0, PAGE), 0x77, PAGE);
	driver_push(&driver, INFLATE, &buffer, 1);
	serve(INFLATE);
	CHECK(is_gone(0) && is_kept(1));
	CHECK(all(driver_at(&driver, 0, PAGE), PAGE, 0x77));
}

/* Calls cost, too: a greedy driver does not keep the thread. */
CASE(scattered_numbers_take_turns)
{
	static uint8_t bytes[4 * BALLOON_PFNS_MAX];
	struct driver_buffer buffer;
	unsigned served = 0;

	begin();
	for (unsigned i = 0; i < BALLOON_PFNS_MAX; i++)
		put_le32(bytes + 4 * i, (uint32_t)(PAGES / PAGE) + 2 * i);
	buffer = driver_out(&driver, bytes, sizeof(bytes));
	for (int i = 0; i < 8; i++)
		driver_push(&driver, INFLATE, &buffer, 1);
	driver_notify(&driver);
	while (driver_pop(&driver, INFLATE, NULL) >= 0)
		served++;
	CHECK(served > 0 && served < 8);
	CHECK(plugged_came_back());
}

/* Of a file that was mapped into RAM the bytes are the file's again. */
CASE(pages_of_a_file_are_as_they_were)
{
	struct driver_buffer chain;
	int fd = memfd_create("kernel", 0);
	struct image file = { .size = 16 * PAGE, .fd = fd };
	struct reason why;
	void *bytes;

	begin();
	CHECK(fd > 0 && !ftruncate(fd, 16 * PAGE));
	bytes =
	    mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(bytes != MAP_FAILED);
	memset(bytes, 0x11, 16 * PAGE);
	file.bytes = bytes;
	CHECK(ram_place(&driver.ram, PAGES, &file, 0, 16 * PAGE, &why));
	fill(0, 4);
	chain = pages(1, 2);
	driver_push(&driver, REPORT, &chain, 1);
	serve(REPORT);
	CHECK(is_kept(0) && is_kept(3));
	CHECK(all(page(1), 2 * PAGE, 0x11));
	CHECK(all(bytes, 16 * PAGE, 0x11));
}

/* `actual` is the driver's, the target the device's. */
CASE(a_driver_does_not_set_its_target)
{
	struct virtio_device *device;

	begin();
	device = plugged.device;
	device->config[4] = 9;
	device->kind->config_written(device, 4, 4);
	CHECK_EQ(get_le32(device->config + 4), 9);
	device->config[0] = 5;
	device->config[3] = 5;
	device->kind->config_written(device, 0, 4);
	CHECK_EQ(get_le32(device->config), 0);
	CHECK_EQ(get_le32(device->config + 4), 9);
}

RUN("balloon", &it_is_a_balloon_of_no_pages, &what_is_reported_is_given_back,
    &so_it_is_where_the_specification_has_the_queue,
    &each_chain_is_given_back_from_its_beginning, &the_host_has_it_back,
    &only_whole_pages_go, &what_the_device_may_not_write_is_kept,
    &more_than_a_turn_takes_more_turns, &a_reset_ends_a_chain_in_the_middle,
    &inflating_gives_back, &deflating_touches_nothing,
    &numbers_of_no_page_are_nobodys, &a_number_that_is_cut_off_is_none,
    &scattered_numbers_take_turns, &pages_of_a_file_are_as_they_were,
    &a_driver_does_not_set_its_target)
