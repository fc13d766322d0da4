/*
 * uart16550: serial port, after National's PC16550D datasheet (TL/C/8652),
 * section 8, and Linux's 8250 driver, which probes for what the datasheet does
 * not say.
 *
 * Left out on purpose: time. A byte is out when it is written, whatever the
 * divisor latch says, so there is no transmit FIFO, and a character timeout is
 * at once: with the FIFO on, fewer bytes than the trigger level report 0xC.
 * Line errors (parity, framing, break) do not happen and LCR's format is only
 * kept. The far end holds CTS, DSR and DCD on, and never rings. DMA mode has
 * no pins here.
 */
#include "board-pc/uart16550.h"

enum ier {
	IER_ERBFI = 0x01,
	IER_ETBEI = 0x02,
	IER_ELSI = 0x04,
	IER_EDSSI = 0x08,
	IER_BITS = 0x0F
};

/* IIR, table IV: by falling priority. */
enum iir {
	IIR_LINE_STATUS = 0x06,
	IIR_DATA = 0x04,
	IIR_TIMEOUT = 0x0C,
	IIR_THRE = 0x02,
	IIR_MODEM = 0x00,
	IIR_NONE = 0x01,
	IIR_FIFO = 0xC0,
};

enum fcr { FCR_ENABLE = 0x01, FCR_CLEAR_RX = 0x02, FCR_TRIGGER = 0xC0 };

enum lcr { LCR_DLAB = 0x80 };

enum mcr {
	MCR_DTR = 0x01,
	MCR_RTS = 0x02,
	MCR_OUT1 = 0x04,
	MCR_OUT2 = 0x08,
	MCR_LOOP = 0x10,
	MCR_BITS = 0x1F
};

enum lsr { LSR_DR = 0x01, LSR_OE = 0x02, LSR_THRE = 0x20, LSR_TEMT = 0x40 };

enum msr {
	MSR_DCTS = 0x01,
	MSR_DDSR = 0x02,
	MSR_TERI = 0x04,
	MSR_DDCD = 0x08,
	MSR_CTS = 0x10,
	MSR_DSR = 0x20,
	MSR_RI = 0x40,
	MSR_DCD = 0x80
};

void uart16550_reset(struct uart16550 *chip)
{
	chip->regs = (struct uart16550_regs){ .transmit_ready = true };
}

/* Receiver. */

static bool fifo_on(const struct uart16550_regs *regs)
{
	return regs->fcr & FCR_ENABLE;
}

static bool receiver_full(const struct uart16550_regs *regs)
{
	return regs->fifo_count >= (fifo_on(regs) ? UART16550_FIFO_SIZE : 1);
}

static void receiver_clear(struct uart16550_regs *regs)
{
	regs->fifo_first = 0;
	regs->fifo_count = 0;
}

static void receiver_push(struct uart16550_regs *regs, uint8_t byte)
{
	unsigned end = regs->fifo_first + regs->fifo_count;

	regs->fifo[end % UART16550_FIFO_SIZE] = byte;
	regs->fifo_count++;
}

static uint8_t read_rbr(struct uart16550_regs *regs)
{
	if (regs->fifo_count) {
		regs->rbr = regs->fifo[regs->fifo_first];
		regs->fifo_first++;
		regs->fifo_first %= UART16550_FIFO_SIZE;
		regs->fifo_count--;
	}
	return regs->rbr;
}

/* Section 8.3: on an overrun the FIFO keeps what it has, RBR does not. */
static void receiver_loop(struct uart16550_regs *regs, uint8_t byte)
{
	if (receiver_full(regs)) {
		regs->lsr |= LSR_OE;
		if (fifo_on(regs))
			return;
		receiver_clear(regs);
	}
	receiver_push(regs, byte);
}

/* Interrupts. */

static uint8_t data_interrupt(const struct uart16550_regs *regs)
{
	static const uint8_t trigger[] = { 1, 4, 8, 14 };

	if (!fifo_on(regs) || regs->fifo_count >= trigger[regs->fcr >> 6])
		return IIR_DATA;
	return IIR_TIMEOUT;
}

