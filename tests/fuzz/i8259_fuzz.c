/*
 * Fuzzes the i8259 pair with libFuzzer: register accesses, lines and
 * acknowledges from hostile bytes. Checked after each: INTR, and the slave's
 * INT at the master, are high exactly when some unmasked request is above all
 * that is in service; an acknowledge takes the best request, or changes
 * nothing; and no chip knows of a write to the other.
 *
 * The input: two bytes a step. The first is read (0-5), write (6-11), line
 * (12-13, low and high) or acknowledge (14), modulo 15; the second is the value
 * or the line.
 */
#include "board-pc/i8259.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct i8259_pair pair;
static bool pin;

static void drive(void *listener, unsigned line, bool level)
{
	must(!listener && line == 0);
	must(level != pin);
	pin = level;
}

/* 0 is the highest. */
static unsigned rank(const struct i8259 *chip, unsigned ir)
{
	return (ir + 7U - chip->lowest) % 8;
}

static bool has(uint8_t set, unsigned ir)
{
	return set & 1U << ir;
}

static bool requests(const struct i8259 *chip, unsigned ir)
{
	if (has(chip->imr, ir) || !has(chip->lines, ir))
		return false;
	return has(chip->elcr, ir) || has(chip->edges, ir) ||
	       has(chip->cascade, ir);
}

/* In special fully nested mode the slave's IR is not locked out by itself. */
static bool locks_out(const struct i8259 *chip, unsigned served, unsigned ir)
{
	if (!has(chip->isr, served))
		return false;
	if (chip->special_mask && has(chip->imr, served))
		return false;
	if (served == ir && chip->icw4 & 0x10 && !(chip->icw1 & 0x02) &&
	    has(chip->cascade, ir))
		return false;
	return rank(chip, served) <= rank(chip, ir);
}

static bool may_interrupt(const struct i8259 *chip, unsigned ir)
{
	if (chip->stage != I8259_READY || !requests(chip, ir))
		return false;
	for (unsigned served = 0; served < 8; served++)
		if (locks_out(chip, served, ir))
			return false;
	return true;
}

/* The best of those that may interrupt, or 8. */
static unsigned best(const struct i8259 *chip)
{
	unsigned found = 8;

	for (unsigned ir = 0; ir < 8; ir++)
		if (may_interrupt(chip, ir) &&
		    (found == 8 || rank(chip, ir) < rank(chip, found)))
			found = ir;
	return found;
}

static void check_chip(const struct i8259 *chip)
{
	must(chip->stage <= I8259_READY);
	must(chip->lowest < 8);
	must(!(chip->edges & ~chip->lines));
	must(!(chip->icw2 & 0x07));
	must(!chip->zero);
}

static void check(void)
{
	const struct i8259 *chips = pair.regs.chips;

	check_chip(&chips[0]);
	check_chip(&chips[1]);
	must(!(chips[0].elcr & 0x07));
	must(!(chips[1].elcr & 0x21));
	must(has(chips[0].lines, 2) == (best(&chips[1]) < 8));
	must(pin == (best(&chips[0]) < 8));
	must(pin == i8259_intr(&pair));
}

/* What has been taken is in service, unless its end is automatic. */
static void check_taken(const struct i8259 *was, const struct i8259 *is,
			unsigned ir)
{
	uint8_t isr = was->isr;

	if (ir < 8 && !(was->icw4 & 0x02))
		isr |= (uint8_t)(1U << ir);
	must(is->isr == isr);
	must(ir == 8 || ir == 2 || !has(is->edges, ir));
}

static void acknowledge(void)
{
	struct i8259_regs was = pair.regs;
	unsigned master = best(&was.chips[0]);
	unsigned slave = best(&was.chips[1]);
	bool cascade = master == 2 && !(was.chips[0].icw1 & 0x02);
	uint8_t vector = i8259_acknowledge(&pair);
	const struct i8259 *from = &was.chips[cascade];
	unsigned ir = cascade ? slave : master;

	must(vector == (from->icw2 | (ir == 8 ? 7 : ir)));
	check_taken(&was.chips[0], &pair.regs.chips[0], master);
	check_taken(&was.chips[1], &pair.regs.chips[1], cascade ? slave : 8);
	if (master == 8)
		must(!memcmp(&was, &pair.regs, sizeof(was)));
}

/* Of the other chip only the slave's INT changes. */
static void check_other(const struct i8259_regs *was, uint32_t reg)
{
	unsigned other = reg >= I8259_MASTER_ELCR ? !(reg & 1) : !(reg / 2);
	struct i8259 before = was->chips[other];
	struct i8259 after = pair.regs.chips[other];

	if (other == I8259_MASTER) {
		before.lines |= 1 << I8259_CASCADE;
		after.lines |= 1 << I8259_CASCADE;
		before.edges |= 1 << I8259_CASCADE;
		after.edges |= 1 << I8259_CASCADE;
	}
	must(!memcmp(&before, &after, sizeof(before)));
}

static void step(uint8_t what, uint8_t value)
{
	struct i8259_regs was = pair.regs;
	uint32_t reg = what % 15;

	if (reg < 6) {
		must(i8259_read(&pair, reg, 1) <= 0xFF);
		check_other(&was, reg);
	} else if (reg < 12) {
		i8259_write(&pair, reg - 6, value, 1);
		check_other(&was, reg - 6);
	} else if (reg < 14) {
		i8259_set_irq(&pair, value & 0x1F, reg & 1);
	} else {
		acknowledge();
	}
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pair = (struct i8259_pair){ .intr = { .drive = drive } };
	pin = false;
	i8259_reset(&pair);
	for (size_t i = 0; i + 1 < size; i += 2)
		step(data[i], data[i + 1]);
	return 0;
}
