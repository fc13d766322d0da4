/*
 * The test device: echo, memory, flush and an interrupt line. PASS: all work.
 * Without --testdev check 1 fails.
 */
#define BITS 32
#include "guest.inc"

#define ECHO	0xE0
#define FLUSH	0xE4
#define LINES	0x2000
#define MEMORY	0xFF000000

guest_start
	load_gdt
	mov	$0x44332211, %eax
	out	%eax, $ECHO
	in	$ECHO + 1, %al
	cmp	$0x22, %al
	expect	e, 1
	in	$ECHO + 2, %ax
	cmp	$0x4433, %ax
	expect	e, 2
	mov	$0x99, %al
	out	%al, $ECHO + 3
	in	$ECHO, %eax
	cmp	$0x99332211, %eax
	expect	e, 3

	movl	$0x12345678, MEMORY
	movb	$0xAA, MEMORY + 0xFFFF
	cmpb	$0x56, MEMORY + 1
	expect	e, 4
	cmpl	$0x12345678, MEMORY
	expect	e, 5
	cmpb	$0xAA, MEMORY + 0xFFFF
	expect	e, 6
	cmpb	$0xFF, MEMORY + 0x10000		/* beyond it */
	expect	e, 7

	movl	$0x55AA55AA, 0x200000		/* a page, forgotten */
	mov	$0x200123, %eax
	out	%eax, $FLUSH
	cmpl	$0x55AA55AA, 0x200000
	expect	e, 8
	movl	$1, 0x200000
	cmpl	$1, 0x200000
	expect	e, 9
	mov	$0xC0000000, %eax		/* no page */
	out	%eax, $FLUSH

	set_gate 0x25, line5
	load_idt
	init_pic 0xDF
	sti
	outb	1, LINES + 5
	jmp	.

line5:					/* comes once; there is no way back */
	outb	0, LINES + 5
	pass
