/*
 * A guest that does one port access at a time, for chips of KVM's that have no
 * ioctl for it: the in-kernel PIC and PIT are reached by a vCPU only. It is in
 * real mode, has 64 KiB of memory, and KVM's PIC, IOAPIC and LAPIC.
 *
 * What fails ends the program: with a SKIP where the host has no such KVM,
 * else with `not ok`.
 */
#ifndef TESTS_ORACLE_PORT_GUEST_H
#define TESTS_ORACLE_PORT_GUEST_H

#include <linux/kvm.h>
#include <stdint.h>

/* `name` is the test's, for what it prints. */
void port_guest_start(const char *name);

/* With interrupts off. */
void port_guest_out(uint16_t port, uint8_t value);
uint8_t port_guest_in(uint16_t port);

/*
 * Turns interrupts on for some instructions: returns the vector of the one
 * that came, or -1. They are off again in its handler.
 */
int port_guest_open(void);

/* An ioctl of the VM. */
void port_guest_ioctl(unsigned long request, void *argument, const char *what);

#endif
