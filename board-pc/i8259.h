/*
 * i8259: the two interrupt controllers of a PC AT, the slave's INT on the
 * master's IR2, and the chipset's edge/level control registers beside them.
 */
#ifndef BOARD_PC_I8259_H
#define BOARD_PC_I8259_H

#include "vmm/chip.h"

/*
 * On a PC: 0x20 and 0x21, 0xA0 and 0xA1, 0x4D0 and 0x4D1. The board has a
 * range of two ports for each line here. Byte access only.
 */
enum i8259_reg {
	I8259_MASTER_COMMAND, /* A0 = 0: ICW1, OCW2, OCW3; IRR, ISR */
	I8259_MASTER_DATA,    /* A0 = 1: ICW2-ICW4, OCW1; IMR */
	I8259_SLAVE_COMMAND,
	I8259_SLAVE_DATA,
	I8259_MASTER_ELCR, /* a bit a line: 1 is level-triggered */
	I8259_SLAVE_ELCR,
};

#define I8259_LINES   16
#define I8259_CASCADE 2 /* the master's input that is the slave's INT */

enum { I8259_MASTER, I8259_SLAVE };

/* Where a chip is in its initialization: what a write with A0 = 1 is. */
enum i8259_stage {
	I8259_POWERED_ON, /* OCW1, but it requests nothing until initialized */
	I8259_WANTS_ICW2,
	I8259_WANTS_ICW3,
	I8259_WANTS_ICW4,
	I8259_READY, /* OCW1 */
};

/* One of the two. */
struct i8259 {
	uint8_t lines;   /* the IR inputs' levels */
	uint8_t edges;   /* rose since they were last taken, or ICW1 */
	uint8_t elcr;    /* level-triggered inputs */
	uint8_t imr;     /* masked */
	uint8_t isr;     /* in service */
	uint8_t lowest;  /* the IR of lowest priority; the next is highest */
	uint8_t cascade; /* inputs that are a slave's INT: by its wiring */
	uint8_t stage;   /* enum i8259_stage */
	uint8_t icw1;
	uint8_t icw2; /* the vector of IR0: bits 7-3 */
	uint8_t icw4;
	bool rotates;      /* OCW2: each automatic EOI rotates */
	bool special_mask; /* OCW3: SMM */
	bool reads_isr;    /* OCW3: RIS */
	bool polled;       /* OCW3: the next read is a poll */
	uint8_t zero;
};

struct i8259_regs {
	struct i8259 chips[2];
};

_Static_assert(sizeof(struct i8259_regs) == 32, "saved as it is");

struct i8259_pair {
	struct i8259_regs regs;
	struct pin intr; /* the master's INT: the CPU's INTR */
};

/* Power-on, all inputs low. */
void i8259_reset(struct i8259_pair *pair);

chip_read i8259_read;
chip_write i8259_write;

/*
 * The level of an input: lines 0 to 7 are the master's, 8 to 15 the slave's;
 * I8259_CASCADE is none, and is ignored. A request lasts as long as its line is
 * high, of edge-triggered lines too: a line that is lowered before it was
 * acknowledged has requested nothing. So one must not be pulsed, but be held,
 * or be lowered and raised.
 */
void i8259_set_irq(struct i8259_pair *pair, unsigned line, bool level);

/* The level of INTR, as it was last driven. */
bool i8259_intr(const struct i8259_pair *pair);

/*
 * The CPU's two INTA cycles: takes the request of highest priority and returns
 * its vector. INTR may be high after it, for the next. With INTR low it is a
 * spurious interrupt: the vector of IR7, and no state changes.
 */
uint8_t i8259_acknowledge(struct i8259_pair *pair);

#endif
