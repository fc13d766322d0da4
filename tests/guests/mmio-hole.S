/*
 * Reads and writes addresses and ports that nothing claims. PASS: reads give
 * all ones in every size, writes are ignored.
 */
#define BITS 32
#include "guest.inc"

#define HOLE_MMIO	0xE0000000
#define HOLE_PORT	0x1234

guest_start
	mov	$HOLE_MMIO, %esi
	movl	$0x12345678, (%esi)
	movw	$0x1234, (%esi)
	movb	$0x12, (%esi)
	mov	(%esi), %eax
	cmp	$-1, %eax
	expect	e, 1
	xor	%eax, %eax
	mov	(%esi), %ax
	cmp	$0xFFFF, %eax
	expect	e, 2
	xor	%eax, %eax
	mov	3(%esi), %al
	cmp	$0xFF, %eax
	expect	e, 3
	xor	%eax, %eax
	mov	0xFFE(%esi), %eax		/* crosses a page */
	cmp	$-1, %eax
	expect	e, 4

	mov	$HOLE_PORT, %dx
	xor	%eax, %eax
	out	%eax, %dx
	out	%ax, %dx
	out	%al, %dx
	in	%dx, %eax
	cmp	$-1, %eax
	expect	e, 5
	xor	%eax, %eax
	in	%dx, %ax
	cmp	$0xFFFF, %eax
	expect	e, 6
	xor	%eax, %eax
	in	%dx, %al
	cmp	$0xFF, %eax
	expect	e, 7
	pass
