/*
 * Fuzzes the UART with libFuzzer: a stream of register accesses, received bytes
 * and a far end that stalls. Checked, against a queue that is kept here: bytes
 * come out as they went in, each transmitted one reaches the lane once, IIR and
 * LSR tell what is, and the pin is IIR's interrupt and is driven by changes.
 *
 * The input: 2 bytes a step. The first one's low 5 bits are a register and
 * whether it is written, or (from 16 on) what the far end does; the second is
 * the value.
 */
#include "board-pc/uart16550.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { DLAB = 0x80, RTS = 0x02, OUT2 = 0x08, LOOP = 0x10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct uart16550 chip;
static bool pin;

static struct {
	uint8_t bytes[UART16550_FIFO_SIZE];
	unsigned count;
	uint8_t last; /* taken from it */
} queue;

static struct {
	unsigned count;
	uint8_t byte;
} sent;

static void drive(void *listener, unsigned line, bool level)
{
	must(!listener && line == 4);
	must(level != pin);
	pin = level;
}

/* A far end that is busy from some bytes on, as the board's. */
static void put(void *listener, uint32_t value)
{
	(void)listener;
	must(value <= 0xFF);
	sent.count++;
	sent.byte = (uint8_t)value;
	if (value & 0x80)
		uart16550_set_transmit_ready(&chip, false);
}

static bool fifo_is_on(void)
{
	return chip.regs.fcr & 1;
}

static bool has_room(void)
{
	return queue.count < (fifo_is_on() ? UART16550_FIFO_SIZE : 1);
}

static void push(uint8_t byte)
{
	queue.bytes[queue.count++] = byte;
}

static void pull(void)
{
	if (!queue.count)
		return;
	queue.last = queue.bytes[0];
	queue.count--;
	memmove(queue.bytes, queue.bytes + 1, queue.count);
}

/* Of these IIR reports the first; in the order of table IV. */
static uint8_t interrupt(void)
{
	static const uint8_t trigger[] = { 1, 4, 8, 14 };
	const struct uart16550_regs *regs = &chip.regs;

	if (regs->ier & 4 && regs->lsr & 2)
		return 0x6;
	if (regs->ier & 1 && queue.count)
		return fifo_is_on() && queue.count < trigger[regs->fcr >> 6]
			   ? 0xC
			   : 0x4;
	if (regs->ier & 2 && regs->thre_pending)
		return 0x2;
	return regs->ier & 8 && regs->msr & 0xF ? 0x0 : 0x1;
}

static void check(void)
{
	const struct uart16550_regs *regs = &chip.regs;
	bool wired = (regs->mcr & (OUT2 | LOOP)) == OUT2;
	bool open = (regs->mcr & (RTS | LOOP)) == RTS && has_room();

	must(pin == (wired && interrupt() != 0x1));
	must(regs->fifo_count == queue.count);
	must(regs->fifo_first < UART16550_FIFO_SIZE);
	for (unsigned i = 0; i < queue.count; i++)
		must(regs->fifo[(regs->fifo_first + i) % UART16550_FIFO_SIZE] ==
		     queue.bytes[i]);
	must(uart16550_can_receive(&chip) == open);
	must(uart16550_is_hungry(&chip) == (open && !queue.count));
	must(!(regs->ier & 0xF0) && !(regs->mcr & 0xE0) &&
	     !(regs->msr & 0xF0) && !(regs->fcr & 0x3E) && !(regs->lsr & 0xFD));
}

/* Steps. */

static void read_register(uint32_t reg)
{
	struct uart16550_regs was = chip.regs;
	uint8_t id = interrupt();
	uint32_t value = uart16550_read(&chip, reg, 1);
	bool latch = was.lcr & DLAB;

	must(value <= 0xFF);
	if (reg == UART16550_RBR && !latch) {
		pull();
		must(value == queue.last);
	} else if (reg == UART16550_IIR) {
		must(value == (id | (fifo_is_on() ? 0xC0 : 0)));
		must(id != 0x2 || interrupt() != 0x2);
	} else if (reg == UART16550_LSR) {
		must((value & 0x01) == (queue.count > 0));
		must((value & 0x60) == (was.transmit_ready ? 0x60 : 0));
		must(!chip.regs.lsr);
	} else if (reg == UART16550_MSR) {
		must((value & 0x0F) == was.msr && !chip.regs.msr);
	} else {
		must(!memcmp(&was, &chip.regs, sizeof(was)));
	}
}

/* On an overrun the FIFO keeps what it has; the one byte does not. */
static void expect_loop(uint8_t value)
{
	if (!has_room() && !fifo_is_on())
		queue.count = 0;
	if (has_room())
		push(value);
}

static void transmit(uint8_t value)
{
	bool loop = chip.regs.mcr & LOOP;
	bool full = !has_room();

	if (loop)
		expect_loop(value);
	sent.count = 0;
	uart16550_write(&chip, UART16550_THR, value, 1);
	must(sent.count == !loop);
	must(loop || sent.byte == value);
	must(!(loop && full) || chip.regs.lsr & 2);
}

static void write_register(uint32_t reg, uint8_t value)
{
	bool latch = chip.regs.lcr & DLAB;
	bool toggles = (value ^ chip.regs.fcr) & 1;

	if (reg == UART16550_THR && !latch) {
		transmit(value);
		return;
	}
	if (reg == UART16550_FCR && (toggles || (value & 3) == 3))
		queue.count = 0;
	uart16550_write(&chip, reg, value, 1);
	if (latch && reg <= UART16550_DLM)
		must(uart16550_read(&chip, reg, 1) == value);
}

static void act(uint8_t what, uint8_t value)
{
	bool room = uart16550_can_receive(&chip);

	if (what & 1) {
		uart16550_set_transmit_ready(&chip, value & 1);
		return;
	}
	must(uart16550_receive(&chip, value) == room);
	if (room)
		push(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	chip = (struct uart16550){ .irq = { .drive = drive, .line = 4 },
				   .tx = { .put = put } };
	uart16550_reset(&chip);
	memset(&queue, 0, sizeof(queue));
	pin = false;
	for (size_t i = 0; i + 1 < size; i += 2) {
		if (data[i] & 16)
			act(data[i], data[i + 1]);
		else if (data[i] & 8)
			write_register(data[i] & 7, data[i + 1]);
		else
			read_register(data[i] & 7);
		check();
	}
	return 0;
}
