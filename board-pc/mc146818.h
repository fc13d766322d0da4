/*
 * mc146818: Motorola's real-time clock with 128 bytes of CMOS RAM, as in the
 * PC AT.
 */
#ifndef BOARD_PC_MC146818_H
#define BOARD_PC_MC146818_H

#include "vmm/chip.h"

/* Byte access only. */
enum mc146818_reg {
	MC146818_INDEX, /* bit 7, the PC's NMI mask, is ignored; reads ones */
	MC146818_DATA,
};

/* The century's place in CMOS, BCD or binary as the rest: FADT's CENTURY. */
#define MC146818_CENTURY 0x32

#define MC146818_CMOS_SIZE 128

struct mc146818_regs {
	uint64_t now_ns;    /* the time last told */
	uint64_t update_ns; /* the next second begins, if the divider runs */
	/*
	 * As the guest sees it, the calendar too, in the mode that register B
	 * says; but register A is without UIP and C without IRQF.
	 */
	uint8_t cmos[MC146818_CMOS_SIZE];
	uint8_t index;
	uint8_t zero[7];
};

_Static_assert(sizeof(struct mc146818_regs) == 152, "saved as it is");

struct mc146818 {
	struct mc146818_regs regs;
	struct pin irq; /* IRQF: high until register C is read */
};

/*
 * Power-on: 1 January 2000, CMOS RAM zero, at time 0. Then the board says what
 * time it is, and fills CMOS RAM.
 */
void mc146818_reset(struct mc146818 *chip);

/*
 * The chip has only the time that it is told. Call advance before each read
 * and write, so that they see the present, and again after each, because both
 * can change what it returns: when the next enabled interrupt event is due,
 * later than `now_ns`, or NEVER_NS. A time before the last one told is taken
 * for that one.
 *
 * A leap costs no more than a step: seconds are added to the calendar in one
 * sum, and events of one kind that nobody took are one, as on the real part,
 * whose flags stay set until register C is read.
 */
uint64_t mc146818_advance(struct mc146818 *chip, uint64_t now_ns);
chip_read mc146818_read;
chip_write mc146818_write;

/*
 * The calendar (UTC) reads `unix_seconds` from `now_ns` on, for one second. In
 * the mode of register B; the year is taken modulo 10,000.
 */
void mc146818_set_time(struct mc146818 *chip, uint64_t unix_seconds,
		       uint64_t now_ns);

/* A byte of CMOS RAM: `index` is 0x0E to 0x7F. */
void mc146818_set_cmos(struct mc146818 *chip, uint8_t index, uint8_t value);

#endif
