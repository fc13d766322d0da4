/*
 * i8254, the counters: the waveforms of the datasheet's figures clock by clock,
 * and its tables of commands.
 */
#include "tests/unit/i8254_unit.h"

/* CE's low byte and OUT after each further clock: "3- 2_" is 3 high, 2 low. */
static const char *wave(unsigned counter, unsigned count)
{
	static char text[256];
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		clock_on(1);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%x%c",
				       i ? " " : "", get(counter),
				       i8254_out(&chip, counter) ? '-' : '_');
	}
	return text;
}

#define WAVE(counter, wanted)                                                  \
	do {                                                                   \
		unsigned count_ = 1;                                           \
		const char *found_;                                            \
		for (const char *at_ = wanted; *at_; at_++)                    \
			count_ += *at_ == ' ';                                 \
		found_ = wave(counter, count_);                                \
		if (strcmp(found_, wanted)) {                                  \
			printf("# %s:%d: wave %s, want %s\n", __FILE__,        \
			       __LINE__, found_, wanted);                      \
			longjmp(unit_failed, 1);                               \
		}                                                              \
	} while (0)

/* Figure 15, mode 0. */

CASE(mode_0_out_rises_n_plus_1_clocks_after_the_count)
{
	power_on();
	set(CONTROL, LSB);
	CHECK(!i8254_out(&chip, 0));
	set(0, 4);
	WAVE(0, "4_ 3_ 2_ 1_ 0- ff- fe-");
}

CASE(mode_0_gate_holds_the_count)
{
	power_on();
	program(0, 0, 3);
	WAVE(0, "3_ 2_");
	gate(0, false);
	WAVE(0, "2_ 2_");
	gate(0, true);
	WAVE(0, "1_ 0- ff-");
	gate(0, false);
	WAVE(0, "ff- ff-");
}

CASE(mode_0_a_count_is_loaded_while_gate_is_low)
{
	power_on();
	gate(0, false);
	program(0, 0, 2);
	WAVE(0, "2_ 2_ 2_");
	gate(0, true);
	WAVE(0, "1_ 0-");
}

CASE(mode_0_a_new_count_starts_again_with_out_low)
{
	power_on();
	program(0, 0, 3);
	WAVE(0, "3_ 2_ 1_");
	set(0, 2);
	WAVE(0, "2_ 1_ 0-");
	set(0, 1);
	CHECK(!i8254_out(&chip, 0));
	WAVE(0, "1_ 0-");
}

CASE(mode_0_the_first_of_two_bytes_stops_the_count)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 3);
	clock_on(4);
	CHECK(i8254_out(&chip, 0));
	set(0, 2);
	CHECK(!i8254_out(&chip, 0));
	clock_on(10);
	CHECK_EQ(latched(0), 0);
	CHECK(!i8254_out(&chip, 0));
	set(0, 0);
	clock_on(2);
	CHECK_EQ(latched(0), 1);
	CHECK(!i8254_out(&chip, 0));
	clock_on(1);
	CHECK(i8254_out(&chip, 0));
}

CASE(mode_0_a_control_word_alone_stops_the_count)
{
	power_on();
	program(0, 0, 9);
	WAVE(0, "9_ 8_ 7_");
	set(CONTROL, LSB);
	WAVE(0, "7_ 7_");
	CHECK_EQ(i8254_advance(&chip, now), NEVER_NS);
}

/* Figure 16, mode 1. */

CASE(mode_1_out_is_low_for_n_clocks_from_the_trigger)
{
	power_on();
	gate(0, false);
	program(0, 1, 3);
	WAVE(0, "0- 0- 0-");
	gate(0, true);
	CHECK(i8254_out(&chip, 0));
	WAVE(0, "3_ 2_ 1_ 0- ff-");
	gate(0, false);
	WAVE(0, "fe-");
	gate(0, true);
	WAVE(0, "3_ 2_");
}

CASE(mode_1_is_retriggerable_and_ignores_the_level)
{
	power_on();
	gate(0, false);
	program(0, 1, 3);
	gate(0, true);
	gate(0, false);
	WAVE(0, "3_ 2_ 1_");
	gate(0, true);
	WAVE(0, "3_ 2_ 1_ 0-");
}

CASE(mode_1_a_new_count_waits_for_a_trigger)
{
	power_on();
	gate(0, false);
	program(0, 1, 2);
	gate(0, true);
	WAVE(0, "2_ 1_");
	set(0, 4);
	WAVE(0, "0- ff- fe-");
	gate(0, false);
	gate(0, true);
	WAVE(0, "4_ 3_ 2_ 1_ 0-");
}

