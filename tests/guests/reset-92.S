/*
 * Resets by bit 0 of system control port A. PASS: status 0 without the exit
 * port.
 */
#define BITS 32
#include "guest.inc"

guest_start
	in	$0x92, %al
	and	$0xFE, %al
	out	%al, $0x92
	or	$0x01, %al
	out	%al, $0x92
	jmp	.
