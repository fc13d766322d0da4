/*
 * Takes 64 periodic interrupts of the RTC (1024 Hz) through the PIC pair,
 * input 8, in long mode. PASS: all arrive at vector 0x28, each with PF in
 * register C.
 */
#define BITS 64
#include "guest.inc"

guest_start
	set_gate 0x28, tick
	load_idt
	init_pic 0xFB			/* the slave's input */
	outb	0xFE, 0xA1
	outb	0x0A, 0x70
	outb	0x26, 0x71		/* the divider runs; 1024 Hz */
	outb	0x0B, 0x70
	outb	0x42, 0x71		/* PIE, 24 hours */
	outb	0x0C, 0x70		/* read by `tick` */
	sti
1:	pause
	cmpl	$64, ticks
	jb	1b
	cli
	pass

tick:
	push	%rax
	push	%rdx
	inb	0x71
	test	$0x40, %al		/* PF */
	expect	nz, 1
	incl	ticks
	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0xA0
	out	%al, $0x20
	pop	%rdx
	pop	%rax
	irq_return

	.bss
ticks:	.skip	4
