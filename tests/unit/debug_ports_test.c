/* Debug ports: what is swallowed, what is passed on, what is read back. */
#include "board-pc/debug_ports.h"

#include "tests/unit/unit.h"

static struct debug_ports chip;
static uint32_t console[8], marker[8], code[8];
static unsigned console_count, marker_count, code_count;

static void console_put(void *listener, uint32_t value)
{
	CHECK(listener == &chip);
	console[console_count++ % 8] = value;
}

static void marker_put(void *listener, uint32_t value)
{
	CHECK(listener == &chip);
	marker[marker_count++ % 8] = value;
}

static void exit_put(void *listener, uint32_t value)
{
	CHECK(listener == &chip);
	code[code_count++ % 8] = value;
}

static void power_on(void)
{
	chip = (struct debug_ports){
		.console = { console_put, &chip },
		.marker = { marker_put, &chip },
		.exit = { exit_put, &chip },
	};
	console_count = marker_count = code_count = 0;
	debug_ports_reset(&chip);
}

CASE(post_codes_are_kept_and_told_to_nobody)
{
	power_on();
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_POST, 1), 0);
	debug_ports_write(&chip, DEBUG_PORTS_POST, 0xA5, 1);
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_POST, 1), 0xA5);
	CHECK_EQ(console_count + marker_count + code_count, 0);
}

CASE(console_bytes_come_out_in_order)
{
	power_on();
	debug_ports_write(&chip, DEBUG_PORTS_CONSOLE, 'h', 1);
	debug_ports_write(&chip, DEBUG_PORTS_CONSOLE, 0xFF, 1);
	CHECK_EQ(console_count, 2);
	CHECK_EQ(console[0], 'h');
	CHECK_EQ(console[1], 0xFF);
}

CASE(console_shows_that_it_is_there)
{
	power_on();
	debug_ports_write(&chip, DEBUG_PORTS_CONSOLE, 'x', 1);
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_CONSOLE, 1) & 0xFF, 0xE9);
}

CASE(marker_passes_its_value)
{
	power_on();
	debug_ports_write(&chip, DEBUG_PORTS_MARKER, 123, 1);
	CHECK_EQ(marker_count, 1);
	CHECK_EQ(marker[0], 123);
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_MARKER, 1), CHIP_ALL_ONES);
}

CASE(exit_passes_every_size_whole)
{
	power_on();
	debug_ports_write(&chip, DEBUG_PORTS_EXIT, 0x11, 1);
	debug_ports_write(&chip, DEBUG_PORTS_EXIT, 0x2211, 2);
	debug_ports_write(&chip, DEBUG_PORTS_EXIT, 0x84332211, 4);
	CHECK_EQ(code_count, 3);
	CHECK_EQ(code[0], 0x11);
	CHECK_EQ(code[1], 0x2211);
	CHECK_EQ(code[2], 0x84332211);
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_EXIT, 4), CHIP_ALL_ONES);
}

CASE(nobody_needs_to_listen)
{
	chip = (struct debug_ports){ 0 };
	debug_ports_reset(&chip);
	debug_ports_write(&chip, DEBUG_PORTS_CONSOLE, 'h', 1);
	debug_ports_write(&chip, DEBUG_PORTS_MARKER, 1, 1);
	debug_ports_write(&chip, DEBUG_PORTS_EXIT, 1, 4);
}

CASE(unknown_registers_are_empty_ports)
{
	power_on();
	debug_ports_write(&chip, DEBUG_PORTS_EXIT + 1, 1, 1);
	CHECK_EQ(console_count + marker_count + code_count, 0);
	CHECK_EQ(debug_ports_read(&chip, DEBUG_PORTS_EXIT + 1, 1),
		 CHIP_ALL_ONES);
}

RUN("debug_ports", &post_codes_are_kept_and_told_to_nobody,
    &console_bytes_come_out_in_order, &console_shows_that_it_is_there,
    &marker_passes_its_value, &exit_passes_every_size_whole,
    &nobody_needs_to_listen, &unknown_registers_are_empty_ports)
