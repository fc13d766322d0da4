/*
 * Raises #UD with an IDT of no entries, in 32-bit mode with PAE's paging. PASS:
 * the monitor ends with 126 and names a triple fault.
 */
#define BITS 32
#include "guest.inc"

#define CR4_PAE	0x20
#define CR0_PG	0x80000000
#define LARGE	0x83			/* present, writable, 2 MiB */

guest_start
	mov	$directory, %edi
	mov	$LARGE, %eax
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	dec	%ecx
	jnz	1b
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$pointers, %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	lidt	no_idt
	ud2
	exit	1

	.data
no_idt:
	.word	0
	.long	0
	.balign	32
pointers:
	.long	directory + 1, 0
	.skip	24

	.bss
	.balign	4096
directory:
	.skip	4096
