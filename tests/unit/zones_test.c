/*
 * When KVM coalesces what to which port: with a KVM and a board played by this
 * test, and a clock that is a number.
 */
#include "vmm/zones.h"

#include "cpu/vcpu.h"
#include "tests/unit/unit.h"
#include "vmm/chip.h"

#define MS UINT64_C(1000000)

static const struct kvm kvm = { .device = -1, .vm = -1 };
static struct kvm_coalesced_mmio_ring the_ring;
static struct zones zones;
static uint64_t now;
static bool ticked;

/* KVM, and the board. */
static struct {
	bool has_ring, refuses;
	bool on[OUTPUT_PORTS];
	unsigned calls, asked;
	struct kvm_coalesced_mmio_ring *ring;
	bool watched, interrupts;
	unsigned collected;
	struct output_tally tally;
} played;

struct kvm_coalesced_mmio_ring *vcpus_coalesced_ring(void)
{
	played.asked++;
	return played.has_ring ? &the_ring : NULL;
}

void board_coalesce(struct kvm_coalesced_mmio_ring *ring)
{
	played.ring = ring;
}

bool board_collect(bool watched, struct output_tally *tally)
{
	played.watched = watched;
	played.collected++;
	*tally = played.tally;
	return played.interrupts;
}

const uint16_t output_ports[OUTPUT_PORTS] = { 10, 11, 12 };

bool kvm_coalesce(const struct kvm *asked, uint16_t port, bool on)
{
	CHECK(asked == &kvm);
	CHECK(played.ring == &the_ring); /* before any byte can be in it */
	CHECK(port >= 10 && port <= 12);
	CHECK(played.on[port - 10] != on);
	played.calls++;
	if (played.refuses)
		return false;
	played.on[port - 10] = on;
	return true;
}

static void begin(void)
{
	memset(&played, 0, sizeof(played));
	played.has_ring = true;
	zones = (struct zones){ .kvm = &kvm };
	now = 5000 * MS;
}

static uint64_t serve(void)
{
	return zones_serve(&zones, now, &ticked);
}

/* A turn each millisecond, with so many bytes before it. */
static void write_at_once(unsigned port, uint32_t bytes)
{
	now += MS;
	played.tally.written[port] += bytes;
	serve();
}

static void burst(unsigned port, uint32_t bytes)
{
	for (; bytes > 64; bytes -= 64)
		write_at_once(port, 64);
	write_at_once(port, bytes);
}

CASE(a_guest_that_says_little_is_left_alone)
{
	begin();
	burst(OUTPUT_UART, ZONES_BURST - 1);
	burst(OUTPUT_DEBUG, ZONES_BURST - 1);
	CHECK_EQ(serve(), NEVER_NS);
	CHECK_EQ(played.asked + played.calls, 0);
	CHECK(!played.watched);
}

CASE(so_is_one_that_says_it_slowly)
{
	begin();
	for (unsigned i = 0; i < 1000; i++) {
		write_at_once(OUTPUT_UART, ZONES_BURST / 2);
		now += ZONES_PAUSE_NS;
	}
	CHECK_EQ(played.calls, 0);
}

CASE(a_burst_turns_its_port_on)
{
	for (unsigned port = 0; port < OUTPUT_PORTS; port++) {
		begin();
		burst(port, ZONES_BURST);
		CHECK_EQ(played.calls, 1);
		CHECK(played.on[port]);
		CHECK_EQ(serve(), now + ZONES_TICK_NS);
	}
}

CASE(each_port_is_on_its_own)
{
	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	burst(OUTPUT_DEBUG_BOCHS, ZONES_BURST);
	CHECK(played.on[OUTPUT_UART] && played.on[OUTPUT_DEBUG_BOCHS]);
	CHECK_EQ(played.asked, 1);
	CHECK_EQ(played.calls, 2);
}

CASE(a_tick_is_no_earlier_than_it_is_due)
{
	unsigned collected;

	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	collected = played.collected;
	now += ZONES_TICK_NS - 1;
	CHECK_EQ(serve(), now + 1);
	CHECK(!ticked);
	CHECK_EQ(played.collected, collected);
	now++;
	CHECK_EQ(serve(), now + ZONES_TICK_NS);
	CHECK(ticked && played.watched);
	CHECK_EQ(played.collected, collected + 1);
}

CASE(silence_turns_it_off_and_the_rest_is_taken)
{
	unsigned ticks = 0;

	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	while (played.on[OUTPUT_UART] && ticks < 1000) {
		now += ZONES_TICK_NS;
		serve();
		CHECK(ticked);
		ticks++;
	}
	CHECK_EQ(ticks, ZONES_TERM_NS / ZONES_TICK_NS);
	CHECK(!played.watched);
	CHECK_EQ(serve(), NEVER_NS);
	CHECK(!ticked);
	burst(OUTPUT_UART, ZONES_BURST - 1);
	CHECK(!played.on[OUTPUT_UART]);
	write_at_once(OUTPUT_UART, 1);
	CHECK(played.on[OUTPUT_UART]);
	CHECK_EQ(played.asked, 1);
}

