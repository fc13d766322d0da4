/*
 * Reads ports in every size: each one below 0x1000, which takes in every port
 * of the machine, and one in 61 above, and the last, where a doubleword wraps.
 * PASS: the guest is still alive, and a port nobody has still reads all ones.
 */
#define BITS 32
#include "guest.inc"

guest_start
	xor	%ebx, %ebx
1:	mov	%ebx, %edx
	in	%dx, %al
	in	%dx, %ax
	in	%dx, %eax
	inc	%ebx
	cmp	$0x1000, %ebx
	jb	1b
	add	$60, %ebx
	cmp	$0x10000, %ebx
	jb	1b
	mov	$0xFFFF, %edx
	in	%dx, %al
	in	%dx, %ax
	in	%dx, %eax
	mov	$0x1234, %edx
	in	%dx, %eax
	cmp	$-1, %eax
	expect	e, 1
	pass
