/*
 * i8254: programmable interval timer, after Intel's 8254 datasheet (order
 * number 231164) and the 82C54's (231244), on the PC's 1,193,182 Hz.
 *
 * What happens between two clocks takes effect at the second one, as in the
 * datasheet's waveforms: a count N that is written there is loaded by the next
 * clock, and mode 0's OUT rises N + 1 clocks after it was written.
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
 *
 * Left out on purpose: the gates of counters 0 and 1, which a PC ties high (but
 * see i8254_set_gate), and port B's parity and channel check.
 */
#include "board-pc/i8254.h"

#include <assert.h>

/* Control Word Format (figure 7). */
#define CONTROL_BCD    0x01
#define CONTROL_RW     0x30
#define CONTROL_RW_LSB 0x10
#define CONTROL_RW_MSB 0x20
#define CONTROL_SC     6 /* shift; 3 is the Read-Back Command */
#define READ_BACK      3

/* Read-Back Command (figure 10); both are active low. */
#define READ_BACK_COUNT  0x20
#define READ_BACK_STATUS 0x10

/* Status Byte (figure 11); the rest is the control word. */
#define STATUS_OUT  0x80
#define STATUS_NULL 0x40

#define LATCHED_LSB 1
#define LATCHED_MSB 2

#define PORT_B_GATE    0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_REFRESH 0x10
#define PORT_B_OUT     0x20
#define REFRESH_CLOCKS 18

#define NEVER UINT64_MAX

/* Clocks and nanoseconds: exact, since a second is a whole number of both. */

static uint64_t clock_at(uint64_t ns)
{
	return ns / SECOND_NS * I8254_HZ +
	       ns % SECOND_NS * I8254_HZ / SECOND_NS;
}

/* The first time at which the clock has happened. */
static uint64_t ns_of(uint64_t clock)
{
	uint64_t seconds = clock / I8254_HZ;
	uint64_t rest = clock % I8254_HZ;

	if (seconds >= NEVER_NS / SECOND_NS)
		return NEVER_NS;
	return seconds * SECOND_NS +
	       (rest * SECOND_NS + I8254_HZ - 1) / I8254_HZ;
}

/* Counts. */

/* X10 and X11 are modes 2 and 3. */
static unsigned mode_of(const struct i8254_counter *c)
{
	unsigned mode = c->control >> 1 & 7;

	return mode > 5 ? mode - 4 : mode;
}

static bool is_periodic(const struct i8254_counter *c)
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
static uint32_t initial_count(const struct i8254_counter *c)
{
	uint32_t count = c->control & CONTROL_BCD ? from_bcd(c->cr) : c->cr;

	count %= modulus(c);
	if (!count)
		return modulus(c);
	return count == 1 && is_periodic(c) ? 2 : count;
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

static bool out_of(const struct i8254_counter *c)
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
	c->initial = initial_count(c);
	c->elapsed = 0;
	c->loaded = true;
	c->load_due = false;
	c->null_count = false;
	c->strobe = false;
}

