/*
 * The board's interrupt wiring: ports and the IOAPIC's page, lines to both
 * controllers, INTR, messages and routes. KVM is what `syscall` below records.
 */
#include "board-pc/board.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/chip.h"

enum { PIN_UART = 4, MESSAGES = 64 };

/* What KVM has been told, and what it answers. */
static struct {
	struct kvm_msi messages[MESSAGES];
	unsigned sent;
	struct kvm_irq_routing_entry routes[24];
	unsigned count, set;
	bool deaf;    /* no LAPIC takes a message */
	bool refuses; /* KVM_SET_GSI_ROUTING fails */
} kvm_saw;

static struct ending ending;
static struct outlet console;
static struct inlet input;
static unsigned interrupts; /* INTR has risen */

static long set_routes(const struct kvm_irq_routing *table)
{
	if (kvm_saw.refuses) {
		errno = ENOMEM;
		return -1;
	}
	kvm_saw.set++;
	kvm_saw.count = table->nr;
	for (unsigned i = 0; i < table->nr; i++)
		kvm_saw.routes[i] = table->entries[i];
	return 0;
}

/* In the place of libc's: vmm/kvm.c calls by it, and nothing else here does. */
long syscall(long number, ...)
{
	unsigned long request;
	const void *argument;
	va_list rest;

	(void)number;
	va_start(rest, number);
	(void)va_arg(rest, int);
	request = va_arg(rest, unsigned long);
	argument = va_arg(rest, const void *);
	va_end(rest);
	if (request == KVM_SET_GSI_ROUTING)
		return set_routes(argument);
	if (request == KVM_SIGNAL_MSI && kvm_saw.sent < MESSAGES)
		memcpy(&kvm_saw.messages[kvm_saw.sent++], argument,
		       sizeof(struct kvm_msi));
	return kvm_saw.deaf ? 0 : 1;
}

static void rises(void)
{
	interrupts++;
	CHECK(board_interrupt_waits());
	board_eoi(0); /* it would wait for ever for a lock that is held */
}

