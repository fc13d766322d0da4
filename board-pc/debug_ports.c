/*
 * Debug ports: see the header for the conventions. Left out: isa-debug-exit's
 * (value << 1) | 1; the board decides what an exit value becomes.
 */
#include "board-pc/debug_ports.h"

#define CONSOLE_READBACK 0xE9

void debug_ports_reset(struct debug_ports *chip)
{
	chip->regs = (struct debug_ports_regs){ 0 };
}

uint32_t debug_ports_read(void *opaque, uint32_t reg, unsigned size)
{
	const struct debug_ports *chip = opaque;

	(void)size;
	switch (reg) {
	case DEBUG_PORTS_POST:
		return chip->regs.post;
	case DEBUG_PORTS_CONSOLE:
		return CONSOLE_READBACK;
	default:
		return CHIP_ALL_ONES;
	}
}

void debug_ports_write(void *opaque, uint32_t reg, uint32_t value,
		       unsigned size)
{
	struct debug_ports *chip = opaque;

	(void)size;
	switch (reg) {
	case DEBUG_PORTS_POST:
		chip->regs.post = (uint8_t)value;
		break;
	case DEBUG_PORTS_CONSOLE:
		lane_put(&chip->console, value & 0xFF);
		break;
	case DEBUG_PORTS_MARKER:
		lane_put(&chip->marker, value);
		break;
	case DEBUG_PORTS_EXIT:
		lane_put(&chip->exit, value);
		break;
	}
}
