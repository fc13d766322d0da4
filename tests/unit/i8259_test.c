/* The 8259A pair: the sequences of Intel's datasheet, and PIIX3's ELCR. */
#include "board-pc/i8259.h"

#include "tests/unit/unit.h"

enum { MASTER, SLAVE };
enum { NSEOI = 0x20, SEOI = 0x60, ROTATE_NSEOI = 0xA0, ROTATE_SEOI = 0xE0 };
enum { SET_PRIORITY = 0xC0, ROTATE_AEOI = 0x80, KEEP_AEOI = 0x00 };
enum { READ_IRR = 0x0A, READ_ISR = 0x0B, POLL = 0x0C };
enum { SMM_ON = 0x68, SMM_OFF = 0x48 };
enum { AEOI = 0x03, SFNM = 0x11 };

static struct i8259_pair pair;
static bool intr;
static unsigned drives;

static void drive(void *listener, unsigned line, bool level)
{
	CHECK(listener == &drives);
	CHECK_EQ(line, 1);
	intr = level;
	drives++;
}

static void power_on(void)
{
	pair = (struct i8259_pair){ .intr = { drive, &drives, 1 } };
	intr = false;
	drives = 0;
	i8259_reset(&pair);
}

static void command(unsigned chip, uint32_t value)
{
	i8259_write(&pair, chip * 2, value, 1);
	CHECK_EQ(intr, i8259_intr(&pair));
}

static void data(unsigned chip, uint32_t value)
{
	i8259_write(&pair, chip * 2 + 1, value, 1);
	CHECK_EQ(intr, i8259_intr(&pair));
}

static uint32_t read_command(unsigned chip)
{
	return i8259_read(&pair, chip * 2, 1);
}

static uint32_t imr(unsigned chip)
{
	return i8259_read(&pair, chip * 2 + 1, 1);
}

static uint32_t irr(unsigned chip)
{
	command(chip, READ_IRR);
	return read_command(chip);
}

static uint32_t isr(unsigned chip)
{
	command(chip, READ_ISR);
	return read_command(chip);
}

static void elcr(unsigned chip, uint32_t value)
{
	i8259_write(&pair, I8259_MASTER_ELCR + chip, value, 1);
	CHECK_EQ(intr, i8259_intr(&pair));
}

static uint32_t poll(unsigned chip)
{
	command(chip, POLL);
	return read_command(chip);
}

/* As the BIOS does: vectors 0x08 and 0x70. */
static void initialize(unsigned chip, uint32_t icw4)
{
	command(chip, 0x11);
	data(chip, chip == MASTER ? 0x08 : 0x70);
	data(chip, chip == MASTER ? 0x04 : 0x02);
	data(chip, icw4);
}

static void start(uint32_t master_icw4, uint32_t slave_icw4)
{
	power_on();
	initialize(MASTER, master_icw4);
	initialize(SLAVE, slave_icw4);
}

static void raise(unsigned line)
{
	i8259_set_irq(&pair, line, true);
	CHECK_EQ(intr, i8259_intr(&pair));
}

static void lower(unsigned line)
{
	i8259_set_irq(&pair, line, false);
	CHECK_EQ(intr, i8259_intr(&pair));
}

static void again(unsigned line)
{
	lower(line);
	raise(line);
}

/* The interrupt that the CPU takes: there is one. */
static uint32_t acknowledge(void)
{
	uint32_t vector;

	CHECK(intr);
	vector = i8259_acknowledge(&pair);
	CHECK_EQ(intr, i8259_intr(&pair));
	return vector;
}

/* Requests on all lines of the master but the cascade, in service: `ir`. */
static void check_order(const char *want)
{
	for (; *want; want++) {
		CHECK_EQ(acknowledge(), 0x08U + (unsigned)(*want - '0'));
		command(MASTER, NSEOI);
	}
	CHECK(!intr);
}

static void raise_all(void)
{
	for (unsigned line = 0; line < 8; line++)
		again(line);
}

/* Initialization: ICW1 to ICW4. */