static bool count_to_end(struct i8254_counter *c, uint64_t clocks)
{
	bool was = out_of(c);

	c->elapsed += clocks;
	return !was && out_of(c);
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
	c->strobe = before_end && c->elapsed == c->initial;
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

static bool pass(struct i8254_counter *c, uint64_t clocks)
{
	bool was = out_of(c);
	bool rose = false;

	if (clocks && c->load_due) {
		load(c);
		clocks--;
		rose = !was && out_of(c);
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
			return half - c->elapsed + initial_count(c) / 2;
		return left;
	case 4:
		return before_end && c->gate ? left + 1 : NEVER;
	default:
		return before_end ? left + 1 : NEVER;
	}
}

static uint64_t clocks_to_rise(const struct i8254_counter *c)
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

/* OUT 0's pin. */

/* Its edges come too fast to drive them all. */
static bool is_thinned(const struct i8254_counter *c)
{
	return is_periodic(c) && c->armed &&
	       initial_count(c) < I8254_EDGE_CLOCKS;
}

static void drive_out0(struct i8254 *chip, bool rose)
{
	struct i8254_regs *regs = &chip->regs;
	const struct i8254_counter *c = &regs->counters[0];
	uint64_t now = clock_at(regs->now_ns);
	bool out = out_of(c);

	if (is_thinned(c) && now < regs->edge_clock + I8254_EDGE_CLOCKS)
		return;
	if (rose && regs->pin)
		pin_drive(&chip->out0, false);
	if (rose || (out && !regs->pin)) {
		regs->edge_clock =
		    rose && is_periodic(c) ? now - c->elapsed : now;
		pin_drive(&chip->out0, true);
		regs->pin = true;
	}
	if (regs->pin && !out) {
		pin_drive(&chip->out0, false);
		regs->pin = false;
	}
}

static uint64_t next_event_ns(const struct i8254_regs *regs)
{
	const struct i8254_counter *c = &regs->counters[0];
	uint64_t rise = clocks_to_rise(c);
	uint64_t quiet = regs->edge_clock + I8254_EDGE_CLOCKS;
	uint64_t period = initial_count(c);

	if (rise == NEVER)
		return NEVER_NS;
	rise += clock_at(regs->now_ns);
	if (is_thinned(c) && rise < quiet)
		rise += (quiet - rise + period - 1) / period * period;
	return ns_of(rise);
}

uint64_t i8254_advance(struct i8254 *chip, uint64_t now_ns)
{
	struct i8254_regs *regs = &chip->regs;
	bool rose = false;

	if (now_ns > regs->now_ns) {
		uint64_t clocks = clock_at(now_ns) - clock_at(regs->now_ns);

		rose = pass(&regs->counters[0], clocks);
		pass(&regs->counters[1], clocks);
		pass(&regs->counters[2], clocks);
		regs->now_ns = now_ns;
	}
	drive_out0(chip, rose);
	return next_event_ns(regs);
}

/* Registers. */

static void latch_count(struct i8254_counter *c)
{
	if (c->latched)
		return;
	c->latch = counting_element(c);
	c->latched = (c->control & CONTROL_RW) >> 4;
}

static uint8_t status_of(const struct i8254_counter *c)
{
	return (uint8_t)(c->control | (out_of(c) ? STATUS_OUT : 0) |
			 (c->null_count ? STATUS_NULL : 0));
}

static void latch_status(struct i8254_counter *c)
{
	if (c->status_latched)
		return;
	c->status = status_of(c);
	c->status_latched = true;
}

static void read_back(struct i8254_regs *regs, uint8_t command)
{
	for (unsigned i = 0; i < I8254_COUNTERS; i++) {
		struct i8254_counter *c = &regs->counters[i];

		if (!(command & 2U << i))
			continue;
		if (!(command & READ_BACK_COUNT))
			latch_count(c);
		if (!(command & READ_BACK_STATUS))
			latch_status(c);
	}
}

/* Resets all but the gate, CE and a latched status. */
static void program(struct i8254_counter *c, uint8_t control)
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

static void write_control(struct i8254_regs *regs, uint8_t value)
{
	unsigned select = value >> CONTROL_SC;

	if (select == READ_BACK)
		read_back(regs, value);
	else if (value & CONTROL_RW)
		program(&regs->counters[select], value);
	else
		latch_count(&regs->counters[select]);
}

/* Modes 2 and 3 take a further count when the present one ends. */
static void set_count(struct i8254_counter *c, unsigned count)
{
	unsigned mode = mode_of(c);

	c->cr = (uint16_t)count;
	c->null_count = true;
	if (mode == 0 || mode == 4 || (is_periodic(c) && !c->armed))
		c->load_due = true;
	c->armed = true;
}

static void write_counter(struct i8254_counter *c, uint8_t value)
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
		return c->latch & 0xFF;
	}
	c->latched = 0;
	return c->latch >> 8;
}

static uint8_t read_counter(struct i8254_counter *c)
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
	return msb ? now >> 8 : now & 0xFF;
}

/* A rising edge is a trigger where the mode knows one. */
static void set_gate(struct i8254_counter *c, bool level)
{
	bool triggers = mode_of(c) != 0 && mode_of(c) != 4;

	if (level && !c->gate && triggers && c->armed)
		c->load_due = true;
	c->gate = level;
}

static uint8_t read_port_b(const struct i8254_regs *regs)
{
	const struct i8254_counter *c = &regs->counters[2];
	bool refresh = clock_at(regs->now_ns) / REFRESH_CLOCKS & 1;

	return (c->gate ? PORT_B_GATE : 0) |
	       (regs->speaker ? PORT_B_SPEAKER : 0) |
	       (refresh ? PORT_B_REFRESH : 0) | (out_of(c) ? PORT_B_OUT : 0);
}

static void write_port_b(struct i8254_regs *regs, uint8_t value)
{
	set_gate(&regs->counters[2], value & PORT_B_GATE);
	regs->speaker = value & PORT_B_SPEAKER;
}

uint32_t i8254_read(void *opaque, uint32_t reg, unsigned size)
{
	struct i8254 *chip = opaque;

	(void)size;
	if (reg < I8254_COUNTERS)
		return read_counter(&chip->regs.counters[reg]);
	if (reg == I8254_PORT_B)
		return read_port_b(&chip->regs);
	return CHIP_ALL_ONES;
}

void i8254_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct i8254 *chip = opaque;
	struct i8254_regs *regs = &chip->regs;

	(void)size;
	if (reg < I8254_COUNTERS)
		write_counter(&regs->counters[reg], (uint8_t)value);
	else if (reg == I8254_CONTROL)
		write_control(regs, (uint8_t)value);
	else if (reg == I8254_PORT_B)
		write_port_b(regs, (uint8_t)value);
	drive_out0(chip, false);
}

/* The board. */

void i8254_set_gate(struct i8254 *chip, unsigned counter, bool level)
{
	assert(counter < I8254_COUNTERS);
	set_gate(&chip->regs.counters[counter], level);
	drive_out0(chip, false);
}

bool i8254_out(const struct i8254 *chip, unsigned counter)
{
	assert(counter < I8254_COUNTERS);
	return out_of(&chip->regs.counters[counter]);
}

#define UNPROGRAMMED                                                           \
	{                                                                      \
		.control = 0x36, .null_count = true                            \
	}
#define TIED_HIGH                                                              \
	{                                                                      \
		.control = 0x36, .null_count = true, .gate = true              \
	}

void i8254_reset(struct i8254 *chip)
{
	chip->regs = (struct i8254_regs){
		.counters = { TIED_HIGH, TIED_HIGH, UNPROGRAMMED },
		.pin = true,
	};
}
