/*
 * The two ports of a PC chipset that reset it: the reset control register
 * (RST_CNT, 0xCF9) and system control port A (PORT92, 0x92), both among the
 * "processor interface registers" of Intel's ICH datasheets. The first is also
 * what the FADT's RESET_REG points at.
 */
#ifndef BOARD_PC_RESET_PORT_H
#define BOARD_PC_RESET_PORT_H

#include "vmm/chip.h"

/* `reg` names the port; each is a range of its own. Byte access only. */
enum reset_port_reg {
	RESET_PORT_CONTROL, /* 0xCF9 */
	RESET_PORT_A,       /* 0x92 */
};

/* SYS_RST | RST_CPU, the FADT's RESET_VALUE: one write of it to
 * RESET_PORT_CONTROL resets the machine. */
#define RESET_PORT_VALUE 0x06

struct reset_port_regs {
	uint8_t rst_cnt;
	uint8_t port_a;
};

_Static_assert(sizeof(struct reset_port_regs) == 2, "saved as it is");

struct reset_port {
	struct reset_port_regs regs;
	/*
	 * Pulsed: true, then false, last of all in the write. The listener may
	 * reset this chip from inside it; if nobody does, a bit that was left
	 * set has to fall before it can rise again.
	 */
	struct pin reset;
};

void reset_port_reset(struct reset_port *chip);
chip_read reset_port_read;
chip_write reset_port_write;

#endif
