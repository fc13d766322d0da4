/*
 * Looks at the state a PVH guest is entered in (Xen's "x86/HVM direct boot
 * ABI") and at its start_info; prints the first module, if there is one.
 * PASS: every promise holds.
 */
#define BITS 32
#include "guest.inc"

guest_start
	pushf
	pop	%eax
	test	$(1 << 9 | 1 << 8), %eax	/* IF, TF */
	expect	z, 1
	mov	%cr0, %eax
	test	$1, %al				/* PE */
	expect	nz, 2
	test	$(1 << 31), %eax		/* PG */
	expect	z, 3
	mov	%cr4, %eax
	test	%eax, %eax
	expect	z, 4
	push	%es				/* all of them usable */
	pop	%eax
	mov	%ds, %ecx
	mov	%ss, %edx
	test	%ecx, %ecx
	expect	nz, 5
	test	%edx, %edx
	expect	nz, 6
	test	%eax, %eax
	expect	nz, 7

	mov	start_info, %ebx
	cmpl	$START_INFO_MAGIC, (%ebx)
	expect	e, 8
	cmpl	$1, 4(%ebx)			/* version */
	expect	ae, 9
	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$console, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 10
	mov	START_INFO_RSDP(%ebx), %eax
	cmpl	$0x20445352, (%eax)		/* RSD */
	expect	e, 11
	cmpl	$0x20525450, 4(%eax)		/* PTR */
	expect	e, 12
	cmpl	$2, START_INFO_MEMMAP_COUNT(%ebx)
	expect	ae, 13
	mov	START_INFO_MEMMAP(%ebx), %esi
	cmpl	$0, (%esi)			/* base */
	expect	e, 14
	cmpl	$0x90000, 8(%esi)		/* length */
	expect	ae, 15
	cmpl	$1, 16(%esi)			/* RAM */
	expect	e, 16

	cmpl	$0, START_INFO_NR_MODULES(%ebx)
	je	1f
	mov	START_INFO_MODULES(%ebx), %eax
	mov	(%eax), %esi
	mov	8(%eax), %ecx
	test	$0xFFF, %esi			/* a page boundary */
	expect	z, 17
	call	putn
1:	pass

	.data
console:
	.asciz	"console="
