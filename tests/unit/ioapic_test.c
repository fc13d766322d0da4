/*
 * IOAPIC: the registers of the 82093AA and the EOI register of version 0x20,
 * what its pins send, and what an EOI does.
 */
#include "board-pc/ioapic.h"

#include "tests/unit/unit.h"

enum { ID = 0x00, VER = 0x01, ARB = 0x02, REDTBL = 0x10 };

/* The low half of an entry. */
enum {
	LOWEST = 0x100,
	SMI = 0x200,
	NMI = 0x400,
	INIT = 0x500,
	EXTINT = 0x700,
	LOGICAL = 0x800,
	DELIVS = 0x1000,
	LOW_ACTIVE = 0x2000,
	REMOTE_IRR = 0x4000,
	LEVEL = 0x8000,
	MASK = 0x10000,
};

/* The parts of a message. */
enum { TO_LOGICAL = 4, REDIRECT = 8 };
enum { ASSERT = 0x4000, BY_LEVEL = 0x8000 };

#define TO(apic) (0xFEE00000U | (uint32_t)(apic) << 12)

static struct ioapic chip;
static bool accepted; /* whether some LAPIC takes what is sent */
static unsigned sent; /* messages; the last one: */
static uint32_t address, data;
static unsigned rerouted; /* calls; the last one: */
static uint32_t rerouted_pin;
static unsigned sent_at_reroute;

static bool send(void *listener, uint32_t to, uint32_t what)
{
	CHECK(listener == &sent);
	sent++;
	address = to;
	data = what;
	return accepted;
}

static void reroute(void *listener, uint32_t pin)
{
	CHECK(listener == &rerouted);
	rerouted++;
	rerouted_pin = pin;
	sent_at_reroute = sent;
}

static void power_on(void)
{
	chip = (struct ioapic){ .messages = { send, &sent },
				.rerouted = { reroute, &rerouted } };
	accepted = true;
	sent = rerouted = 0;
	address = data = 0;
	ioapic_reset(&chip);
}

static uint32_t get(uint32_t index)
{
	ioapic_write(&chip, IOAPIC_IOREGSEL, index, 4);
	return ioapic_read(&chip, IOAPIC_IOWIN, 4);
}

static void set(uint32_t index, uint32_t value)
{
	ioapic_write(&chip, IOAPIC_IOREGSEL, index, 4);
	ioapic_write(&chip, IOAPIC_IOWIN, value, 4);
}

static uint32_t low(unsigned pin)
{
	return get(REDTBL + 2 * pin);
}

static void set_low(unsigned pin, uint32_t value)
{
	set(REDTBL + 2 * pin, value);
}

static void set_high(unsigned pin, uint32_t value)
{
	set(REDTBL + 2 * pin + 1, value);
}

static void raise(unsigned pin)
{
	ioapic_drive(&chip, pin, true);
}

static void lower(unsigned pin)
{
	ioapic_drive(&chip, pin, false);
}

/* Registers: 82093AA, 3.1 and 3.2. */

CASE(power_on_registers)
{
	power_on();
	CHECK_EQ(ioapic_read(&chip, IOAPIC_IOREGSEL, 4), 0);
	CHECK_EQ(get(ID), 0);
	CHECK_EQ(get(ARB), 0);
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		CHECK_EQ(get(REDTBL + 2 * pin), MASK);
		CHECK_EQ(get(REDTBL + 2 * pin + 1), 0);
	}
	CHECK_EQ(sent + rerouted, 0);
}

CASE(version_says_24_pins_and_an_eoi_register)
{
	power_on();
	CHECK_EQ(get(VER), 0x00170020);
	set(VER, 0xFFFFFFFF);
	CHECK_EQ(get(VER), 0x00170020);
}

CASE(id_has_four_bits_and_arb_follows_it)
{
	power_on();
	set(ID, 0xFFFFFFFF);
	CHECK_EQ(get(ID), 0x0F000000);
	CHECK_EQ(get(ARB), 0x0F000000);
	set(ID, 0x05000000);
	set(ARB, 0x03000000);
	CHECK_EQ(get(ID), 0x05000000);
	CHECK_EQ(get(ARB), 0x05000000);
}

