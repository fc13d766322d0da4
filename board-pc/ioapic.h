/*
 * ioapic: Intel's 82093AA I/O APIC with 24 pins, which reports version 0x20
 * and has that version's EOI register.
 */
#ifndef BOARD_PC_IOAPIC_H
#define BOARD_PC_IOAPIC_H

#include "vmm/chip.h"

#define IOAPIC_PINS 24

/*
 * Offsets in the chip's page, which repeats every 256 bytes. IOREGSEL takes
 * any size and has 8 bits; IOWIN and EOI are for dwords. What else is read is
 * 0, and what else is written is ignored.
 */
enum ioapic_reg {
	IOAPIC_IOREGSEL = 0x00,
	IOAPIC_IOWIN = 0x10,
	IOAPIC_EOI = 0x40, /* write only: a vector */
};

struct ioapic_regs {
	uint64_t redirtbl[IOAPIC_PINS]; /* as they read */
	uint32_t lines;                 /* asserted, a bit a pin */
	uint8_t ioregsel;
	uint8_t id;
	uint8_t zero[2];
};

_Static_assert(sizeof(struct ioapic_regs) == 200, "saved as it is");

struct ioapic {
	struct ioapic_regs regs;
	/*
	 * What the pins send, inside the call that causes it. Remote IRR is set
	 * when a LAPIC has taken a level-triggered one.
	 */
	struct message_lane messages;
	/*
	 * The number of a pin, when what ioapic_route says of it is another
	 * than before, and before the pin sends by it. The listener may call
	 * ioapic_route.
	 */
	struct lane rerouted;
	/*
	 * Pins, a bit each, whose edges somebody else sends while ioapic_route
	 * tells how: while they are unmasked. Set by the board.
	 */
	uint32_t direct;
};

/*
 * Power-on: every pin masked and edge-triggered, every line low. Tells no
 * routes: there are none now.
 */
void ioapic_reset(struct ioapic *chip);
chip_read ioapic_read;
chip_write ioapic_write;

/*
 * The line at a pin is asserted, or not, whichever voltage that is: polarity
 * is a thing of wires, and is only stored. Fits struct pin; `pin` is below
 * IOAPIC_PINS.
 */
void ioapic_drive(void *chip, unsigned pin, bool asserted);

/*
 * A LAPIC has ended an interrupt of this vector. One that no level-triggered
 * pin has sent changes nothing. A line that is still asserted is sent again,
 * from inside the call.
 */
void ioapic_eoi(struct ioapic *chip, uint8_t vector);

/*
 * The message of a level-triggered pin, masked or not, since what is in flight
 * when it is masked has still to be ended; and of a direct one. False, and
 * nothing is stored, for any other, whose interrupts need no EOI.
 */
bool ioapic_route(const struct ioapic *chip, unsigned pin, uint32_t *address,
		  uint32_t *data);

#endif
