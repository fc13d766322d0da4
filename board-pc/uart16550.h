/*
 * uart16550: National Semiconductor's PC16550D, a serial port with a FIFO,
 * wired as a PC has it: the interrupt reaches the machine only through OUT2.
 */
#ifndef BOARD_PC_UART16550_H
#define BOARD_PC_UART16550_H

#include "vmm/chip.h"

/* Register addresses, A2-A0. Byte access only. */
enum uart16550_reg {
	UART16550_RBR = 0, /* read */
	UART16550_THR = 0, /* write */
	UART16550_DLL = 0, /* with DLAB */
	UART16550_IER = 1,
	UART16550_DLM = 1, /* with DLAB */
	UART16550_IIR = 2, /* read */
	UART16550_FCR = 2, /* write */
	UART16550_LCR = 3,
	UART16550_MCR = 4,
	UART16550_LSR = 5,
	UART16550_MSR = 6,
	UART16550_SCR = 7,
};

#define UART16550_FIFO_SIZE 16

struct uart16550_regs {
	uint8_t rbr; /* the byte last read; a read with nothing there */
	uint8_t ier;
	uint8_t fcr; /* FIFO enable and trigger level */
	uint8_t lcr;
	uint8_t mcr;
	uint8_t lsr; /* OE; the rest is made on reading */
	uint8_t msr; /* the deltas; the lines are made from mcr on reading */
	uint8_t scr;
	uint8_t dll;
	uint8_t dlm;
	uint8_t thre_pending;   /* THRE interrupt: not yet seen in IIR */
	uint8_t transmit_ready; /* the far end takes more */
	uint8_t fifo_first;     /* without FIFO the one byte is in it as well */
	uint8_t fifo_count;
	uint8_t fifo[UART16550_FIFO_SIZE];
};

_Static_assert(sizeof(struct uart16550_regs) == 30, "saved as it is");

struct uart16550 {
	struct uart16550_regs regs;
	/*
	 * A level: high while IIR reports an interrupt, OUT2 is on and loopback
	 * is off. Driven when it changes. A write of THR that answers a THRE
	 * interrupt lowers it and raises it again, so that an edge-triggered
	 * PIC sees the next one; so does a read of RBR that leaves something
	 * in the FIFO.
	 */
	struct pin irq;
	/*
	 * Each transmitted byte, inside the write of THR. The listener may call
	 * uart16550_set_transmit_ready(chip, false) from inside `put`.
	 */
	struct lane tx;
};

/* Power-on: the transmitter is ready. Who knows better says so afterwards. */
void uart16550_reset(struct uart16550 *chip);
chip_read uart16550_read;
chip_write uart16550_write;

/*
 * A byte arrives from the far end, which honours hardware flow control: it is
 * refused (false, and nothing changes) unless RTS is on, loopback is off, and
 * there is room: 16 bytes with the FIFO on, one without. So the line itself
 * never overruns. Room appears only inside a call of uart16550_read or
 * uart16550_write: ask again after these.
 */
bool uart16550_receive(struct uart16550 *chip, uint8_t byte);
bool uart16550_can_receive(const struct uart16550 *chip);

/* It can receive, and the guest has taken all that it had received. */
bool uart16550_is_hungry(const struct uart16550 *chip);

/* The guest may be waiting for a THRE interrupt before it goes on. */
bool uart16550_transmits_by_interrupt(const struct uart16550 *chip);

/*
 * The far end can (not) take more. While not, THRE and TEMT read 0 and no THRE
 * interrupt is raised, in loopback too; a guest that transmits nevertheless
 * still puts the byte on the lane, and the listener may drop it. On becoming
 * ready the THRE interrupt is raised, if it is enabled.
 */
void uart16550_set_transmit_ready(struct uart16550 *chip, bool ready);

#endif