static uint8_t interrupt_id(const struct uart16550_regs *regs)
{
	if (regs->ier & IER_ELSI && regs->lsr & LSR_OE)
		return IIR_LINE_STATUS;
	if (regs->ier & IER_ERBFI && regs->fifo_count)
		return data_interrupt(regs);
	if (regs->ier & IER_ETBEI && regs->thre_pending)
		return IIR_THRE;
	if (regs->ier & IER_EDSSI && regs->msr)
		return IIR_MODEM;
	return IIR_NONE;
}

static bool irq_level(const struct uart16550_regs *regs)
{
	return (regs->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2 &&
	       interrupt_id(regs) != IIR_NONE;
}

static void drive_irq(const struct uart16550 *chip, bool was)
{
	bool is = irq_level(&chip->regs);

	if (is != was)
		pin_drive(&chip->irq, is);
}

/* Reading. */

static uint8_t read_iir(struct uart16550_regs *regs)
{
	uint8_t id = interrupt_id(regs);

	if (id == IIR_THRE)
		regs->thre_pending = false;
	return fifo_on(regs) ? id | IIR_FIFO : id;
}

static uint8_t read_lsr(struct uart16550_regs *regs)
{
	uint8_t lsr = regs->lsr;

	if (regs->fifo_count)
		lsr |= LSR_DR;
	if (regs->transmit_ready)
		lsr |= LSR_THRE | LSR_TEMT;
	regs->lsr = 0;
	return lsr;
}

/* The modem inputs: in loopback they are the modem outputs. */
static uint8_t modem_lines(const struct uart16550_regs *regs)
{
	uint8_t mcr = regs->mcr;

	if (!(mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	return (uint8_t)((mcr & MCR_RTS ? MSR_CTS : 0) |
			 (mcr & MCR_DTR ? MSR_DSR : 0) |
			 (mcr & MCR_OUT1 ? MSR_RI : 0) |
			 (mcr & MCR_OUT2 ? MSR_DCD : 0));
}

static uint8_t read_msr(struct uart16550_regs *regs)
{
	uint8_t msr = regs->msr | modem_lines(regs);

	regs->msr = 0;
	return msr;
}

static uint32_t read_reg(struct uart16550_regs *regs, uint32_t reg)
{
	bool dlab = regs->lcr & LCR_DLAB;

	switch (reg) {
	case UART16550_RBR:
		return dlab ? regs->dll : read_rbr(regs);
	case UART16550_IER:
		return dlab ? regs->dlm : regs->ier;
	case UART16550_IIR:
		return read_iir(regs);
	case UART16550_LCR:
		return regs->lcr;
	case UART16550_MCR:
		return regs->mcr;
	case UART16550_LSR:
		return read_lsr(regs);
	case UART16550_MSR:
		return read_msr(regs);
	case UART16550_SCR:
		return regs->scr;
	default:
		return CHIP_ALL_ONES;
	}
}

/*
 * Section 8.6: reading a character ends the timeout interrupt, and that for
 * received data below the trigger level. The rest of the FIFO raises it anew,
 * here at once: an edge, by which a PIC learns what a guest left behind.
 */
static void drive_irq_anew(const struct uart16550 *chip, bool was)
{
	struct uart16550_regs others = chip->regs;
	bool between;

	others.ier &= (uint8_t)~IER_ERBFI;
	between = irq_level(&others);
	if (between != was)
		pin_drive(&chip->irq, between);
	drive_irq(chip, between);
}

uint32_t uart16550_read(void *opaque, uint32_t reg, unsigned size)
{
	struct uart16550 *chip = opaque;
	bool was = irq_level(&chip->regs);
	uint32_t value = read_reg(&chip->regs, reg);

	(void)size;
	if (reg == UART16550_RBR && !(chip->regs.lcr & LCR_DLAB))
		drive_irq_anew(chip, was);
	else
		drive_irq(chip, was);
	return value;
}

/* Writing: each drives the pin itself, for THR drives it twice. */

static void write_thr(struct uart16550 *chip, uint8_t byte)
{
	struct uart16550_regs *regs = &chip->regs;
	bool was = irq_level(regs);

	regs->thre_pending = false;
	drive_irq(chip, was);

	was = irq_level(regs);
	if (regs->mcr & MCR_LOOP)
		receiver_loop(regs, byte);
	else
		lane_put(&chip->tx, byte);
	regs->thre_pending = regs->transmit_ready;
	drive_irq(chip, was);
}

/*
 * That the rise of ETBEI finds an empty THR and interrupts is not in the
 * datasheet, but real parts do it, and Linux starts transmission by it.
 */
static void write_ier(struct uart16550_regs *regs, uint8_t value)
{
	if (value & ~regs->ier & IER_ETBEI)
		regs->thre_pending = regs->transmit_ready;
	regs->ier = value & IER_BITS;
}

/* Section 8.4: the other bits are programmed only when bit 0 is 1. */
static void write_fcr(struct uart16550_regs *regs, uint8_t value)
{
	if (!(value & FCR_ENABLE))
		value = 0;
	if ((value ^ regs->fcr) & FCR_ENABLE || value & FCR_CLEAR_RX)
		receiver_clear(regs);
	regs->fcr = value & (FCR_ENABLE | FCR_TRIGGER);
}

static void write_mcr(struct uart16550_regs *regs, uint8_t value)
{
	uint8_t before = modem_lines(regs);
	uint8_t after, changed;

	regs->mcr = value & MCR_BITS;
	after = modem_lines(regs);
	changed = before ^ after;
	regs->msr |= (uint8_t)((changed & MSR_CTS ? MSR_DCTS : 0) |
			       (changed & MSR_DSR ? MSR_DDSR : 0) |
			       (before & ~after & MSR_RI ? MSR_TERI : 0) |
			       (changed & MSR_DCD ? MSR_DDCD : 0));
}

static void write_reg(struct uart16550_regs *regs, uint32_t reg, uint8_t value)
{
	switch (reg) {
	case UART16550_IER:
		write_ier(regs, value);
		break;
	case UART16550_FCR:
		write_fcr(regs, value);
		break;
	case UART16550_LCR:
		regs->lcr = value;
		break;
	case UART16550_MCR:
		write_mcr(regs, value);
		break;
	case UART16550_SCR:
		regs->scr = value;
		break;
	}
}

void uart16550_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct uart16550 *chip = opaque;
	struct uart16550_regs *regs = &chip->regs;
	bool dlab = regs->lcr & LCR_DLAB;
	bool was = irq_level(regs);

	(void)size;
	if (dlab && reg == UART16550_DLL)
		regs->dll = (uint8_t)value;
	else if (dlab && reg == UART16550_DLM)
		regs->dlm = (uint8_t)value;
	else if (reg == UART16550_THR)
		write_thr(chip, (uint8_t)value);
	else
		write_reg(regs, reg, (uint8_t)value);
	if (reg != UART16550_THR)
		drive_irq(chip, was);
}

/* The far end. */

bool uart16550_can_receive(const struct uart16550 *chip)
{
	const struct uart16550_regs *regs = &chip->regs;

	return (regs->mcr & (MCR_RTS | MCR_LOOP)) == MCR_RTS &&
	       !receiver_full(regs);
}

bool uart16550_is_hungry(const struct uart16550 *chip)
{
	return !chip->regs.fifo_count && uart16550_can_receive(chip);
}

bool uart16550_receive(struct uart16550 *chip, uint8_t byte)
{
	bool was = irq_level(&chip->regs);

	if (!uart16550_can_receive(chip))
		return false;
	receiver_push(&chip->regs, byte);
	drive_irq(chip, was);
	return true;
}

bool uart16550_transmits_by_interrupt(const struct uart16550 *chip)
{
	return chip->regs.ier & IER_ETBEI;
}

void uart16550_set_transmit_ready(struct uart16550 *chip, bool ready)
{
	struct uart16550_regs *regs = &chip->regs;
	bool was = irq_level(regs);

	if (ready == regs->transmit_ready)
		return;
	regs->transmit_ready = ready;
	regs->thre_pending = ready;
	drive_irq(chip, was);
}
