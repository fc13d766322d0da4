/* PC16550D: each sequence of the datasheet, and what Linux's 8250 does. */
#include "board-pc/uart16550.h"

#include "tests/unit/unit.h"

enum { ETBEI = 0x02, ERBFI = 0x01, ELSI = 0x04, EDSSI = 0x08 };
enum { DTR = 0x01, RTS = 0x02, OUT1 = 0x04, OUT2 = 0x08, LOOP = 0x10 };
enum { DR = 0x01, OE = 0x02, THRE = 0x20, TEMT = 0x40 };
enum { NO_INTERRUPT = 0x01 };

static struct uart16550 chip;
static bool irq;
static unsigned rises;
static uint8_t sent[1024];
static unsigned sent_count;
static unsigned room; /* the far end is full after so many; 0: never */

static void drive(void *listener, unsigned line, bool level)
{
	CHECK(listener == &irq);
	CHECK_EQ(line, 4);
	rises += level && !irq;
	irq = level;
}

static void put(void *listener, uint32_t value)
{
	CHECK(listener == &sent);
	CHECK(value <= 0xFF);
	sent[sent_count++ % sizeof(sent)] = (uint8_t)value;
	if (room && --room == 0)
		uart16550_set_transmit_ready(&chip, false);
}

static void power_on(void)
{
	chip = (struct uart16550){
		.irq = { drive, &irq, 4 },
		.tx = { put, &sent },
	};
	irq = false;
	rises = sent_count = room = 0;
	uart16550_reset(&chip);
}

static uint32_t get(uint32_t reg)
{
	return uart16550_read(&chip, reg, 1);
}

static void set(uint32_t reg, uint32_t value)
{
	uart16550_write(&chip, reg, value, 1);
}

static uint32_t iir(void)
{
	return get(UART16550_IIR) & 0x0F;
}

/* As a driver leaves it: OUT2, RTS, DTR, FIFO with trigger at 8, `ier`. */
static void running(uint32_t ier)
{
	power_on();
	set(UART16550_MCR, DTR | RTS | OUT2);
	set(UART16550_FCR, 0x81);
	set(UART16550_IER, ier);
	get(UART16550_MSR);
}

static void arrive(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		CHECK(uart16550_receive(&chip, (uint8_t)('a' + i)));
}

CASE(power_on_registers)
{
	power_on();
	CHECK_EQ(get(UART16550_IER), 0x00);
	CHECK_EQ(get(UART16550_IIR), 0x01);
	CHECK_EQ(get(UART16550_LCR), 0x00);
	CHECK_EQ(get(UART16550_MCR), 0x00);
	CHECK_EQ(get(UART16550_LSR), 0x60);
	CHECK_EQ(get(UART16550_MSR), 0xB0);
	CHECK(!irq);
}

CASE(transmit_is_at_once)
{
	power_on();
	set(UART16550_THR, 'h');
	set(UART16550_THR, 0xFF);
	CHECK_EQ(sent_count, 2);
	CHECK_EQ(sent[0], 'h');
	CHECK_EQ(sent[1], 0xFF);
	CHECK_EQ(get(UART16550_LSR), THRE | TEMT);
}

CASE(divisor_latch_is_behind_dlab)
{
	power_on();
	set(UART16550_IER, 0x05);
	set(UART16550_LCR, 0x83);
	set(UART16550_DLL, 0x0C);
	set(UART16550_DLM, 0x01);
	CHECK_EQ(get(UART16550_DLL), 0x0C);
	CHECK_EQ(get(UART16550_DLM), 0x01);
	CHECK_EQ(sent_count, 0);
	set(UART16550_LCR, 0x03);
	CHECK_EQ(get(UART16550_IER), 0x05);
	CHECK_EQ(get(UART16550_RBR), 0x00);
	CHECK_EQ(get(UART16550_LCR), 0x03);
}

CASE(scratch_and_reserved_bits)
{
	power_on();
	set(UART16550_SCR, 0xAE);
	CHECK_EQ(get(UART16550_SCR), 0xAE);
	set(UART16550_IER, 0xF0);
	CHECK_EQ(get(UART16550_IER), 0x00);
	set(UART16550_MCR, 0xE0);
	CHECK_EQ(get(UART16550_MCR), 0x00);
	set(UART16550_LSR, 0xFF);
	CHECK_EQ(get(UART16550_LSR), THRE | TEMT);
	set(UART16550_MSR, 0x00);
	CHECK_EQ(get(UART16550_MSR), 0xB0);
}

