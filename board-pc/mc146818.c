/*
 * mc146818: real-time clock, after Motorola's MC146818 datasheet, with a time
 * base of 32,768 Hz, and a century byte where ACPI can point at it.
 *
 * Choices:
 * - UIP is set for the 244 us before the second ends (t_BUC); the update
 *   itself takes no time, where the part needs 1,984 us more. So what a guest
 *   reads with UIP clear is good for 244 us, as promised, and it waits less.
 * - The divider runs with DV = 010 only; any other value holds it. After that
 *   the first update comes 500 ms later.
 * - Leap years are Gregorian: 2100 is none, where the part knows only YY % 4.
 * - A byte that is no date is taken for the number that it spells when the
 *   next second (for the date: the next day) is added, and what comes out is
 *   a date.
 * - The weekday counts for itself, as in the part: a guest that sets the date
 *   and not the weekday keeps the old one.
 *
 * Left out on purpose: daylight saving (DSE), the square wave (SQWE), whose
 * bits are only kept, and power failure (VRT is always set).
 */
#include "board-pc/mc146818.h"

#include <assert.h>

#define UIP_NS  UINT64_C(244000) /* t_BUC */
#define HALF_NS (SECOND_NS / 2)  /* divider started, to the first update */

#define MINUTE 60U
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

enum cmos {
	SECONDS = 0x00,
	SECONDS_ALARM = 0x01,
	MINUTES = 0x02,
	MINUTES_ALARM = 0x03,
	HOURS = 0x04,
	HOURS_ALARM = 0x05,
	WEEKDAY = 0x06, /* 1 is Sunday */
	DATE = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	REG_A = 0x0A,
	REG_B = 0x0B,
	REG_C = 0x0C,
	REG_D = 0x0D,
	RAM = 0x0E,
};

#define HOURS_PM  0x80 /* in 12-hour mode */
#define ALARM_ANY 0xC0 /* both bits: does not care */

#define A_UIP    0x80
#define A_DV     0x70
#define A_DV_RUN 0x20
#define A_RS     0x0F

#define B_SET 0x80
#define B_UIE 0x10
#define B_DM  0x04 /* binary */
#define B_24H 0x02

/* The same bits: flags in register C, their enables in register B. */
#define PERIODIC 0x40
#define ALARM    0x20
#define UPDATE   0x10
#define C_IRQF   0x80

#define D_VRT 0x80

void mc146818_reset(struct mc146818 *chip)
{
	chip->regs = (struct mc146818_regs){
		.update_ns = SECOND_NS,
		.cmos = {
			[WEEKDAY] = 7,
			[DATE] = 0x01,
			[MONTH] = 0x01,
			[MC146818_CENTURY] = 0x20,
			[REG_A] = 0x26,
			[REG_B] = B_24H,
			[REG_D] = D_VRT,
		},
	};
}

/* Days as a number: from 1 March of the year -400. */

static uint64_t days_of(uint64_t year, unsigned month, unsigned date)
{
	uint64_t y = year + 400 - (month <= 2);
	unsigned from_march = month > 2 ? month - 3 : month + 9;
	uint64_t days = y / 400 * 146097;

	y %= 400;
	days += y * 365 + y / 4 - y / 100;
	days += (153 * from_march + 2) / 5;
	return days + date - 1;
}

struct date {
	uint64_t year;
	unsigned month;
	unsigned date;
};

static struct date date_of(uint64_t days)
{
	unsigned n = (unsigned)(days % 146097);
	unsigned y = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	unsigned day = n - (365 * y + y / 4 - y / 100);
	unsigned from_march = (5 * day + 2) / 153;
	unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;

	return (struct date){
		.year = days / 146097 * 400 + y - 400 + (month <= 2),
		.month = month,
		.date = day - (153 * from_march + 2) / 5 + 1,
	};
}

/* The calendar's bytes, by the modes of register B. */

static unsigned decode(const struct mc146818_regs *regs, uint8_t byte)
{
	if (regs->cmos[REG_B] & B_DM)
		return byte;
	return (byte >> 4) * 10U + (byte & 0x0F);
}