CASE(power_on_requests_nothing_and_takes_masks)
{
	power_on();
	raise(0);
	raise(8);
	CHECK(!intr);
	CHECK_EQ(imr(MASTER), 0);
	CHECK_EQ(irr(MASTER), 0x01);
	/* How Linux looks for it. */
	data(SLAVE, 0xFF);
	data(MASTER, 0xFB);
	CHECK_EQ(imr(MASTER), 0xFB);
	CHECK_EQ(imr(SLAVE), 0xFF);
	data(MASTER, 0);
	CHECK(!intr);
	CHECK_EQ(drives, 0);
}

CASE(icw2_gives_the_vectors_and_its_low_bits_do_not_count)
{
	power_on();
	command(MASTER, 0x11);
	data(MASTER, 0x57);
	data(MASTER, 0x04);
	data(MASTER, 0x01);
	for (unsigned line = 0; line < 8; line++) {
		if (line == I8259_CASCADE)
			continue;
		raise(line);
		CHECK_EQ(acknowledge(), 0x50 + line);
		command(MASTER, NSEOI);
		lower(line);
	}
}

CASE(it_requests_only_when_initialization_is_complete)
{
	start(1, 1);
	for (unsigned icw1 = 0x10; icw1 < 0x14; icw1++) {
		unsigned words = (icw1 & 2 ? 1 : 2) + (icw1 & 1);

		command(MASTER, icw1);
		again(3);
		for (unsigned i = 0; i < words; i++) {
			CHECK(!intr);
			data(MASTER, i == 0 ? 0x20 : 0x01);
		}
		CHECK_EQ(acknowledge(), 0x23);
		/* And the next is OCW1. */
		data(MASTER, 0xA5);
		CHECK_EQ(imr(MASTER), 0xA5);
		command(MASTER, NSEOI);
	}
}

CASE(icw1_resets_what_the_datasheet_says)
{
	start(1, 1);
	raise(5);
	CHECK_EQ(acknowledge(), 0x0D);
	raise(4);
	raise(6);
	data(MASTER, 0x80);
	command(MASTER, SET_PRIORITY | 3);
	command(MASTER, SMM_ON);
	command(MASTER, READ_ISR);
	initialize(MASTER, 1);
	CHECK(!intr); /* the edge sense circuits */
	again(3);
	CHECK_EQ(read_command(MASTER), 0x08); /* IRR is what is read */
	lower(3);
	CHECK_EQ(imr(MASTER), 0);
	CHECK_EQ(isr(MASTER), 0);
	/* IR7 is the lowest, special mask mode is off. */
	raise_all();
	CHECK_EQ(acknowledge(), 0x08);
	data(MASTER, 0x01);
	CHECK(!intr);
}

CASE(icw1_forgets_a_poll)
{
	start(1, 1);
	raise(4);
	command(MASTER, POLL);
	initialize(MASTER, 1);
	data(MASTER, 0x55);
	CHECK_EQ(imr(MASTER), 0x55);
}

CASE(icw1_wants_a_new_edge)
{
	start(1, 1);
	raise(4);
	initialize(MASTER, 1);
	CHECK(!intr);
	raise(4);
	CHECK(!intr);
	again(4);
	CHECK_EQ(acknowledge(), 0x0C);
}

CASE(icw1_leaves_level_requests_and_elcr)
{
	start(1, 1);
	elcr(MASTER, 0x20);
	raise(5);
	initialize(MASTER, 1);
	CHECK_EQ(i8259_read(&pair, I8259_MASTER_ELCR, 1), 0x20);
	CHECK_EQ(acknowledge(), 0x0D);
}

CASE(without_icw4_its_functions_are_zero)
{
	start(AEOI | SFNM, 1);
	command(MASTER, 0x10);
	data(MASTER, 0x40);
	data(MASTER, 0x04);
	raise(1);
	CHECK_EQ(acknowledge(), 0x41);
	CHECK_EQ(isr(MASTER), 0x02);
	/* Another ICW1 that asks for it again finds it zero, too. */
	command(MASTER, NSEOI);
	initialize(MASTER, AEOI);
	again(1);
	CHECK_EQ(acknowledge(), 0x09);
	CHECK_EQ(isr(MASTER), 0);
}

CASE(icw1_begins_again_at_any_time)
{
	power_on();
	command(MASTER, 0x11);
	data(MASTER, 0x40);
	command(MASTER, 0x11);
	data(MASTER, 0x58);
	data(MASTER, 0x04);
	data(MASTER, 0x01);
	raise(7);
	CHECK_EQ(acknowledge(), 0x5F);
}