CASE(select_has_eight_bits)
{
	power_on();
	ioapic_write(&chip, IOAPIC_IOREGSEL, 0xABCDEF01, 4);
	CHECK_EQ(ioapic_read(&chip, IOAPIC_IOREGSEL, 4), 0x01);
	CHECK_EQ(ioapic_read(&chip, IOAPIC_IOWIN, 4), 0x00170020);
}

CASE(an_entry_keeps_its_writable_bits)
{
	power_on();
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		set_low(pin, 0xFFFFFFFF);
		set_high(pin, 0xFFFFFFFF);
		CHECK_EQ(get(REDTBL + 2 * pin), 0x1AFFF);
		CHECK_EQ(get(REDTBL + 2 * pin + 1), 0xFF000000);
	}
	CHECK_EQ(sent, 0);
}

CASE(the_halves_of_an_entry_are_apart)
{
	power_on();
	set_low(5, MASK | 0x35);
	set_high(5, 0x12000000);
	CHECK_EQ(get(REDTBL + 10), MASK | 0x35);
	CHECK_EQ(get(REDTBL + 11), 0x12000000);
	set_low(5, MASK | 0x36);
	CHECK_EQ(get(REDTBL + 11), 0x12000000);
	CHECK_EQ(get(REDTBL + 8), MASK);
	CHECK_EQ(get(REDTBL + 12), MASK);
}

CASE(a_register_that_is_not_there)
{
	static const uint8_t none[] = { 0x03, 0x0F, 0x40, 0x41, 0xFF };

	power_on();
	for (unsigned i = 0; i < sizeof(none); i++) {
		set(none[i], 0xFFFFFFFF);
		CHECK_EQ(get(none[i]), 0);
	}
	ioapic_write(&chip, 0x20, 0xFFFFFFFF, 4);
	CHECK_EQ(ioapic_read(&chip, 0x20, 4), 0);
	CHECK_EQ(ioapic_read(&chip, IOAPIC_EOI, 4), 0);
	CHECK_EQ(sent + rerouted, 0);
}

CASE(the_page_repeats_every_256_bytes)
{
	power_on();
	ioapic_write(&chip, 0xF00 + IOAPIC_IOREGSEL, VER, 4);
	CHECK_EQ(ioapic_read(&chip, 0x100 + IOAPIC_IOWIN, 4), 0x00170020);
}

CASE(select_takes_a_byte_and_the_window_does_not)
{
	power_on();
	set_low(3, MASK | 0x33);
	ioapic_write(&chip, IOAPIC_IOREGSEL, REDTBL + 6, 1);
	for (unsigned size = 1; size <= 2; size++) {
		CHECK_EQ(ioapic_read(&chip, IOAPIC_IOREGSEL, size), 0x16);
		ioapic_write(&chip, IOAPIC_IOWIN, 0x44, size);
		CHECK_EQ(ioapic_read(&chip, IOAPIC_IOWIN, size), 0);
	}
	ioapic_write(&chip, IOAPIC_IOREGSEL + 1, 0, 1);
	ioapic_write(&chip, IOAPIC_IOWIN + 2, 0, 1);
	CHECK_EQ(ioapic_read(&chip, IOAPIC_IOWIN + 1, 1), 0);
	CHECK_EQ(ioapic_read(&chip, IOAPIC_IOWIN, 4), MASK | 0x33);
}

/* Edges. */

CASE(an_edge_sends_once)
{
	power_on();
	set_low(4, 0x34);
	raise(4);
	CHECK_EQ(sent, 1);
	CHECK_EQ(address, TO(0));
	CHECK_EQ(data, ASSERT | 0x34);
	raise(4);
	lower(4);
	CHECK_EQ(sent, 1);
	raise(4);
	CHECK_EQ(sent, 2);
	CHECK_EQ(low(4), 0x34);
}

CASE(an_edge_needs_no_eoi)
{
	power_on();
	set_low(4, 0x34);
	raise(4);
	ioapic_eoi(&chip, 0x34);
	CHECK_EQ(sent, 1);
	lower(4);
	raise(4);
	CHECK_EQ(sent, 2);
}

CASE(an_edge_on_a_masked_pin_is_lost)
{
	power_on();
	set_low(4, MASK | 0x34);
	raise(4);
	set_low(4, 0x34);
	CHECK_EQ(sent, 0);
	raise(4);
	CHECK_EQ(sent, 0);
	lower(4);
	raise(4);
	CHECK_EQ(sent, 1);
}