static uint8_t encode(const struct mc146818_regs *regs, unsigned number)
{
	if (regs->cmos[REG_B] & B_DM)
		return (uint8_t)number;
	return (uint8_t)(number / 10 << 4 | number % 10);
}

static unsigned decode_hours(const struct mc146818_regs *regs, uint8_t byte)
{
	unsigned half = byte & HOURS_PM ? 12 : 0;

	if (regs->cmos[REG_B] & B_24H)
		return decode(regs, byte);
	return decode(regs, byte & (uint8_t)~HOURS_PM) % 12 + half;
}

static uint8_t encode_hours(const struct mc146818_regs *regs, unsigned hours)
{
	uint8_t half = hours < 12 ? 0 : HOURS_PM;

	if (regs->cmos[REG_B] & B_24H)
		return encode(regs, hours);
	return encode(regs, (hours + 11) % 12 + 1) | half;
}

static unsigned read_time(const struct mc146818_regs *regs)
{
	return decode_hours(regs, regs->cmos[HOURS]) * HOUR +
	       decode(regs, regs->cmos[MINUTES]) * MINUTE +
	       decode(regs, regs->cmos[SECONDS]);
}

static void write_time(struct mc146818_regs *regs, unsigned time)
{
	regs->cmos[HOURS] = encode_hours(regs, time / HOUR);
	regs->cmos[MINUTES] = encode(regs, time / MINUTE % 60);
	regs->cmos[SECONDS] = encode(regs, time % 60);
}

static uint64_t read_days(const struct mc146818_regs *regs)
{
	unsigned month = decode(regs, regs->cmos[MONTH]);
	unsigned year = decode(regs, regs->cmos[MC146818_CENTURY]) * 100 +
			decode(regs, regs->cmos[YEAR]);

	if (month < 1)
		month = 1;
	if (month > 12)
		month = 12;
	return days_of(year, month, decode(regs, regs->cmos[DATE]));
}

static void write_days(struct mc146818_regs *regs, uint64_t days)
{
	struct date it = date_of(days);
	unsigned year = (unsigned)(it.year % 10000);

	regs->cmos[MC146818_CENTURY] = encode(regs, year / 100);
	regs->cmos[YEAR] = encode(regs, year % 100);
	regs->cmos[MONTH] = encode(regs, it.month);
	regs->cmos[DATE] = encode(regs, it.date);
}

static void add_days(struct mc146818_regs *regs, uint64_t days)
{
	uint64_t weekday = regs->cmos[WEEKDAY] + 6 + days;

	write_days(regs, read_days(regs) + days);
	regs->cmos[WEEKDAY] = (uint8_t)(weekday % 7 + 1);
}

static void add_seconds(struct mc146818_regs *regs, uint64_t seconds)
{
	uint64_t time = read_time(regs) + seconds;

	write_time(regs, (unsigned)(time % DAY));
	if (time >= DAY)
		add_days(regs, time / DAY);
}

/* The alarm. Bytes are compared as they are, in whatever mode. */

static bool matches(uint8_t alarm, uint8_t byte)
{
	return (alarm & ALARM_ANY) == ALARM_ANY || alarm == byte;
}

static bool alarm_is_a_time(const struct mc146818_regs *regs)
{
	const uint8_t *cmos = regs->cmos;
	unsigned hours = decode_hours(regs, cmos[HOURS_ALARM]) % 24;
	unsigned minutes = decode(regs, cmos[MINUTES_ALARM]) % 60;
	unsigned seconds = decode(regs, cmos[SECONDS_ALARM]) % 60;

	return matches(cmos[HOURS_ALARM], encode_hours(regs, hours)) &&
	       matches(cmos[MINUTES_ALARM], encode(regs, minutes)) &&
	       matches(cmos[SECONDS_ALARM], encode(regs, seconds));
}

/*
 * In how many seconds the alarm matches, 1 to DAY, or 0 for never. Steps by
 * the largest unit that does not match, so it is done after some 200.
 */