static void begin(void)
{
	static const struct kvm no_kvm = { .device = -1, .vm = -1 };
	const struct board_wires wires = { .kvm = &no_kvm,
					   .interrupt = rises,
					   .ending = &ending,
					   .console = &console,
					   .input = &input };

	memset(&kvm_saw, 0, sizeof(kvm_saw));
	interrupts = 0;
	if (ending.wake_fd > 0)
		close(ending.wake_fd);
	ending = (struct ending){
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	outlet_init(&console, -1);
	input = (struct inlet){ 0 };
	alarm(10);
	board_init(&wires);
}

static void out(uint16_t port, uint8_t value)
{
	board_port_write(port, &value, 1);
}

static uint8_t in(uint16_t port)
{
	uint8_t value;

	board_port_read(port, &value, 1);
	return value;
}

/* Vectors 0x20 and 0x28 up; the masks are those of both chips. */
static void init_pics(uint8_t master, uint8_t slave)
{
	static const uint8_t words[][2] = {
		{ 0x20, 0x11 }, { 0xA0, 0x11 }, { 0x21, 0x20 }, { 0xA1, 0x28 },
		{ 0x21, 0x04 }, { 0xA1, 0x02 }, { 0x21, 0x01 }, { 0xA1, 0x01 },
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		out(words[i][0], words[i][1]);
	out(0x21, master);
	out(0xA1, slave);
}

static void raise_uart(void)
{
	out(PORT_UART + 4, 0x08); /* MCR: OUT2 */
	out(PORT_UART + 1, 0x02); /* IER: THRE, which is so */
}

static void lower_uart(void)
{
	out(PORT_UART + 1, 0x00);
}

static void write_ioapic(uint32_t index, uint32_t value)
{
	board_memory_write(MAP_IOAPIC, &index, 4);
	board_memory_write(MAP_IOAPIC + 0x10, &value, 4);
}

static uint32_t read_ioapic(uint32_t index)
{
	uint32_t value;

	board_memory_write(MAP_IOAPIC, &index, 4);
	board_memory_read(MAP_IOAPIC + 0x10, &value, 4);
	return value;
}

static void set_pin(unsigned pin, uint32_t low)
{
	write_ioapic(0x10 + 2 * pin, low);
}

/* INTA: the vector, or -1 when there was none to take. */
static int acknowledge(void)
{
	uint8_t vector;

	return board_acknowledge(&vector) ? vector : -1;
}

CASE(the_ports_are_the_pics)
{
	begin();
	init_pics(0xFB, 0xFE);
	CHECK_EQ(in(0x21), 0xFB);
	CHECK_EQ(in(0xA1), 0xFE);
	out(0x4D0, 0xFF);
	out(0x4D1, 0xFF);
	CHECK_EQ(in(0x4D0), 0xF8); /* 0, 1, 2, 8 and 13 are edges */
	CHECK_EQ(in(0x4D1), 0xDE);
}

CASE(the_page_is_the_ioapics)
{
	uint32_t value = 0;

	begin();
	CHECK_EQ(read_ioapic(1), 0x00170020);
	CHECK_EQ(read_ioapic(0x10), 0x00010000);
	board_memory_read(MAP_IOAPIC + MAP_IOAPIC_SIZE, &value, 4);
	CHECK_EQ(value, CHIP_ALL_ONES);
}

CASE(ports_40_and_61_are_the_pits)
{
	begin();
	out(0x43, 0xB0); /* counter 2, both bytes, mode 0 */
	out(0x42, 1);
	out(0x42, 0);
	CHECK_EQ(in(0x61) & 0x21, 0); /* gate and output are low */
	out(0x61, 1);
	while (!(in(0x61) & 0x20))
		;
	CHECK_EQ(in(0x61) & 0x21, 0x21);
	CHECK_EQ(interrupts, 0);
}

CASE(a_line_raises_intr_and_is_acknowledged)
{
	begin();
	init_pics(0xEF, 0xFF);
	CHECK(!board_interrupt_waits());
	raise_uart();
	CHECK_EQ(interrupts, 1);
	CHECK(board_interrupt_waits());
	CHECK_EQ(acknowledge(), 0x24);
	CHECK(!board_interrupt_waits());
	lower_uart();
	out(0x20, 0x20);
	raise_uart();
	CHECK_EQ(interrupts, 2);
}

/* A virtio device's line, where the guest uses the PIC; nobody lowers it. */
CASE(an_interrupt_waits_for_its_acknowledgement)
{
	begin();
	init_pics(0xDF, 0xFF);
	for (unsigned i = 1; i < 4; i++) {
		board_interrupt(5);
		CHECK_EQ(interrupts, i);
		CHECK_EQ(acknowledge(), 0x25);
		CHECK(!board_interrupt_waits());
		out(0x20, 0x20);
		CHECK(!board_interrupt_waits());
	}
}

CASE(no_cycle_when_intr_has_fallen)
{
	begin();
	init_pics(0xEF, 0xFF);
	raise_uart();
	lower_uart();
	CHECK(!board_interrupt_waits());
	CHECK_EQ(acknowledge(), -1);
	raise_uart();
	out(0x21, 0xFF);
	CHECK(!board_interrupt_waits());
	CHECK_EQ(acknowledge(), -1);
}

CASE(a_masked_line_waits_for_its_unmasking)
{
	begin();
	init_pics(0xFF, 0xFF);
	raise_uart();
	CHECK_EQ(interrupts, 0);
	out(0x21, 0xEF);
	CHECK_EQ(interrupts, 1);
}

CASE(a_level_comes_again_until_it_is_served)
{
	begin();
	init_pics(0xEF, 0xFF);
	out(0x4D0, 0x10);
	raise_uart();
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(acknowledge(), 0x24);
		CHECK_EQ(acknowledge(), -1);
		out(0x20, 0x20);
	}
	lower_uart();
	CHECK_EQ(acknowledge(), -1);
}

/* Ticks of 1 ms are due. */
static void tick(void)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	nanosleep(&moment, NULL);
	board_advance();
}

static void start_pit(void)
{
	out(0x43, 0x34);
	out(0x40, 0xA9); /* 1193 clocks: 1 ms */
	out(0x40, 0x04);
}

CASE(the_pit_is_line_0_and_pin_2)
{
	uint64_t wakes = 0;

	begin();
	init_pics(0xFE, 0xFF);
	set_pin(2, 0x30);
	set_pin(0, 0x31);
	CHECK(read(ending.wake_fd, &wakes, sizeof(wakes)) < 0);
	start_pit();
	CHECK(read(ending.wake_fd, &wakes, sizeof(wakes)) > 0);
	tick();
	CHECK_EQ(acknowledge(), 0x20);
	CHECK_EQ(kvm_saw.sent, 1);
	CHECK_EQ(kvm_saw.messages[0].data, 0x4030);
	CHECK_EQ(kvm_saw.messages[0].address_lo, 0xFEE00000);
	CHECK_EQ(kvm_saw.messages[0].flags, 0);
	CHECK_EQ(kvm_saw.messages[0].address_hi, 0);
}

