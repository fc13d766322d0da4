/*
 * Fuzzes the small chips with libFuzzer: the keyboard controller, ACPI's fixed
 * hardware, the reset ports, the debug ports and the test device, by a stream
 * of accesses to all of them. Checked of each: reserved bits read as
 * documented, and a pin or a lane moves when the access asks for it and never
 * else. What a reset's listener may do, it does now and then: it resets the
 * chip.
 *
 * The input: 4 bytes a step. The first says which chip (3 bits), read, write or
 * a button, and the listener's choice (bit 7); then come register and size, and
 * the value.
 */
#include "board-pc/acpi_pm.h"
#include "board-pc/debug_ports.h"
#include "board-pc/i8042.h"
#include "board-pc/reset_port.h"
#include "board-pc/testdev.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { STEP = 4, WRITE = 8, BUTTON = 16, RESETS = 0x80 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct i8042 i8042;
static struct acpi_pm pm;
static struct reset_port reset_port;
static struct debug_ports debug;
static struct testdev testdev;
static bool has_testdev; /* it was reset: it is large */

static bool sci;
static unsigned pulses, power_offs, told;
static uint32_t last_put;
static unsigned drives, last_line;
static bool last_level;
static bool resets; /* the listener, in this step */

/* Listeners. */

static void drive_i8042(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level == !(pulses & 1));
	pulses++;
	if (level && resets)
		i8042_reset(&i8042);
}

static void drive_reset_port(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level == !(pulses & 1));
	pulses++;
	if (level && resets)
		reset_port_reset(&reset_port);
}

static void drive_sci(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level != sci);
	sci = level;
}

static void drive_power_off(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level);
	power_offs++;
}

static void drive_line(void *listener, unsigned line, bool level)
{
	(void)listener;
	drives++;
	last_line = line;
	last_level = level;
}

/* The listener is the register. */
static const uint8_t ports[] = { 0, 1, 2, 3, 4 };

static void put(void *listener, uint32_t value)
{
	must(*(const uint8_t *)listener != DEBUG_PORTS_POST);
	told++;
	last_put = value;
}

#define LANE(reg) ((struct lane){ put, (void *)&ports[reg] })

/* i8042. */

static bool i8042_resets(uint32_t reg, uint8_t value, uint8_t waiting)
{
	if (reg == I8042_COMMAND)
		return value >= 0xF0 && !(value & 1);
	return reg == I8042_DATA && waiting == 0xD1 && !(value & 1);
}

static void write_i8042(uint32_t reg, uint8_t value)
{
	bool wants = i8042_resets(reg, value, i8042.regs.waiting);
	uint8_t expected = reg == I8042_COMMAND ? I8042_STATUS_COMMAND : 0;

	i8042_write(&i8042, reg, value, 1);
	must(pulses == (wants ? 2 : 0));
	if (wants && resets)
		expected = 0;
	if (reg <= I8042_COMMAND)
		must((i8042.regs.status & I8042_STATUS_COMMAND) == expected);
}

static void step_i8042(uint8_t what, uint32_t reg, uint8_t value)
{
	uint32_t status;

	reg %= 3;
	if (what & WRITE)
		write_i8042(reg, value);
	else if (reg == I8042_DATA)
		must(i8042_read(&i8042, reg, 1) == i8042.regs.output &&
		     !(i8042.regs.status & I8042_STATUS_OBF));
	status = i8042_read(&i8042, I8042_COMMAND, 1);
	must(status & I8042_STATUS_UNLOCKED && !(status & 0xA2));
	must(!(status & I8042_STATUS_SYS) == !(i8042.regs.command_byte & 4));
	must(i8042.regs.output_port & 1);
	must(i8042_read(&i8042, 2, 1) == CHIP_ALL_ONES);
}

/* ACPI's fixed hardware. */

/* The bytes of PM1_CNT after this write, and whether SLP_EN was among them. */
static bool powers_off(uint32_t reg, uint32_t value, unsigned size)
{
	uint32_t high = ACPI_PM_CNT + 1;
	uint32_t byte;

	if (reg > high || reg + size <= high)
		return false;
	byte = value >> 8 * (high - reg) & 0xFF;
	return byte & 0x20 && (byte >> 2 & 7) == ACPI_PM_SLP_TYP_S5;
}

/* What a write makes of the event block, in one: enables above status. */
static uint32_t events_after(uint32_t reg, uint32_t value, unsigned size)
{
	uint32_t events = pm.regs.sts | (uint32_t)pm.regs.en << 16;

	for (unsigned i = 0; i < size && reg + i < ACPI_PM_CNT; i++) {
		uint32_t shift = 8 * (reg + i);
		uint32_t byte = (value >> 8 * i & 0xFF) << shift;

		events &=
		    ~(reg + i < ACPI_PM_EN ? byte : UINT32_C(0xFF) << shift);
		if (reg + i >= ACPI_PM_EN)
			events |= byte & UINT32_C(0x07210000);
	}
	return events;
}

static void check_pm(uint32_t reg)
{
	const struct acpi_pm_regs *regs = &pm.regs;

	must(sci == ((regs->sts & regs->en) != 0));
	must(!(regs->sts & ~0x100) && !(regs->en & ~0x721));
	must((regs->cnt & ~0x1C02) == 1);
	must(acpi_pm_read(&pm, reg, 2) ==
	     (acpi_pm_read(&pm, reg, 1) | acpi_pm_read(&pm, reg + 1, 1) << 8));
}

