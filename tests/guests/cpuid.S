/*
 * Finds the hypervisor as a guest kernel does: CPUID 1, ECX bit 31, then leaf
 * 0x40000000. PASS: the signature is KVM's; it is printed.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$1, %eax
	cpuid
	test	$(1 << 31), %ecx
	expect	nz, 1
	mov	$0x40000000, %eax
	cpuid
	cmp	$0x40000001, %eax
	expect	ae, 2
	mov	%ebx, signature
	mov	%ecx, signature + 4
	mov	%edx, signature + 8
	print	signature
	cmpl	$0x4B4D564B, signature		/* KVMK */
	expect	e, 3
	cmpl	$0x564B4D56, signature + 4	/* VMKV */
	expect	e, 4
	cmpl	$0x0000004D, signature + 8	/* M */
	expect	e, 5
	pass

	.data
signature:
	.long	0, 0, 0, 0