CASE(enabling_etbei_interrupts_at_once_and_iir_clears_it)
{
	running(ETBEI);
	CHECK(irq);
	CHECK_EQ(iir(), 0x02);
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
	set(UART16550_IER, 0);
	set(UART16550_IER, ETBEI);
	CHECK(irq);
	CHECK_EQ(iir(), 0x02);
}

CASE(etbei_written_again_changes_nothing)
{
	running(ETBEI);
	CHECK_EQ(iir(), 0x02);
	set(UART16550_IER, ETBEI | ERBFI);
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
}

CASE(each_thr_write_is_a_new_edge)
{
	running(ETBEI);
	CHECK_EQ(rises, 1);
	set(UART16550_THR, 'a');
	CHECK(irq);
	CHECK_EQ(rises, 2);
	CHECK_EQ(iir(), 0x02);
	CHECK(!irq);
	set(UART16550_THR, 'b');
	CHECK(irq);
	CHECK_EQ(rises, 3);
	set(UART16550_IER, 0);
	CHECK(!irq);
	set(UART16550_THR, 'c');
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
}

CASE(a_busy_far_end_holds_thre_back)
{
	running(ETBEI);
	CHECK_EQ(iir(), 0x02);
	uart16550_set_transmit_ready(&chip, false);
	CHECK_EQ(get(UART16550_LSR), 0);
	CHECK(!irq);
	set(UART16550_IER, 0);
	set(UART16550_IER, ETBEI);
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
	uart16550_set_transmit_ready(&chip, true);
	CHECK_EQ(get(UART16550_LSR), THRE | TEMT);
	CHECK(irq);
	CHECK_EQ(iir(), 0x02);
	uart16550_set_transmit_ready(&chip, true);
	CHECK(!irq);
}

CASE(becoming_busy_takes_back_a_pending_thre)
{
	running(ETBEI);
	CHECK(irq);
	uart16550_set_transmit_ready(&chip, false);
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
}

CASE(the_far_end_may_fill_up_inside_put)
{
	running(ETBEI);
	room = 2;
	set(UART16550_THR, 'a');
	CHECK(irq);
	CHECK_EQ(iir(), 0x02);
	set(UART16550_THR, 'b');
	CHECK(!irq);
	CHECK_EQ(get(UART16550_LSR), 0);
	CHECK_EQ(sent_count, 2);
	set(UART16550_THR, 'c');
	CHECK_EQ(sent_count, 3);
	CHECK(!irq);
	uart16550_set_transmit_ready(&chip, true);
	CHECK(irq);
}

CASE(ready_without_etbei_is_silent)
{
	running(0);
	uart16550_set_transmit_ready(&chip, false);
	uart16550_set_transmit_ready(&chip, true);
	CHECK(!irq);
	CHECK_EQ(iir(), NO_INTERRUPT);
}

CASE(one_byte_is_received_without_fifo)
{
	power_on();
	set(UART16550_MCR, RTS | OUT2);
	set(UART16550_IER, ERBFI);
	CHECK(uart16550_can_receive(&chip));
	CHECK(uart16550_is_hungry(&chip));
	CHECK(uart16550_receive(&chip, 'x'));
	CHECK(irq);
	CHECK_EQ(get(UART16550_IIR), 0x04);
	CHECK_EQ(get(UART16550_LSR) & (DR | OE), DR);
	CHECK(!uart16550_can_receive(&chip));
	CHECK(!uart16550_is_hungry(&chip));
	CHECK(!uart16550_receive(&chip, 'y'));
	CHECK_EQ(get(UART16550_LSR) & (DR | OE), DR);
	CHECK_EQ(get(UART16550_RBR), 'x');
	CHECK(!irq);
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	CHECK(uart16550_is_hungry(&chip));
	CHECK(uart16550_receive(&chip, 'y'));
	CHECK_EQ(get(UART16550_RBR), 'y');
}

CASE(sixteen_bytes_are_received_with_fifo_in_order)
{
	running(0);
	arrive(16);
	CHECK(!uart16550_can_receive(&chip));
	CHECK(!uart16550_receive(&chip, 'z'));
	CHECK_EQ(get(UART16550_LSR) & OE, 0);
	for (unsigned i = 0; i < 16; i++) {
		CHECK(get(UART16550_LSR) & DR);
		CHECK_EQ(get(UART16550_RBR), 'a' + i);
		CHECK(uart16550_can_receive(&chip));
	}
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
}

CASE(the_fifo_goes_round)
{
	running(0);
	for (unsigned i = 0; i < 100; i++) {
		CHECK(uart16550_receive(&chip, (uint8_t)i));
		CHECK(uart16550_receive(&chip, (uint8_t)(i + 100)));
		CHECK_EQ(get(UART16550_RBR), i);
		CHECK_EQ(get(UART16550_RBR), i + 100);
	}
}

CASE(nothing_is_accepted_without_rts)
{
	running(ERBFI);
	set(UART16550_MCR, DTR | OUT2);
	CHECK(!uart16550_can_receive(&chip));
	CHECK(!uart16550_receive(&chip, 'x'));
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	set(UART16550_MCR, RTS | OUT2 | LOOP);
	CHECK(!uart16550_can_receive(&chip));
	CHECK(!uart16550_receive(&chip, 'x'));
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	set(UART16550_MCR, RTS | OUT2);
	CHECK(uart16550_receive(&chip, 'x'));
	CHECK(irq);
}

CASE(below_the_trigger_it_is_a_character_timeout)
{
	running(ERBFI);
	arrive(1);
	CHECK(irq);
	CHECK_EQ(get(UART16550_IIR), 0xCC);
	CHECK(irq);
	CHECK_EQ(get(UART16550_RBR), 'a');
	CHECK(!irq);
	CHECK_EQ(get(UART16550_IIR), 0xC1);
}

CASE(at_each_trigger_level_it_is_received_data)
{
	static const unsigned level[] = { 1, 4, 8, 14 };

	for (uint32_t i = 0; i < 4; i++) {
		running(ERBFI);
		set(UART16550_FCR, i << 6 | 0x01);
		arrive(level[i] - 1);
		CHECK_EQ(get(UART16550_IIR), level[i] > 1 ? 0xCC : 0xC1);
		arrive(1);
		CHECK_EQ(get(UART16550_IIR), 0xC4);
		get(UART16550_RBR);
		CHECK_EQ(get(UART16550_IIR), level[i] > 1 ? 0xCC : 0xC1);
	}
}

CASE(each_read_that_leaves_data_is_a_new_edge)
{
	running(ERBFI);
	arrive(16);
	CHECK_EQ(rises, 1);
	for (unsigned left = 15; left; left--) {
		get(UART16550_RBR);
		CHECK(irq);
		CHECK_EQ(rises, 17 - left);
	}
	get(UART16550_RBR);
	CHECK(!irq);
	CHECK_EQ(rises, 16);
}

CASE(a_read_of_data_is_no_edge_while_another_interrupt_is_pending)
{
	running(ERBFI | ETBEI);
	arrive(2);
	CHECK_EQ(rises, 1);
	get(UART16550_RBR);
	CHECK(irq);
	CHECK_EQ(rises, 1);
}

CASE(the_divisor_latch_is_no_read_of_data)
{
	running(ERBFI);
	arrive(2);
	set(UART16550_LCR, 0x80);
	get(UART16550_DLL);
	CHECK(irq);
	CHECK_EQ(rises, 1);
}

CASE(clearing_the_receiver_drops_what_waits)
{
	running(ERBFI);
	arrive(5);
	set(UART16550_FCR, 0x83);
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	CHECK(!irq);
	arrive(1);
	CHECK_EQ(get(UART16550_RBR), 'a');
}

CASE(changing_the_fifo_mode_clears_it)
{
	running(0);
	arrive(5);
	set(UART16550_FCR, 0x00);
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	CHECK_EQ(get(UART16550_IIR), 0x01);
	arrive(1);
	set(UART16550_FCR, 0x01);
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
	CHECK_EQ(get(UART16550_IIR), 0xC1);
}

CASE(fcr_bits_count_only_with_enable)
{
	running(0);
	set(UART16550_FCR, 0xC0);
	CHECK_EQ(get(UART16550_IIR), 0x01);
	set(UART16550_FCR, 0x01);
	arrive(1);
	set(UART16550_IER, ERBFI);
	CHECK_EQ(get(UART16550_IIR), 0xC4);
	set(UART16550_FCR, 0x00);
	arrive(1);
	set(UART16550_FCR, 0x02);
	CHECK_EQ(get(UART16550_LSR) & DR, DR);
}

CASE(the_highest_priority_is_reported_first)
{
	running(0);
	set(UART16550_MCR, LOOP | DTR | RTS | OUT2);
	set(UART16550_MCR, LOOP | RTS | OUT2);
	for (unsigned i = 0; i < 17; i++)
		set(UART16550_THR, i);
	set(UART16550_IER, ERBFI | ETBEI | ELSI | EDSSI);
	CHECK_EQ(iir(), 0x06);
	CHECK_EQ(iir(), 0x06);
	CHECK(get(UART16550_LSR) & OE);
	CHECK_EQ(iir(), 0x04);
	for (unsigned i = 0; i < 16; i++) {
		CHECK_EQ(iir(), i < 9 ? 0x04 : 0x0C);
		get(UART16550_RBR);
	}
	CHECK_EQ(iir(), 0x02);
	CHECK_EQ(iir(), 0x00);
	CHECK_EQ(iir(), 0x00);
	get(UART16550_MSR);
	CHECK_EQ(iir(), NO_INTERRUPT);
}

CASE(thre_waits_behind_received_data)
{
	running(ERBFI | ETBEI);
	CHECK_EQ(iir(), 0x02);
	arrive(1);
	set(UART16550_THR, 'x');
	CHECK_EQ(iir(), 0x0C);
	CHECK_EQ(iir(), 0x0C);
	get(UART16550_RBR);
	CHECK(irq);
	CHECK_EQ(iir(), 0x02);
	CHECK(!irq);
}

CASE(loopback_overruns_keep_the_fifo)
{
	running(0);
	set(UART16550_MCR, LOOP);
	for (unsigned i = 0; i < 20; i++)
		set(UART16550_THR, i);
	CHECK_EQ(sent_count, 0);
	CHECK_EQ(get(UART16550_LSR), DR | OE | THRE | TEMT);
	CHECK_EQ(get(UART16550_LSR), DR | THRE | TEMT);
	for (unsigned i = 0; i < 16; i++)
		CHECK_EQ(get(UART16550_RBR), i);
	CHECK_EQ(get(UART16550_LSR) & DR, 0);
}

CASE(loopback_overruns_replace_the_one_byte)
{
	power_on();
	set(UART16550_MCR, LOOP);
	set(UART16550_THR, 1);
	set(UART16550_THR, 2);
	CHECK_EQ(get(UART16550_LSR) & (DR | OE), DR | OE);
	CHECK_EQ(get(UART16550_RBR), 2);
	CHECK_EQ(get(UART16550_LSR) & (DR | OE), 0);
}

CASE(loopback_connects_the_modem_lines)
{
	power_on();
	set(UART16550_MCR, LOOP);
	get(UART16550_MSR);
	set(UART16550_MCR, LOOP | RTS);
	CHECK_EQ(get(UART16550_MSR), 0x11);
	CHECK_EQ(get(UART16550_MSR), 0x10);
	set(UART16550_MCR, LOOP | DTR);
	CHECK_EQ(get(UART16550_MSR), 0x23);
	set(UART16550_MCR, LOOP | OUT1);
	CHECK_EQ(get(UART16550_MSR), 0x42);
	set(UART16550_MCR, LOOP | OUT2);
	CHECK_EQ(get(UART16550_MSR), 0x8C); /* RI fell: its trailing edge */
	set(UART16550_MCR, LOOP);
	CHECK_EQ(get(UART16550_MSR), 0x08);
	set(UART16550_MCR, 0);
	CHECK_EQ(get(UART16550_MSR), 0xBB);
	CHECK_EQ(get(UART16550_MSR), 0xB0);
}

