/*
 * Takes five interrupts from PIT channel 0 (mode 2, 1 ms) through the PIC pair
 * in long mode. PASS: all five arrive at vector 0x20.
 */
#define BITS 64
#include "guest.inc"

#define DIVISOR	1193

guest_start
	set_gate 0x20, tick
	load_idt
	init_pic 0xFE
	outb	0x34, 0x43		/* channel 0, low then high, mode 2 */
	outb	(DIVISOR & 0xFF), 0x40
	outb	(DIVISOR >> 8), 0x40
	sti
1:	pause
	cmpl	$5, ticks
	jb	1b
	cli
	pass

tick:
	push	%rax
	incl	ticks
	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	pop	%rax
	irq_return

	.bss
ticks:	.skip	4
