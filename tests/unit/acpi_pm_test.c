/* ACPI fixed hardware: the PM1a event block and PM1a control. */
#include "board-pc/acpi_pm.h"

#include "tests/unit/unit.h"

#define PWRBTN UINT32_C(0x0100)
#define SCI_EN UINT32_C(0x0001)
#define SLP_EN UINT32_C(0x2000)

static struct acpi_pm chip;
static bool sci, power_off;
static unsigned sci_changes;

static void drive(void *listener, unsigned line, bool to)
{
	bool *level = listener;

	CHECK_EQ(line, level == &sci ? 9 : 0);
	sci_changes += level == &sci && *level != to;
	*level = to;
}

static void power_on(void)
{
	chip = (struct acpi_pm){
		.sci = { drive, &sci, 9 },
		.power_off = { drive, &power_off, 0 },
	};
	sci = power_off = false;
	sci_changes = 0;
	acpi_pm_reset(&chip);
}

static uint32_t read16(uint32_t reg)
{
	return acpi_pm_read(&chip, reg, 2);
}

static void write16(uint32_t reg, uint32_t value)
{
	acpi_pm_write(&chip, reg, value, 2);
}

CASE(power_on_is_acpi_mode_with_nothing_enabled)
{
	power_on();
	CHECK_EQ(read16(ACPI_PM_STS), 0);
	CHECK_EQ(read16(ACPI_PM_EN), 0);
	CHECK_EQ(read16(ACPI_PM_CNT), SCI_EN);
}

CASE(power_button_raises_sci_until_status_is_cleared)
{
	power_on();
	write16(ACPI_PM_EN, PWRBTN);
	CHECK(!sci);
	acpi_pm_press_power_button(&chip);
	CHECK(sci);
	CHECK_EQ(read16(ACPI_PM_STS), PWRBTN);
	write16(ACPI_PM_STS, 0xFFFF & ~PWRBTN);
	CHECK(sci);
	CHECK_EQ(read16(ACPI_PM_STS), PWRBTN);
	write16(ACPI_PM_STS, PWRBTN);
	CHECK(!sci);
	CHECK_EQ(read16(ACPI_PM_STS), 0);
	CHECK_EQ(sci_changes, 2);
}

CASE(status_is_kept_while_not_enabled)
{
	power_on();
	acpi_pm_press_power_button(&chip);
	CHECK(!sci);
	CHECK_EQ(read16(ACPI_PM_STS), PWRBTN);
	write16(ACPI_PM_EN, PWRBTN);
	CHECK(sci);
	write16(ACPI_PM_EN, 0);
	CHECK(!sci);
	CHECK_EQ(read16(ACPI_PM_STS), PWRBTN);
}

CASE(bytes_reach_their_half)
{
	power_on();
	acpi_pm_write(&chip, ACPI_PM_EN + 1, PWRBTN >> 8, 1);
	CHECK_EQ(read16(ACPI_PM_EN), PWRBTN);
	CHECK_EQ(acpi_pm_read(&chip, ACPI_PM_EN + 1, 1), PWRBTN >> 8);
	CHECK_EQ(acpi_pm_read(&chip, ACPI_PM_EN, 1), 0);
	acpi_pm_press_power_button(&chip);
	acpi_pm_write(&chip, ACPI_PM_STS, 0xFF, 1);
	CHECK(sci);
	acpi_pm_write(&chip, ACPI_PM_STS + 1, PWRBTN >> 8, 1);
	CHECK(!sci);
	CHECK_EQ(acpi_pm_read(&chip, ACPI_PM_CNT, 1), SCI_EN);
}

CASE(reserved_enables_read_zero)
{
	power_on();
	write16(ACPI_PM_EN, 0xFFFF);
	CHECK_EQ(read16(ACPI_PM_EN), 0x0721);
}

CASE(sci_en_cannot_be_turned_off)
{
	power_on();
	write16(ACPI_PM_CNT, 0);
	CHECK_EQ(read16(ACPI_PM_CNT), SCI_EN);
	write16(ACPI_PM_CNT, 0x0006);
	CHECK_EQ(read16(ACPI_PM_CNT), SCI_EN | 0x0002);
}

CASE(s5_turns_the_power_off)
{
	power_on();
	write16(ACPI_PM_CNT, ACPI_PM_SLP_TYP_S5 << 10);
	CHECK(!power_off);
	write16(ACPI_PM_CNT, ACPI_PM_SLP_TYP_S5 << 10 | SLP_EN);
	CHECK(power_off);
	CHECK_EQ(read16(ACPI_PM_CNT), ACPI_PM_SLP_TYP_S5 << 10 | SCI_EN);
}

CASE(s5_by_the_high_byte_alone)
{
	power_on();
	acpi_pm_write(&chip, ACPI_PM_CNT + 1,
		      (ACPI_PM_SLP_TYP_S5 << 10 | SLP_EN) >> 8, 1);
	CHECK(power_off);
}

CASE(other_sleeps_are_not_there)
{
	power_on();
	for (uint32_t type = 0; type < 8; type++) {
		if (type == ACPI_PM_SLP_TYP_S5)
			continue;
		write16(ACPI_PM_CNT, type << 10 | SLP_EN);
		CHECK(!power_off);
		CHECK_EQ(read16(ACPI_PM_CNT), type << 10 | SCI_EN);
	}
}

CASE(beyond_the_block_nobody_answers)
{
	power_on();
	CHECK_EQ(acpi_pm_read(&chip, 6, 1) & 0xFF, 0xFF);
	CHECK_EQ(acpi_pm_read(&chip, 5, 2) & 0xFFFF, 0xFF00);
	acpi_pm_write(&chip, 6, 0xFF, 1);
	CHECK_EQ(read16(ACPI_PM_CNT), SCI_EN);
}

CASE(any_stream_keeps_sci_true_to_its_registers)
{
	uint32_t seed = 65;

	power_on();
	for (unsigned i = 0; i < 200000; i++) {
		uint32_t reg, size;

		seed = seed * 1664525 + 1013904223;
		reg = (seed >> 28) % 7;
		size = 1 + (seed >> 27 & 1);
		if (seed % 13 == 0)
			acpi_pm_press_power_button(&chip);
		else
			acpi_pm_write(&chip, reg, seed >> 8, size);
		CHECK_EQ(sci, (read16(ACPI_PM_STS) & read16(ACPI_PM_EN)) != 0);
		CHECK_EQ(read16(ACPI_PM_CNT) & (SLP_EN | SCI_EN), SCI_EN);
	}
	CHECK(sci_changes > 0);
}

RUN("acpi_pm", &power_on_is_acpi_mode_with_nothing_enabled,
    &power_button_raises_sci_until_status_is_cleared,
    &status_is_kept_while_not_enabled, &bytes_reach_their_half,
    &reserved_enables_read_zero, &sci_en_cannot_be_turned_off,
    &s5_turns_the_power_off, &s5_by_the_high_byte_alone,
    &other_sleeps_are_not_there, &beyond_the_block_nobody_answers,
    &any_stream_keeps_sci_true_to_its_registers)