CASE(commands_between_icws_do_not_disturb_them)
{
	power_on();
	command(MASTER, 0x11);
	command(MASTER, READ_ISR);
	data(MASTER, 0x40);
	command(MASTER, NSEOI);
	data(MASTER, 0x04);
	command(MASTER, READ_IRR);
	data(MASTER, 0x01);
	raise(0);
	CHECK_EQ(acknowledge(), 0x40);
}

CASE(single_has_no_icw3_and_no_cascade)
{
	start(1, 1);
	command(MASTER, 0x13);
	data(MASTER, 0x40);
	data(MASTER, 0x01);
	raise(9);
	CHECK_EQ(acknowledge(), 0x42);
	CHECK_EQ(isr(SLAVE), 0);
	CHECK_EQ(isr(MASTER), 0x04);
}

CASE(ltim_is_elcrs)
{
	power_on();
	command(MASTER, 0x19);
	data(MASTER, 0x08);
	data(MASTER, 0x04);
	data(MASTER, 0x01);
	raise(3);
	CHECK_EQ(acknowledge(), 0x0B);
	command(MASTER, NSEOI);
	CHECK(!intr);
}

/* Fully nested mode. */

CASE(priorities_are_ir0_to_ir7)
{
	start(1, 1);
	data(SLAVE, 0xFF);
	raise_all();
	check_order("0134567");
}

CASE(one_in_service_locks_out_equal_and_lower)
{
	start(1, 1);
	raise(3);
	CHECK_EQ(acknowledge(), 0x0B);
	again(3);
	CHECK(!intr);
	raise(4);
	CHECK(!intr);
	raise(1);
	CHECK_EQ(acknowledge(), 0x09);
	CHECK_EQ(isr(MASTER), 0x0A);
	command(MASTER, NSEOI);
	CHECK_EQ(isr(MASTER), 0x08);
	CHECK(!intr);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x0B);
}

CASE(a_higher_request_takes_the_place_of_one_that_waits)
{
	start(1, 1);
	raise(6);
	raise(5);
	CHECK_EQ(acknowledge(), 0x0D);
	CHECK_EQ(irr(MASTER), 0x40);
}

CASE(ocw1_masks_only_its_own_line)
{
	start(1, 1);
	data(MASTER, 0x08);
	raise(3);
	CHECK(!intr);
	CHECK_EQ(irr(MASTER), 0x08);
	raise(4);
	CHECK_EQ(acknowledge(), 0x0C);
	command(MASTER, NSEOI);
	data(MASTER, 0);
	CHECK_EQ(acknowledge(), 0x0B);
}

CASE(reading_irr_isr_and_imr)
{
	start(1, 1);
	data(MASTER, 0x20);
	raise(5);
	raise(6);
	CHECK_EQ(acknowledge(), 0x0E);
	again(7);
	CHECK_EQ(irr(MASTER), 0xA0);
	CHECK_EQ(read_command(MASTER), 0xA0); /* it stays selected */
	CHECK_EQ(isr(MASTER), 0x40);
	command(MASTER, SMM_OFF); /* RR is 0 */
	CHECK_EQ(read_command(MASTER), 0x40);
	CHECK_EQ(imr(MASTER), 0x20);
}

/* End of interrupt. */

CASE(specific_eoi_ends_the_one_it_names)
{
	start(1, 1);
	raise(5);
	acknowledge();
	raise(1);
	acknowledge();
	command(MASTER, SEOI | 5);
	CHECK_EQ(isr(MASTER), 0x02);
	command(MASTER, SEOI | 4);
	CHECK_EQ(isr(MASTER), 0x02);
	command(MASTER, SEOI | 1);
	CHECK_EQ(isr(MASTER), 0);
}

CASE(nonspecific_eoi_ends_the_highest)
{
	start(1, 1);
	raise(5);
	acknowledge();
	raise(1);
	acknowledge();
	command(MASTER, NSEOI);
	CHECK_EQ(isr(MASTER), 0x20);
	command(MASTER, NSEOI);
	command(MASTER, NSEOI);
	CHECK_EQ(isr(MASTER), 0);
}

