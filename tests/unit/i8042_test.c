/* Keyboard controller without a keyboard. */
#include "board-pc/i8042.h"

#include "tests/unit/unit.h"

static struct i8042 chip;
static unsigned resets;
static bool level;

static void drive(void *listener, unsigned line, bool to)
{
	CHECK(listener == &resets);
	CHECK_EQ(line, 1);
	resets += to && !level;
	level = to;
}

static void power_on(void)
{
	chip = (struct i8042){ .reset = { drive, &resets, 1 } };
	resets = 0;
	level = false;
	i8042_reset(&chip);
}

static void command(uint32_t value)
{
	i8042_write(&chip, I8042_COMMAND, value, 1);
	CHECK(!level);
}

static void data(uint32_t value)
{
	i8042_write(&chip, I8042_DATA, value, 1);
	CHECK(!level);
}

static uint32_t status(void)
{
	return i8042_read(&chip, I8042_COMMAND, 1);
}

/* The answer to a command: there is one, and it is taken once. */
static uint32_t answer(void)
{
	uint32_t value;

	CHECK(status() & I8042_STATUS_OBF);
	value = i8042_read(&chip, I8042_DATA, 1);
	CHECK(!(status() & I8042_STATUS_OBF));
	return value;
}

CASE(power_on_is_empty_and_not_self_tested)
{
	power_on();
	CHECK(!(status() & I8042_STATUS_OBF));
	CHECK(!(status() & I8042_STATUS_SYS));
	CHECK(status() & I8042_STATUS_UNLOCKED);
}

CASE(self_test_passes_and_sets_the_system_flag)
{
	power_on();
	command(0xAA);
	CHECK_EQ(answer(), 0x55);
	CHECK(status() & I8042_STATUS_SYS);
}

CASE(interface_tests_find_nothing_attached)
{
	power_on();
	command(0xAB);
	CHECK_EQ(answer(), 0x01);
	command(0xA9);
	CHECK_EQ(answer(), 0x01);
}

CASE(command_byte_reads_back_and_holds_the_system_flag)
{
	power_on();
	command(0x60);
	data(0x47);
	command(0x20);
	CHECK_EQ(answer(), 0x47);
	CHECK(status() & I8042_STATUS_SYS);
	command(0x60);
	data(0x03);
	CHECK(!(status() & I8042_STATUS_SYS));
}

CASE(interfaces_are_disabled_and_enabled_in_the_command_byte)
{
	power_on();
	command(0xAD);
	command(0xA7);
	command(0x20);
	CHECK_EQ(answer(), 0x30);
	command(0xAE);
	command(0x20);
	CHECK_EQ(answer(), 0x20);
	command(0xA8);
	command(0x20);
	CHECK_EQ(answer(), 0x00);
}

CASE(status_tells_command_from_data)
{
	power_on();
	command(0xAE);
	CHECK(status() & I8042_STATUS_COMMAND);
	data(0x00);
	CHECK(!(status() & I8042_STATUS_COMMAND));
}

/* U-Boot waits a second for each answer, three times. */
CASE(a_keyboard_that_is_not_there_takes_nothing)
{
	power_on();
	data(0xFF);
	CHECK(status() & I8042_STATUS_TIMEOUT);
	CHECK_EQ(answer(), 0xFE);
	command(0xAA);
	CHECK(!(status() & I8042_STATUS_TIMEOUT));
	CHECK_EQ(answer(), 0x55);
}

CASE(a_mouse_that_is_not_there_never_answers)
{
	power_on();
	command(0xD4);
	data(0xF2);
	CHECK(!(status() & I8042_STATUS_OBF));
}

CASE(echoes_come_from_the_keyboard_never_from_a_mouse)
{
	power_on();
	command(0xD2);
	data(0xA5);
	CHECK_EQ(answer(), 0xA5);
	command(0xD3);
	data(0x5A);
	CHECK(!(status() & I8042_STATUS_AUX));
	CHECK_EQ(answer(), 0x5A);
}

CASE(output_port_keeps_a20_and_resets)
{
	power_on();
	command(0xD0);
	CHECK_EQ(answer() & 0x03, 0x03);
	command(0xD1);
	data(0xDD);
	command(0xD0);
	CHECK_EQ(answer(), 0xDD);
	CHECK_EQ(resets, 0);
	command(0xD1);
	data(0xFE);
	CHECK_EQ(resets, 1);
	command(0xD0);
	CHECK_EQ(answer(), 0xFF);
}

CASE(data_goes_to_a_command_once)
{
	power_on();
	command(0xD1);
	data(0xDF);
	data(0x00);
	CHECK_EQ(resets, 0);
}

CASE(a_new_command_takes_the_place_of_one_that_waits)
{
	power_on();
	command(0xD1);
	command(0xAA);
	CHECK_EQ(answer(), 0x55);
	data(0x00);
	CHECK_EQ(resets, 0);
}

CASE(pulses_reset_when_bit_0_is_clear)
{
	power_on();
	command(0xFE);
	CHECK_EQ(resets, 1);
	for (uint32_t pulse = 0xF0; pulse <= 0xFF; pulse++)
		command(pulse);
	CHECK_EQ(resets, 9);
}

CASE(a_new_answer_takes_the_place_of_the_old)
{
	power_on();
	command(0xAA);
	command(0xA9);
	CHECK_EQ(answer(), 0x01);
	CHECK_EQ(i8042_read(&chip, I8042_DATA, 1), 0x01);
}

/* What i8042.c of Linux does when nobody told it to leave the chip alone. */
CASE(linux_finds_a_controller_without_a_mouse)
{
	power_on();
	CHECK(!(status() & I8042_STATUS_OBF));
	command(0xAA);
	CHECK_EQ(answer(), 0x55);
	command(0x20);
	command(0x60);
	data(answer() | 0x10);
	command(0x20);
	CHECK_EQ(answer(), 0x14);
	command(0xD3);
	data(0x5A);
	CHECK(status() & I8042_STATUS_OBF);
	CHECK(!(status() & I8042_STATUS_AUX));
	CHECK_EQ(answer(), 0x5A);
	command(0xA9);
	CHECK_EQ(answer(), 0x01);
	command(0xFE);
	CHECK_EQ(resets, 1);
}

CASE(any_stream_leaves_it_answering)
{
	uint32_t seed = 8042;

	power_on();
	for (unsigned i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		if (seed >> 31)
			i8042_write(&chip, seed >> 30 & 1, seed >> 16 & 0xFF,
				    1);
		else
			CHECK(i8042_read(&chip, seed >> 30 & 1, 1) <= 0xFF);
		CHECK(!level);
		CHECK(!(status() & 0xA2));
	}
	CHECK(resets > 0);
	command(0xAA);
	CHECK_EQ(answer(), 0x55);
}

RUN("i8042", &power_on_is_empty_and_not_self_tested,
    &self_test_passes_and_sets_the_system_flag,
    &interface_tests_find_nothing_attached,
    &command_byte_reads_back_and_holds_the_system_flag,
    &interfaces_are_disabled_and_enabled_in_the_command_byte,
    &status_tells_command_from_data,
    &a_keyboard_that_is_not_there_takes_nothing,
    &a_mouse_that_is_not_there_never_answers,
    &echoes_come_from_the_keyboard_never_from_a_mouse,
    &output_port_keeps_a20_and_resets, &data_goes_to_a_command_once,
    &a_new_command_takes_the_place_of_one_that_waits,
    &pulses_reset_when_bit_0_is_clear, &a_new_answer_takes_the_place_of_the_old,
    &linux_finds_a_controller_without_a_mouse, &any_stream_leaves_it_answering)
