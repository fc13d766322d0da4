/*
 * Raw bytes, for --flat 0x100000: entered at the first, with PVH's information.
 * Prints the first module, if there is one. PASS: so it is.
 */
#define BITS 32
#include "guest.inc"

	.section .entry, "ax"
	.globl	_start
_start:
	cmpl	$START_INFO_MAGIC, (%ebx)
	expect	e, 1
	mov	$stack_top, %esp
	call	1f
1:	pop	%eax
	cmp	$1b, %eax
	expect	e, 2
	cmpl	$0, START_INFO_NR_MODULES(%ebx)
	je	2f
	mov	START_INFO_MODULES(%ebx), %eax
	mov	(%eax), %esi
	mov	8(%eax), %ecx
	call	putn
2:	pass
