/* MC146818: the calendar, its three interrupts, and time told in leaps. */
#include "board-pc/mc146818.h"

#include "tests/unit/unit.h"

#include <time.h>

#define SECOND UINT64_C(1000000000)
#define MS     UINT64_C(1000000)
#define DAY    UINT64_C(86400)

enum { A = 0x0A, B = 0x0B, C = 0x0C, D = 0x0D };
enum { SET = 0x80, PIE = 0x40, AIE = 0x20, UIE = 0x10, DM = 0x04, H24 = 0x02 };
enum { UIP = 0x80, IRQF = 0x80, PF = 0x40, AF = 0x20, UF = 0x10 };

static struct mc146818 chip;
static bool irq;
static uint64_t now;

static void drive(void *listener, unsigned line, bool level)
{
	CHECK(listener == &irq);
	CHECK_EQ(line, 8);
	irq = level;
}

/* It is `unix_seconds` at 5 s of the host's clock. */
static void power_on(uint64_t unix_seconds)
{
	chip = (struct mc146818){ .irq = { drive, &irq, 8 } };
	irq = false;
	now = 5 * SECOND;
	mc146818_reset(&chip);
	mc146818_set_time(&chip, unix_seconds, now);
}

static uint64_t pass(uint64_t ns)
{
	now += ns;
	return mc146818_advance(&chip, now);
}

static uint32_t get(uint32_t index)
{
	mc146818_write(&chip, MC146818_INDEX, index, 1);
	return mc146818_read(&chip, MC146818_DATA, 1);
}

static void set(uint32_t index, uint32_t value)
{
	mc146818_write(&chip, MC146818_INDEX, index, 1);
	mc146818_write(&chip, MC146818_DATA, value, 1);
}

/* The calendar's bytes as one number: 0xCCYYMMDDhhmmss. */
static uint64_t calendar(void)
{
	static const uint8_t order[] = { MC146818_CENTURY, 9, 8, 7, 4, 2, 0 };
	uint64_t all = 0;

	for (unsigned i = 0; i < sizeof(order); i++)
		all = all << 8 | get(order[i]);
	return all;
}

static void set_calendar(uint64_t all)
{
	static const uint8_t order[] = { 0, 2, 4, 7, 8, 9, MC146818_CENTURY };

	for (unsigned i = 0; i < sizeof(order); i++, all >>= 8)
		set(order[i], all & 0xFF);
}

CASE(power_on_registers)
{
	power_on(0);
	CHECK_EQ(get(A), 0x26);
	CHECK_EQ(get(B), 0x02);
	CHECK_EQ(get(C), 0x00);
	CHECK_EQ(get(D), 0x80);
	CHECK_EQ(pass(0), NEVER_NS);
	CHECK(!irq);
}

CASE(reset_alone_is_a_valid_date)
{
	chip = (struct mc146818){ 0 };
	mc146818_reset(&chip);
	CHECK_EQ(calendar(), 0x20000101000000);
	CHECK_EQ(get(6), 7);
}

CASE(it_reads_the_time_it_was_set_to)
{
	power_on(1700000000);
	CHECK_EQ(calendar(), 0x20231114221320);
	CHECK_EQ(get(6), 3);
	pass(SECOND - 1);
	CHECK_EQ(calendar(), 0x20231114221320);
	pass(1);
	CHECK_EQ(calendar(), 0x20231114221321);
}

static uint32_t coded(int number, bool binary)
{
	uint32_t n = (uint32_t)number;

	return binary ? n : n / 10 << 4 | n % 10;
}

static void check_calendar(time_t when, uint32_t mode)
{
	bool binary = mode & DM;
	struct tm tm;
	uint32_t hour;

	CHECK(gmtime_r(&when, &tm));
	hour = coded(tm.tm_hour, binary);
	if (!(mode & H24))
		hour = coded((tm.tm_hour + 11) % 12 + 1, binary) |
		       (tm.tm_hour >= 12 ? 0x80 : 0);
	CHECK_EQ(get(0), coded(tm.tm_sec, binary));
	CHECK_EQ(get(2), coded(tm.tm_min, binary));
	CHECK_EQ(get(4), hour);
	CHECK_EQ(get(6), tm.tm_wday + 1);
	CHECK_EQ(get(7), coded(tm.tm_mday, binary));
	CHECK_EQ(get(8), coded(tm.tm_mon + 1, binary));
	CHECK_EQ(get(9), coded(tm.tm_year % 100, binary));
	CHECK_EQ(get(MC146818_CENTURY), coded(tm.tm_year / 100 + 19, binary));
}