CASE(mode_1_a_trigger_without_a_count_does_nothing)
{
	power_on();
	gate(0, false);
	set(CONTROL, LSB | 1 << 1);
	gate(0, true);
	WAVE(0, "0- 0-");
	CHECK_EQ(i8254_advance(&chip, now), NEVER_NS);
}

/* Figure 17, mode 2. */

CASE(mode_2_out_is_low_in_the_last_clock_of_each_period)
{
	power_on();
	program(0, 2, 3);
	WAVE(0, "3- 2- 1_ 3- 2- 1_ 3-");
}

CASE(mode_2_gate_raises_out_and_its_rise_reloads)
{
	power_on();
	program(0, 2, 3);
	WAVE(0, "3- 2- 1_");
	gate(0, false);
	CHECK(i8254_out(&chip, 0));
	WAVE(0, "1- 1-");
	gate(0, true);
	CHECK(i8254_out(&chip, 0));
	WAVE(0, "3- 2- 1_ 3-");
}

CASE(mode_2_a_new_count_is_loaded_when_the_period_ends)
{
	power_on();
	program(0, 2, 4);
	WAVE(0, "4- 3-");
	set(0, 5);
	CHECK(status(0) & NULL_COUNT);
	WAVE(0, "2- 1_ 5- 4- 3- 2- 1_ 5-");
	CHECK(!(status(0) & NULL_COUNT));
}

CASE(mode_2_a_trigger_takes_the_new_count_at_once)
{
	power_on();
	program(0, 2, 9);
	WAVE(0, "9- 8-");
	set(0, 3);
	gate(0, false);
	gate(0, true);
	WAVE(0, "3- 2- 1_ 3-");
}

CASE(mode_2_and_3_with_the_illegal_count_1_are_as_with_2)
{
	power_on();
	program(0, 2, 1);
	WAVE(0, "2- 1_ 2- 1_");
	program(0, 3, 1);
	WAVE(0, "2- 2_ 2- 2_");
}

/* Figure 18, mode 3. */

CASE(mode_3_even_counts)
{
	power_on();
	program(0, 3, 4);
	WAVE(0, "4- 2- 4_ 2_ 4- 2- 4_ 2_");
}

CASE(mode_3_odd_counts)
{
	power_on();
	program(0, 3, 5);
	WAVE(0, "4- 2- 0- 4_ 2_ 4- 2- 0- 4_ 2_ 4-");
	program(0, 3, 3);
	WAVE(0, "2- 0- 2_ 2- 0- 2_");
}

CASE(mode_3_gate_raises_out_and_its_rise_reloads)
{
	power_on();
	program(0, 3, 6);
	WAVE(0, "6- 4- 2- 6_ 4_");
	gate(0, false);
	CHECK(i8254_out(&chip, 0));
	WAVE(0, "4- 4-");
	gate(0, true);
	WAVE(0, "6- 4- 2- 6_");
}

CASE(mode_3_a_new_count_is_loaded_when_the_half_ends)
{
	power_on();
	program(0, 3, 8);
	WAVE(0, "8- 6-");
	set(0, 4);
	WAVE(0, "4- 2- 4_ 2_ 4- 2-");
	set(0, 3);
	WAVE(0, "2_ 2- 0- 2_ 2-");
}

CASE(mode_3_a_trigger_takes_the_new_count_at_once)
{
	power_on();
	program(0, 3, 8);
	WAVE(0, "8- 6- 4- 2- 8_");
	set(0, 4);
	gate(0, false);
	gate(0, true);
	WAVE(0, "4- 2- 4_ 2_ 4-");
}

/* Figure 19, mode 4. */

CASE(mode_4_strobes_once_n_plus_1_clocks_after_the_count)
{
	power_on();
	program(0, 4, 3);
	CHECK(i8254_out(&chip, 0));
	WAVE(0, "3- 2- 1- 0_ ff- fe-");
	clock_on(0xFE - 1);
	WAVE(0, "0- ff-");
	clock_on(0xFF00);
	CHECK(i8254_out(&chip, 0));
}

CASE(mode_4_gate_holds_the_count_but_not_the_strobe)
{
	power_on();
	gate(0, false);
	program(0, 4, 2);
	WAVE(0, "2- 2-");
	gate(0, true);
	WAVE(0, "1- 0_");
	gate(0, false);
	CHECK(!i8254_out(&chip, 0));
	WAVE(0, "0- 0-");
	gate(0, true);
	WAVE(0, "ff- fe-");
}

