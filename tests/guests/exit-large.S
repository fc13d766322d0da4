/*
 * Writes 300, which is no exit status, to the exit port. PASS: status 123,
 * and 300 is named on standard error.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$300, %eax
	out	%eax, $PORT_EXIT
	jmp	.
