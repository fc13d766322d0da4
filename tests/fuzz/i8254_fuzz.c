/*
 * Fuzzes the i8254 with libFuzzer: a stream of accesses, gates and steps of
 * time, from a nanosecond to centuries. Checked: each event lies ahead, and is
 * an edge; edges of modes 2 and 3 without an access in between are as far apart
 * as is stated; one leap gives the state that two steps give; every state is in
 * range.
 * libFuzzer's own limit on time sees a loop per clock.
 *
 * The input: 2 bytes a step. The first one's low 3 bits are the register (5: a
 * gate, 6: time, 7: to the next event), the next one says read or write; the
 * second byte is the value, or the logarithm of time.
 */
#include "board-pc/i8254.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct i8254 chip;
static uint64_t now, next;
static uint64_t last_edge; /* by time alone; none since the last access: 0 */
static bool pin, rose;

static void drive(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level != pin);
	rose |= level;
	pin = level;
}

static void check_counter(const struct i8254_counter *c)
{
	bool bcd = c->control & 1;
	uint32_t largest = bcd ? 10000 : 0x10000;

	must(c->control < 0x40 && c->control & I8254_CONTROL_RW);
	must(c->latched <= 3);
	if (!c->loaded)
		return;
	must(c->armed && c->initial >= 1 && c->initial <= largest);
	if (i8254_counter_is_periodic(c))
		must(c->initial >= 2 && c->elapsed < c->initial);
}

static void check_chip(void)
{
	for (unsigned i = 0; i < I8254_COUNTERS; i++)
		check_counter(&chip.regs.counters[i]);
	must(pin == chip.regs.pin);
	must(next > now || next == NEVER_NS);
	must(chip.regs.now_ns == now);
}

/* At most one edge; with a fast counter not before its time. */
static void check_edge(void)
{
	const struct i8254_counter *c = &chip.regs.counters[0];

	if (!rose)
		return;
	if (i8254_counter_is_periodic(c) && last_edge)
		must(chip.regs.edge_clock - last_edge >= I8254_EDGE_CLOCKS);
	last_edge = chip.regs.edge_clock;
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void pass(uint64_t ns)
{
	struct i8254 two = { .regs = chip.regs };
	uint64_t end = now + at_most(ns, UINT64_MAX - now);

	i8254_advance(&two, now + ns / 3 % (end - now + 1));
	i8254_advance(&two, end);
	rose = false;
	now = end;
	next = i8254_advance(&chip, now);
	check_edge();
	must(!memcmp(two.regs.counters, chip.regs.counters,
		     sizeof(two.regs.counters)));
}

static void touch(uint8_t how, uint8_t value)
{
	uint32_t reg = how & 7;

	last_edge = 0;
	if (reg == 5)
		i8254_set_gate(&chip, value % 3, value & 0x80);
	else if (how & 8)
		i8254_write(&chip, reg, value, 1);
	else
		must(i8254_read(&chip, reg, 1) <= 0xFF || reg == 3);
	next = i8254_advance(&chip, now);
}

/* Nobody is woken for nothing. */
static void pass_to_event(void)
{
	bool due = next != NEVER_NS;

	pass(due ? next - now : 1);
	must(rose == due);
}

/* The value's six low bits are where a one is; the others follow it. */
static uint64_t duration(uint8_t value)
{
	uint64_t ns = UINT64_C(1) << (value & 63);

	return ns + (ns >> 2) * (value >> 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	chip = (struct i8254){ .out0 = { .drive = drive } };
	i8254_reset(&chip);
	pin = true;
	now = last_edge = 0;
	next = i8254_advance(&chip, now);
	for (size_t i = 0; i + 1 < size; i += 2) {
		if ((data[i] & 7) == 6)
			pass(duration(data[i + 1]));
		else if ((data[i] & 7) == 7)
			pass_to_event();
		else
			touch(data[i], data[i + 1]);
		check_chip();
	}
	return 0;
}