CASE(modem_status_interrupt)
{
	running(EDSSI);
	CHECK(!irq);
	set(UART16550_MCR, LOOP);
	CHECK_EQ(iir(), 0x00);
	CHECK(!irq);
	set(UART16550_MCR, OUT2);
	CHECK(irq);
	get(UART16550_MSR);
	CHECK(!irq);
}

CASE(out2_and_loopback_gate_the_pin)
{
	running(ERBFI);
	arrive(1);
	CHECK(irq);
	set(UART16550_MCR, RTS);
	CHECK(!irq);
	CHECK_EQ(iir(), 0x0C);
	set(UART16550_MCR, RTS | OUT2 | LOOP);
	CHECK(!irq);
	CHECK_EQ(iir(), 0x0C);
	set(UART16550_MCR, RTS | OUT2);
	CHECK(irq);
}

/* autoconfig() and autoconfig_16550a() of Linux's 8250_port.c. */
CASE(linux_detects_a_16550a)
{
	uint32_t status;

	power_on();
	set(UART16550_IER, 0);
	CHECK_EQ(get(UART16550_IER) & 0x0F, 0);
	set(UART16550_IER, 0x0F);
	CHECK_EQ(get(UART16550_IER) & 0x0F, 0x0F);
	set(UART16550_IER, 0);
	set(UART16550_MCR, LOOP | OUT2 | RTS);
	CHECK_EQ(get(UART16550_MSR) & 0xF0, 0x90);
	set(UART16550_MCR, 0);

	set(UART16550_LCR, 0xBF);
	set(UART16550_FCR, 0);
	set(UART16550_LCR, 0);
	set(UART16550_FCR, 0x01);
	CHECK_EQ(get(UART16550_IIR) >> 6, 3);

	/* No enhanced feature register: a 16550A, not a 16650. */
	set(UART16550_LCR, 0x80);
	CHECK(get(UART16550_IIR) != 0);
	set(UART16550_LCR, 0xBF);
	CHECK(get(UART16550_IIR) != 0);
	/* No National superchip: its register 2 would show MCR. */
	set(UART16550_LCR, 0);
	status = get(UART16550_MCR);
	set(UART16550_MCR, status ^ LOOP);
	set(UART16550_LCR, 0xE0);
	CHECK_EQ((get(UART16550_IIR) ^ status) & LOOP, 0);
	set(UART16550_LCR, 0);
	set(UART16550_MCR, status);
	/* No 64-byte FIFO: not a 16750. */
	set(UART16550_FCR, 0x01);
	CHECK_EQ(get(UART16550_IIR) >> 5, 6);
	set(UART16550_LCR, 0x80);
	set(UART16550_FCR, 0x21);
	CHECK_EQ(get(UART16550_IIR) >> 5, 6);
	set(UART16550_LCR, 0);
	/* No UUE bit: not an XScale. */
	set(UART16550_IER, 0x40);
	CHECK_EQ(get(UART16550_IER) & 0x40, 0);
	CHECK_EQ(sent_count, 0);
}

/* size_fifo() there: 256 bytes round the loop, counted. */
CASE(linux_counts_sixteen_bytes_of_fifo)
{
	unsigned count = 0;

	power_on();
	set(UART16550_FCR, 0x87);
	set(UART16550_MCR, LOOP | RTS);
	for (unsigned i = 0; i < 256; i++)
		set(UART16550_THR, i);
	while (get(UART16550_LSR) & DR && count < 256) {
		get(UART16550_RBR);
		count++;
	}
	CHECK_EQ(count, 16);
}

/* serial8250_do_startup(): the tests for lost transmitter interrupts. */
CASE(linux_trusts_the_transmitter_interrupt)
{
	uint32_t first;

	running(0);
	set(UART16550_IER, ETBEI);
	first = iir();
	set(UART16550_IER, 0);
	set(UART16550_IER, ETBEI);
	CHECK(!(first & NO_INTERRUPT));
	CHECK(!(iir() & NO_INTERRUPT));
	set(UART16550_IER, 0);
	CHECK(!irq);
}

CASE(nobody_needs_to_listen)
{
	chip = (struct uart16550){ 0 };
	uart16550_reset(&chip);
	set(UART16550_MCR, OUT2);
	set(UART16550_IER, 0x0F);
	set(UART16550_THR, 'x');
	CHECK_EQ(iir(), 0x02);
	CHECK_EQ(uart16550_read(&chip, 8, 1), CHIP_ALL_ONES);
	uart16550_write(&chip, 8, 0, 1);
}

