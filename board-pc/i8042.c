/*
 * i8042: keyboard controller, after the IBM PC AT Technical Reference
 * ("keyboard controller") and, for commands A7-A9 and D2-D4, the PS/2's.
 *
 * Left out on purpose: a keyboard and a mouse, and with them the interrupts of
 * IRQ 1 and IRQ 12; the controller's RAM and input port (0x21-0x3F, 0x61-0x7F,
 * 0xC0), its password and diagnostic commands; A20, which is always on. A
 * command that is not here is taken and does nothing.
 *
 * Both interface tests say "clock line stuck low", so that who asks gives up
 * at once and does not wait for a device; and what is sent to the keyboard all
 * the same is answered as an AT's controller answers for one that does not take
 * it: 0xFE, with the time-out in the status. 0xD3 echoes, though there is no
 * mouse, without the mark of a mouse in the status: a guest that probes by it
 * (Linux) would else wait for half a second.
 */
#include "board-pc/i8042.h"

#define COMMAND_BYTE_SYS     0x04
#define COMMAND_BYTE_KBD_OFF 0x10
#define COMMAND_BYTE_AUX_OFF 0x20

#define OUTPUT_PORT_RUN  0x01 /* low resets the CPU */
#define OUTPUT_PORT_A20  0x02
#define OUTPUT_PORT_IDLE 0xCC /* lines to the keyboard, not connected pins */

#define SELF_TEST_PASSED     0x55
#define TEST_CLOCK_STUCK_LOW 0x01
#define NOT_TAKEN            0xFE

enum command {
	READ_COMMAND_BYTE = 0x20,
	WRITE_COMMAND_BYTE = 0x60,
	DISABLE_AUX = 0xA7,
	ENABLE_AUX = 0xA8,
	TEST_AUX = 0xA9,
	SELF_TEST = 0xAA,
	TEST_KBD = 0xAB,
	DISABLE_KBD = 0xAD,
	ENABLE_KBD = 0xAE,
	READ_OUTPUT_PORT = 0xD0,
	WRITE_OUTPUT_PORT = 0xD1,
	ECHO_AS_KBD = 0xD2,
	ECHO_AS_AUX = 0xD3,
	WRITE_AUX = 0xD4,
	PULSE_OUTPUT_PORT = 0xF0, /* to 0xFF: pulses low each bit that is 0 */
};

void i8042_reset(struct i8042 *chip)
{
	chip->regs = (struct i8042_regs){
		.output_port =
		    OUTPUT_PORT_IDLE | OUTPUT_PORT_A20 | OUTPUT_PORT_RUN,
	};
}

static void pulse(const struct pin *pin)
{
	pin_drive(pin, true);
	pin_drive(pin, false);
}

static void answer(struct i8042_regs *regs, uint8_t value)
{
	regs->output = value;
	regs->status |= I8042_STATUS_OBF;
	regs->status &= (uint8_t)~I8042_STATUS_TIMEOUT;
}

static void write_command(struct i8042 *chip, uint8_t command)
{
	struct i8042_regs *regs = &chip->regs;

	regs->status |= I8042_STATUS_COMMAND;
	regs->waiting = 0;
	switch (command) {
	case READ_COMMAND_BYTE:
		answer(regs, regs->command_byte);
		break;
	case DISABLE_AUX:
		regs->command_byte |= COMMAND_BYTE_AUX_OFF;
		break;
	case ENABLE_AUX:
		regs->command_byte &= (uint8_t)~COMMAND_BYTE_AUX_OFF;
		break;
	case DISABLE_KBD:
		regs->command_byte |= COMMAND_BYTE_KBD_OFF;
		break;
	case ENABLE_KBD:
		regs->command_byte &= (uint8_t)~COMMAND_BYTE_KBD_OFF;
		break;
	case SELF_TEST:
		regs->command_byte |= COMMAND_BYTE_SYS;
		answer(regs, SELF_TEST_PASSED);
		break;
	case TEST_AUX:
	case TEST_KBD:
		answer(regs, TEST_CLOCK_STUCK_LOW);
		break;
	case READ_OUTPUT_PORT:
		answer(regs, regs->output_port);
		break;
	case WRITE_COMMAND_BYTE:
	case WRITE_OUTPUT_PORT:
	case ECHO_AS_KBD:
	case ECHO_AS_AUX:
	case WRITE_AUX:
		regs->waiting = command;
		break;
	default:
		if (command >= PULSE_OUTPUT_PORT &&
		    !(command & OUTPUT_PORT_RUN))
			pulse(&chip->reset);
	}
}

static void write_data(struct i8042 *chip, uint8_t value)
{
	struct i8042_regs *regs = &chip->regs;
	uint8_t command = regs->waiting;

	regs->status &= (uint8_t)~I8042_STATUS_COMMAND;
	regs->waiting = 0;
	switch (command) {
	case WRITE_COMMAND_BYTE:
		regs->command_byte = value;
		break;
	case ECHO_AS_KBD:
	case ECHO_AS_AUX:
		answer(regs, value);
		break;
	case WRITE_OUTPUT_PORT:
		regs->output_port = value | OUTPUT_PORT_RUN;
		if (!(value & OUTPUT_PORT_RUN))
			pulse(&chip->reset);
		break;
	case WRITE_AUX:
		break;
	default:
		answer(regs, NOT_TAKEN);
		regs->status |= I8042_STATUS_TIMEOUT;
	}
}

static uint8_t read_data(struct i8042_regs *regs)
{
	regs->status &= (uint8_t)~I8042_STATUS_OBF;
	return regs->output;
}

static uint8_t read_status(const struct i8042_regs *regs)
{
	uint8_t status = regs->status | I8042_STATUS_UNLOCKED;

	if (regs->command_byte & COMMAND_BYTE_SYS)
		status |= I8042_STATUS_SYS;
	return status;
}

uint32_t i8042_read(void *opaque, uint32_t reg, unsigned size)
{
	struct i8042 *chip = opaque;

	(void)size;
	switch (reg) {
	case I8042_DATA:
		return read_data(&chip->regs);
	case I8042_COMMAND:
		return read_status(&chip->regs);
	default:
		return CHIP_ALL_ONES;
	}
}

void i8042_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct i8042 *chip = opaque;

	(void)size;
	switch (reg) {
	case I8042_DATA:
		write_data(chip, (uint8_t)value);
		break;
	case I8042_COMMAND:
		write_command(chip, (uint8_t)value);
		break;
	}
}
