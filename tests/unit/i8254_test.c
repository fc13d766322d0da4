/* i8254: port B, and the edges of OUT 0 in time. */
#include "tests/unit/i8254_unit.h"

CASE(power_on_counts_nothing_and_drives_nothing)
{
	power_on();
	CHECK_EQ(i8254_advance(&chip, now), NEVER_NS);
	CHECK_EQ(clock_on(100 * HZ), NEVER_NS);
	CHECK_EQ(rises, 0);
	for (unsigned i = 0; i < 3; i++)
		CHECK(i8254_out(&chip, i));
	CHECK_EQ(get(CONTROL), CHIP_ALL_ONES);
	CHECK_EQ(status(0), OUT | NULL_COUNT | BOTH | 3 << 1);
}

/* Port B. */

CASE(port_b_has_gate_2_the_speaker_and_out_2)
{
	power_on();
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x20);
	set(CONTROL, 0xB0);
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x00);
	set_count(2, 100);
	clock_on(1000); /* the gate is low */
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x00);
	set(PORT_B, 0xFF);
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x03);
	clock_on(99);
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x03);
	clock_on(1);
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x23);
	set(PORT_B, 0x02);
	CHECK_EQ(get(PORT_B) & ~0x10U, 0x22);
}

CASE(port_b_triggers_counter_2)
{
	power_on();
	program(2, 1, 10);
	set(PORT_B, 1);
	clock_on(1);
	CHECK_EQ(get(PORT_B) & 0x20, 0);
	set(PORT_B, 3); /* no edge */
	clock_on(10);
	CHECK_EQ(get(PORT_B) & 0x20, 0x20);
}

CASE(port_b_toggles_with_each_refresh)
{
	power_on();
	for (unsigned i = 0; i < 40; i++) {
		bool was = get(PORT_B) & 0x10;

		clock_on(18);
		CHECK(was != !!(get(PORT_B) & 0x10));
	}
}

/* Time, and OUT 0's pin. */

CASE(clocks_are_exact_after_ten_years)
{
	uint64_t year = 365 * 86400 * HZ;
	uint64_t start, next;

	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 11932);
	start = clocks + 1;
	next = to_clock(start + 10 * year / 11932 * 11932);
	CHECK_EQ(latched(0), 11932);
	CHECK_EQ(next, at_clock(clocks + 11932));
	i8254_advance(&chip, next - 1);
	CHECK_EQ(latched(0), 1);
	i8254_advance(&chip, next);
	CHECK_EQ(latched(0), 11932);
}

CASE(the_last_nanosecond_there_is)
{
	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 0);
	CHECK_EQ(i8254_advance(&chip, UINT64_MAX - 1), NEVER_NS);
	CHECK_EQ(i8254_advance(&chip, UINT64_MAX), NEVER_NS);
}

CASE(time_does_not_run_backwards)
{
	uint64_t next;

	power_on();
	program(0, 0, 200);
	next = clock_on(100);
	CHECK_EQ(next, at_clock(clocks + 101));
	CHECK_EQ(i8254_advance(&chip, 0), next);
	CHECK_EQ(get(0), 101);
}

CASE(mode_0_is_one_edge_at_its_time)
{
	uint64_t next;

	power_on();
	set(CONTROL, BOTH);
	CHECK(!pin);
	set_count(0, 1000);
	next = i8254_advance(&chip, now);
	CHECK_EQ(next, at_clock(clocks + 1001));
	i8254_advance(&chip, next - 1);
	CHECK_EQ(rises, 0);
	CHECK_EQ(i8254_advance(&chip, next), NEVER_NS);
	CHECK_EQ(rises, 1);
	CHECK(pin);
	i8254_advance(&chip, next + DAY);
	CHECK_EQ(rises, 1);
}

CASE(mode_4_is_one_edge_when_the_strobe_ends)
{
	uint64_t next;

	power_on();
	set(CONTROL, BOTH | 4 << 1);
	set_count(0, 1000);
	next = i8254_advance(&chip, now);
	CHECK_EQ(next, at_clock(clocks + 1002));
	CHECK_EQ(i8254_advance(&chip, next), NEVER_NS);
	CHECK_EQ(rises, 1);
	set_count(0, 2);
	clocks += 1002;
	CHECK_EQ(clock_on(3), at_clock(clocks + 1)); /* OUT is low */
	CHECK(!pin);
	CHECK_EQ(clock_on(1), NEVER_NS);
	CHECK_EQ(rises, 2);
}

static void check_ticks(uint32_t mode, uint32_t count)
{
	uint64_t next, begin;

	power_on();
	set(CONTROL, BOTH | mode << 1);
	set_count(0, count);
	next = i8254_advance(&chip, now);
	begin = clocks + 1;
	for (uint64_t i = 1; i <= 5000; i++) {
		CHECK_EQ(next, at_clock(begin + i * count));
		CHECK_EQ(rises, i - 1);
		next = i8254_advance(&chip, next);
	}
}

