/*
 * Reset control register and system control port A, after Intel's ICH.
 *
 * Left out on purpose: the difference between a hard reset, a CPU-only INIT
 * (SYS_RST clear) and a power cycle (FULL_RST) - each resets the machine; A20,
 * which is always on, whatever port A was told; port A's watchdog and disk
 * lamp bits.
 */
#include "board-pc/reset_port.h"

#define RST_CNT_SYS_RST  0x02
#define RST_CNT_RST_CPU  0x04 /* its rise starts the reset */
#define RST_CNT_FULL_RST 0x08
#define RST_CNT_BITS     (RST_CNT_SYS_RST | RST_CNT_RST_CPU | RST_CNT_FULL_RST)

#define PORT_A_INIT_NOW 0x01 /* its rise starts the reset */
#define PORT_A_A20      0x02
#define PORT_A_BITS     (PORT_A_INIT_NOW | PORT_A_A20)

void reset_port_reset(struct reset_port *chip)
{
	chip->regs = (struct reset_port_regs){ .port_a = PORT_A_A20 };
}

static void pulse(const struct pin *pin)
{
	pin_drive(pin, true);
	pin_drive(pin, false);
}

uint32_t reset_port_read(void *opaque, uint32_t reg, unsigned size)
{
	const struct reset_port *chip = opaque;

	(void)size;
	switch (reg) {
	case RESET_PORT_CONTROL:
		return chip->regs.rst_cnt;
	case RESET_PORT_A:
		return chip->regs.port_a;
	default:
		return CHIP_ALL_ONES;
	}
}

void reset_port_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct reset_port *chip = opaque;
	uint32_t risen = 0;

	(void)size;
	switch (reg) {
	case RESET_PORT_CONTROL:
		risen = value & ~chip->regs.rst_cnt & RST_CNT_RST_CPU;
		chip->regs.rst_cnt = value & RST_CNT_BITS;
		break;
	case RESET_PORT_A:
		risen = value & ~chip->regs.port_a & PORT_A_INIT_NOW;
		chip->regs.port_a = value & PORT_A_BITS;
		break;
	}
	if (risen)
		pulse(&chip->reset);
}