static unsigned seconds_to_alarm(const struct mc146818_regs *regs)
{
	const uint8_t *cmos = regs->cmos;
	unsigned now = read_time(regs) % DAY;
	unsigned at = now + 1;

	if (!alarm_is_a_time(regs))
		return 0;
	while (at <= now + DAY) {
		unsigned hours = at / HOUR % 24;

		if (!matches(cmos[HOURS_ALARM], encode_hours(regs, hours)))
			at = (at / HOUR + 1) * HOUR;
		else if (!matches(cmos[MINUTES_ALARM],
				  encode(regs, at / MINUTE % 60)))
			at = (at / MINUTE + 1) * MINUTE;
		else if (!matches(cmos[SECONDS_ALARM], encode(regs, at % 60)))
			at++;
		else
			return at - now;
	}
	return 0;
}

/* The divider, and what hangs on it. */

static bool divider_runs(const struct mc146818_regs *regs)
{
	return (regs->cmos[REG_A] & A_DV) == A_DV_RUN;
}

/*
 * Periodic ticks in a second, 0 if off: 32,768 Hz divided by 2^(RS - 1), but
 * RS 1 and 2 are as 8 and 9. Each rate divides a second, so ticks are counted
 * from the start of the present one.
 */
static unsigned tick_rate(const struct mc146818_regs *regs)
{
	unsigned rs = regs->cmos[REG_A] & A_RS;

	if (!rs)
		return 0;
	return 32768U >> (rs <= 2 ? rs + 6 : rs - 1);
}

/* How many ticks of this second there were until `at_ns`. */
static uint64_t ticks_until(const struct mc146818_regs *regs, uint64_t at_ns)
{
	uint64_t into_second = SECOND_NS - (regs->update_ns - at_ns);

	return into_second * tick_rate(regs) / SECOND_NS;
}

static uint64_t next_tick_ns(const struct mc146818_regs *regs)
{
	unsigned rate = tick_rate(regs);
	uint64_t left = rate - 1 - ticks_until(regs, regs->now_ns);

	return regs->update_ns - left * SECOND_NS / rate;
}

static bool ticks_before(const struct mc146818_regs *regs, uint64_t now_ns)
{
	if (!tick_rate(regs))
		return false;
	return now_ns >= regs->update_ns ||
	       ticks_until(regs, now_ns) > ticks_until(regs, regs->now_ns);
}

static void update(struct mc146818_regs *regs, uint64_t seconds)
{
	unsigned alarm;

	regs->update_ns += seconds * SECOND_NS;
	if (regs->cmos[REG_B] & B_SET)
		return;
	alarm = seconds_to_alarm(regs);
	if (alarm && alarm <= seconds)
		regs->cmos[REG_C] |= ALARM;
	regs->cmos[REG_C] |= UPDATE;
	add_seconds(regs, seconds);
}

