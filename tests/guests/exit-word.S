/*
 * Writes a word to the exit port. PASS: status 42.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$42, %ax
	out	%ax, $PORT_EXIT
	jmp	.