CASE(automatic_eoi)
{
	start(AEOI, 1);
	raise(1);
	raise(3);
	CHECK_EQ(acknowledge(), 0x09);
	CHECK_EQ(isr(MASTER), 0);
	CHECK_EQ(acknowledge(), 0x0B);
	CHECK(!intr);
	again(3);
	CHECK_EQ(acknowledge(), 0x0B);
	/* A higher one is no hindrance to a lower. */
	again(1);
	acknowledge();
	again(7);
	CHECK_EQ(acknowledge(), 0x0F);
}

CASE(automatic_eoi_in_the_slave)
{
	start(1, AEOI);
	raise(12);
	CHECK_EQ(acknowledge(), 0x74);
	CHECK_EQ(isr(SLAVE), 0);
	CHECK_EQ(isr(MASTER), 0x04);
	raise(8);
	CHECK(!intr);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x70);
}

/* Rotation. */

/* Datasheet, figure "automatic rotation": IR4 is served, IR6 waits. */
CASE(rotate_on_nonspecific_eoi)
{
	start(1, 1);
	data(SLAVE, 0xFF);
	raise(4);
	raise(6);
	CHECK_EQ(acknowledge(), 0x0C);
	command(MASTER, ROTATE_NSEOI);
	CHECK_EQ(isr(MASTER), 0);
	raise_all();
	check_order("5670134");
}

CASE(rotate_on_nonspecific_eoi_with_none_in_service_is_nothing)
{
	start(1, 1);
	data(SLAVE, 0xFF);
	command(MASTER, ROTATE_NSEOI);
	raise_all();
	check_order("0134567");
}

CASE(rotate_on_specific_eoi)
{
	start(1, 1);
	raise(6);
	acknowledge();
	raise(1);
	acknowledge();
	command(MASTER, ROTATE_SEOI | 6);
	CHECK_EQ(isr(MASTER), 0x02);
	/* IR7 is the highest now. */
	raise(7);
	CHECK_EQ(acknowledge(), 0x0F);
}

CASE(rotate_in_automatic_eoi)
{
	start(AEOI, 1);
	data(SLAVE, 0xFF);
	command(MASTER, ROTATE_AEOI);
	raise(3);
	CHECK_EQ(acknowledge(), 0x0B);
	raise_all();
	check_order("4567013");
	command(MASTER, KEEP_AEOI);
	raise(5);
	raise_all();
	check_order("4567013");
}

CASE(rotate_in_automatic_eoi_is_for_automatic_eoi)
{
	start(1, 1);
	command(MASTER, ROTATE_AEOI);
	raise(3);
	acknowledge();
	command(MASTER, NSEOI);
	raise(4);
	raise(0);
	CHECK_EQ(acknowledge(), 0x08);
}

CASE(set_priority)
{
	start(1, 1);
	data(SLAVE, 0xFF);
	for (unsigned lowest = 0; lowest < 8; lowest++) {
		command(MASTER, SET_PRIORITY | lowest);
		raise_all();
		for (unsigned i = 1; i <= 8; i++) {
			unsigned ir = (lowest + i) % 8;

			if (ir == I8259_CASCADE)
				continue;
			CHECK_EQ(acknowledge(), 0x08 + ir);
			command(MASTER, NSEOI);
		}
	}
}

CASE(set_priority_lets_another_interrupt)
{
	start(1, 1);
	raise(1);
	acknowledge();
	raise(5);
	CHECK(!intr);
	command(MASTER, SET_PRIORITY | 4);
	CHECK_EQ(acknowledge(), 0x0D);
	/* Non-specific now ends IR5, the highest by the new order. */
	command(MASTER, NSEOI);
	CHECK_EQ(isr(MASTER), 0x02);
}

CASE(ocw2_no_operation)
{
	start(1, 1);
	raise(4);
	acknowledge();
	command(MASTER, 0x44);
	CHECK_EQ(isr(MASTER), 0x10);
	raise(3);
	CHECK(intr);
}

/* Special mask mode. */

