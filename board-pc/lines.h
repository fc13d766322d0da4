/*
 * The interrupt lines of the board: each goes to the PIC pair and to the
 * IOAPIC, and a guest masks one of them. Those of direct lines reach the local
 * APICs through KVM alone (irqfds), while the IOAPIC has them unmasked.
 *
 * With the board's lock, where nothing else is said.
 */
#ifndef BOARD_PC_LINES_H
#define BOARD_PC_LINES_H

#include "board-pc/i8259.h"
#include "board-pc/ioapic.h"
#include "vmm/ending.h"
#include "vmm/kvm.h"

#include <stdatomic.h>

struct lines {
	struct i8259_pair *pic;
	struct ioapic *ioapic;
	const struct kvm *kvm;
	struct ending *ending; /* told when the host fails */
	/*
	 * Direct lines, a bit each, with edges that the guest has not seen yet,
	 * at least as far as the device knows. Takes no lock.
	 */
	uint32_t (*pending)(void);

	int irqfds[IOAPIC_PINS];
	atomic_uint routed; /* direct lines for which KVM has a route */
};

/* Drives a line; fits struct pin, whose listener is the struct lines. */
void lines_drive(void *lines, unsigned line, bool level);

/* The IOAPIC's messages and routes go to KVM; they fit its two lanes. */
bool lines_send(void *lines, uint32_t address, uint32_t data);
void lines_reroute(void *lines, uint32_t pin);

/* What is written to the eventfd `fd` is an edge of that line from now on. */
bool lines_direct(struct lines *lines, unsigned line, int fd,
		  struct reason *why);

/* Without the lock: whether it is, at this moment; and such an edge. */
bool lines_is_direct(const struct lines *lines, unsigned line);
void lines_signal(const struct lines *lines, unsigned line);

#endif
