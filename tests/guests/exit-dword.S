/*
 * Writes a doubleword to the exit port. PASS: status 43.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$43, %eax
	out	%eax, $PORT_EXIT
	jmp	.