CASE(special_mask_mode_enables_all_other_levels)
{
	start(1, 1);
	raise(3);
	acknowledge();
	raise(6);
	data(MASTER, 0x08);
	CHECK(!intr);
	command(MASTER, SMM_ON);
	CHECK_EQ(acknowledge(), 0x0E);
	again(3);
	CHECK(!intr);
	command(MASTER, NSEOI);
	command(MASTER, SMM_OFF);
	again(7);
	CHECK(!intr);
	CHECK_EQ(isr(MASTER), 0x08);
}

CASE(special_mask_mode_is_for_masked_levels)
{
	start(1, 1);
	raise(3);
	acknowledge();
	command(MASTER, SMM_ON);
	raise(6);
	CHECK(!intr);
}

CASE(nonspecific_eoi_passes_by_what_special_mask_mode_masks)
{
	start(1, 1);
	raise(3);
	acknowledge();
	data(MASTER, 0x08);
	command(MASTER, SMM_ON);
	command(MASTER, NSEOI);
	CHECK_EQ(isr(MASTER), 0x08);
	command(MASTER, SEOI | 3);
	CHECK_EQ(isr(MASTER), 0);
}

CASE(smm_counts_only_with_esmm)
{
	start(1, 1);
	raise(3);
	acknowledge();
	raise(6);
	data(MASTER, 0x08);
	command(MASTER, 0x28);
	CHECK(!intr);
	command(MASTER, SMM_ON);
	CHECK(intr);
	command(MASTER, 0x08);
	CHECK(intr);
}

/* Edges and levels. */

CASE(an_edge_requests_once)
{
	start(1, 1);
	raise(4);
	CHECK_EQ(acknowledge(), 0x0C);
	command(MASTER, NSEOI);
	CHECK(!intr);
	CHECK_EQ(irr(MASTER), 0);
	raise(4);
	CHECK(!intr);
	again(4);
	CHECK_EQ(acknowledge(), 0x0C);
}

CASE(an_edge_under_service_waits)
{
	start(1, 1);
	raise(4);
	acknowledge();
	again(4);
	CHECK_EQ(irr(MASTER), 0x10);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x0C);
}

CASE(a_line_lowered_too_early_has_requested_nothing)
{
	start(1, 1);
	raise(4);
	lower(4);
	CHECK(!intr);
	CHECK_EQ(irr(MASTER), 0);
	data(MASTER, 0x10);
	raise(4);
	lower(4);
	data(MASTER, 0);
	CHECK(!intr);
}

CASE(a_level_requests_until_it_falls)
{
	start(1, 1);
	elcr(MASTER, 0x20);
	raise(5);
	CHECK_EQ(acknowledge(), 0x0D);
	CHECK_EQ(irr(MASTER), 0x20);
	CHECK(!intr);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x0D);
	lower(5);
	CHECK_EQ(irr(MASTER), 0);
	command(MASTER, NSEOI);
	CHECK(!intr);
}

CASE(a_level_with_automatic_eoi_comes_again_at_once)
{
	start(AEOI, 1);
	elcr(MASTER, 0x20);
	raise(5);
	CHECK_EQ(acknowledge(), 0x0D);
	CHECK_EQ(acknowledge(), 0x0D);
	lower(5);
	CHECK(!intr);
}

CASE(elcr_has_no_bits_for_irq_0_1_2_8_and_13)
{
	power_on();
	CHECK_EQ(i8259_read(&pair, I8259_MASTER_ELCR, 1), 0);
	CHECK_EQ(i8259_read(&pair, I8259_SLAVE_ELCR, 1), 0);
	elcr(MASTER, 0xFF);
	elcr(SLAVE, 0xFF);
	CHECK_EQ(i8259_read(&pair, I8259_MASTER_ELCR, 1), 0xF8);
	CHECK_EQ(i8259_read(&pair, I8259_SLAVE_ELCR, 1), 0xDE);
	elcr(MASTER, 0x08);
	elcr(SLAVE, 0x02);
	CHECK_EQ(i8259_read(&pair, I8259_MASTER_ELCR, 1), 0x08);
	CHECK_EQ(i8259_read(&pair, I8259_SLAVE_ELCR, 1), 0x02);
}

CASE(elcr_changes_a_line_that_is_high)
{
	start(1, 1);
	raise(11);
	acknowledge();
	command(SLAVE, NSEOI);
	command(MASTER, NSEOI);
	CHECK(!intr);
	elcr(SLAVE, 0x08);
	CHECK(intr);
	elcr(SLAVE, 0);
	CHECK(!intr);
}

