/*
 * Looks for PCI devices by configuration mechanism 1: function 4 of slot 0,
 * whose address has the bit set that in port 0xCF9 would reset the machine.
 * PASS: status 42, there is no PCI, and no reset.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$0xCF8, %dx
	mov	$0x80000000, %eax
	out	%eax, %dx
	mov	$0x80000600, %eax
	out	%eax, %dx
	in	%dx, %eax
	cmp	$-1, %eax
	expect	e, 1
	mov	$0xCFC, %dx
	in	%dx, %eax
	cmp	$-1, %eax
	expect	e, 2
	exit	42
