/*
 * Resets by the reset control register: bit 1 selects a hard reset, a rise of
 * bit 2 does it. PASS: status 0 without the exit port.
 */
#define BITS 32
#include "guest.inc"

guest_start
	outb	0x02, 0xCF9
	outb	0x06, 0xCF9
	jmp	.
