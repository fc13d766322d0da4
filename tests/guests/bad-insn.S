/*
 * Executes CMPXCHG16B in ring 0, which hardware has and KVM's emulator does
 * not. PASS: status 0 on hardware virtualisation; 126 on a backend that
 * emulates ring 0, and the report names CMPXCHG16B.
 */
#define BITS 64
#include "guest.inc"

guest_start
	xor	%eax, %eax
	xor	%edx, %edx
	mov	$0x1111, %ebx
	mov	$0x2222, %ecx
	lock cmpxchg16b pair(%rip)
	expect	z, 1
	cmpq	$0x1111, pair(%rip)
	expect	e, 2
	cmpq	$0x2222, pair+8(%rip)
	expect	e, 3
	pass

	.data
	.balign	16
pair:	.quad	0, 0
