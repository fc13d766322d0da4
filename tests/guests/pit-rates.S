/*
 * The PIT's counters against each other, so that no time is asserted: counters
 * 0 and 2 in mode 2 with the same count, latched by one read-back command, are
 * always as far apart as at first. Then counter 2's gate and output at port
 * 0x61: it stands while the gate is low, and its output rises once it is high.
 * PASS: so they do.
 */
#define BITS 32
#include "guest.inc"

#define SAMPLES	1000

/* A counter's low and high byte into EAX. Clobbers EDX, ESI. */
.macro read_counter port
	inb	\port
	movzbl	%al, %esi
	inb	\port
	shl	$8, %eax
	movzwl	%ax, %eax
	or	%esi, %eax
.endm

/* Counter 0's count less counter 2's, as 16 bits, into EAX; 0's into ECX. */
.macro sample
	outb	0xDA, 0x43		/* read-back: the counts of 0 and 2 */
	read_counter 0x40
	mov	%eax, %ecx
	read_counter 0x42
	sub	%ecx, %eax
	neg	%eax
	movzwl	%ax, %eax
.endm

guest_start
	outb	0x01, 0x61		/* gate 2 */
	outb	0x34, 0x43		/* low then high, mode 2 */
	outb	0x00, 0x40		/* 65536 */
	outb	0x00, 0x40
	outb	0xB4, 0x43
	outb	0x00, 0x42
	outb	0x00, 0x42
1:	outb	0xE8, 0x43		/* read-back: the status of 2 */
	inb	0x42
	test	$0x40, %al		/* its count is not loaded yet */
	jnz	1b
	sample
	mov	%eax, %ebx
	mov	%ecx, first
	mov	$SAMPLES, %edi
1:	sample
	cmp	%ebx, %eax
	expect	e, 1
	cmp	first, %ecx
	je	2f
	incl	moved
2:	dec	%edi
	jnz	1b
	cmpl	$0, moved
	expect	ne, 2

	outb	0x00, 0x61
	outb	0xB0, 0x43		/* counter 2, mode 0 */
	outb	0x00, 0x42
	outb	0x10, 0x42
1:	outb	0xE8, 0x43
	inb	0x42
	test	$0x40, %al
	jnz	1b
	mov	$SAMPLES, %edi
1:	outb	0x80, 0x43		/* latch counter 2 */
	read_counter 0x42
	cmp	$0x1000, %eax
	expect	e, 3
	dec	%edi
	jnz	1b
	inb	0x61
	test	$0x20, %al
	expect	z, 4
	outb	0x01, 0x61
1:	inb	0x61
	test	$0x20, %al
	jz	1b
	outb	0x00, 0x61		/* the output stays */
	inb	0x61
	and	$0x21, %al
	cmp	$0x20, %al
	expect	e, 5
	pass

	.bss
	.balign	4
first:	.skip	4
moved:	.skip	4
