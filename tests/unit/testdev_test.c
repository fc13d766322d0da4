/* The test device: lines, echo, flush and memory. */
#include "board-pc/testdev.h"

#include "tests/unit/unit.h"

static struct testdev chip;
static unsigned driven, line_driven;
static bool level_driven;
static unsigned flushes;
static uint32_t flushed;

static void record_pin(void *listener, unsigned line, bool level)
{
	(void)listener;
	driven++;
	line_driven = line;
	level_driven = level;
}

static void record_flush(void *listener, uint32_t value)
{
	(void)listener;
	flushes++;
	flushed = value;
}

static void power_on(void)
{
	memset(&chip, 0xA5, sizeof(chip));
	for (unsigned i = 0; i < TESTDEV_LINES; i++)
		chip.irq[i] = (struct pin){ .drive = record_pin, .line = i };
	chip.flush = (struct lane){ .put = record_flush };
	driven = flushes = 0;
	testdev_reset(&chip);
	CHECK_EQ(driven, 0);
}

CASE(a_byte_drives_its_line)
{
	power_on();
	for (unsigned i = 0; i < TESTDEV_LINES; i++) {
		testdev_write(&chip, TESTDEV_IRQ + i, 1, 1);
		CHECK_EQ(line_driven, i);
		CHECK(level_driven);
		testdev_write(&chip, TESTDEV_IRQ + i, 0x80, 1);
		CHECK(level_driven);
		testdev_write(&chip, TESTDEV_IRQ + i, 0, 1);
		CHECK(!level_driven);
	}
	CHECK_EQ(driven, 3 * TESTDEV_LINES);
	CHECK_EQ(testdev_read(&chip, TESTDEV_IRQ, 1), CHIP_ALL_ONES);
}

CASE(echo_has_every_size)
{
	power_on();
	CHECK_EQ(testdev_read(&chip, TESTDEV_ECHO, 4), 0);
	testdev_write(&chip, TESTDEV_ECHO, 0x44332211, 4);
	CHECK_EQ(testdev_read(&chip, TESTDEV_ECHO, 4), 0x44332211);
	CHECK_EQ(testdev_read(&chip, TESTDEV_ECHO + 1, 1), 0x22);
	CHECK_EQ(testdev_read(&chip, TESTDEV_ECHO + 2, 2), 0x4433);
	testdev_write(&chip, TESTDEV_ECHO + 1, 0xBEEF, 2);
	testdev_write(&chip, TESTDEV_ECHO + 3, 0x99, 1);
	CHECK_EQ(testdev_read(&chip, TESTDEV_ECHO, 4), 0x99BEEF11);
	CHECK_EQ(driven + flushes, 0);
}

CASE(a_doubleword_flushes)
{
	power_on();
	testdev_write(&chip, TESTDEV_FLUSH, 0x12345678, 4);
	CHECK_EQ(flushes, 1);
	CHECK_EQ(flushed, 0x12345678);
	testdev_write(&chip, TESTDEV_FLUSH, 1, 1);
	testdev_write(&chip, TESTDEV_FLUSH + 2, 1, 2);
	CHECK_EQ(flushes, 1);
	CHECK_EQ(testdev_read(&chip, TESTDEV_FLUSH, 4), CHIP_ALL_ONES);
}

CASE(memory_is_memory_to_its_end)
{
	const uint32_t last = TESTDEV_END - 4;

	power_on();
	CHECK_EQ(testdev_read(&chip, TESTDEV_MEMORY, 4), 0);
	testdev_write(&chip, TESTDEV_MEMORY, 0x01020304, 4);
	testdev_write(&chip, last, 0x0A0B0C0D, 4);
	CHECK_EQ(testdev_read(&chip, TESTDEV_MEMORY + 1, 2), 0x0203);
	CHECK_EQ(testdev_read(&chip, last, 4), 0x0A0B0C0D);
	CHECK_EQ(testdev_read(&chip, last + 3, 1), 0x0A);
	testdev_reset(&chip);
	CHECK_EQ(testdev_read(&chip, last, 4), 0);
}

CASE(what_is_beyond_is_nobodys)
{
	power_on();
	testdev_write(&chip, TESTDEV_END - 2, 0xFFFFFFFF, 4);
	testdev_write(&chip, TESTDEV_END, 0xFF, 1);
	CHECK_EQ(testdev_read(&chip, TESTDEV_END - 4, 4), 0);
	CHECK_EQ(testdev_read(&chip, TESTDEV_END - 2, 4), CHIP_ALL_ONES);
	CHECK_EQ(testdev_read(&chip, UINT32_MAX, 1), CHIP_ALL_ONES);
	testdev_write(&chip, UINT32_MAX, 1, 1);
	CHECK_EQ(driven + flushes, 0);
}

RUN("testdev", &a_byte_drives_its_line, &echo_has_every_size,
    &a_doubleword_flushes, &memory_is_memory_to_its_end,
    &what_is_beyond_is_nobodys)
