/*
 * i8042: the PC AT's keyboard controller with nothing plugged in. It is there
 * because software resets a PC by it, and because firmware and kernels look
 * for it before they believe that there is no keyboard.
 */
#ifndef BOARD_PC_I8042_H
#define BOARD_PC_I8042_H

#include "vmm/chip.h"

/*
 * On a PC the two registers are four ports apart (0x60 and 0x64). Here they
 * are 0 and 1, and the board has a range of one port for each. Byte access
 * only.
 */
enum i8042_reg {
	I8042_DATA,    /* output buffer, input buffer */
	I8042_COMMAND, /* status, command */
};

/* The status register. */
#define I8042_STATUS_OBF      0x01 /* an answer waits in the data register */
#define I8042_STATUS_IBF      0x02 /* never: what is written is taken at once */
#define I8042_STATUS_SYS      0x04 /* self test passed: command byte, bit 2 */
#define I8042_STATUS_COMMAND  0x08 /* the last write was a command */
#define I8042_STATUS_UNLOCKED 0x10 /* always: the key lock is open */
#define I8042_STATUS_AUX      0x20 /* never: the answer is a mouse's */
#define I8042_STATUS_TIMEOUT  0x40 /* the answer is no device's */

struct i8042_regs {
	uint8_t output;       /* the output buffer; stays after it was read */
	uint8_t status;       /* but SYS and UNLOCKED, made on reading */
	uint8_t command_byte; /* commands 0x20 and 0x60 */
	uint8_t output_port;  /* commands 0xD0 and 0xD1 */
	uint8_t waiting;      /* the command that takes the next data, or 0 */
};

_Static_assert(sizeof(struct i8042_regs) == 5, "saved as it is");

struct i8042 {
	struct i8042_regs regs;
	/*
	 * Pulsed: true, then false, last of all in the write. The listener may
	 * reset this chip from inside it.
	 */
	struct pin reset;
};

void i8042_reset(struct i8042 *chip);
chip_read i8042_read;
chip_write i8042_write;

#endif