CASE(every_pin_is_a_pin_of_its_own)
{
	power_on();
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		set_low(pin, 0x40 + pin);
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		raise(pin);
		CHECK_EQ(sent, pin + 1);
		CHECK_EQ(data, ASSERT | (0x40 + pin));
	}
}

/* Levels, remote IRR and EOI. */

CASE(a_level_sends_once_until_its_eoi)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	CHECK_EQ(sent, 1);
	CHECK_EQ(data, BY_LEVEL | ASSERT | 0x59);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
	lower(9);
	raise(9);
	CHECK_EQ(sent, 1);
	lower(9);
	ioapic_eoi(&chip, 0x59);
	CHECK_EQ(sent, 1);
	CHECK_EQ(low(9), LEVEL | 0x59);
	raise(9);
	CHECK_EQ(sent, 2);
}

CASE(a_level_still_there_at_eoi_is_sent_again)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	ioapic_eoi(&chip, 0x59);
	CHECK_EQ(sent, 2);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

CASE(an_eoi_of_another_vector_is_none)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	ioapic_eoi(&chip, 0x58);
	CHECK_EQ(sent, 1);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

CASE(an_eoi_ends_every_pin_of_the_vector)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	set_low(10, LEVEL | 0x59);
	set_low(11, LEVEL | 0x59);
	raise(9);
	raise(10);
	lower(9);
	ioapic_eoi(&chip, 0x59);
	CHECK_EQ(sent, 3);
	CHECK_EQ(low(9), LEVEL | 0x59);
	CHECK_EQ(low(10), REMOTE_IRR | LEVEL | 0x59);
	CHECK_EQ(low(11), LEVEL | 0x59);
}

CASE(the_eoi_register_does_as_an_eoi)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	lower(9);
	ioapic_write(&chip, IOAPIC_EOI, 0x59, 1);
	ioapic_write(&chip, IOAPIC_EOI, 0x59, 2);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
	ioapic_write(&chip, IOAPIC_EOI, 0xFFFFFF59, 4);
	CHECK_EQ(low(9), LEVEL | 0x59);
}

CASE(a_masked_level_waits_for_the_unmasking)
{
	power_on();
	set_low(9, MASK | LEVEL | 0x59);
	raise(9);
	CHECK_EQ(sent, 0);
	CHECK_EQ(low(9), MASK | LEVEL | 0x59);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(sent, 1);
}

CASE(a_masked_level_that_went_away_is_forgotten)
{
	power_on();
	set_low(9, MASK | LEVEL | 0x59);
	raise(9);
	lower(9);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(sent, 0);
}

/* As a guest that moves an interrupt does: mask, EOI, change, unmask. */
CASE(masking_keeps_remote_irr_and_its_eoi)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	set_low(9, MASK | LEVEL | 0x59);
	CHECK_EQ(low(9), MASK | REMOTE_IRR | LEVEL | 0x59);
	ioapic_eoi(&chip, 0x59);
	CHECK_EQ(low(9), MASK | LEVEL | 0x59);
	CHECK_EQ(sent, 1);
	set_high(9, 0x01000000);
	CHECK_EQ(sent, 1);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(sent, 2);
	CHECK_EQ(address, TO(1));
}

CASE(writing_an_entry_in_flight_sends_nothing)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	set_low(9, LEVEL | 0x59);
	set_high(9, 0x01000000);
	CHECK_EQ(sent, 1);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

CASE(the_read_only_bits_are_not_written)
{
	power_on();
	set_low(9, LEVEL | REMOTE_IRR | DELIVS | 0x59);
	CHECK_EQ(low(9), LEVEL | 0x59);
	raise(9);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

/* How Linux ends an interrupt on a chip without an EOI register. */
CASE(edge_mode_clears_remote_irr)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	raise(9);
	lower(9);
	set_low(9, MASK | 0x59);
	CHECK_EQ(low(9), MASK | 0x59);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(low(9), LEVEL | 0x59);
	raise(9);
	CHECK_EQ(sent, 2);
}

CASE(a_line_up_counts_when_its_pin_turns_to_level)
{
	power_on();
	set_low(9, 0x59);
	raise(9);
	CHECK_EQ(sent, 1);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(sent, 2);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

CASE(a_level_that_no_lapic_takes_is_not_in_flight)
{
	power_on();
	accepted = false;
	set_low(9, LEVEL | 0x59);
	raise(9);
	CHECK_EQ(sent, 1);
	CHECK_EQ(low(9), LEVEL | 0x59);
	accepted = true;
	raise(9);
	CHECK_EQ(sent, 2);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | 0x59);
}

