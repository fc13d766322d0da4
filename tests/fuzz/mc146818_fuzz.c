/*
 * Fuzzes the real-time clock with libFuzzer: a stream of register accesses and
 * steps of time, from a nanosecond to a century. Checked: the pin is what
 * registers B and C say; an enabled event comes at the time that was announced,
 * and none before; one leap gives the state that two steps give; and a second
 * that was counted leaves a date, whatever bytes were there.
 *
 * The input: 2 bytes a step. The first one's low 3 bits are what (0-2 write an
 * index and, with the other bits, where; 3 a read, 4 time, 5 to the next event,
 * 6 the board's date, 7 a likely write of register A or B); the second is the
 * value, or the logarithm of time.
 */
#include "board-pc/mc146818.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { HOURS = 4, REG_A = 10, REG_B = 11, REG_C = 12, EVENTS = 0x70 };

/* 146 years, which a host is not up. */
#define END_NS (UINT64_C(1) << 62)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mc146818 chip;
static uint64_t now, next;
static bool pin;

static void drive(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	must(level != pin);
	pin = level;
}

static uint8_t raised(void)
{
	return chip.regs.cmos[REG_B] & chip.regs.cmos[REG_C] & EVENTS;
}

static void check(void)
{
	const uint8_t *cmos = chip.regs.cmos;

	must(pin == (raised() != 0));
	must(next > now);
	must(chip.regs.now_ns == now);
	must(chip.regs.index < MC146818_CMOS_SIZE);
	must(!(cmos[REG_A] & 0x80) && !(cmos[REG_C] & ~EVENTS));
	must(cmos[REG_C + 1] == 0x80);
}

/* A byte of the calendar, or 255 if it is no number in this mode. */
static unsigned number(uint8_t byte)
{
	if (chip.regs.cmos[REG_B] & 4)
		return byte;
	return byte >> 4 > 9 || (byte & 15) > 9
		   ? 255
		   : (byte >> 4) * 10U + (byte & 15);
}

static void check_time(void)
{
	const uint8_t *cmos = chip.regs.cmos;
	unsigned hours = number(cmos[HOURS]);

	if (!(cmos[REG_B] & 2)) {
		hours = number(cmos[HOURS] & 0x7F);
		must(hours >= 1 && hours <= 12);
	}
	must(number(cmos[0]) < 60 && number(cmos[2]) < 60 && hours < 24);
}

static void check_date(void)
{
	const uint8_t *cmos = chip.regs.cmos;
	unsigned date = number(cmos[7]), month = number(cmos[8]);

	must(cmos[6] >= 1 && cmos[6] <= 7);
	must(date >= 1 && date <= 31 && month >= 1 && month <= 12);
	must(number(cmos[9]) < 100 && number(cmos[MC146818_CENTURY]) < 100);
}

/* Time. */

/* What two steps do; nobody hears of it. */
static struct mc146818_regs in_two_steps(uint64_t middle, uint64_t end)
{
	struct mc146818 two = { .regs = chip.regs };

	mc146818_advance(&two, middle);
	mc146818_advance(&two, end);
	return two.regs;
}

static void pass_until(uint64_t end, uint64_t middle)
{
	struct mc146818_regs was = chip.regs;
	struct mc146818_regs two = in_two_steps(middle, end);
	uint8_t before = raised();
	uint64_t due = next;
	bool sets = was.cmos[REG_B] & 0x80;

	now = end;
	next = mc146818_advance(&chip, now);
	must(!memcmp(&two, &chip.regs, sizeof(two)));
	if (now < due)
		must(raised() == before);
	else
		must(raised());
	if (chip.regs.update_ns != was.update_ns && !sets)
		check_time();
	if (chip.regs.update_ns - was.update_ns > 86400 * SECOND_NS && !sets)
		check_date();
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void pass(uint8_t value)
{
	uint64_t ns = UINT64_C(1) << (value & 63);
	uint64_t end;

	ns += (ns >> 2) * (value >> 6);
	end = now + at_most(ns, END_NS - now);
	pass_until(end, now + ns / 3 % (end - now + 1));
}

/* To the nanosecond before it, and to it. */
static void pass_to_event(void)
{
	uint64_t due = next;

	if (due > END_NS)
		return;
	pass_until(due - 1, now);
	check();
	must(next == due);
	pass_until(due, now);
}

/* Accesses. */

static void write_at(uint8_t index, uint8_t value)
{
	mc146818_write(&chip, MC146818_INDEX, index, 1);
	mc146818_write(&chip, MC146818_DATA, value, 1);
}

static void read_at(uint8_t index)
{
	bool was = pin;
	uint32_t value;

	mc146818_write(&chip, MC146818_INDEX, index, 1);
	must(mc146818_read(&chip, MC146818_INDEX, 1) == UINT32_MAX);
	value = mc146818_read(&chip, MC146818_DATA, 1);
	must(value <= 0xFF);
	if ((index & 0x7F) != REG_C)
		return;
	must(!(value & 0x0F) && (value >> 7) == was);
	must(!pin && !chip.regs.cmos[REG_C]);
}

static void step(uint8_t what, uint8_t value)
{
	switch (what & 7) {
	case 3:
		read_at(value);
		break;
	case 4:
		pass(value);
		return;
	case 5:
		pass_to_event();
		return;
	case 6:
		mc146818_set_time(&chip, (uint64_t)value << (what >> 3), now);
		break;
	case 7:
		write_at(REG_A + (what >> 3 & 1), value);
		break;
	default:
		write_at(what >> 3 & 0x1F ? what >> 3 & 0x0F : MC146818_CENTURY,
			 value);
	}
	next = mc146818_advance(&chip, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	chip = (struct mc146818){ .irq = { .drive = drive } };
	mc146818_reset(&chip);
	pin = false;
	now = 0;
	next = mc146818_advance(&chip, now);
	for (size_t i = 0; i + 1 < size; i += 2) {
		step(data[i], data[i + 1]);
		check();
	}
	return 0;
}