CASE(other_lines_are_pins_of_their_number)
{
	begin();
	set_pin(PIN_UART, 0x34);
	write_ioapic(0x11 + 2 * PIN_UART, 3U << 24);
	raise_uart();
	CHECK_EQ(kvm_saw.sent, 1);
	CHECK_EQ(kvm_saw.messages[0].data, 0x4034);
	CHECK_EQ(kvm_saw.messages[0].address_lo, 0xFEE03000);
	CHECK_EQ(kvm_saw.set, 0); /* an edge needs no route */
}

CASE(the_rtc_is_the_slaves_first)
{
	begin();
	init_pics(0xFB, 0xFE);
	out(PORT_RTC, 0x0A);
	out(PORT_RTC + 1, 0x26); /* 1024 Hz */
	out(PORT_RTC, 0x0B);
	out(PORT_RTC + 1, 0x42); /* PIE */
	tick();
	CHECK_EQ(acknowledge(), 0x28);
	out(0x20, 0x0B); /* OCW3: read the ISR */
	out(0xA0, 0x0B);
	CHECK_EQ(in(0x20), 0x04);
	CHECK_EQ(in(0xA0), 0x01);
}

CASE(a_level_has_a_route_and_ends_by_it)
{
	begin();
	set_pin(PIN_UART, 0x8034);
	CHECK_EQ(kvm_saw.count, 1);
	CHECK_EQ(kvm_saw.routes[0].gsi, PIN_UART);
	CHECK_EQ(kvm_saw.routes[0].type, KVM_IRQ_ROUTING_MSI);
	CHECK_EQ(kvm_saw.routes[0].u.msi.data, 0xC034);
	raise_uart();
	CHECK_EQ(kvm_saw.sent, 1);
	CHECK_EQ(read_ioapic(0x10 + 2 * PIN_UART), 0xC034);
	board_eoi(0x35);
	CHECK_EQ(kvm_saw.sent, 1);
	board_eoi(0x34);
	CHECK_EQ(kvm_saw.sent, 2); /* the line is still up */
	lower_uart();
	board_eoi(0x34);
	CHECK_EQ(kvm_saw.sent, 2);
	CHECK_EQ(read_ioapic(0x10 + 2 * PIN_UART), 0x8034);
	set_pin(PIN_UART, 0x34);
	CHECK_EQ(kvm_saw.count, 0);
	CHECK_EQ(kvm_saw.set, 2);
}

CASE(what_no_lapic_took_is_not_in_flight)
{
	begin();
	kvm_saw.deaf = true;
	set_pin(PIN_UART, 0x8034);
	raise_uart();
	CHECK_EQ(kvm_saw.sent, 1);
	CHECK_EQ(read_ioapic(0x10 + 2 * PIN_UART), 0x8034);
}

CASE(a_route_that_kvm_refuses_ends_the_vm)
{
	begin();
	kvm_saw.refuses = true;
	set_pin(PIN_UART, 0x8034);
	CHECK_EQ(ending_get(&ending), ENDING_HOST);
	CHECK_SAYS(ending.report, "KVM_SET_GSI_ROUTING");
	kvm_saw.refuses = false;
}

CASE(power_on_forgets_it_all)
{
	begin();
	init_pics(0xEF, 0xFF);
	set_pin(PIN_UART, 0x8034);
	raise_uart();
	CHECK(board_interrupt_waits());
	begin();
	CHECK(!board_interrupt_waits());
	CHECK_EQ(acknowledge(), -1);
	CHECK_EQ(read_ioapic(0x10 + 2 * PIN_UART), 0x00010000);
	raise_uart();
	CHECK_EQ(interrupts, 0);
	CHECK_EQ(kvm_saw.sent, 0);
}

RUN("board_irq", &the_ports_are_the_pics, &the_page_is_the_ioapics,
    &ports_40_and_61_are_the_pits, &a_line_raises_intr_and_is_acknowledged,
    &an_interrupt_waits_for_its_acknowledgement, &no_cycle_when_intr_has_fallen,
    &a_masked_line_waits_for_its_unmasking,
    &a_level_comes_again_until_it_is_served, &the_pit_is_line_0_and_pin_2,
    &other_lines_are_pins_of_their_number, &the_rtc_is_the_slaves_first,
    &a_level_has_a_route_and_ends_by_it, &what_no_lapic_took_is_not_in_flight,
    &a_route_that_kvm_refuses_ends_the_vm, &power_on_forgets_it_all)