/* What a driver would read, without the side effects of reading. */
static uint32_t peek(uint32_t reg)
{
	struct uart16550 copy = { .regs = chip.regs };

	if (reg == UART16550_RBR)
		copy.regs.lcr = 0;
	return uart16550_read(&copy, reg, 1);
}

static void check_invariants(void)
{
	uint32_t lsr = peek(UART16550_LSR);
	uint32_t mcr = peek(UART16550_MCR);
	uint32_t id = peek(UART16550_IIR);
	bool fifo = id >> 6 == 3;
	bool gate = (mcr & (OUT2 | LOOP)) == OUT2;

	CHECK_EQ(irq, gate && !(id & NO_INTERRUPT));
	CHECK(id >> 6 == 0 || fifo);
	CHECK_EQ(id & 0x30, 0);
	CHECK((lsr & (THRE | TEMT)) == 0 || (lsr & THRE && lsr & TEMT));
	CHECK_EQ(lsr & 0x9C, 0);
	if ((id & 0x0F) == 0x04 || (id & 0x0F) == 0x0C)
		CHECK(lsr & DR);
	if ((id & 0x0F) == 0x0C)
		CHECK(fifo);
	if ((id & 0x0F) == 0x02)
		CHECK(lsr & THRE);
	if (uart16550_can_receive(&chip))
		CHECK((mcr & (RTS | LOOP)) == RTS && (fifo || !(lsr & DR)));
}

static void do_something(uint32_t seed)
{
	uint32_t reg = seed >> 24 & 7;
	uint8_t value = seed >> 16 & 0xFF;

	switch (seed >> 28) {
	case 0:
		uart16550_set_transmit_ready(&chip, value & 1);
		break;
	case 1:
	case 2: {
		bool can = uart16550_can_receive(&chip);

		CHECK_EQ(uart16550_receive(&chip, value), can);
		break;
	}
	case 3:
		room = value & 3;
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		CHECK(uart16550_read(&chip, reg, 1) <= 0xFF);
		break;
	default:
		uart16550_write(&chip, reg, value, 1);
	}
}

CASE(any_stream_keeps_the_pin_true_to_iir)
{
	uint32_t seed = 16550;

	power_on();
	for (unsigned i = 0; i < 300000; i++) {
		seed = seed * 1664525 + 1013904223;
		do_something(seed);
		check_invariants();
	}
	CHECK(rises > 1000);
	CHECK(sent_count > 1000);
}

RUN("uart16550", &power_on_registers, &transmit_is_at_once,
    &divisor_latch_is_behind_dlab, &scratch_and_reserved_bits,
    &enabling_etbei_interrupts_at_once_and_iir_clears_it,
    &etbei_written_again_changes_nothing, &each_thr_write_is_a_new_edge,
    &a_busy_far_end_holds_thre_back, &becoming_busy_takes_back_a_pending_thre,
    &the_far_end_may_fill_up_inside_put, &ready_without_etbei_is_silent,
    &one_byte_is_received_without_fifo,
    &sixteen_bytes_are_received_with_fifo_in_order, &the_fifo_goes_round,
    &nothing_is_accepted_without_rts,
    &below_the_trigger_it_is_a_character_timeout,
    &at_each_trigger_level_it_is_received_data,
    &each_read_that_leaves_data_is_a_new_edge,
    &a_read_of_data_is_no_edge_while_another_interrupt_is_pending,
    &the_divisor_latch_is_no_read_of_data,
    &clearing_the_receiver_drops_what_waits, &changing_the_fifo_mode_clears_it,
    &fcr_bits_count_only_with_enable, &the_highest_priority_is_reported_first,
    &thre_waits_behind_received_data, &loopback_overruns_keep_the_fifo,
    &loopback_overruns_replace_the_one_byte, &loopback_connects_the_modem_lines,
    &modem_status_interrupt, &out2_and_loopback_gate_the_pin,
    &linux_detects_a_16550a, &linux_counts_sixteen_bytes_of_fifo,
    &linux_trusts_the_transmitter_interrupt, &nobody_needs_to_listen,
    &any_stream_keeps_the_pin_true_to_iir)
