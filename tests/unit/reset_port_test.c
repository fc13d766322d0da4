/* Reset control register and system control port A. */
#include "board-pc/reset_port.h"

#include "tests/unit/unit.h"

static struct reset_port chip;
static unsigned resets;
static bool level;

static void drive(void *listener, unsigned line, bool to)
{
	CHECK(listener == &resets);
	CHECK_EQ(line, 7);
	resets += to && !level;
	level = to;
}

static void power_on(void)
{
	chip = (struct reset_port){ .reset = { drive, &resets, 7 } };
	resets = 0;
	level = false;
	reset_port_reset(&chip);
}

static void control(uint32_t value)
{
	reset_port_write(&chip, RESET_PORT_CONTROL, value, 1);
	CHECK(!level);
}

static void port_a(uint32_t value)
{
	reset_port_write(&chip, RESET_PORT_A, value, 1);
	CHECK(!level);
}

CASE(six_resets_at_once)
{
	power_on();
	control(RESET_PORT_VALUE);
	CHECK_EQ(resets, 1);
}

CASE(linux_writes_two_then_six)
{
	power_on();
	control(0x02);
	CHECK_EQ(resets, 0);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_CONTROL, 1), 0x02);
	control(0x06);
	CHECK_EQ(resets, 1);
}

CASE(only_the_rise_of_rst_cpu_resets)
{
	power_on();
	control(0x04);
	CHECK_EQ(resets, 1);
	control(0x0E);
	CHECK_EQ(resets, 1);
	control(0x0A);
	CHECK_EQ(resets, 1);
	control(0x0E);
	CHECK_EQ(resets, 2);
}

CASE(reserved_bits_of_control_read_zero)
{
	power_on();
	control(0xFB);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_CONTROL, 1), 0x0A);
	CHECK_EQ(resets, 0);
}

CASE(a20_is_on_and_reads_back)
{
	power_on();
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_A, 1), 0x02);
	port_a(0x00);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_A, 1), 0x00);
	port_a(0x02);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_A, 1), 0x02);
	CHECK_EQ(resets, 0);
}

CASE(fast_reset_is_a_rise_too)
{
	power_on();
	port_a(0x03);
	CHECK_EQ(resets, 1);
	port_a(0x01);
	CHECK_EQ(resets, 1);
	port_a(0x02);
	port_a(0x03);
	CHECK_EQ(resets, 2);
}

CASE(reset_makes_the_next_rise_count)
{
	power_on();
	control(0x06);
	port_a(0x03);
	reset_port_reset(&chip);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_CONTROL, 1), 0);
	CHECK_EQ(reset_port_read(&chip, RESET_PORT_A, 1), 0x02);
	control(0x06);
	port_a(0x03);
	CHECK_EQ(resets, 4);
}

CASE(unknown_registers_are_empty_ports)
{
	power_on();
	reset_port_write(&chip, 2, 0xFF, 1);
	CHECK_EQ(reset_port_read(&chip, 2, 1), CHIP_ALL_ONES);
	CHECK_EQ(resets, 0);
}

RUN("reset_port", &six_resets_at_once, &linux_writes_two_then_six,
    &only_the_rise_of_rst_cpu_resets, &reserved_bits_of_control_read_zero,
    &a20_is_on_and_reads_back, &fast_reset_is_a_rise_too,
    &reset_makes_the_next_rise_count, &unknown_registers_are_empty_ports)
