/*
 * Writes the boot marker of published boot-time data, 123 to port 0x3F0.
 * PASS: it disturbs nothing.
 */
#define BITS 32
#include "guest.inc"

guest_start
	outb	123, 0x3F0
	outb	0x55, 0x80
	pass