CASE(mode_4_a_new_count_starts_again)
{
	power_on();
	program(0, 4, 3);
	WAVE(0, "3- 2- 1-");
	set(0, 2);
	WAVE(0, "2- 1- 0_");
	set(0, 1);
	WAVE(0, "1- 0_ ff-");
}

CASE(mode_4_the_first_of_two_bytes_changes_nothing)
{
	power_on();
	set(CONTROL, BOTH | 4 << 1);
	set_count(0, 3);
	clock_on(2);
	set(0, 9);
	clock_on(2);
	CHECK(!i8254_out(&chip, 0));
	set(0, 0);
	clock_on(10);
	CHECK(!i8254_out(&chip, 0));
}

/* Figure 20, mode 5. */

CASE(mode_5_strobes_n_plus_1_clocks_after_the_trigger)
{
	power_on();
	gate(0, false);
	program(0, 5, 3);
	WAVE(0, "0- 0-");
	gate(0, true);
	gate(0, false);
	WAVE(0, "3- 2- 1- 0_ ff-");
	gate(0, true);
	WAVE(0, "3- 2-");
	gate(0, false);
	gate(0, true);
	WAVE(0, "3- 2- 1- 0_ ff-");
}

CASE(mode_5_a_new_count_waits_for_a_trigger)
{
	power_on();
	gate(0, false);
	program(0, 5, 3);
	gate(0, true);
	WAVE(0, "3- 2-");
	set(0, 5);
	WAVE(0, "1- 0_ ff- fe-");
	gate(0, false);
	gate(0, true);
	WAVE(0, "5- 4-");
}

/* Counts. */

CASE(count_0_is_65536)
{
	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 0);
	clock_on(1);
	CHECK_EQ(latched(0), 0);
	clock_on(1);
	CHECK_EQ(latched(0), 0xFFFF);
	clock_on(65534);
	CHECK_EQ(latched(0), 1);
	CHECK(!i8254_out(&chip, 0));
	clock_on(1);
	CHECK_EQ(latched(0), 0);
	CHECK(i8254_out(&chip, 0));
}

CASE(count_0_in_mode_3)
{
	power_on();
	set(CONTROL, BOTH | 3 << 1);
	set_count(0, 0);
	clock_on(2);
	CHECK_EQ(latched(0), 0xFFFE);
	clock_on(32766);
	CHECK_EQ(latched(0), 2);
	CHECK(i8254_out(&chip, 0));
	clock_on(1);
	CHECK_EQ(latched(0), 0);
	CHECK(!i8254_out(&chip, 0));
}

CASE(count_0_in_bcd_is_10000)
{
	power_on();
	set(CONTROL, BOTH | 1);
	set_count(0, 0);
	clock_on(2);
	CHECK_EQ(latched(0), 0x9999);
	clock_on(9998);
	CHECK_EQ(latched(0), 1);
	CHECK(!i8254_out(&chip, 0));
	clock_on(1);
	CHECK(i8254_out(&chip, 0));
	CHECK_EQ(latched(0), 0);
}

CASE(bcd_counts_and_wraps_in_decades)
{
	power_on();
	set(CONTROL, BOTH | 1);
	set_count(0, 0x1000);
	clock_on(2);
	CHECK_EQ(latched(0), 0x0999);
	clock_on(900);
	CHECK_EQ(latched(0), 0x0099);
	clock_on(99);
	CHECK_EQ(latched(0), 0);
	CHECK(i8254_out(&chip, 0));
	clock_on(1);
	CHECK_EQ(latched(0), 0x9999);
	clock_on(UINT64_C(10000) * 1000000);
	CHECK_EQ(latched(0), 0x9999);
}

CASE(bcd_mode_3)
{
	power_on();
	set(CONTROL, LSB | 3 << 1 | 1);
	set(0, 0x11);
	WAVE(0, "10- 8- 6- 4- 2- 0- 10_ 8_ 6_ 4_ 2_ 10-");
}

CASE(bcd_digits_above_9_are_worth_what_they_say)
{
	power_on();
	set(CONTROL, BOTH | 1);
	set_count(0, 0x00FF);
	clock_on(1);
	CHECK_EQ(latched(0), 0x0165);
	set_count(0, 0xFFFF);
	clock_on(1);
	CHECK_EQ(latched(0), 0x6665);
}

