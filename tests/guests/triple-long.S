/*
 * Raises #UD with an IDT of no entries, in 64-bit mode. PASS: the monitor ends
 * with 126 and names a triple fault.
 */
#define BITS 64
#include "guest.inc"

guest_start
	lidt	no_idt
	ud2
	exit	1

	.data
no_idt:
	.word	0
	.quad	0