CASE(nobody_listens)
{
	power_on();
	chip.messages.send = NULL;
	chip.rerouted.put = NULL;
	set_low(9, LEVEL | 0x59);
	raise(9);
	CHECK_EQ(low(9), LEVEL | 0x59);
}

CASE(polarity_is_kept_and_changes_nothing)
{
	power_on();
	set_low(9, LEVEL | LOW_ACTIVE | 0x59);
	CHECK_EQ(sent, 0);
	raise(9);
	CHECK_EQ(sent, 1);
	CHECK_EQ(data, BY_LEVEL | ASSERT | 0x59);
	set_low(4, LOW_ACTIVE | 0x34);
	raise(4);
	CHECK_EQ(sent, 2);
	lower(4);
	CHECK_EQ(sent, 2);
	CHECK_EQ(low(4), LOW_ACTIVE | 0x34);
}

/* Destinations and delivery modes: 82093AA, 3.2.4. */

CASE(destinations)
{
	power_on();
	set_low(4, 0x34);
	set_high(4, 0x0A000000);
	raise(4);
	CHECK_EQ(address, TO(0x0A));
	lower(4);
	set_low(4, LOGICAL | 0x34);
	set_high(4, 0xFF000000);
	raise(4);
	CHECK_EQ(address, TO(0xFF) | TO_LOGICAL);
	CHECK_EQ(data, ASSERT | 0x34);
}

CASE(lowest_priority_is_redirected)
{
	power_on();
	set_high(9, 0x03000000);
	set_low(9, LEVEL | LOGICAL | LOWEST | 0x59);
	raise(9);
	CHECK_EQ(address, TO(3) | TO_LOGICAL | REDIRECT);
	CHECK_EQ(data, BY_LEVEL | ASSERT | LOWEST | 0x59);
	CHECK_EQ(low(9), REMOTE_IRR | LEVEL | LOGICAL | LOWEST | 0x59);
}

CASE(the_other_modes_are_edges_whatever_the_trigger)
{
	static const uint16_t modes[] = { SMI, NMI, INIT, EXTINT };

	for (unsigned i = 0; i < 4; i++) {
		power_on();
		set_low(9, LEVEL | modes[i]);
		raise(9);
		CHECK_EQ(sent, 1);
		CHECK_EQ(data, (uint32_t)ASSERT | modes[i]);
		CHECK_EQ(low(9), (uint32_t)LEVEL | modes[i]);
		raise(9);
		set_low(9, LEVEL | modes[i]);
		CHECK_EQ(sent, 1);
		lower(9);
		raise(9);
		CHECK_EQ(sent, 2);
		CHECK_EQ(rerouted, 0);
	}
}

CASE(reserved_modes_send_nothing)
{
	power_on();
	set_low(4, 0x334);
	set_low(9, LEVEL | 0x659);
	raise(4);
	raise(9);
	CHECK_EQ(sent, 0);
	CHECK_EQ(low(4), 0x334);
	CHECK_EQ(low(9), LEVEL | 0x659);
}

/* Routes. */

CASE(a_route_is_of_a_level_pin_masked_or_not)
{
	uint32_t to, what;

	power_on();
	CHECK(!ioapic_route(&chip, 9, &to, &what));
	set_low(9, MASK | 0x59);
	CHECK(!ioapic_route(&chip, 9, &to, &what));
	CHECK_EQ(rerouted, 0);
	set_low(9, MASK | LEVEL | 0x59);
	CHECK_EQ(rerouted, 1);
	CHECK_EQ(rerouted_pin, 9);
	CHECK(ioapic_route(&chip, 9, &to, &what));
	CHECK_EQ(to, TO(0));
	CHECK_EQ(what, BY_LEVEL | ASSERT | 0x59);
	set_low(9, LEVEL | 0x59);
	set_low(9, LEVEL | LOW_ACTIVE | 0x59);
	CHECK_EQ(rerouted, 1);
}