/* Read and write operations. */

CASE(one_byte_counts_leave_the_other_byte_zero)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0xFFFF);
	set(CONTROL, MSB);
	set(0, 0x12);
	clock_on(1);
	CHECK_EQ(get(0), 0x12);
	clock_on(1);
	CHECK_EQ(get(0), 0x11);
	set(CONTROL, LSB);
	set(0, 0x34);
	clock_on(1);
	CHECK_EQ(get(0), 0x34);
	CHECK_EQ(get(0), 0x34);
	set(CONTROL, BOTH); /* CE is kept: both bytes of it */
	CHECK_EQ(latched(0), 0x0034);
}

CASE(two_bytes_are_read_in_turn_and_not_latched)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0x0201);
	clock_on(1);
	CHECK_EQ(get(0), 0x01);
	clock_on(2);
	CHECK_EQ(get(0), 0x01); /* of 0x01FF */
	CHECK_EQ(get(0), 0xFF);
}

CASE(reads_and_writes_of_two_bytes_interleave)
{
	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 0x1234);
	clock_on(1);
	CHECK_EQ(get(0), 0x34);
	set(0, 0x78);
	CHECK_EQ(get(0), 0x12);
	set(0, 0x56);
	clock_on(0x1234);
	CHECK_EQ(latched(0), 0x5678);
}

CASE(counters_are_programmed_in_any_order)
{
	power_on();
	set(CONTROL, 0x80 | BOTH);
	set(CONTROL, 0x40 | BOTH | 2 << 1);
	set(CONTROL, BOTH | 2 << 1);
	for (uint32_t i = 0; i < 3; i++)
		set(i, 0x10 + i);
	for (uint32_t i = 3; i--;)
		set(i, 0x20);
	clock_on(1);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_EQ(latched(i), 0x2010 + i);
}

CASE(a_latch_holds_until_it_is_read)
{
	power_on();
	set(CONTROL, BOTH | 2 << 1);
	set_count(0, 0x3000);
	clock_on(1);
	set(CONTROL, 0x00);
	clock_on(0x234);
	set(CONTROL, 0x00); /* ignored */
	CHECK_EQ(get(0), 0x00);
	set(CONTROL, 0x00); /* ignored still */
	CHECK_EQ(get(0), 0x30);
	CHECK_EQ(get(0), 0xCC);
	CHECK_EQ(get(0), 0x2D);
}

CASE(a_latch_gives_the_one_byte_that_is_programmed)
{
	power_on();
	set(CONTROL, MSB | 2 << 1);
	set(0, 0x30);
	clock_on(2);
	set(CONTROL, 0x00);
	clock_on(0x1000);
	CHECK_EQ(get(0), 0x2F);
	CHECK_EQ(get(0), 0x1F);
}

CASE(a_latch_between_two_bytes_leaves_the_second_to_come)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0x1234);
	clock_on(1);
	CHECK_EQ(get(0), 0x34);
	CHECK_EQ(latched(0), 0x1234);
	CHECK_EQ(get(0), 0x12);
	CHECK_EQ(get(0), 0x34);
}

CASE(latches_of_all_counters_at_once)
{
	power_on();
	for (uint32_t i = 0; i < 3; i++) {
		set(CONTROL, i << 6 | BOTH);
		set_count(i, 0x1111 * (i + 1));
	}
	clock_on(1);
	set(CONTROL, 0xDE);
	clock_on(0x111);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_EQ(get(i), 0x11 * (i + 1));
		CHECK_EQ(get(i), 0x11 * (i + 1));
	}
}

CASE(a_control_word_drops_a_latched_count)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0x1234);
	clock_on(1);
	set(CONTROL, 0x00);
	set(CONTROL, LSB);
	set(0, 0x77);
	clock_on(1);
	CHECK_EQ(get(0), 0x77);
}

CASE(a_control_word_keeps_a_latched_status)
{
	power_on();
	set(CONTROL, BOTH);
	set(CONTROL, 0xE2);
	set(CONTROL, LSB | 2 << 1);
	CHECK_EQ(get(0), NULL_COUNT | BOTH);
}

CASE(a_control_word_begins_with_the_first_byte_again)
{
	power_on();
	set(CONTROL, BOTH);
	set(0, 0x99);
	get(0);
	set(CONTROL, BOTH);
	set_count(0, 0x1234);
	clock_on(1);
	CHECK_EQ(get(0), 0x34);
	CHECK_EQ(get(0), 0x12);
}

