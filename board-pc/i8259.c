/*
 * i8259: programmable interrupt controllers, after Intel's 8259A datasheet
 * (231468), wired and trimmed as in the 82371SB (PIIX3, 290550), which has the
 * edge/level control registers (ELCR).
 *
 * Choices:
 * - As in the PIIX3, ICW1's LTIM, ICW3 and ICW4's BUF, M/S and uPM change
 *   nothing: ELCR says what is level-triggered, the slave is on IR2, and an
 *   acknowledge cycle is a x86's. ICW1's SNGL is as in the datasheet: no ICW3
 *   comes, and IR2 is a line as any other.
 * - A request ends when its line falls, edge-triggered or not ("the IR inputs
 *   must remain high until after the falling edge of the first INTA").
 * - A chip requests nothing from power-on to the end of its first
 *   initialization, nor during a later one. Else its vectors would be garbage.
 * - ICW1 clears the ISR too, and a poll. They are not in the datasheet's list,
 *   but warm restarts out of an interrupt handler count on it.
 * - The master's IR2 follows the slave's INT. It needs no edge, which the part
 *   always has, because INT falls in each acknowledge cycle.
 * - A poll that finds no request reads as 7.
 *
 * Left out on purpose: MCS-80/85 mode, buffered mode, and the priorities that
 * the part freezes between a poll command and the read.
 */
#include "board-pc/i8259.h"

/* A command with A0 = 0 is by these bits ICW1, OCW3, or else OCW2. */
#define IS_ICW1 0x10
#define IS_OCW3 0x08

#define ICW1_IC4  0x01 /* ICW4 comes */
#define ICW1_SNGL 0x02 /* ICW3 does not */

#define ICW2_BASE 0xF8

#define ICW4_AEOI 0x02
#define ICW4_SFNM 0x10

#define OCW2_LEVEL 0x07
#define OCW2_EOI   0x20
#define OCW2_SL    0x40 /* of the level in bits 0-2 */
#define OCW2_R     0x80

#define OCW3_RIS  0x01
#define OCW3_RR   0x02
#define OCW3_P    0x04
#define OCW3_SMM  0x20
#define OCW3_ESMM 0x40

#define POLL_I 0x80

#define NONE    8 /* no IR */
#define DEFAULT 7 /* the IR that is acknowledged when there is none */

/* PIIX3, ELCR1 and ELCR2: IRQ 0, 1, 2, 8 and 13 are always edge-triggered. */
static const uint8_t elcr_writable[2] = { 0xF8, 0xDE };

void i8259_reset(struct i8259_pair *pair)
{
	pair->regs = (struct i8259_regs){ .chips = {
		[I8259_MASTER] = {
			.lowest = 7,
			.cascade = 1 << I8259_CASCADE,
		},
		[I8259_SLAVE] = { .lowest = 7 },
	} };
}

/* Requests and priorities. */

static uint8_t irr_of(const struct i8259 *chip)
{
	return chip->lines & (chip->edges | chip->elcr | chip->cascade);
}

static uint8_t slaves_of(const struct i8259 *chip)
{
	return chip->icw1 & ICW1_SNGL ? 0 : chip->cascade;
}

/* "An IS bit that is masked" does not count in special mask mode. */
static uint8_t serviced(const struct i8259 *chip)
{
	return chip->isr & (chip->special_mask ? ~chip->imr : 0xFF);
}

/* The IR of highest priority in `set`, or NONE. */
static unsigned highest(const struct i8259 *chip, uint8_t set)
{
	for (unsigned rank = 1; rank <= 8; rank++) {
		unsigned ir = (chip->lowest + rank) % 8;

		if (set >> ir & 1)
			return ir;
	}
	return NONE;
}

/*
 * The IR that the chip requests an interrupt for, or NONE. One in service locks
 * out itself and what is below it; but in special fully nested mode a slave's
 * can come again, when the slave has a request above the one in service.
 */