CASE(every_mode_agrees_with_the_c_library)
{
	uint64_t seed = 146818;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t mode = i & (DM | H24);
		uint64_t from, leap;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		from = (seed >> 20) % (8000 * 365 * DAY);
		leap = (seed >> 16 & 1) ? seed >> 60 : (seed >> 35) % DAY * 40;
		power_on(0);
		set(B, mode);
		mc146818_set_time(&chip, from, now);
		check_calendar((time_t)from, mode);
		pass(leap * SECOND);
		check_calendar((time_t)(from + leap), mode);
	}
}

CASE(leap_years_are_gregorian)
{
	power_on(0);
	set_calendar(0x20240228235959);
	pass(SECOND);
	CHECK_EQ(calendar(), 0x20240229000000);
	set_calendar(0x20250228235959);
	pass(SECOND);
	CHECK_EQ(calendar(), 0x20250301000000);
	set_calendar(0x20000228235959);
	pass(SECOND);
	CHECK_EQ(calendar(), 0x20000229000000);
	set_calendar(0x21000228235959);
	pass(SECOND);
	CHECK_EQ(calendar(), 0x21000301000000);
	set_calendar(0x99991231235959);
	pass(SECOND);
	CHECK_EQ(calendar(), 0x00000101000000);
}

CASE(twelve_hours_have_no_zero)
{
	static const uint8_t want[] = { 0x12, 0x01, 0x11, 0x92, 0x81, 0x91 };
	static const uint8_t hour[] = { 0, 1, 11, 12, 13, 23 };

	power_on(0);
	set(B, 0);
	for (unsigned i = 0; i < 6; i++) {
		mc146818_set_time(&chip, hour[i] * 3600U, now);
		CHECK_EQ(get(4), want[i]);
		pass(SECOND);
		CHECK_EQ(get(4), want[i]);
	}
	set(4, 0x91);
	set(2, 0x59);
	set(0, 0x59);
	pass(SECOND);
	CHECK_EQ(get(4), 0x12);
}

CASE(the_weekday_is_a_counter_of_its_own)
{
	power_on(4 * DAY - 1); /* a Sunday, the fourth day of 1970 */
	CHECK_EQ(get(6), 1);
	pass(SECOND);
	CHECK_EQ(get(6), 2);
	set(6, 7);
	pass(DAY * SECOND);
	CHECK_EQ(get(6), 1);
	pass(365 * DAY * SECOND);
	CHECK_EQ(get(6), 2);
}

CASE(nonsense_is_carried_on_from)
{
	power_on(0);
	set_calendar(0xFFFFFFFFFFFFFF);
	pass(SECOND);
	pass(400 * DAY * SECOND);
	CHECK(get(8) >= 1 && get(8) <= 0x12);
	set_calendar(0);
	set(6, 0);
	pass(DAY * SECOND);
	CHECK(get(8) >= 1 && get(8) <= 0x12);
	CHECK(get(7) >= 1 && get(7) <= 0x31);
	CHECK(get(6) >= 1 && get(6) <= 7);
}

CASE(update_in_progress_244_us_ahead)
{
	power_on(0);
	pass(SECOND - 244001);
	CHECK_EQ(get(A) & UIP, 0);
	pass(1);
	CHECK_EQ(get(A) & UIP, UIP);
	set(A, 0x26);
	CHECK_EQ(get(A), 0x26 | UIP);
	pass(243999);
	CHECK_EQ(get(A) & UIP, UIP);
	CHECK_EQ(get(0), 0);
	pass(1);
	CHECK_EQ(get(A) & UIP, 0);
	CHECK_EQ(get(0), 1);
}

CASE(set_stops_updates_but_not_the_divider)
{
	power_on(0);
	set(B, H24 | UIE);
	set(B, H24 | UIE | SET);
	CHECK_EQ(get(B), H24 | SET);
	pass(SECOND - 1);
	CHECK_EQ(get(A) & UIP, 0);
	pass(9 * SECOND + 300 * MS);
	CHECK_EQ(get(0), 0);
	CHECK_EQ(get(C), PF);
	set_calendar(0x20300102030405);
	set(B, H24);
	pass(700 * MS);
	CHECK_EQ(get(0), 0x05);
	pass(1);
	CHECK_EQ(calendar(), 0x20300102030406);
}

