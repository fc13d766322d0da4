/*
 * Multiboot 2, raw bytes with addresses in tags, linked for 1 MiB but only to
 * be loaded from 4 MiB on, at 6 MiB then. PASS: it is there, and told so.
 */
#define BITS 32
#include "guest.inc"

#define MAGIC		0xE85250D6
#define WANTED		0x600000

	.section .entry, "ax"
	.balign	8
header:
	.long	MAGIC, 0, header_end - header, -(MAGIC + header_end - header)
	.word	2, 0			/* addresses */
	.long	24, header, -1, 0, 0
	.word	3, 0			/* the entry */
	.long	12, _start
	.balign	8
	.word	10, 0			/* relocatable */
	.long	24, 0x400001, 0xFFFFFF, 0x200000, 0
	.word	0, 0
	.long	8
header_end:

	.text
	.globl	_start
_start:
	cmp	$0x36D76289, %eax
	expect	e, 1
	mov	%ebx, %esp		/* a stack below the information */
	call	1f
1:	pop	%eax
	sub	$1b, %eax
	add	$header, %eax
	cmp	$WANTED, %eax
	expect	e, 2
	add	$8, %ebx
2:	mov	(%ebx), %eax
	test	%eax, %eax
	expect	nz, 3
	cmp	$21, %eax
	je	3f
	mov	4(%ebx), %eax
	add	$7, %eax
	and	$~7, %eax
	add	%eax, %ebx
	jmp	2b
3:	cmpl	$WANTED, 8(%ebx)
	expect	e, 4
	pass