static unsigned requested(const struct i8259 *chip)
{
	uint8_t requests = irr_of(chip) & (uint8_t)~chip->imr;
	uint8_t locked = serviced(chip);
	unsigned ir = highest(chip, requests | locked);

	if (chip->stage != I8259_READY || ir == NONE || !(requests >> ir & 1))
		return NONE;
	if (chip->icw4 & ICW4_SFNM)
		locked &= (uint8_t)~slaves_of(chip);
	return locked >> ir & 1 ? NONE : ir;
}

static void set_line(struct i8259 *chip, unsigned ir, bool level)
{
	uint8_t bit = (uint8_t)(1 << ir);

	if (!level) {
		chip->lines &= (uint8_t)~bit;
		chip->edges &= (uint8_t)~bit;
	} else if (!(chip->lines & bit)) {
		chip->lines |= bit;
		chip->edges |= bit;
	}
}

bool i8259_intr(const struct i8259_pair *pair)
{
	return requested(&pair->regs.chips[I8259_MASTER]) != NONE;
}

/* After any change: the slave's INT to the master, and the master's out. */
static void drive_intr(struct i8259_pair *pair, bool was)
{
	struct i8259 *master = &pair->regs.chips[I8259_MASTER];
	const struct i8259 *slave = &pair->regs.chips[I8259_SLAVE];
	bool is;

	set_line(master, I8259_CASCADE, requested(slave) != NONE);
	is = i8259_intr(pair);
	if (is != was)
		pin_drive(&pair->intr, is);
}

void i8259_set_irq(struct i8259_pair *pair, unsigned line, bool level)
{
	bool was = i8259_intr(pair);

	if (line >= I8259_LINES || line == I8259_CASCADE)
		return;
	set_line(&pair->regs.chips[line / 8], line % 8, level);
	drive_intr(pair, was);
}

/* Acknowledge cycles. */

/* What INTA, or the read of a poll, does to a chip: returns the IR. */
static unsigned take(struct i8259 *chip)
{
	unsigned ir = requested(chip);
	uint8_t bit = (uint8_t)(1 << ir % 8);

	if (ir == NONE)
		return NONE;
	chip->edges &= (uint8_t)~bit;
	if (!(chip->icw4 & ICW4_AEOI))
		chip->isr |= bit;
	else if (chip->rotates)
		chip->lowest = (uint8_t)ir;
	return ir;
}

static uint8_t vector_of(const struct i8259 *chip, unsigned ir)
{
	return (uint8_t)(chip->icw2 | (ir == NONE ? DEFAULT : ir));
}

uint8_t i8259_acknowledge(struct i8259_pair *pair)
{
	struct i8259 *master = &pair->regs.chips[I8259_MASTER];
	struct i8259 *slave = &pair->regs.chips[I8259_SLAVE];
	bool was = i8259_intr(pair);
	unsigned ir = take(master);
	uint8_t vector;

	if (slaves_of(master) >> ir & 1)
		vector = vector_of(slave, take(slave));
	else
		vector = vector_of(master, ir);
	drive_intr(pair, was);
	return vector;
}

/* Commands. */

/* Datasheet, "Initialization command words 1 and 2": (a) to (f). */
static void icw1(struct i8259 *chip, uint8_t value)
{
	chip->icw1 = value;
	chip->edges = 0;
	chip->imr = 0;
	chip->isr = 0;
	chip->lowest = 7;
	chip->special_mask = false;
	chip->reads_isr = false;
	chip->polled = false;
	if (!(value & ICW1_IC4))
		chip->icw4 = 0;
	chip->stage = I8259_WANTS_ICW2;
}

static void end_of_interrupt(struct i8259 *chip, uint8_t value)
{
	unsigned ir = highest(chip, serviced(chip));

	if (value & OCW2_SL)
		ir = value & OCW2_LEVEL;
	if (ir == NONE)
		return;
	chip->isr &= (uint8_t) ~(1 << ir);
	if (value & OCW2_R)
		chip->lowest = (uint8_t)ir;
}

