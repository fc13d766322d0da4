/*
 * One counter of an 8254, after Intel's datasheets of the 8254 (order number
 * 231164) and the 82C54 (231244).
 *
 * Choices, where the datasheet is silent or its editions differ:
 * - Mode 0: the first of two bytes stops the count (8254), whatever CE is.
 * - Mode 3, odd counts: CE goes N - 1, N - 3 ... 0 while OUT is high, and
 *   N - 1 ... 2 while it is low (Intel's waveform; Harris's differs by one).
 * - A count of 1, illegal in modes 2 and 3, is as 2 there. A BCD digit above 9
 *   is worth what it says, and the sum is taken modulo 10,000.
 * - Nothing counts between a control word and the first load, and a trigger
 *   in between does nothing; CE reads as it was.
 * - A latched count is read from its first byte on, even when the last read
 *   was of only one byte of two; that read's second byte is then still to come.
 * - A control word drops a latched count (as the datasheet says), and keeps a
 *   latched status (of which it does not speak).
 */
#include "board-pc/i8254_counter.h"

/* Control Word Format (figure 7). */
#define CONTROL_BCD    0x01
#define CONTROL_RW     I8254_CONTROL_RW
#define CONTROL_RW_LSB 0x10
#define CONTROL_RW_MSB 0x20

/* Status Byte (figure 11); the rest is the control word. */
#define STATUS_OUT  0x80
#define STATUS_NULL 0x40

#define LATCHED_LSB 1
#define LATCHED_MSB 2

#define NEVER I8254_NEVER

/* X10 and X11 are modes 2 and 3. */
static unsigned mode_of(const struct i8254_counter *c)
{
	unsigned mode = c->control >> 1 & 7;

	return mode > 5 ? mode - 4 : mode;
}

bool i8254_counter_is_periodic(const struct i8254_counter *c)
{
	return mode_of(c) == 2 || mode_of(c) == 3;
}

static uint32_t modulus(const struct i8254_counter *c)
{
	return c->control & CONTROL_BCD ? 10000 : 0x10000;
}

static uint32_t from_bcd(uint16_t bcd)
{
	return (bcd >> 12) * 1000U + (bcd >> 8 & 15) * 100U +
	       (bcd >> 4 & 15) * 10U + (bcd & 15);
}

static uint16_t to_bcd(uint32_t number)
{
	return (uint16_t)(number / 1000 << 12 | number / 100 % 10 << 8 |
			  number / 10 % 10 << 4 | number % 10);
}

/* What CR stands for: 0 is the largest count. */
uint32_t i8254_counter_period(const struct i8254_counter *c)
{
	uint32_t count = c->control & CONTROL_BCD ? from_bcd(c->cr) : c->cr;

	count %= modulus(c);
	if (!count)
		return modulus(c);
	return count == 1 && i8254_counter_is_periodic(c) ? 2 : count;
}

/* Mode 3: OUT is high for so many clocks, and low for the rest. */
static uint32_t high_half(const struct i8254_counter *c)
{
	return (c->initial + 1) / 2;
}

static uint32_t count_in_mode_3(const struct i8254_counter *c)
{
	uint64_t half = high_half(c);
	uint64_t into = c->elapsed < half ? c->elapsed : c->elapsed - half;

	return (c->initial & ~1U) - 2 * (uint32_t)into;
}

/* CE as it is read. */
static uint16_t counting_element(const struct i8254_counter *c)
{
	uint32_t count;

	if (!c->loaded)
		return c->idle;
	if (mode_of(c) == 3)
		count = count_in_mode_3(c);
	else
		count = c->initial + modulus(c) -
			(uint32_t)(c->elapsed % modulus(c));
	count %= modulus(c);
	return c->control & CONTROL_BCD ? to_bcd(count) : (uint16_t)count;
}

/* In modes 2 and 3 CE counts, and OUT may be low. */
static bool runs(const struct i8254_counter *c)
{
	return c->loaded && c->gate && !c->load_due;
}

bool i8254_counter_out(const struct i8254_counter *c)
{
	switch (mode_of(c)) {
	case 0:
		return c->loaded && !c->load_due && !c->half_written &&
		       c->elapsed >= c->initial;
	case 1:
		return !c->loaded || c->elapsed >= c->initial;
	case 2:
		return !runs(c) || c->elapsed != c->initial - 1;
	case 3:
		return !runs(c) || c->elapsed < high_half(c);
	default:
		return !c->strobe;
	}
}

/* Clocks: each counts on, and says if OUT has risen, at any of them. */

static void load(struct i8254_counter *c)
{
	c->initial = i8254_counter_period(c);
	c->elapsed = 0;
	c->loaded = true;
	c->load_due = false;
	c->null_count = false;
	c->strobe = false;
}

static bool count_to_end(struct i8254_counter *c, uint64_t clocks)
{
	bool was = i8254_counter_out(c);

	c->elapsed += clocks;
	return !was && i8254_counter_out(c);
}

static bool count_to_strobe(struct i8254_counter *c, uint64_t clocks,
			    bool enabled)
{
	bool rose = c->strobe;
	bool before_end = c->elapsed < c->initial;

	c->strobe = false;
	if (!enabled)
		return rose;
	c->elapsed += clocks;
	c->strobe = c->elapsed == c->initial;
	return rose || (before_end && c->elapsed > c->initial);
}

/* To the next clock that loads CE: false if it is not among these. */
static bool count_to_load(struct i8254_counter *c, uint64_t *clocks,
			  uint64_t end)
{
	uint64_t left = end - c->elapsed;

	if (*clocks < left) {
		c->elapsed += *clocks;
		return false;
	}
	*clocks -= left;
	load(c);
	return true;
}