CASE(the_divider_held_stops_all_and_restarts_by_halves)
{
	power_on(0);
	set(B, H24 | UIE | PIE);
	set(A, 0x76);
	CHECK_EQ(pass(100 * SECOND), NEVER_NS);
	CHECK_EQ(get(0), 0);
	CHECK_EQ(get(C), 0);
	CHECK_EQ(get(A), 0x76);
	set(A, 0x20);
	CHECK_EQ(pass(0), now + 500 * MS);
	pass(500 * MS - 1);
	CHECK_EQ(get(0), 0);
	pass(1);
	CHECK_EQ(get(0), 1);
	CHECK_EQ(pass(0), now + SECOND);
}

CASE(only_one_divider_value_runs)
{
	for (uint32_t dv = 0; dv < 8; dv++) {
		power_on(0);
		set(A, dv << 4 | 0x06);
		pass(SECOND);
		CHECK_EQ(get(0), dv == 2);
		CHECK_EQ(get(C), dv == 2 ? PF | UF : 0);
	}
}

CASE(update_ended_interrupt)
{
	power_on(0);
	CHECK_EQ(pass(300 * MS), NEVER_NS);
	set(B, H24 | UIE);
	CHECK_EQ(pass(0), now + 700 * MS);
	pass(700 * MS - 1);
	CHECK(!irq);
	CHECK_EQ(pass(1), now + SECOND);
	CHECK(irq);
	CHECK_EQ(get(C) & (IRQF | UF), IRQF | UF);
	CHECK(!irq);
	CHECK_EQ(get(C), 0);
}

CASE(flags_come_without_being_enabled)
{
	power_on(0);
	pass(SECOND);
	CHECK(!irq);
	set(B, H24 | UIE);
	CHECK(irq);
	set(B, H24);
	CHECK(!irq);
	CHECK_EQ(get(C), PF | UF);
}

CASE(periodic_rates)
{
	/* By RS, for a 32,768 Hz time base, in its cycles. */
	static const uint16_t cycles[16] = { 0,    128,  256,  4,    8,   16,
					     32,   64,   128,  256,  512, 1024,
					     2048, 4096, 8192, 16384 };

	for (uint32_t rate = 1; rate < 16; rate++) {
		uint64_t at = 5 * SECOND, ticks = 0;

		power_on(0);
		set(A, 0x20 | rate);
		set(B, H24 | PIE);
		while ((at = mc146818_advance(&chip, at)) <= 7 * SECOND) {
			CHECK(!irq);
			mc146818_advance(&chip, at);
			CHECK(irq);
			get(C);
			CHECK(!irq);
			ticks++;
			CHECK_EQ(at - 5 * SECOND,
				 (ticks * cycles[rate] * SECOND + 32767) /
				     32768);
		}
		CHECK_EQ(ticks, 2 * 32768 / cycles[rate]);
	}
}

CASE(periodic_ticks_that_nobody_takes_are_one_event)
{
	power_on(0);
	set(A, 0x23);
	set(B, H24 | PIE);
	CHECK_EQ(pass(0), now + 122071);
	CHECK_EQ(pass(122071), NEVER_NS);
	CHECK(irq);
	CHECK_EQ(pass(SECOND), NEVER_NS);
	CHECK(irq);
	get(C);
	CHECK(pass(0) <= now + 122071);
}

CASE(periodic_rate_zero_is_off)
{
	power_on(0);
	set(A, 0x20);
	set(B, H24 | PIE);
	CHECK_EQ(pass(10 * SECOND), NEVER_NS);
	CHECK_EQ(get(C), UF);
}

CASE(periodic_ticks_that_nobody_took_are_one)
{
	power_on(0);
	set(B, H24 | PIE);
	pass(100 * MS);
	CHECK(irq);
	CHECK_EQ(get(C), IRQF | PF);
	pass(0);
	CHECK(!irq);
}