/* The cascade. */

CASE(the_slaves_requests_come_through_ir2)
{
	start(1, 1);
	raise(14);
	CHECK_EQ(irr(MASTER), 0x04);
	CHECK_EQ(irr(SLAVE), 0x40);
	CHECK_EQ(acknowledge(), 0x76);
	CHECK_EQ(isr(MASTER), 0x04);
	CHECK_EQ(isr(SLAVE), 0x40);
	CHECK_EQ(irr(MASTER), 0);
	CHECK_EQ(irr(SLAVE), 0);
}

CASE(the_slave_is_between_ir1_and_ir3)
{
	start(1, 1);
	raise(3);
	raise(15);
	raise(1);
	raise(8);
	CHECK_EQ(acknowledge(), 0x09);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x70);
	CHECK(!intr);
	command(SLAVE, NSEOI);
	CHECK(!intr);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x77);
	command(SLAVE, NSEOI);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x0B);
}

CASE(ir2_masked_masks_the_slave)
{
	start(1, 1);
	data(MASTER, 0x04);
	raise(9);
	CHECK(!intr);
	data(MASTER, 0);
	CHECK_EQ(acknowledge(), 0x71);
}

CASE(the_slaves_mask_withdraws_ir2)
{
	start(1, 1);
	data(MASTER, 0x04);
	raise(14);
	CHECK_EQ(irr(MASTER), 0x04);
	data(SLAVE, 0x40);
	CHECK_EQ(irr(MASTER), 0);
	data(MASTER, 0);
	CHECK(!intr);
}

CASE(line_2_is_no_line)
{
	start(1, 1);
	i8259_set_irq(&pair, 2, true);
	i8259_set_irq(&pair, 16, true);
	CHECK(!intr);
	raise(9);
	i8259_set_irq(&pair, 2, false);
	CHECK_EQ(acknowledge(), 0x71);
}

CASE(fully_nested_locks_the_slave_out)
{
	start(1, 1);
	raise(12);
	acknowledge();
	raise(8);
	CHECK(!intr);
	CHECK_EQ(irr(MASTER), 0x04);
}

CASE(special_fully_nested_lets_the_slave_in_again)
{
	start(SFNM, 1);
	raise(12);
	CHECK_EQ(acknowledge(), 0x74);
	raise(13);
	CHECK(!intr); /* below the one in service, in the slave */
	raise(8);
	CHECK_EQ(acknowledge(), 0x70);
	CHECK_EQ(isr(SLAVE), 0x11);
	/* The other lines are nested as ever. */
	raise(3);
	CHECK(!intr);
	raise(1);
	CHECK_EQ(acknowledge(), 0x09);
	command(MASTER, NSEOI);
	/* As it says: end the slave's, and the master's when it was the last.
	 */
	command(SLAVE, NSEOI);
	CHECK_EQ(isr(SLAVE), 0x10);
	command(SLAVE, NSEOI);
	CHECK_EQ(isr(SLAVE), 0);
	CHECK_EQ(acknowledge(), 0x75);
	command(SLAVE, NSEOI);
	command(MASTER, NSEOI);
	CHECK_EQ(acknowledge(), 0x0B);
}

CASE(special_fully_nested_means_nothing_to_the_slave)
{
	start(1, SFNM);
	raise(10);
	acknowledge();
	command(MASTER, NSEOI);
	again(10);
	CHECK(!intr);
}

/* Spurious interrupts. */

CASE(a_request_that_is_gone_is_ir7)
{
	start(1, 1);
	raise(3);
	CHECK(intr);
	lower(3);
	CHECK_EQ(i8259_acknowledge(&pair), 0x0F);
	CHECK_EQ(isr(MASTER), 0); /* how a handler tells it from IRQ 7 */
	raise(7);
	CHECK_EQ(acknowledge(), 0x0F);
	CHECK_EQ(isr(MASTER), 0x80);
}

/* The slave takes IR2 back at once; only a restored state can have this. */
CASE(a_slave_without_a_request_answers_with_its_ir7)
{
	start(1, 1);
	pair.regs.chips[I8259_MASTER].lines = 1 << I8259_CASCADE;
	CHECK_EQ(i8259_acknowledge(&pair), 0x77);
	CHECK_EQ(isr(SLAVE), 0);
	CHECK_EQ(isr(MASTER), 0x04);
}