/* The Read-Back Command. */

CASE(status_has_the_control_word_as_it_was_written)
{
	power_on();
	for (uint32_t control = 0x10; control < 0x40; control++) {
		set(CONTROL, 0x40 | control);
		CHECK_EQ(status(1) & 0x3F, control);
	}
}

CASE(modes_6_and_7_are_2_and_3)
{
	power_on();
	program(0, 6, 3);
	WAVE(0, "3- 2- 1_ 3-");
	program(0, 7, 4);
	WAVE(0, "4- 2- 4_ 2_");
}

CASE(null_count_from_the_write_to_the_load)
{
	power_on();
	set(CONTROL, BOTH);
	CHECK_EQ(status(0), NULL_COUNT | BOTH);
	set_count(0, 2);
	CHECK_EQ(status(0), NULL_COUNT | BOTH);
	clock_on(1);
	CHECK_EQ(status(0), BOTH);
	set(0, 2); /* with two bytes, only the second counts */
	CHECK_EQ(status(0), BOTH);
	set(0, 0);
	CHECK_EQ(status(0), NULL_COUNT | BOTH);
	clock_on(3);
	CHECK_EQ(status(0), OUT | BOTH);
}

CASE(null_count_in_mode_1_until_the_trigger)
{
	power_on();
	gate(0, false);
	program(0, 1, 2);
	clock_on(9);
	CHECK_EQ(status(0), OUT | NULL_COUNT | LSB | 1 << 1);
	gate(0, true);
	clock_on(1);
	CHECK_EQ(status(0), LSB | 1 << 1);
}

/* The datasheet's example, figure 13. */
CASE(read_back_command_example)
{
	power_on();
	set(CONTROL, 0x70);
	set_count(1, 0x1000);
	set(CONTROL, 0xB0);
	set_count(2, 0x2000);
	set(CONTROL, BOTH);
	set_count(0, 0x3000);
	set(PORT_B, 1);
	clock_on(1);
	set(CONTROL, 0xC2); /* count and status of counter 0 */
	set(CONTROL, 0xE4); /* status of counter 1 */
	clock_on(0x1000);
	set(CONTROL, 0xEC); /* status of 2, but not of 1 */
	set(CONTROL, 0xD8); /* count of 2 */
	set(CONTROL, 0xC4); /* count of 1, but not its status */
	clock_on(1);
	set(CONTROL, 0xE2); /* ignored */
	CHECK_EQ(get(0), BOTH);
	CHECK_EQ(get(0), 0x00);
	CHECK_EQ(get(0), 0x30);
	CHECK_EQ(get(1), BOTH); /* OUT was low then */
	CHECK_EQ(get(1), 0x00);
	CHECK_EQ(get(1), 0x00);
	CHECK_EQ(get(2), BOTH);
	CHECK_EQ(get(2), 0x00);
	CHECK_EQ(get(2), 0x10);
}

CASE(status_is_read_before_the_count_whichever_came_first)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0x1234);
	clock_on(1);
	set(CONTROL, 0xD2); /* count */
	set(CONTROL, 0xE2); /* then status */
	CHECK_EQ(get(0), BOTH);
	CHECK_EQ(get(0), 0x34);
	CHECK_EQ(status(0), BOTH); /* between the two bytes */
	CHECK_EQ(get(0), 0x12);
}

CASE(a_read_back_of_nothing_latches_nothing)
{
	power_on();
	set(CONTROL, BOTH);
	set_count(0, 0x1234);
	clock_on(1);
	set(CONTROL, 0xF2);
	set(CONTROL, 0xC0);
	clock_on(0x34);
	CHECK_EQ(get(0), 0x00);
}

/* One leap is as many steps: no state depends on how often it is told. */

static uint32_t seed;

