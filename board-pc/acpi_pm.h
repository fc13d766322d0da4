/*
 * ACPI's fixed hardware: the PM1a event block and the PM1a control block
 * (ACPI 6.5, section 4.8.3), by which a guest turns the machine off and learns
 * that the power button was pressed.
 */
#ifndef BOARD_PC_ACPI_PM_H
#define BOARD_PC_ACPI_PM_H

#include "vmm/chip.h"

/*
 * Byte offsets; each register is 2 bytes, and takes byte and word access. The
 * event block (the FADT's PM1a_EVT_BLK, length 4) is at ACPI_PM_STS, the
 * control block (PM1a_CNT_BLK, length 2) at ACPI_PM_CNT.
 */
enum acpi_pm_reg {
	ACPI_PM_STS = 0,
	ACPI_PM_EN = 2,
	ACPI_PM_CNT = 4,
};

/* SLP_TYPa of S5, for the DSDT's \_S5. No other sleep state exists. */
#define ACPI_PM_SLP_TYP_S5 5

struct acpi_pm_regs {
	uint16_t sts;
	uint16_t en;
	uint16_t cnt;
};

_Static_assert(sizeof(struct acpi_pm_regs) == 6, "saved as it is");

struct acpi_pm {
	struct acpi_pm_regs regs;
	struct pin sci;       /* high while an enabled status bit is set */
	struct pin power_off; /* goes high at S5, and does not come back */
};

void acpi_pm_reset(struct acpi_pm *chip);
chip_read acpi_pm_read;
chip_write acpi_pm_write;

/*
 * Someone pressed the power button: sets PWRBTN_STS. What comes of it is the
 * guest's affair.
 */
void acpi_pm_press_power_button(struct acpi_pm *chip);

#endif
