/*
 * i8254: programmable interval timer, after Intel's 8254 datasheet (order
 * number 231164) and the 82C54's (231244), on the PC's 1,193,182 Hz.
 *
 * What happens between two clocks takes effect at the second one, as in the
 * datasheet's waveforms: a count N that is written there is loaded by the next
 * clock, and mode 0's OUT rises N + 1 clocks after it was written.
 *
 * Left out on purpose: port B's parity and channel check.
 */
#include "board-pc/i8254.h"

#include <assert.h>

/* Control Word Format (figure 7). */
#define SELECT    6 /* shift */
#define READ_BACK 3 /* as a counter */

/* Read-Back Command (figure 10); both are active low. */
#define READ_BACK_COUNT  0x20
#define READ_BACK_STATUS 0x10

#define PORT_B_GATE    0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_REFRESH 0x10
#define PORT_B_OUT     0x20
#define REFRESH_CLOCKS 18

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

/* OUT 0's pin. */

/* Its edges come too fast to drive them all. */
static bool is_thinned(const struct i8254_counter *c)
{
	return i8254_counter_is_periodic(c) && c->armed &&
	       i8254_counter_period(c) < I8254_EDGE_CLOCKS;
}

/* When OUT 0 rose, if it did, or else now. */
static uint64_t edge_clock(const struct i8254_regs *regs, bool rose)
{
	const struct i8254_counter *c = &regs->counters[0];
	uint64_t now = clock_at(regs->now_ns);

	return rose && i8254_counter_is_periodic(c) ? now - c->elapsed : now;
}

/*
 * In modes 2 and 3 the pin is lowered only to be raised again: behind a PIC,
 * whose request ends when its line falls, a late edge could not be taken.
 */
static void drive_out0(struct i8254 *chip, bool rose)
{
	struct i8254_regs *regs = &chip->regs;
	const struct i8254_counter *c = &regs->counters[0];
	bool out = i8254_counter_out(c);
	uint64_t edge = edge_clock(regs, rose);

	if (is_thinned(c) && edge < regs->edge_clock + I8254_EDGE_CLOCKS)
		return;
	if (rose && regs->pin)
		pin_drive(&chip->out0, false);
	if (rose || (out && !regs->pin)) {
		pin_drive(&chip->out0, true);
		regs->pin = true;
		regs->edge_clock = edge;
	}
	if (regs->pin && !out && !i8254_counter_is_periodic(c)) {
		pin_drive(&chip->out0, false);
		regs->pin = false;
	}
}

static uint64_t next_event_ns(const struct i8254_regs *regs)
{
	const struct i8254_counter *c = &regs->counters[0];
	uint64_t rise = i8254_counter_clocks_to_rise(c);
	uint64_t quiet = regs->edge_clock + I8254_EDGE_CLOCKS;
	uint64_t period = i8254_counter_period(c);

	if (rise == I8254_NEVER)
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

		rose = i8254_counter_pass(&regs->counters[0], clocks);
		i8254_counter_pass(&regs->counters[1], clocks);
		i8254_counter_pass(&regs->counters[2], clocks);
		regs->now_ns = now_ns;
	}
	drive_out0(chip, rose);
	return next_event_ns(regs);
}

/* Registers. */

static void read_back(struct i8254_regs *regs, uint8_t command)
{
	for (unsigned i = 0; i < I8254_COUNTERS; i++) {
		struct i8254_counter *c = &regs->counters[i];

		if (!(command & 2U << i))
			continue;
		if (!(command & READ_BACK_COUNT))
			i8254_counter_latch_count(c);
		if (!(command & READ_BACK_STATUS))
			i8254_counter_latch_status(c);
	}
}

static void write_control(struct i8254_regs *regs, uint8_t value)
{
	unsigned select = value >> SELECT;

	if (select == READ_BACK)
		read_back(regs, value);
	else if (value & I8254_CONTROL_RW)
		i8254_counter_program(&regs->counters[select], value);
	else
		i8254_counter_latch_count(&regs->counters[select]);
}

static uint8_t read_port_b(const struct i8254_regs *regs)
{
	const struct i8254_counter *c = &regs->counters[2];
	bool refresh = clock_at(regs->now_ns) / REFRESH_CLOCKS & 1;

	return (c->gate ? PORT_B_GATE : 0) |
	       (regs->speaker ? PORT_B_SPEAKER : 0) |
	       (refresh ? PORT_B_REFRESH : 0) |
	       (i8254_counter_out(c) ? PORT_B_OUT : 0);
}

static void write_port_b(struct i8254_regs *regs, uint8_t value)
{
	i8254_counter_set_gate(&regs->counters[2], value & PORT_B_GATE);
	regs->speaker = value & PORT_B_SPEAKER;
}

uint32_t i8254_read(void *opaque, uint32_t reg, unsigned size)
{
	struct i8254 *chip = opaque;

	(void)size;
	if (reg < I8254_COUNTERS)
		return i8254_counter_read(&chip->regs.counters[reg]);
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
		i8254_counter_write(&regs->counters[reg], (uint8_t)value);
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
	i8254_counter_set_gate(&chip->regs.counters[counter], level);
	drive_out0(chip, false);
}

bool i8254_out(const struct i8254 *chip, unsigned counter)
{
	assert(counter < I8254_COUNTERS);
	return i8254_counter_out(&chip->regs.counters[counter]);
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
