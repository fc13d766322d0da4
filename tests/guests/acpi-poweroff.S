/*
 * Enters S5 through the PM1a control word (ACPI 6.5, 4.8.3.2.1: SLP_TYP in
 * bits 10 to 12, SLP_EN bit 13). PASS: status 0 without the exit port.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$0x604, %dx
	mov	$(5 << 10 | 1 << 13), %ax
	out	%ax, %dx
	jmp	.
