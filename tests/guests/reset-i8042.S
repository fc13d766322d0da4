/*
 * Resets by the keyboard controller: command 0xFE pulses output line 0.
 * PASS: status 0 without the exit port.
 */
#define BITS 32
#include "guest.inc"

guest_start
1:	inb	0x64
	test	$0x02, %al		/* input buffer full */
	jnz	1b
	outb	0xFE, 0x64
	jmp	.