CASE(alarm_at_a_time_of_day)
{
	power_on(12 * 3600);
	set(1, 0x30);
	set(3, 0x15);
	set(5, 0x13);
	set(B, H24 | AIE);
	CHECK_EQ(pass(0), now + 4530 * SECOND);
	pass(4530 * SECOND - 1);
	CHECK(!irq);
	CHECK_EQ(pass(1), now + DAY * SECOND);
	CHECK(irq);
	CHECK_EQ(get(C), IRQF | PF | AF | UF);
	CHECK(!irq);
	pass(DAY * SECOND - 1);
	CHECK(!irq);
	pass(1);
	CHECK(irq);
}

CASE(alarm_that_is_now_is_a_day_away)
{
	power_on(0);
	set(1, 0);
	set(3, 0);
	set(5, 0);
	set(B, H24 | AIE);
	CHECK_EQ(pass(0), now + DAY * SECOND);
}

CASE(alarm_does_not_care)
{
	power_on(12 * 3600 + 59);
	set(B, H24 | AIE);
	set(1, 0xC0);
	set(3, 0xFF);
	set(5, 0xC5);
	CHECK_EQ(pass(0), now + SECOND);
	set(1, 0x59);
	CHECK_EQ(pass(0), now + 60 * SECOND);
	set(3, 0x00);
	CHECK_EQ(pass(0), now + 3600 * SECOND);
	set(3, 0x30);
	CHECK_EQ(pass(0), now + 1800 * SECOND);
	set(1, 0xFF);
	CHECK_EQ(pass(0), now + (1800 - 59) * SECOND);
}

CASE(alarm_follows_the_mode)
{
	power_on(10 * 3600);
	set(B, AIE);
	mc146818_set_time(&chip, 10 * 3600, now);
	set(1, 0x00);
	set(3, 0x00);
	set(5, 0x82);
	CHECK_EQ(pass(0), now + 4 * 3600 * SECOND);
	set(B, DM | H24 | AIE);
	mc146818_set_time(&chip, 10 * 3600, now);
	set(5, 22);
	CHECK_EQ(pass(0), now + 12 * 3600 * SECOND);
}

CASE(alarm_that_is_no_time_never_comes)
{
	static const uint8_t nonsense[][2] = {
		{ 1, 0x60 }, { 1, 0x0A }, { 1, 0x7F }, { 3, 0x60 },
		{ 3, 0x1F }, { 5, 0x24 }, { 5, 0x92 },
	};

	for (unsigned i = 0; i < 7; i++) {
		power_on(0);
		set(1, 0xFF);
		set(3, 0xFF);
		set(5, 0xFF);
		set(nonsense[i][0], nonsense[i][1]);
		set(B, H24 | AIE);
		CHECK_EQ(pass(0), NEVER_NS);
		pass(3 * DAY * SECOND);
		CHECK_EQ(get(C) & AF, 0);
	}
}

CASE(alarm_passed_in_a_leap_is_noticed)
{
	power_on(0);
	set(5, 0x05);
	pass(5 * 3600 * SECOND - 1);
	CHECK_EQ(get(C) & AF, 0);
	pass(100 * 365 * DAY * SECOND);
	CHECK_EQ(get(C) & AF, AF);
	CHECK_EQ(calendar(), 0x20691207045959);
}

CASE(time_does_not_run_backwards)
{
	power_on(0);
	pass(10 * SECOND);
	CHECK_EQ(mc146818_advance(&chip, 0), NEVER_NS);
	CHECK_EQ(get(0), 0x10);
	pass(SECOND);
	CHECK_EQ(get(0), 0x11);
	CHECK_EQ(get(C), PF | UF);
	CHECK_EQ(mc146818_advance(&chip, now - 500 * MS), NEVER_NS);
	CHECK_EQ(pass(0), NEVER_NS);
	CHECK_EQ(get(C), 0);
}

CASE(cmos_is_memory)
{
	power_on(0);
	mc146818_set_cmos(&chip, 0x34, 0x12);
	mc146818_set_cmos(&chip, 0x7F, 0xAB);
	CHECK_EQ(get(0x34), 0x12);
	CHECK_EQ(get(0x7F), 0xAB);
	CHECK_EQ(get(0xFF), 0xAB); /* with the NMI mask */
	set(0x8E, 0x55);
	CHECK_EQ(get(0x0E), 0x55);
	CHECK_EQ(mc146818_read(&chip, MC146818_INDEX, 1) & 0xFF, 0xFF);
}