CASE(a_spurious_interrupt_rotates_nothing)
{
	start(AEOI, 1);
	command(MASTER, ROTATE_AEOI);
	CHECK_EQ(i8259_acknowledge(&pair), 0x0F);
	raise(5);
	raise(0);
	CHECK_EQ(acknowledge(), 0x08);
}

/* Poll. */

CASE(a_poll_is_an_acknowledge)
{
	start(1, 1);
	raise(4);
	raise(6);
	CHECK_EQ(poll(MASTER), 0x84);
	CHECK_EQ(isr(MASTER), 0x10);
	CHECK_EQ(irr(MASTER), 0x40);
	CHECK(!intr);
	CHECK_EQ(poll(MASTER), 0x07); /* IR6 is locked out */
	command(MASTER, NSEOI);
	CHECK_EQ(poll(MASTER), 0x86);
}

CASE(a_poll_is_for_one_read_at_either_address)
{
	start(1, 1);
	data(MASTER, 0x01);
	raise(5);
	command(MASTER, POLL);
	CHECK_EQ(imr(MASTER), 0x85);
	CHECK_EQ(imr(MASTER), 0x01);
	command(MASTER, READ_ISR | 4); /* P is before RR */
	CHECK_EQ(read_command(MASTER), 0x07);
	CHECK_EQ(read_command(MASTER), 0x20);
}

CASE(a_poll_of_a_masked_or_quiet_chip_takes_nothing)
{
	start(1, 1);
	CHECK_EQ(poll(MASTER), 0x07);
	data(MASTER, 0x10);
	raise(4);
	CHECK_EQ(poll(MASTER), 0x07);
	CHECK_EQ(isr(MASTER), 0);
}

CASE(polling_both_levels)
{
	start(1, 1);
	raise(11);
	CHECK_EQ(poll(MASTER), 0x82);
	CHECK_EQ(poll(SLAVE), 0x83);
	CHECK_EQ(isr(MASTER), 0x04);
	CHECK_EQ(isr(SLAVE), 0x08);
	CHECK(!intr);
	command(SLAVE, NSEOI);
	command(MASTER, NSEOI);
	CHECK(!intr);
	CHECK_EQ(poll(MASTER), 0x07);
}

CASE(a_poll_follows_automatic_eoi)
{
	start(AEOI, 1);
	command(MASTER, ROTATE_AEOI);
	raise(4);
	CHECK_EQ(poll(MASTER), 0x84);
	CHECK_EQ(isr(MASTER), 0);
	again(4);
	raise(5);
	CHECK_EQ(poll(MASTER), 0x85);
}

/* The pin, and whatever else. */

CASE(intr_is_driven_at_changes_only)
{
	start(1, 1);
	drives = 0;
	raise(4);
	raise(3);
	raise(12);
	CHECK_EQ(drives, 1);
	acknowledge();
	CHECK_EQ(drives, 2);
	raise(0);
	CHECK_EQ(drives, 3);
	acknowledge();
	CHECK_EQ(drives, 4);
}

CASE(registers_that_are_not_there_read_as_ones)
{
	power_on();
	CHECK_EQ(i8259_read(&pair, 6, 1), CHIP_ALL_ONES);
	i8259_write(&pair, 6, 0xFF, 1);
	i8259_write(&pair, UINT32_MAX, 0x11, 1);
	CHECK_EQ(imr(MASTER), 0);
}

/* What Linux does at boot, then a timer tick and a disk. */
CASE(linux_initializes_it)
{
	power_on();
	data(MASTER, 0xFF);
	command(MASTER, 0x11);
	data(MASTER, 0x30);
	data(MASTER, 0x04);
	data(MASTER, 0x01);
	command(SLAVE, 0x11);
	data(SLAVE, 0x38);
	data(SLAVE, 0x02);
	data(SLAVE, 0x01);
	data(MASTER, 0xFB);
	data(SLAVE, 0xFF);
	data(MASTER, 0xFA);
	data(SLAVE, 0xBF);
	raise(14);
	raise(0);
	CHECK_EQ(acknowledge(), 0x30);
	data(MASTER, 0xFB);
	command(MASTER, SEOI | 0);
	CHECK_EQ(acknowledge(), 0x3E);
	data(SLAVE, 0xFF);
	command(SLAVE, SEOI | 6);
	command(MASTER, SEOI | 2);
	CHECK_EQ(isr(MASTER) | isr(SLAVE), 0);
	CHECK(!intr);
}