CASE(modes_2_and_3_tick_at_each_reload)
{
	check_ticks(2, 1193);
	check_ticks(3, 1193);
	check_ticks(2, I8254_EDGE_CLOCKS);
	check_ticks(3, 11932);
}

CASE(a_new_period_begins_with_the_next_edge)
{
	uint64_t next;

	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 1000);
	clock_on(1);
	set_count(0, 500);
	next = i8254_advance(&chip, now);
	CHECK_EQ(next, at_clock(clocks + 1000));
	clock_on(1000);
	CHECK_EQ(i8254_advance(&chip, now), at_clock(clocks + 500));
	CHECK_EQ(rises, 1);
}

CASE(mode_3_takes_a_new_period_from_the_half_on)
{
	power_on();
	set(CONTROL, BOTH | 3 << 1);
	set_count(0, 1000);
	clock_on(101);
	set_count(0, 601);
	CHECK_EQ(i8254_advance(&chip, now), at_clock(clocks + 400 + 300));
	clock_on(700);
	CHECK_EQ(rises, 1);
	CHECK_EQ(i8254_advance(&chip, now), at_clock(clocks + 601));
}

CASE(late_by_many_periods_is_one_edge_and_the_phase_stays)
{
	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 1000);
	clock_on(1);
	CHECK_EQ(clock_on(1000 * 1000000 + 300), at_clock(clocks + 700));
	CHECK_EQ(rises, 1);
	CHECK_EQ(clock_on(700), at_clock(clocks + 1000));
	CHECK_EQ(rises, 2);
}

CASE(late_while_out_is_low_the_edge_can_still_be_taken)
{
	power_on();
	set(CONTROL, BOTH | 3 << 1);
	set_count(0, 1000);
	clock_on(1);
	clock_on(1600);
	CHECK_EQ(rises, 1);
	CHECK(!i8254_out(&chip, 0));
	CHECK(pin);
	clock_on(400);
	CHECK_EQ(rises, 2);
	CHECK(pin);
}

static void check_thinned(uint32_t mode, uint32_t count)
{
	uint32_t period = count == 1 ? 2 : count;
	uint32_t each = (I8254_EDGE_CLOCKS + period - 1) / period * period;
	uint64_t next;

	power_on();
	program(0, mode, count);
	next = i8254_advance(&chip, now);
	CHECK(next > now);
	i8254_advance(&chip, next);
	CHECK_EQ(rises, 1);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t first = clocks + 1 + period;

		next = i8254_advance(&chip, next);
		CHECK_EQ(rises, i + 1);
		CHECK_EQ(next, at_clock(first + (i + 1) * (uint64_t)each));
		i8254_advance(&chip, next - 1);
		CHECK_EQ(rises, i + 1);
		i8254_advance(&chip, next);
		CHECK_EQ(rises, i + 2);
	}
}

CASE(edges_that_come_too_fast_are_thinned)
{
	check_thinned(2, 1);
	check_thinned(2, 2);
	check_thinned(3, 7);
	check_thinned(2, I8254_EDGE_CLOCKS - 1);
	check_thinned(3, 100);
}

/* However late, the phase is that of the edge that was due. */
CASE(late_edges_that_are_thinned_keep_their_phase)
{
	uint64_t begin;

	power_on();
	program(0, 2, 100);
	begin = clocks + 1;
	to_clock(begin + 100);
	CHECK_EQ(rises, 1);
	CHECK_EQ(to_clock(begin + 7099), at_clock(begin + 7300));
	CHECK_EQ(rises, 2);
	CHECK_EQ(to_clock(begin + 7299), at_clock(begin + 7300));
	CHECK_EQ(rises, 2);
	CHECK_EQ(to_clock(begin + 7300), at_clock(begin + 7600));
	CHECK_EQ(rises, 3);
}

CASE(programming_over_and_over_does_not_speed_up_edges)
{
	unsigned events = 0;
	uint64_t next = 0;

	power_on();
	for (unsigned i = 0; i < 10000; i++) {
		program(0, 2, 2);
		next = clock_on(4);
	}
	events = rises;
	CHECK(events <= 10000 * 4 / I8254_EDGE_CLOCKS + 1);
	CHECK(next > now);
}

RUN("i8254", &power_on_counts_nothing_and_drives_nothing,
    &port_b_has_gate_2_the_speaker_and_out_2, &port_b_triggers_counter_2,
    &port_b_toggles_with_each_refresh, &clocks_are_exact_after_ten_years,
    &the_last_nanosecond_there_is, &time_does_not_run_backwards,
    &mode_0_is_one_edge_at_its_time, &mode_4_is_one_edge_when_the_strobe_ends,
    &modes_2_and_3_tick_at_each_reload, &a_new_period_begins_with_the_next_edge,
    &mode_3_takes_a_new_period_from_the_half_on,
    &late_by_many_periods_is_one_edge_and_the_phase_stays,
    &late_while_out_is_low_the_edge_can_still_be_taken,
    &edges_that_come_too_fast_are_thinned,
    &late_edges_that_are_thinned_keep_their_phase,
    &programming_over_and_over_does_not_speed_up_edges)