CASE(c_and_d_are_read_only)
{
	power_on(0);
	set(C, 0xFF);
	set(D, 0x00);
	CHECK_EQ(get(C), 0x00);
	CHECK_EQ(get(D), 0x80);
	set(B, 0xFF);
	CHECK_EQ(get(B), 0xFF & ~UIE);
}

static uint32_t random_seed;

static uint32_t random_bits(void)
{
	random_seed = random_seed * 1664525 + 1013904223;
	return random_seed >> 8;
}

/* Mostly sensible: alarms that can match, dividers that run. */
static void set_something(void)
{
	static const uint8_t a[] = { 0x20, 0x23, 0x26, 0x2F, 0x21, 0x76, 0x06 };
	uint32_t bits = random_bits();

	switch (bits & 7) {
	case 0:
		set(A, a[(bits >> 8) % 7]);
		break;
	case 1:
		set(B, bits >> 8 & (bits & 0x100000 ? 0x7F : 0xFF));
		break;
	case 2:
		set(1 + 2 * ((bits >> 4) % 3), bits >> 8 & 0x13);
		break;
	case 3:
		set(1 + 2 * ((bits >> 4) % 3), 0xFF);
		break;
	case 4:
		set(bits >> 4 & 0x0F, bits >> 8 & 0xFF);
		break;
	default:
		get(C);
	}
}

static bool enabled_flag_in(const struct mc146818_regs *regs)
{
	return regs->cmos[B] & regs->cmos[C] & (PIE | AIE | UIE);
}

/* Nothing happens before the time that advance() names, and then it does. */
CASE(any_stream_is_called_back_in_time)
{
	unsigned called = 0;

	random_seed = 8;
	power_on(951782340); /* shortly before 29 February 2000 */
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t next;

		set_something();
		CHECK_EQ(irq, enabled_flag_in(&chip.regs));
		next = pass(random_bits() % 4 ? 0 : random_bits() * 99);
		CHECK(next > now);
		get(C);
		CHECK(!irq);
		next = pass(0);
		CHECK(next > now);
		if (next == NEVER_NS) {
			pass(random_bits() * UINT64_C(100000));
			CHECK(!irq);
			continue;
		}
		pass(next - now - 1);
		CHECK(!irq);
		pass(1);
		CHECK(irq);
		called++;
	}
	CHECK(called > 10000);
}

/* One leap and many steps end in the same state. */
CASE(any_leap_is_the_sum_of_its_steps)
{
	random_seed = 9;
	power_on(951782340);
	for (unsigned i = 0; i < 5000; i++) {
		struct mc146818 leaping;
		uint64_t to = now;

		set_something();
		set_something();
		leaping = (struct mc146818){ .regs = chip.regs };
		for (unsigned step = 0; step < 20; step++) {
			uint64_t by = random_bits() & 1 ? 99 : 99999;

			to += random_bits() * by;
			pass(to - now);
		}
		mc146818_advance(&leaping, to);
		CHECK(!memcmp(&leaping.regs, &chip.regs, sizeof(chip.regs)));
	}
}

RUN("mc146818", &power_on_registers, &reset_alone_is_a_valid_date,
    &it_reads_the_time_it_was_set_to, &every_mode_agrees_with_the_c_library,
    &leap_years_are_gregorian, &twelve_hours_have_no_zero,
    &the_weekday_is_a_counter_of_its_own, &nonsense_is_carried_on_from,
    &update_in_progress_244_us_ahead, &set_stops_updates_but_not_the_divider,
    &the_divider_held_stops_all_and_restarts_by_halves,
    &only_one_divider_value_runs, &update_ended_interrupt,
    &flags_come_without_being_enabled, &periodic_rates,
    &periodic_ticks_that_nobody_takes_are_one_event, &periodic_rate_zero_is_off,
    &periodic_ticks_that_nobody_took_are_one, &alarm_at_a_time_of_day,
    &alarm_that_is_now_is_a_day_away, &alarm_does_not_care,
    &alarm_follows_the_mode, &alarm_that_is_no_time_never_comes,
    &alarm_passed_in_a_leap_is_noticed, &time_does_not_run_backwards,
    &cmos_is_memory, &c_and_d_are_read_only, &any_stream_is_called_back_in_time,
    &any_leap_is_the_sum_of_its_steps)
