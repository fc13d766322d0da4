/*
 * The ports by which a guest talks to whoever debugs or measures it. They have
 * no part number; each is a convention:
 *
 *	POST     the BIOS's progress code, port 0x80 of the PC AT
 *	CONSOLE  port 0xE9 of Bochs, port 0x402 of SeaBIOS and QEMU: reads 0xE9
 *	         where it exists
 *	MARKER   boot time markers, port 0x3F0 of published boot measurements
 *	EXIT     ends the machine with the value written, port 0xF4 of QEMU's
 *	         isa-debug-exit (but the value is passed unshifted)
 */
#ifndef BOARD_PC_DEBUG_PORTS_H
#define BOARD_PC_DEBUG_PORTS_H

#include "vmm/chip.h"

/*
 * `reg` names the port; each is a range of its own on the board, and both
 * console ports are the one CONSOLE. POST and CONSOLE take single bytes,
 * MARKER and EXIT any size.
 */
enum debug_ports_reg {
	DEBUG_PORTS_POST,
	DEBUG_PORTS_CONSOLE,
	DEBUG_PORTS_MARKER,
	DEBUG_PORTS_EXIT,
};

struct debug_ports_regs {
	uint8_t post; /* the last code written */
};

_Static_assert(sizeof(struct debug_ports_regs) == 1, "saved as it is");

struct debug_ports {
	struct debug_ports_regs regs;
	struct lane console; /* each byte */
	struct lane marker;  /* each value */
	struct lane exit;    /* each value; the chip itself goes on after it */
};

void debug_ports_reset(struct debug_ports *chip);
chip_read debug_ports_read;
chip_write debug_ports_write;

#endif