CASE(a_route_changes_with_its_message)
{
	uint32_t to, what;

	power_on();
	set_low(9, LEVEL | 0x59);
	set_low(9, LEVEL | 0x5A);
	CHECK_EQ(rerouted, 2);
	set_high(9, 0x02000000);
	CHECK_EQ(rerouted, 3);
	set_high(9, 0x02FFFFFF);
	CHECK_EQ(rerouted, 3);
	CHECK(ioapic_route(&chip, 9, &to, &what));
	CHECK_EQ(to, TO(2));
	CHECK_EQ(what, BY_LEVEL | ASSERT | 0x5A);
	set_low(9, 0x5A);
	CHECK_EQ(rerouted, 4);
	CHECK(!ioapic_route(&chip, 9, &to, &what));
}

CASE(a_direct_pin_s_edges_have_a_route_while_it_is_unmasked)
{
	uint32_t to, what;

	power_on();
	chip.direct = 1U << 5;
	set(REDTBL + 2 * 5, MASK | 0x41);
	CHECK(!ioapic_route(&chip, 5, &to, &what));
	CHECK_EQ(rerouted, 0);
	set(REDTBL + 2 * 5, 0x41);
	CHECK_EQ(rerouted, 1);
	CHECK_EQ(rerouted_pin, 5);
	CHECK(ioapic_route(&chip, 5, &to, &what));
	CHECK_EQ(to, TO(0));
	CHECK_EQ(what, ASSERT | 0x41);
	set(REDTBL + 2 * 5, 0x42);
	CHECK_EQ(rerouted, 2);
	set(REDTBL + 2 * 5, MASK | 0x42);
	CHECK_EQ(rerouted, 3);
	CHECK(!ioapic_route(&chip, 5, &to, &what));
	/* Any other pin's edges are the chip's own affair. */
	set(REDTBL + 2 * 6, 0x43);
	CHECK_EQ(rerouted, 3);
	CHECK(!ioapic_route(&chip, 6, &to, &what));
	CHECK_EQ(sent, 0);
}

CASE(a_route_is_told_before_its_message_is_sent)
{
	power_on();
	raise(9);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(rerouted, 1);
	CHECK_EQ(sent_at_reroute, 0);
	CHECK_EQ(sent, 1);
}

CASE(reset_masks_and_forgets)
{
	power_on();
	set_low(9, LEVEL | 0x59);
	set(ID, 0x0F000000);
	raise(9);
	ioapic_reset(&chip);
	CHECK_EQ(low(9), MASK);
	CHECK_EQ(get(ID), 0);
	set_low(9, LEVEL | 0x59);
	CHECK_EQ(sent, 1);
}

RUN("ioapic", &power_on_registers, &version_says_24_pins_and_an_eoi_register,
    &id_has_four_bits_and_arb_follows_it, &select_has_eight_bits,
    &an_entry_keeps_its_writable_bits, &the_halves_of_an_entry_are_apart,
    &a_register_that_is_not_there, &the_page_repeats_every_256_bytes,
    &select_takes_a_byte_and_the_window_does_not, &an_edge_sends_once,
    &an_edge_needs_no_eoi, &an_edge_on_a_masked_pin_is_lost,
    &every_pin_is_a_pin_of_its_own, &a_level_sends_once_until_its_eoi,
    &a_level_still_there_at_eoi_is_sent_again,
    &an_eoi_of_another_vector_is_none, &an_eoi_ends_every_pin_of_the_vector,
    &the_eoi_register_does_as_an_eoi, &a_masked_level_waits_for_the_unmasking,
    &a_masked_level_that_went_away_is_forgotten,
    &masking_keeps_remote_irr_and_its_eoi,
    &writing_an_entry_in_flight_sends_nothing,
    &the_read_only_bits_are_not_written, &edge_mode_clears_remote_irr,
    &a_line_up_counts_when_its_pin_turns_to_level,
    &a_level_that_no_lapic_takes_is_not_in_flight, &nobody_listens,
    &polarity_is_kept_and_changes_nothing, &destinations,
    &lowest_priority_is_redirected,
    &the_other_modes_are_edges_whatever_the_trigger,
    &reserved_modes_send_nothing, &a_route_is_of_a_level_pin_masked_or_not,
    &a_route_changes_with_its_message,
    &a_direct_pin_s_edges_have_a_route_while_it_is_unmasked,
    &a_route_is_told_before_its_message_is_sent, &reset_masks_and_forgets)
