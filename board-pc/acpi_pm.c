/*
 * ACPI fixed hardware, after ACPI 6.5, section 4.8.3.
 *
 * Left out on purpose: legacy mode (SCI_EN reads 1 from power-on; the FADT
 * names no SMI command), the PM timer, sleep states other than S5 and what
 * wakes from them, the global lock's and the RTC's events: their enable bits
 * are kept, their status bits never set.
 */
#include "board-pc/acpi_pm.h"

/* PM1 status and enable: 4.8.3.1.1 and 4.8.3.1.2. */
#define PWRBTN  (1U << 8)
#define EN_BITS (1U << 0 | 1U << 5 | PWRBTN | 1U << 9 | 1U << 10)

/* PM1 control: 4.8.3.2.1. */
#define CNT_SCI_EN        (1U << 0)
#define CNT_BM_RLD        (1U << 1)
#define CNT_SLP_TYP       (7U << 10)
#define CNT_SLP_TYP_SHIFT 10
#define CNT_SLP_EN        (1U << 13) /* write only */
#define CNT_BITS          (CNT_BM_RLD | CNT_SLP_TYP)

void acpi_pm_reset(struct acpi_pm *chip)
{
	chip->regs = (struct acpi_pm_regs){ .cnt = CNT_SCI_EN };
}

static bool sci_level(const struct acpi_pm_regs *regs)
{
	return (regs->sts & regs->en) != 0;
}

static void drive_sci(const struct acpi_pm *chip, bool was)
{
	bool is = sci_level(&chip->regs);

	if (is != was)
		pin_drive(&chip->sci, is);
}

void acpi_pm_press_power_button(struct acpi_pm *chip)
{
	bool was = sci_level(&chip->regs);

	chip->regs.sts |= PWRBTN;
	drive_sci(chip, was);
}

static uint32_t read_word(const struct acpi_pm_regs *regs, uint32_t reg)
{
	switch (reg) {
	case ACPI_PM_STS:
		return regs->sts;
	case ACPI_PM_EN:
		return regs->en;
	case ACPI_PM_CNT:
		return regs->cnt;
	default:
		return CHIP_ALL_ONES;
	}
}

static uint32_t read_byte(const struct acpi_pm_regs *regs, uint32_t reg)
{
	return read_word(regs, reg & ~1U) >> (reg & 1) * 8 & 0xFF;
}

uint32_t acpi_pm_read(void *opaque, uint32_t reg, unsigned size)
{
	const struct acpi_pm *chip = opaque;
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= read_byte(&chip->regs, reg + i) << i * 8;
	return value;
}

/* The bits of `written` are those that this access carries a value for. */
static void write_cnt(struct acpi_pm *chip, uint32_t value, uint32_t written)
{
	struct acpi_pm_regs *regs = &chip->regs;
	uint32_t kept = regs->cnt & ~(written & CNT_BITS);

	regs->cnt = (uint16_t)(kept | (value & written & CNT_BITS));
	if (value & written & CNT_SLP_EN &&
	    (regs->cnt & CNT_SLP_TYP) >> CNT_SLP_TYP_SHIFT ==
		ACPI_PM_SLP_TYP_S5)
		pin_drive(&chip->power_off, true);
}

static void write_byte(struct acpi_pm *chip, uint32_t reg, uint32_t byte)
{
	struct acpi_pm_regs *regs = &chip->regs;
	uint32_t written = 0xFFU << (reg & 1) * 8;
	uint32_t value = byte << (reg & 1) * 8;

	switch (reg & ~1U) {
	case ACPI_PM_STS: /* what is written as 1 is cleared */
		regs->sts &= (uint16_t)~value;
		break;
	case ACPI_PM_EN:
		regs->en =
		    (uint16_t)((regs->en & ~written) | (value & EN_BITS));
		break;
	case ACPI_PM_CNT:
		write_cnt(chip, value, written);
		break;
	}
}

void acpi_pm_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct acpi_pm *chip = opaque;
	bool was = sci_level(&chip->regs);

	for (unsigned i = 0; i < size; i++)
		write_byte(chip, reg + i, value >> i * 8 & 0xFF);
	drive_sci(chip, was);
}
