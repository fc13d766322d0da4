/*
 * What the board wires but for interrupts (board_irq_test.c): the chips that
 * end the machine, RAM's size to CMOS, the test device, the console's input.
 * There is no KVM.
 */
#include "board-pc/board.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "board-pc/cmos.h"
#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/chip.h"

static const struct kvm kvm = { .device = -1, .vm = -1 };
static struct ending ending = { .wake_fd = -1 };
static struct outlet console, debug;
static struct inlet input;
static struct ram ram;
static unsigned interrupts;

static void note_interrupt(void)
{
	interrupts++;
}

static void begin_with(bool testdev, struct outlet *debug_outlet)
{
	const struct board_wires wires = { .kvm = &kvm,
					   .interrupt = note_interrupt,
					   .ending = &ending,
					   .console = &console,
					   .input = &input,
					   .debug = debug_outlet,
					   .ram = &ram,
					   .cpus = 3,
					   .testdev = testdev };
	struct reason why;

	if (!ram.host)
		CHECK(ram_map(&ram, MIB(64), &why));
	if (ending.wake_fd >= 0)
		close(ending.wake_fd);
	ending = (struct ending){
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	outlet_init(&console, -1);
	outlet_init(&debug, -1);
	input = (struct inlet){ 0 };
	interrupts = 0;
	board_init(&wires);
}

static void begin(void)
{
	begin_with(true, &debug);
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

static uint32_t in_dword(uint16_t port)
{
	uint32_t value;

	board_port_read(port, &value, 4);
	return value;
}

static bool woken(void)
{
	uint64_t count;

	return read(ending.wake_fd, &count, sizeof(count)) == sizeof(count);
}

/* Interrupt lines; the test device drives them. */

static void set_line(unsigned line, bool level)
{
	out((uint16_t)(PORT_TESTDEV_IRQ + line), level);
}

CASE(without_the_test_device_its_ports_are_nobodys)
{
	begin_with(false, &debug);
	out(PORT_TESTDEV_ECHO, 0x42);
	CHECK_EQ(in(PORT_TESTDEV_ECHO), 0xFF);
	set_line(4, true);
	CHECK_EQ(interrupts, 0);
}

/* Time. */

CASE(starting_the_pit_wakes_the_event_loop)
{
	begin();
	out(PORT_PIT + 3, 0x34); /* counter 0, mode 2 */
	out(PORT_PIT, 0xFF);
	CHECK(!woken());
	CHECK_EQ(board_advance(), NEVER_NS);
	out(PORT_PIT, 0xFF);
	CHECK(woken());
	CHECK(board_advance() != NEVER_NS);
	in(PORT_PIT);
	CHECK(!woken());
}

/* Endings. */

static uint16_t ending_after(uint16_t port, uint32_t value, unsigned size)
{
	begin();
	board_port_write(port, &value, size);
	return (uint16_t)ending_get(&ending);
}

CASE(each_way_to_reset_resets)
{
	CHECK_EQ(ending_after(PORT_I8042_COMMAND, 0xFE, 1), ENDING_RESET);
	CHECK_EQ(ending_after(PORT_RESET, 0x06, 1), ENDING_RESET);
	CHECK_EQ(ending_after(PORT_A20, 0x01, 1), ENDING_RESET);
}

CASE(a_pci_address_is_no_reset)
{
	CHECK_EQ(ending_after(PORT_PCI_ADDRESS, 0x80000604, 4), ENDING_NONE);
	CHECK_EQ(in_dword(PORT_PCI_ADDRESS), UINT32_MAX);
	CHECK_EQ(ending_after(PORT_PCI_ADDRESS, 0x06, 1), ENDING_NONE);
	CHECK_EQ(ending_after(PORT_RESET, 0x02, 1), ENDING_NONE);
	CHECK_EQ(in(PORT_RESET), 0x02);
}

CASE(the_exit_port_and_s5_end_it)
{
	CHECK_EQ(ending_after(PORT_EXIT, 42, 1), ENDING_EXIT);
	CHECK_EQ(ending_after(PORT_ACPI_PM + 4, 0x2000 | 5 << 10, 2),
		 ENDING_POWEROFF);
}

/* The rest. */

CASE(cmos_has_the_size_of_ram)
{
	struct cmos_byte bytes[CMOS_BYTES];

	begin();
	cmos_fill(ram.size, 3, bytes);
	for (unsigned i = 0; i < CMOS_BYTES; i++) {
		out(PORT_RTC, bytes[i].index);
		CHECK_EQ(in(PORT_RTC + 1), bytes[i].value);
	}
}

CASE(the_test_device_echoes_remembers_and_flushes)
{
	uint32_t value = 0x12345678, page = MIB(2), outside = UINT32_MAX;
	uint8_t *byte;

	begin();
	board_port_write(PORT_TESTDEV_ECHO, &value, 4);
	CHECK_EQ(in(PORT_TESTDEV_ECHO + 1), 0x56);
	board_memory_write(MAP_TESTDEV + 8, &value, 4);
	value = 0;
	board_memory_read(MAP_TESTDEV + 8, &value, 4);
	CHECK_EQ(value, 0x12345678);
	byte = ram_span(&ram, page, 1);
	*byte = 7;
	board_port_write(PORT_TESTDEV_FLUSH, &page, 4);
	board_port_write(PORT_TESTDEV_FLUSH, &outside, 4);
	CHECK_EQ(*byte, 7);
	*byte = 8;
}

CASE(without_a_debug_console_its_bytes_are_gone)
{
	begin_with(true, NULL);
	out(PORT_DEBUGCON, 'x');
	CHECK_EQ(in(PORT_DEBUGCON), 0xE9);
	CHECK_EQ(board_waiting(&console), 0);
	out(PORT_UART, 'x');
	CHECK_EQ(board_waiting(&console), 1);
}

CASE(input_has_room_for_what_was_not_taken)
{
	uint32_t room;

	begin();
	room = board_input_room();
	board_input((const uint8_t *)"abc", 3);
	CHECK_EQ(board_input_room(), room - 3);
	out(PORT_UART + 4, 0x0B); /* MCR: DTR, RTS, OUT2 */
	board_advance();
	CHECK_EQ(board_input_room(), room - 2);
	CHECK_EQ(in(PORT_UART), 'a');
}

RUN("board wires", &without_the_test_device_its_ports_are_nobodys,
    &starting_the_pit_wakes_the_event_loop, &each_way_to_reset_resets,
    &a_pci_address_is_no_reset, &the_exit_port_and_s5_end_it,
    &cmos_has_the_size_of_ram, &the_test_device_echoes_remembers_and_flushes,
    &without_a_debug_console_its_bytes_are_gone,
    &input_has_room_for_what_was_not_taken)
