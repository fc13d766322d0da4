/*
 * i8254: Intel's programmable interval timer as a PC has it: three counters on
 * one clock, and port B of the board (0x61), which has counter 2's gate.
 */
#ifndef BOARD_PC_I8254_H
#define BOARD_PC_I8254_H

#include "board-pc/i8254_counter.h"
#include "vmm/chip.h"

#define I8254_HZ       1193182U
#define I8254_COUNTERS 3

/* Byte access only. */
enum i8254_reg {
	I8254_COUNTER,     /* and two more: counters 0, 1 and 2 */
	I8254_CONTROL = 3, /* reads ones */
	/*
	 * Port B: bit 0 is GATE 2, bit 1 the speaker's (only kept); reads also
	 * bit 4, which toggles with each refresh (every 18 clocks, as a PC
	 * programs counter 1, whatever this one is doing), and bit 5, OUT 2.
	 */
	I8254_PORT_B = 4,
};

/*
 * A guest that wants OUT 0 to rise more often than every 239 clocks (200 us,
 * as KVM's min_timer_period_us) in modes 2 and 3 gets each k-th edge, k the
 * least that is slow enough. Counts, status and port B do not know of it. The
 * other modes are not bounded: each of their edges costs the guest an access.
 */
#define I8254_EDGE_CLOCKS 239U

struct i8254_regs {
	uint64_t now_ns;     /* the time last told */
	uint64_t edge_clock; /* OUT 0 last rose, on the pin */
	struct i8254_counter counters[I8254_COUNTERS];
	bool pin;     /* the level of OUT 0's pin */
	bool speaker; /* bit 1 of port B */
	uint8_t zero[6];
};

_Static_assert(sizeof(struct i8254_regs) == 144, "saved as it is");

struct i8254 {
	struct i8254_regs regs;
	/*
	 * OUT 0, for an edge-triggered input, at the time last told; in modes 2
	 * and 3 it is high, but for an instant before each rising edge, so that
	 * one that is driven late can be taken until the next one. Edges are
	 * driven when advance is called at their time or later.
	 */
	struct pin out0;
};

/*
 * Power-on, which the datasheet leaves open: every counter is in mode 3 and has
 * no count, so that nothing counts and all outputs, and OUT 0's pin, are high.
 * GATE 0 and GATE 1 are high, GATE 2 is low.
 */
void i8254_reset(struct i8254 *chip);

/*
 * The chip has only the time that it is told. Call advance before each read
 * and write, so that they see the present, and again after each write. Returns
 * when OUT 0 rises next, later than `now_ns`, or NEVER_NS. A time before the
 * last one told is taken for that one.
 *
 * Clocks are numbered by the time told, so nothing is ever rounded twice: clock
 * k is at k / 1193182 s, after days as in the beginning. A leap costs no more
 * than a step.
 *
 * Called late, by however many periods, it drives one edge, the phase stays,
 * and the next edge is at its own time. So a guest gets no more ticks than it
 * had time to take, as behind a PIC, where an edge on a line that is pending
 * already is lost. One that has another clock (kvmclock, the TSC) loses nothing
 * by that; one whose clock is its ticks (Linux too, with the PIT as its only
 * clock source) falls behind by those it missed, as on a PC that has kept its
 * interrupts off for too long. KVM's PIT would inject missed ticks later, one
 * after each EOI: that keeps tick counters right on average, but their clocks
 * stand and then run fast, a guest that was paused is flooded, and one that
 * makes up for lost ticks itself counts them twice; KVM_REINJECT_CONTROL turns
 * it off for these. Our guests are Linux and unikernels, with a clock.
 */
uint64_t i8254_advance(struct i8254 *chip, uint64_t now_ns);
chip_read i8254_read;
chip_write i8254_write;

/* GATE of a counter, for one that is not wired as in a PC. */
void i8254_set_gate(struct i8254 *chip, unsigned counter, bool level);

/* OUT of a counter, at the time last told. */
bool i8254_out(const struct i8254 *chip, unsigned counter);

#endif
