/*
 * Halts with interrupts off. PASS: the monitor's --timeout ends it.
 */
#define BITS 32
#include "guest.inc"

guest_start
	cli
1:	hlt
	jmp	1b