CASE(any_stream_leaves_it_working)
{
	uint32_t seed = 8259;

	power_on();
	for (unsigned i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		switch (seed >> 30) {
		case 0:
			i8259_write(&pair, (seed >> 27 & 7) % 6,
				    seed >> 16 & 0xFF, 1);
			break;
		case 1:
			CHECK(i8259_read(&pair, (seed >> 27 & 7) % 6, 1) <=
			      0xFF);
			break;
		case 2:
			i8259_set_irq(&pair, seed >> 26 & 15, seed >> 25 & 1);
			break;
		default:
			i8259_acknowledge(&pair);
		}
		CHECK_EQ(intr, i8259_intr(&pair));
	}
	initialize(MASTER, 1);
	initialize(SLAVE, 1);
	data(MASTER, 0xFB);
	data(SLAVE, 0xFE);
	again(8);
	CHECK_EQ(acknowledge(), 0x70);
}

RUN("i8259", &power_on_requests_nothing_and_takes_masks,
    &icw2_gives_the_vectors_and_its_low_bits_do_not_count,
    &it_requests_only_when_initialization_is_complete,
    &icw1_resets_what_the_datasheet_says, &icw1_forgets_a_poll,
    &icw1_wants_a_new_edge, &icw1_leaves_level_requests_and_elcr,
    &without_icw4_its_functions_are_zero, &icw1_begins_again_at_any_time,
    &commands_between_icws_do_not_disturb_them,
    &single_has_no_icw3_and_no_cascade, &ltim_is_elcrs,
    &priorities_are_ir0_to_ir7, &one_in_service_locks_out_equal_and_lower,
    &a_higher_request_takes_the_place_of_one_that_waits,
    &ocw1_masks_only_its_own_line, &reading_irr_isr_and_imr,
    &specific_eoi_ends_the_one_it_names, &nonspecific_eoi_ends_the_highest,
    &automatic_eoi, &automatic_eoi_in_the_slave, &rotate_on_nonspecific_eoi,
    &rotate_on_nonspecific_eoi_with_none_in_service_is_nothing,
    &rotate_on_specific_eoi, &rotate_in_automatic_eoi,
    &rotate_in_automatic_eoi_is_for_automatic_eoi, &set_priority,
    &set_priority_lets_another_interrupt, &ocw2_no_operation,
    &special_mask_mode_enables_all_other_levels,
    &special_mask_mode_is_for_masked_levels,
    &nonspecific_eoi_passes_by_what_special_mask_mode_masks,
    &smm_counts_only_with_esmm, &an_edge_requests_once,
    &an_edge_under_service_waits,
    &a_line_lowered_too_early_has_requested_nothing,
    &a_level_requests_until_it_falls,
    &a_level_with_automatic_eoi_comes_again_at_once,
    &elcr_has_no_bits_for_irq_0_1_2_8_and_13, &elcr_changes_a_line_that_is_high,
    &the_slaves_requests_come_through_ir2, &the_slave_is_between_ir1_and_ir3,
    &ir2_masked_masks_the_slave, &the_slaves_mask_withdraws_ir2,
    &line_2_is_no_line, &fully_nested_locks_the_slave_out,
    &special_fully_nested_lets_the_slave_in_again,
    &special_fully_nested_means_nothing_to_the_slave,
    &a_request_that_is_gone_is_ir7,
    &a_slave_without_a_request_answers_with_its_ir7,
    &a_spurious_interrupt_rotates_nothing, &a_poll_is_an_acknowledge,
    &a_poll_is_for_one_read_at_either_address,
    &a_poll_of_a_masked_or_quiet_chip_takes_nothing, &polling_both_levels,
    &a_poll_follows_automatic_eoi, &intr_is_driven_at_changes_only,
    &registers_that_are_not_there_read_as_ones, &linux_initializes_it,
    &any_stream_leaves_it_working)