static void ocw2(struct i8259 *chip, uint8_t value)
{
	if (value & OCW2_EOI)
		end_of_interrupt(chip, value);
	else if (!(value & OCW2_SL))
		chip->rotates = value & OCW2_R;
	else if (value & OCW2_R)
		chip->lowest = value & OCW2_LEVEL;
}

static void ocw3(struct i8259 *chip, uint8_t value)
{
	if (value & OCW3_P)
		chip->polled = true;
	if (value & OCW3_RR)
		chip->reads_isr = value & OCW3_RIS;
	if (value & OCW3_ESMM)
		chip->special_mask = value & OCW3_SMM;
}

static void write_command(struct i8259 *chip, uint8_t value)
{
	if (value & IS_ICW1)
		icw1(chip, value);
	else if (value & IS_OCW3)
		ocw3(chip, value);
	else
		ocw2(chip, value);
}

/* The next of the initialization: ICW3 and ICW4 come if ICW1 said so. */
static enum i8259_stage after(const struct i8259 *chip)
{
	if (chip->stage == I8259_WANTS_ICW2 && !(chip->icw1 & ICW1_SNGL))
		return I8259_WANTS_ICW3;
	if (chip->stage != I8259_WANTS_ICW4 && chip->icw1 & ICW1_IC4)
		return I8259_WANTS_ICW4;
	return I8259_READY;
}

static void write_data(struct i8259 *chip, uint8_t value)
{
	switch (chip->stage) {
	case I8259_WANTS_ICW2:
		chip->icw2 = value & ICW2_BASE;
		break;
	case I8259_WANTS_ICW3:
		break;
	case I8259_WANTS_ICW4:
		chip->icw4 = value;
		break;
	default:
		chip->imr = value;
		return;
	}
	chip->stage = (uint8_t)after(chip);
}

void i8259_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct i8259_pair *pair = opaque;
	struct i8259 *chips = pair->regs.chips;
	bool was = i8259_intr(pair);

	(void)size;
	switch (reg) {
	case I8259_MASTER_COMMAND:
	case I8259_SLAVE_COMMAND:
		write_command(&chips[reg / 2], (uint8_t)value);
		break;
	case I8259_MASTER_DATA:
	case I8259_SLAVE_DATA:
		write_data(&chips[reg / 2], (uint8_t)value);
		break;
	case I8259_MASTER_ELCR:
	case I8259_SLAVE_ELCR:
		reg -= I8259_MASTER_ELCR;
		chips[reg].elcr = (uint8_t)value & elcr_writable[reg];
		break;
	}
	drive_intr(pair, was);
}

/* Reads. */

static uint8_t poll(struct i8259 *chip)
{
	unsigned ir = take(chip);

	chip->polled = false;
	return (uint8_t)(ir == NONE ? DEFAULT : POLL_I | ir);
}

/* A poll is answered at either address. */
static uint8_t read_chip(struct i8259 *chip, bool a0)
{
	if (chip->polled)
		return poll(chip);
	if (a0)
		return chip->imr;
	return chip->reads_isr ? chip->isr : irr_of(chip);
}

uint32_t i8259_read(void *opaque, uint32_t reg, unsigned size)
{
	struct i8259_pair *pair = opaque;
	struct i8259 *chips = pair->regs.chips;
	bool was = i8259_intr(pair);
	uint8_t value;

	(void)size;
	if (reg > I8259_SLAVE_ELCR)
		return CHIP_ALL_ONES;
	if (reg >= I8259_MASTER_ELCR)
		return chips[reg - I8259_MASTER_ELCR].elcr;
	value = read_chip(&chips[reg / 2], reg & 1);
	drive_intr(pair, was);
	return value;
}