static void pass_time(struct mc146818_regs *regs, uint64_t now_ns)
{
	if (divider_runs(regs)) {
		if (ticks_before(regs, now_ns))
			regs->cmos[REG_C] |= PERIODIC;
		if (now_ns >= regs->update_ns)
			update(regs,
			       1 + (now_ns - regs->update_ns) / SECOND_NS);
	}
	regs->now_ns = now_ns;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_event_ns(const struct mc146818_regs *regs)
{
	uint8_t enabled = regs->cmos[REG_B];
	uint64_t next = NEVER_NS;

	if (!divider_runs(regs))
		return NEVER_NS;
	/* Ticks that nobody takes change nothing: up to 8192 in a second. */
	if (enabled & ~regs->cmos[REG_C] & PERIODIC && tick_rate(regs))
		next = next_tick_ns(regs);
	if (enabled & B_SET)
		return next;
	if (enabled & UPDATE)
		next = earlier(next, regs->update_ns);
	if (enabled & ALARM) {
		uint64_t alarm = seconds_to_alarm(regs);

		if (alarm)
			next = earlier(next, regs->update_ns +
						 (alarm - 1) * SECOND_NS);
	}
	return next;
}

/* Interrupts and registers. */

static bool irq_level(const struct mc146818_regs *regs)
{
	return regs->cmos[REG_B] & regs->cmos[REG_C] &
	       (PERIODIC | ALARM | UPDATE);
}

static void drive_irq(const struct mc146818 *chip, bool was)
{
	bool is = irq_level(&chip->regs);

	if (is != was)
		pin_drive(&chip->irq, is);
}

uint64_t mc146818_advance(struct mc146818 *chip, uint64_t now_ns)
{
	bool was = irq_level(&chip->regs);

	if (now_ns > chip->regs.now_ns)
		pass_time(&chip->regs, now_ns);
	drive_irq(chip, was);
	return next_event_ns(&chip->regs);
}

static uint8_t read_a(const struct mc146818_regs *regs)
{
	bool updates = divider_runs(regs) && !(regs->cmos[REG_B] & B_SET);
	bool soon = regs->update_ns - regs->now_ns <= UIP_NS;

	return regs->cmos[REG_A] | (updates && soon ? A_UIP : 0);
}

static uint8_t read_c(struct mc146818_regs *regs)
{
	uint8_t flags = regs->cmos[REG_C] | (irq_level(regs) ? C_IRQF : 0);

	regs->cmos[REG_C] = 0;
	return flags;
}

static uint8_t read_cmos(struct mc146818_regs *regs)
{
	switch (regs->index) {
	case REG_A:
		return read_a(regs);
	case REG_C:
		return read_c(regs);
	default:
		return regs->cmos[regs->index];
	}
}

uint32_t mc146818_read(void *opaque, uint32_t reg, unsigned size)
{
	struct mc146818 *chip = opaque;
	bool was = irq_level(&chip->regs);
	uint32_t value;

	(void)size;
	if (reg != MC146818_DATA)
		return CHIP_ALL_ONES;
	value = read_cmos(&chip->regs);
	drive_irq(chip, was);
	return value;
}

static void write_a(struct mc146818_regs *regs, uint8_t value)
{
	bool ran = divider_runs(regs);

	regs->cmos[REG_A] = value & (uint8_t)~A_UIP;
	if (!ran && divider_runs(regs))
		regs->update_ns = regs->now_ns + HALF_NS;
}

/* SET going high clears UIE, as the datasheet has it. */
static void write_b(struct mc146818_regs *regs, uint8_t value)
{
	if (value & ~regs->cmos[REG_B] & B_SET)
		value &= (uint8_t)~B_UIE;
	regs->cmos[REG_B] = value;
}

static void write_cmos(struct mc146818_regs *regs, uint8_t value)
{
	switch (regs->index) {
	case REG_A:
		write_a(regs, value);
		break;
	case REG_B:
		write_b(regs, value);
		break;
	case REG_C:
	case REG_D:
		break;
	default:
		regs->cmos[regs->index] = value;
	}
}

void mc146818_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct mc146818 *chip = opaque;
	bool was = irq_level(&chip->regs);

	(void)size;
	if (reg == MC146818_INDEX)
		chip->regs.index = value & 0x7F;
	else if (reg == MC146818_DATA)
		write_cmos(&chip->regs, (uint8_t)value);
	drive_irq(chip, was);
}

/* The board. */

void mc146818_set_time(struct mc146818 *chip, uint64_t unix_seconds,
		       uint64_t now_ns)
{
	struct mc146818_regs *regs = &chip->regs;
	uint64_t days = unix_seconds / DAY;

	regs->now_ns = now_ns;
	regs->update_ns = now_ns + SECOND_NS;
	write_time(regs, (unsigned)(unix_seconds % DAY));
	write_days(regs, days_of(1970, 1, 1) + days);
	regs->cmos[WEEKDAY] = (uint8_t)((days + 4) % 7 + 1); /* a Thursday */
}

void mc146818_set_cmos(struct mc146818 *chip, uint8_t index, uint8_t value)
{
	assert(index >= RAM && index < MC146818_CMOS_SIZE);
	chip->regs.cmos[index] = value;
}
