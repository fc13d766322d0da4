/*
 * Multiboot 2, as an ELF64 file (specification 2.0, 3.2 and 3.6). Prints the
 * command line, and of each module the string and the bytes. PASS: registers
 * and information are as promised.
 */
#define BITS 32
#include "guest.inc"

#define MAGIC		0xE85250D6

	.section .entry, "ax"
	.balign	8
header:
	.long	MAGIC, 0, header_end - header, -(MAGIC + header_end - header)
	.word	1, 0			/* the information that is wanted */
	.long	8 + 5 * 4, 1, 3, 6, 9, 15
	.balign	8
	.word	0x7777, 1		/* an optional tag that nobody knows */
	.long	8
	.word	0, 0
	.long	8
header_end:

	.text
	.globl	_start
_start:
	cmp	$0x36D76289, %eax
	expect	e, 1
	test	$7, %bl
	expect	z, 2
	mov	$stack_top, %esp
	pushf
	pop	%eax
	test	$(1 << 17 | 1 << 9), %eax	/* VM, IF */
	expect	z, 3
	mov	%cr0, %eax
	and	$0x80000001, %eax		/* PG, PE */
	cmp	$1, %eax
	expect	e, 4
	mov	%ebx, %ebp
	add	(%ebx), %ebp			/* the end of it all */
	add	$8, %ebx

next_tag:
	cmp	%ebp, %ebx
	expect	b, 5
	mov	(%ebx), %eax
	cmp	$32, %eax
	expect	b, 6
	bts	%eax, seen
	test	%eax, %eax
	jz	end
	cmp	$1, %eax
	je	cmdline
	cmp	$3, %eax
	je	module
	cmp	$9, %eax
	je	sections
	cmp	$15, %eax
	je	rsdp
skip:
	mov	4(%ebx), %eax
	add	$7, %eax
	and	$~7, %eax
	add	%eax, %ebx
	jmp	next_tag

cmdline:
	lea	8(%ebx), %esi
	call	puts_line
	jmp	skip
module:
	lea	16(%ebx), %esi
	call	puts_line
	mov	8(%ebx), %esi
	test	$0xFFF, %esi			/* a page boundary */
	expect	z, 7
	mov	12(%ebx), %ecx
	sub	%esi, %ecx
	call	putn
	jmp	skip
sections:					/* are their names there? */
	cmpl	$64, 12(%ebx)
	expect	e, 8
	mov	16(%ebx), %eax
	shl	$6, %eax
	mov	20 + 16(%ebx, %eax), %esi	/* sh_addr */
	cmpw	$0x2E00, (%esi)			/* an empty name, and a dot */
	expect	e, 9
	jmp	skip
rsdp:
	cmpl	$0x20445352, 8(%ebx)		/* RSD */
	expect	e, 10
	jmp	skip
end:
	add	$8, %ebx
	cmp	%ebp, %ebx
	expect	e, 11
	mov	seen, %eax
	and	$0x8257, %eax			/* all but modules */
	cmp	$0x8257, %eax
	expect	e, 12
	pass

puts_line:
	call	puts
	mov	$'\n', %al
	jmp	putc

	.data
	.balign	4
seen:	.long	0