static uint32_t pick(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void act(struct i8254 *one, struct i8254 *two)
{
	uint32_t reg = pick(6), value = pick(256);
	uint32_t counter = pick(3);

	if (reg == 3 && pick(2))
		value &= 0xDF; /* one byte: counts are small */
	if (reg < 3 && pick(2))
		value &= 7;
	if (reg == 5) {
		i8254_set_gate(one, counter, value & 1);
		i8254_set_gate(two, counter, value & 1);
	} else if (pick(3)) {
		i8254_write(one, reg, value, 1);
		i8254_write(two, reg, value, 1);
	} else {
		CHECK_EQ(i8254_read(one, reg, 1), i8254_read(two, reg, 1));
	}
}

static void check_same(const struct i8254 *one, const struct i8254 *two)
{
	for (unsigned i = 0; i < 3; i++)
		CHECK(!memcmp(&one->regs.counters[i], &two->regs.counters[i],
			      sizeof(one->regs.counters[i])));
}

CASE(leaps_and_steps_agree)
{
	static struct i8254 leap, step;
	uint64_t at = 0;

	seed = 8254;
	i8254_reset(&leap);
	i8254_reset(&step);
	for (unsigned i = 0; i < 300000; i++) {
		unsigned far = pick(8) ? pick(12) : pick(600);

		act(&leap, &step);
		for (unsigned j = 0; j < far; j++)
			i8254_advance(&step, at_clock(++at));
		i8254_advance(&leap, at_clock(at));
		check_same(&leap, &step);
	}
}

/* And the next edge is where steps find it. */
CASE(the_next_edge_is_where_steps_find_it)
{
	static struct i8254 one, two;
	uint64_t at = 0;

	seed = 231164;
	i8254_reset(&one);
	i8254_reset(&two);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t rise;
		bool was;

		act(&one, &two);
		rise = i8254_counter_clocks_to_rise(&one.regs.counters[2]);
		for (uint64_t j = 1; j <= 20 && j <= rise; j++) {
			was = i8254_out(&one, 2);
			i8254_advance(&one, at_clock(++at));
			CHECK_EQ(!was && i8254_out(&one, 2), j == rise);
		}
		i8254_advance(&two, at_clock(at));
	}
}

RUN("i8254_counter", &mode_0_out_rises_n_plus_1_clocks_after_the_count,
    &mode_0_gate_holds_the_count, &mode_0_a_count_is_loaded_while_gate_is_low,
    &mode_0_a_new_count_starts_again_with_out_low,
    &mode_0_the_first_of_two_bytes_stops_the_count,
    &mode_0_a_control_word_alone_stops_the_count,
    &mode_1_out_is_low_for_n_clocks_from_the_trigger,
    &mode_1_is_retriggerable_and_ignores_the_level,
    &mode_1_a_new_count_waits_for_a_trigger,
    &mode_1_a_trigger_without_a_count_does_nothing,
    &mode_2_out_is_low_in_the_last_clock_of_each_period,
    &mode_2_gate_raises_out_and_its_rise_reloads,
    &mode_2_a_new_count_is_loaded_when_the_period_ends,
    &mode_2_a_trigger_takes_the_new_count_at_once,
    &mode_2_and_3_with_the_illegal_count_1_are_as_with_2, &mode_3_even_counts,
    &mode_3_odd_counts, &mode_3_gate_raises_out_and_its_rise_reloads,
    &mode_3_a_new_count_is_loaded_when_the_half_ends,
    &mode_3_a_trigger_takes_the_new_count_at_once,
    &mode_4_strobes_once_n_plus_1_clocks_after_the_count,
    &mode_4_gate_holds_the_count_but_not_the_strobe,
    &mode_4_a_new_count_starts_again,
    &mode_4_the_first_of_two_bytes_changes_nothing,
    &mode_5_strobes_n_plus_1_clocks_after_the_trigger,
    &mode_5_a_new_count_waits_for_a_trigger, &count_0_is_65536,
    &count_0_in_mode_3, &count_0_in_bcd_is_10000,
    &bcd_counts_and_wraps_in_decades, &bcd_mode_3,
    &bcd_digits_above_9_are_worth_what_they_say,
    &one_byte_counts_leave_the_other_byte_zero,
    &two_bytes_are_read_in_turn_and_not_latched,
    &reads_and_writes_of_two_bytes_interleave,
    &counters_are_programmed_in_any_order, &a_latch_holds_until_it_is_read,
    &a_latch_gives_the_one_byte_that_is_programmed,
    &a_latch_between_two_bytes_leaves_the_second_to_come,
    &latches_of_all_counters_at_once, &a_control_word_drops_a_latched_count,
    &a_control_word_keeps_a_latched_status,
    &a_control_word_begins_with_the_first_byte_again,
    &status_has_the_control_word_as_it_was_written, &modes_6_and_7_are_2_and_3,
    &null_count_from_the_write_to_the_load,
    &null_count_in_mode_1_until_the_trigger, &read_back_command_example,
    &status_is_read_before_the_count_whichever_came_first,
    &a_read_back_of_nothing_latches_nothing, &leaps_and_steps_agree,
    &the_next_edge_is_where_steps_find_it)