CASE(it_stays_on_for_as_long_as_it_is_worth_it)
{
	const uint32_t ticks = (uint32_t)(ZONES_TERM_NS / ZONES_TICK_NS);

	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	for (uint32_t i = 0; i < 10 * ticks; i++)
		write_at_once(OUTPUT_UART, ZONES_KEEP * (i % ticks == 0));
	CHECK(played.on[OUTPUT_UART]);
	for (uint32_t i = 0; i < 2 * ticks; i++)
		write_at_once(OUTPUT_UART, i % 16 == 0);
	CHECK(!played.on[OUTPUT_UART]);
	CHECK_EQ(played.calls, 2);
}

/* A tick that finds bytes which only the tick has freed. */
static void stall(void)
{
	played.tally.uart_unasked += 16;
	write_at_once(OUTPUT_UART, 16);
}

CASE(a_guest_that_waits_for_interrupts_turns_it_off)
{
	begin();
	played.interrupts = true;
	burst(OUTPUT_UART, ZONES_BURST);
	stall();
	CHECK(played.on[OUTPUT_UART]);
	stall();
	CHECK(!played.on[OUTPUT_UART]);
	CHECK(!played.watched);
	/* Each time it takes twice as much. */
	for (unsigned times = 1; times <= 10; times++) {
		burst(OUTPUT_UART, (ZONES_BURST << times) - 1);
		CHECK(!played.on[OUTPUT_UART]);
		write_at_once(OUTPUT_UART, 1);
		CHECK(played.on[OUTPUT_UART]);
		stall();
		stall();
		CHECK(!played.on[OUTPUT_UART]);
	}
	burst(OUTPUT_UART, ZONES_BURST << 10);
	CHECK(played.on[OUTPUT_UART]);
}

CASE(the_other_ports_stay_on)
{
	begin();
	played.interrupts = true;
	burst(OUTPUT_DEBUG, ZONES_BURST);
	burst(OUTPUT_UART, ZONES_BURST);
	stall();
	stall();
	CHECK(!played.on[OUTPUT_UART]);
	CHECK(played.on[OUTPUT_DEBUG] && played.watched);
}

CASE(a_guest_that_polls_does_not)
{
	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	for (unsigned i = 0; i < 100; i++)
		stall();
	CHECK(played.on[OUTPUT_UART]);
}

CASE(nor_does_one_whose_exits_take_the_bytes)
{
	begin();
	played.interrupts = true;
	burst(OUTPUT_UART, ZONES_BURST);
	for (unsigned i = 0; i < 100; i++) {
		stall();
		played.tally.uart_asked += (i + 1) % 2;
	}
	CHECK(played.on[OUTPUT_UART]);
}

CASE(a_kvm_without_a_ring_is_asked_once)
{
	begin();
	played.has_ring = false;
	burst(OUTPUT_UART, 4 * ZONES_BURST);
	CHECK_EQ(played.asked, 1);
	CHECK_EQ(played.calls, 0);
	CHECK_EQ(serve(), NEVER_NS);
}

CASE(so_is_one_that_refuses)
{
	begin();
	played.refuses = true;
	burst(OUTPUT_UART, 4 * ZONES_BURST);
	CHECK_EQ(played.calls, 1);
	CHECK_EQ(serve(), NEVER_NS);
	begin();
	burst(OUTPUT_UART, ZONES_BURST);
	played.refuses = true;
	burst(OUTPUT_DEBUG, 4 * ZONES_BURST);
	CHECK_EQ(played.calls, 2);
	CHECK(played.on[OUTPUT_UART]);
	CHECK(played.watched);
}

CASE(without_kvm_there_is_nothing)
{
	begin();
	zones.kvm = NULL;
	burst(OUTPUT_UART, 4 * ZONES_BURST);
	CHECK_EQ(serve(), NEVER_NS);
	CHECK(!ticked);
	CHECK_EQ(played.collected, 0);
}

RUN("zones", &a_guest_that_says_little_is_left_alone,
    &so_is_one_that_says_it_slowly, &a_burst_turns_its_port_on,
    &each_port_is_on_its_own, &a_tick_is_no_earlier_than_it_is_due,
    &silence_turns_it_off_and_the_rest_is_taken,
    &it_stays_on_for_as_long_as_it_is_worth_it,
    &a_guest_that_waits_for_interrupts_turns_it_off, &the_other_ports_stay_on,
    &a_guest_that_polls_does_not, &nor_does_one_whose_exits_take_the_bytes,
    &a_kvm_without_a_ring_is_asked_once, &so_is_one_that_refuses,
    &without_kvm_there_is_nothing)
