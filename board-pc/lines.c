#include "board-pc/lines.h"

#include "board-pc/map.h"

#include <unistd.h>

void lines_drive(void *opaque, unsigned line, bool level)
{
	struct lines *lines = opaque;

	i8259_set_irq(lines->pic, line, level);
	ioapic_drive(lines->ioapic, line == IRQ_PIT ? MAP_PIT_PIN : line,
		     level);
}

bool lines_send(void *opaque, uint32_t address, uint32_t data)
{
	const struct lines *lines = opaque;

	return kvm_signal_msi(lines->kvm, address, data);
}

bool lines_is_direct(const struct lines *lines, unsigned line)
{
	return atomic_load(&lines->routed) >> line & 1;
}

void lines_signal(const struct lines *lines, unsigned line)
{
	const uint64_t one = 1;

	if (write(lines->irqfds[line], &one, sizeof(one)) < 0)
		return; /* it is full, so it has been heard */
}

/*
 * After a change of routes. An edge that came while its pin was masked is lost;
 * a guest that masks a pin to move it to another CPU does not expect that.
 */
static void tell_pending(struct lines *lines, uint32_t routed)
{
	uint32_t was = atomic_exchange(&lines->routed, routed);
	uint32_t again = ~was & routed ? ~was & routed & lines->pending() : 0;

	for (unsigned line = 0; again; line++, again >>= 1)
		if (again & 1)
			lines_signal(lines, line);
}

/* KVM takes all routes at once. */
void lines_reroute(void *opaque, uint32_t pin)
{
	struct lines *lines = opaque;
	struct kvm_route routes[IOAPIC_PINS];
	struct reason why;
	uint32_t routed = 0;
	unsigned count = 0;

	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		struct kvm_route *route = &routes[count];

		route->pin = pin;
		if (!ioapic_route(lines->ioapic, pin, &route->address,
				  &route->data))
			continue;
		routed |= 1U << pin;
		count++;
	}
	/* Without its route a level-triggered pin would be heard once. */
	if (!kvm_set_routes(lines->kvm, routes, count, &why))
		ending_by_host(lines->ending, "%s", why.text);
	tell_pending(lines, routed & lines->ioapic->direct);
}

bool lines_direct(struct lines *lines, unsigned line, int fd,
		  struct reason *why)
{
	if (lines->ioapic->direct >> line & 1)
		return true;
	if (!kvm_irqfd(lines->kvm, line, fd, why))
		return false;
	lines->irqfds[line] = fd;
	lines->ioapic->direct |= 1U << line;
	lines_reroute(lines, line);
	return true;
}
