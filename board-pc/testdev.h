/*
 * A device for hypervisor test suites (kvm-unit-tests and its kin), by the
 * registers of QEMU's pc-testdev, which has no datasheet:
 *
 *	IRQ     drives interrupt lines: a byte other than 0 to register n raises
 *	        line n, 0 lowers it
 *	ECHO    four bytes that read as they were written, by bytes, words or a
 *	        doubleword
 *	FLUSH   a doubleword: the host forgets how it maps the guest page with
 *	        this address, so that the guest's next access faults there
 *	MEMORY  64 KiB of plain memory that each access leaves the guest for
 */
#ifndef BOARD_PC_TESTDEV_H
#define BOARD_PC_TESTDEV_H

#include "vmm/chip.h"

#define TESTDEV_LINES       24
#define TESTDEV_MEMORY_SIZE 0x10000

/* IRQ takes bytes, FLUSH doublewords; the others any size. */
enum testdev_reg {
	TESTDEV_IRQ = 0,
	TESTDEV_ECHO = TESTDEV_IRQ + TESTDEV_LINES,
	TESTDEV_FLUSH = TESTDEV_ECHO + 4,
	TESTDEV_MEMORY = TESTDEV_FLUSH + 4,
	TESTDEV_END = TESTDEV_MEMORY + TESTDEV_MEMORY_SIZE,
};

struct testdev_regs {
	uint8_t echo[4];
	uint8_t memory[TESTDEV_MEMORY_SIZE];
};

_Static_assert(sizeof(struct testdev_regs) == 4 + TESTDEV_MEMORY_SIZE,
	       "saved as it is");

struct testdev {
	struct testdev_regs regs;
	struct pin irq[TESTDEV_LINES];
	struct lane flush; /* each address */
};

void testdev_reset(struct testdev *chip);
chip_read testdev_read;
chip_write testdev_write;

#endif