/* Modes 2 and 3; mode 3 loads CE in the middle, too. */
static bool count_periods(struct i8254_counter *c, uint64_t clocks)
{
	if (mode_of(c) == 3 && c->elapsed < high_half(c)) {
		if (!count_to_load(c, &clocks, high_half(c)))
			return false;
		c->elapsed = high_half(c);
	}
	if (!count_to_load(c, &clocks, c->initial))
		return false;
	c->elapsed = clocks % c->initial;
	return true;
}

static bool count(struct i8254_counter *c, uint64_t clocks)
{
	if (!c->loaded)
		return false;
	switch (mode_of(c)) {
	case 0:
		return c->gate && !c->half_written && count_to_end(c, clocks);
	case 1:
		return count_to_end(c, clocks);
	case 4:
		return count_to_strobe(c, clocks, c->gate);
	case 5:
		return count_to_strobe(c, clocks, true);
	default:
		return c->gate && count_periods(c, clocks);
	}
}

bool i8254_counter_pass(struct i8254_counter *c, uint64_t clocks)
{
	bool was = i8254_counter_out(c);
	bool rose = false;

	if (clocks && c->load_due) {
		load(c);
		clocks--;
		rose = !was && i8254_counter_out(c);
	}
	return (clocks && count(c, clocks)) || rose;
}

/*
 * After how many clocks OUT rises if nobody touches the counter. `c` is a copy
 * whose load, if one is due, has been done.
 */
static uint64_t clocks_from_load(const struct i8254_counter *c)
{
	uint64_t left = c->initial - c->elapsed;
	uint64_t half = high_half(c);
	bool before_end = c->elapsed < c->initial;

	switch (mode_of(c)) {
	case 0:
		return before_end && c->gate && !c->half_written ? left : NEVER;
	case 1:
		return before_end ? left : NEVER;
	case 2:
		return c->gate ? left : NEVER;
	case 3:
		if (!c->gate)
			return NEVER;
		if (c->elapsed < half) /* the other half is of CR */
			return half - c->elapsed + i8254_counter_period(c) / 2;
		return left;
	case 4:
		return before_end && c->gate ? left + 1 : NEVER;
	default:
		return before_end ? left + 1 : NEVER;
	}
}

uint64_t i8254_counter_clocks_to_rise(const struct i8254_counter *c)
{
	struct i8254_counter next = *c;
	uint64_t from_load;

	if (c->strobe)
		return 1;
	if (c->load_due)
		load(&next);
	if (!next.loaded)
		return NEVER;
	from_load = clocks_from_load(&next);
	return c->load_due && from_load != NEVER ? from_load + 1 : from_load;
}

/* Registers. */

void i8254_counter_latch_count(struct i8254_counter *c)
{
	if (c->latched)
		return;
	c->latch = counting_element(c);
	c->latched = (c->control & CONTROL_RW) >> 4;
}

static uint8_t status_of(const struct i8254_counter *c)
{
	return (uint8_t)(c->control | (i8254_counter_out(c) ? STATUS_OUT : 0) |
			 (c->null_count ? STATUS_NULL : 0));
}

void i8254_counter_latch_status(struct i8254_counter *c)
{
	if (c->status_latched)
		return;
	c->status = status_of(c);
	c->status_latched = true;
}

/* Resets all but the gate, CE and a latched status. */
void i8254_counter_program(struct i8254_counter *c, uint8_t control)
{
	*c = (struct i8254_counter){
		.control = control & 0x3F,
		.idle = counting_element(c),
		.gate = c->gate,
		.status = c->status,
		.status_latched = c->status_latched,
		.null_count = true,
	};
}

/* Modes 2 and 3 take a further count when the present one ends. */
static void set_count(struct i8254_counter *c, unsigned count)
{
	unsigned mode = mode_of(c);

	c->cr = (uint16_t)count;
	c->null_count = true;
	if (mode == 0 || mode == 4 ||
	    (i8254_counter_is_periodic(c) && !c->armed))
		c->load_due = true;
	c->armed = true;
}

void i8254_counter_write(struct i8254_counter *c, uint8_t value)
{
	switch (c->control & CONTROL_RW) {
	case CONTROL_RW_LSB:
		set_count(c, value);
		break;
	case CONTROL_RW_MSB:
		set_count(c, value * 256U);
		break;
	default:
		c->half_written = !c->half_written;
		if (c->half_written)
			c->lsb = value;
		else
			set_count(c, value * 256U + c->lsb);
	}
}

static uint8_t read_latch(struct i8254_counter *c)
{
	if (c->latched & LATCHED_LSB) {
		c->latched &= (uint8_t)~LATCHED_LSB;
		return (uint8_t)c->latch;
	}
	c->latched = 0;
	return (uint8_t)(c->latch >> 8);
}

uint8_t i8254_counter_read(struct i8254_counter *c)
{
	uint16_t now = counting_element(c);
	bool msb = c->read_msb;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched)
		return read_latch(c);
	if ((c->control & CONTROL_RW) == CONTROL_RW)
		c->read_msb = !msb;
	else
		msb = (c->control & CONTROL_RW) == CONTROL_RW_MSB;
	return (uint8_t)(msb ? now >> 8 : now);
}

/* A rising edge is a trigger where the mode knows one. */
void i8254_counter_set_gate(struct i8254_counter *c, bool level)
{
	bool triggers = mode_of(c) != 0 && mode_of(c) != 4;

	if (level && !c->gate && triggers && c->armed)
		c->load_due = true;
	c->gate = level;
}
