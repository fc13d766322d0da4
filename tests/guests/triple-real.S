/*
 * Goes down to real mode and raises #UD with an IDT of no entries. PASS:
 * the monitor ends with 126 and names a triple fault.
 */
#define BITS 32
#include "guest.inc"

#define PLACE	0x8000			/* of the 16-bit code */

guest_start
	load_gdt
	mov	$code16, %esi
	mov	$PLACE, %edi
	mov	$(code16_end - code16), %ecx
	rep movsb
	lidt	no_idt
	ljmp	$SEL_CODE16, $PLACE

	.data
no_idt:
	.word	0
	.long	0

	.code16
code16:
	mov	$SEL_DATA16, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	%cr0, %eax
	and	$0xFE, %al
	mov	%eax, %cr0
	ljmp	$(PLACE >> 4), $(real - code16)
real:	ud2
code16_end:
