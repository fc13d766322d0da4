/* An i8254 whose clocks are told one by one, for its unit tests. */
#ifndef TESTS_I8254_UNIT_H
#define TESTS_I8254_UNIT_H

#include "board-pc/i8254.h"

#include "tests/unit/unit.h"

#define HZ     UINT64_C(1193182)
#define SECOND UINT64_C(1000000000)
#define DAY    (86400 * SECOND)

enum { CONTROL = 3, PORT_B = 4 };
enum { OUT = 0x80, NULL_COUNT = 0x40, LSB = 0x10, MSB = 0x20, BOTH = 0x30 };

static struct i8254 chip;
static uint64_t clocks; /* since power-on */
static uint64_t now;
static unsigned rises;
static bool pin;

static inline void drive(void *listener, unsigned line, bool level)
{
	CHECK(listener == &pin);
	CHECK_EQ(line, 0);
	CHECK(level != pin);
	rises += level;
	pin = level;
}

static inline uint64_t at_clock(uint64_t clock)
{
	return clock / HZ * SECOND + (clock % HZ * SECOND + HZ - 1) / HZ;
}

static inline uint64_t to_clock(uint64_t clock)
{
	clocks = clock;
	now = at_clock(clock);
	return i8254_advance(&chip, now);
}

static inline uint64_t clock_on(uint64_t count)
{
	return to_clock(clocks + count);
}

static inline void power_on(void)
{
	chip = (struct i8254){ .out0 = { drive, &pin, 0 } };
	i8254_reset(&chip);
	pin = true;
	rises = 0;
	to_clock(5 * HZ);
	CHECK_EQ(rises, 0);
}

static inline void set(uint32_t reg, uint32_t value)
{
	i8254_write(&chip, reg, value, 1);
	i8254_advance(&chip, now);
}

static inline uint32_t get(uint32_t reg)
{
	return i8254_read(&chip, reg, 1);
}

/* A mode for a counter, one byte of count each. */
static inline void program(uint32_t counter, uint32_t mode, uint32_t count)
{
	set(CONTROL, counter << 6 | LSB | mode << 1);
	set(counter, count);
}

static inline void set_count(uint32_t counter, uint32_t count)
{
	set(counter, count & 0xFF);
	set(counter, count >> 8);
}

static inline uint32_t latched(uint32_t counter)
{
	uint32_t lsb;

	set(CONTROL, counter << 6);
	lsb = get(counter);
	return get(counter) << 8 | lsb;
}

static inline uint32_t status(uint32_t counter)
{
	set(CONTROL, 0xE0 | 2U << counter);
	return get(counter);
}

static inline void gate(unsigned counter, bool level)
{
	i8254_set_gate(&chip, counter, level);
}

#endif