static void step_pm(uint8_t what, uint32_t reg, unsigned size, uint32_t value)
{
	uint32_t events;

	reg %= 7;
	size = size == 4 ? 2 : size;
	value &= size == 1 ? 0xFF : 0xFFFF;
	if (what & BUTTON) {
		acpi_pm_press_power_button(&pm);
		must(pm.regs.sts & 0x100);
	} else if (what & WRITE) {
		events = events_after(reg, value, size);
		acpi_pm_write(&pm, reg, value, size);
		must(pm.regs.sts == (events & 0xFFFF));
		must(pm.regs.en == events >> 16);
		must(power_offs == powers_off(reg, value, size));
	}
	check_pm(reg);
}

/* Reset ports. */

static void step_reset_port(uint8_t what, uint32_t reg, uint8_t value)
{
	static const struct {
		uint8_t starts, kept;
	} of[] = { { 0x04, 0x0E }, { 0x01, 0x03 } };
	uint8_t was, kept;
	bool rises;

	reg %= 2;
	if (!(what & WRITE)) {
		must(reset_port_read(&reset_port, reg + 2, 1) == CHIP_ALL_ONES);
		return;
	}
	was = (uint8_t)reset_port_read(&reset_port, reg, 1);
	rises = value & ~was & of[reg].starts;
	reset_port_write(&reset_port, reg, value, 1);
	must(pulses == (rises ? 2 : 0));
	kept = value & of[reg].kept;
	if (rises && resets)
		kept = reg == RESET_PORT_A ? 0x02 : 0;
	must(reset_port_read(&reset_port, reg, 1) == kept);
}

/* Debug ports. */

static void step_debug(uint8_t what, uint32_t reg, uint32_t value)
{
	reg %= 5;
	if (what & WRITE) {
		debug_ports_write(&debug, reg, value, 4);
		must(told ==
		     (reg >= DEBUG_PORTS_CONSOLE && reg <= DEBUG_PORTS_EXIT));
		if (reg == DEBUG_PORTS_CONSOLE)
			value &= 0xFF;
		must(!told || last_put == value);
	}
	must(debug_ports_read(&debug, DEBUG_PORTS_POST, 1) == debug.regs.post);
	must(debug_ports_read(&debug, DEBUG_PORTS_CONSOLE, 1) == 0xE9);
	if (reg > DEBUG_PORTS_CONSOLE)
		must(debug_ports_read(&debug, reg, 4) == CHIP_ALL_ONES);
}

/* The test device. */

static void set_up_testdev(void)
{
	has_testdev = true;
	testdev_reset(&testdev);
	testdev.flush = LANE(4);
	for (unsigned i = 0; i < TESTDEV_LINES; i++)
		testdev.irq[i] = (struct pin){ drive_line, NULL, i };
}

static bool is_plain(uint32_t reg, unsigned size)
{
	return (reg >= TESTDEV_ECHO && reg + size <= TESTDEV_FLUSH) ||
	       (reg >= TESTDEV_MEMORY && reg + size <= TESTDEV_END);
}

static void step_testdev(uint8_t what, uint32_t reg, unsigned size,
			 uint32_t value)
{
	bool plain = is_plain(reg, size);

	if (!has_testdev)
		set_up_testdev();
	value &= UINT32_MAX >> (32 - 8 * size);
	if (what & WRITE) {
		testdev_write(&testdev, reg, value, size);
		must(drives == (reg < TESTDEV_ECHO));
		must(!drives ||
		     (last_line == reg && last_level == !!(value & 0xFF)));
		must(told == (reg == TESTDEV_FLUSH && size == 4));
		must(!told || last_put == value);
		must(!plain || testdev_read(&testdev, reg, size) == value);
	}
	if (!plain)
		must(testdev_read(&testdev, reg, size) == CHIP_ALL_ONES);
}

static void step(const uint8_t *it)
{
	uint32_t value = it[2] | (uint32_t)it[3] << 8 | (uint32_t)it[3] << 24;
	unsigned size = 1U << (it[1] >> 6) % 3;
	uint32_t reg = it[1] & 0x3F;

	pulses = power_offs = told = drives = 0;
	resets = it[0] & RESETS;
	switch ((it[0] & 7) % 5) {
	case 0:
		step_i8042(it[0], reg, it[2]);
		break;
	case 1:
		step_pm(it[0], reg, size, value);
		break;
	case 2:
		step_reset_port(it[0], reg, it[2]);
		break;
	case 3:
		step_debug(it[0], reg, value);
		break;
	case 4: /* its beginning, or its last bytes and what is after them */
		if (it[1] >> 6 == 3) {
			reg += TESTDEV_END - 0x3C;
			size = 1U << it[2] % 3;
		}
		step_testdev(it[0], reg, size, value);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	i8042 = (struct i8042){ .reset = { .drive = drive_i8042 } };
	pm = (struct acpi_pm){ .sci = { .drive = drive_sci },
			       .power_off = { .drive = drive_power_off } };
	reset_port =
	    (struct reset_port){ .reset = { .drive = drive_reset_port } };
	debug = (struct debug_ports){ .console = LANE(DEBUG_PORTS_CONSOLE),
				      .marker = LANE(DEBUG_PORTS_MARKER),
				      .exit = LANE(DEBUG_PORTS_EXIT) };
	sci = has_testdev = false;
	i8042_reset(&i8042);
	acpi_pm_reset(&pm);
	reset_port_reset(&reset_port);
	debug_ports_reset(&debug);
	for (; size >= STEP; data += STEP, size -= STEP)
		step(data);
	return 0;
}
