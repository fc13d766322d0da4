#include "vmm/zones.h"

#include "cpu/vcpu.h"
#include "vmm/clock.h"

/* Waits no longer than until then: see the head of zones.h. */
#define STALLS 2

/* The longest burst is 2^TIMES_MAX times the shortest. */
#define TIMES_MAX 10

/* Before the first zone. This KVM may have none. */
static bool prepare(struct zones *zones)
{
	struct kvm_coalesced_mmio_ring *ring;

	if (zones->asked)
		return true;
	zones->asked = true;
	ring = vcpus_coalesced_ring();
	if (ring)
		board_coalesce(ring);
	zones->refused = !ring;
	return ring;
}

/* A KVM that refuses is not asked again. */
static void turn(struct zones *zones, unsigned port, bool on, uint64_t now)
{
	struct zone *zone = &zones->zone[port];

	zone->burst = 0;
	zone->term_ns = now;
	if (on && !prepare(zones))
		return;
	if (kvm_coalesce(zones->kvm, output_ports[port], on))
		zone->on = on;
	else if (on)
		zones->refused = true;
}

static bool any_on(const struct zones *zones)
{
	for (unsigned port = 0; port < OUTPUT_PORTS; port++)
		if (zones->zone[port].on)
			return true;
	return false;
}

/* What has been written to a port since it was seen last. */
static void see(struct zone *zone, uint32_t written, uint64_t now)
{
	uint32_t fresh = written - zone->written;

	if (!fresh)
		return;
	if (!zone->on && now - zone->last_ns > ZONES_PAUSE_NS)
		zone->burst = 0;
	zone->burst += fresh;
	zone->written = written;
	zone->last_ns = now;
}

/* At the end of each term of a zone that is on. */
static bool is_kept(struct zone *zone, uint64_t now)
{
	uint32_t bytes = zone->burst;

	if (now - zone->term_ns < ZONES_TERM_NS)
		return true;
	zone->term_ns = now;
	zone->burst = 0;
	return bytes >= ZONES_KEEP;
}

static bool is_wanted(struct zones *zones, unsigned port, uint64_t now)
{
	struct zone *zone = &zones->zone[port];
	unsigned times = port == OUTPUT_UART ? zones->uart_times : 0;

	if (zone->on)
		return is_kept(zone, now);
	return !zones->refused && zone->burst >= ZONES_BURST << times;
}

/*
 * A tick has found bytes for the UART, no exit of a vCPU has since the tick
 * before, and the guest takes THRE interrupts.
 */
static bool stalls(struct zones *zones, const struct output_tally *tally,
		   bool interrupts)
{
	bool stall = interrupts && tally->uart_asked == zones->uart_asked &&
		     tally->uart_unasked != zones->uart_unasked;

	zones->uart_asked = tally->uart_asked;
	zones->uart_unasked = tally->uart_unasked;
	zones->stalls = stall ? zones->stalls + 1 : 0;
	return zones->stalls == STALLS;
}

static void give_up_uart(struct zones *zones, uint64_t now)
{
	zones->stalls = 0;
	if (zones->uart_times < TIMES_MAX)
		zones->uart_times++;
	if (zones->zone[OUTPUT_UART].on)
		turn(zones, OUTPUT_UART, false, now);
}

uint64_t zones_serve(struct zones *zones, uint64_t now, bool *ticked)
{
	struct output_tally tally;
	bool interrupts;

	*ticked = false;
	if (!zones->kvm || now < zones->tick_ns)
		return zones->kvm ? zones->tick_ns : NEVER_NS;
	*ticked = zones->tick_ns;
	interrupts = board_collect(*ticked, &tally);
	for (unsigned port = 0; port < OUTPUT_PORTS; port++) {
		see(&zones->zone[port], tally.written[port], now);
		if (is_wanted(zones, port, now) != zones->zone[port].on)
			turn(zones, port, !zones->zone[port].on, now);
	}
	if (stalls(zones, &tally, interrupts))
		give_up_uart(zones, now);
	if (any_on(zones)) {
		zones->tick_ns = now + ZONES_TICK_NS;
		return zones->tick_ns;
	}
	/* What was coalesced until the last zone went. */
	if (*ticked)
		board_collect(false, &tally);
	zones->tick_ns = 0;
	return NEVER_NS;
}
