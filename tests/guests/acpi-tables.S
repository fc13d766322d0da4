/*
 * Walks the ACPI tables from the RSDP in start_info: RSDP, XSDT, all that the
 * XSDT lists, and the FADT's DSDT. PASS: signatures and checksums are right,
 * MADT and FADT are there, the FADT names the PM1a control and reset ports.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	start_info, %ebx
	mov	START_INFO_RSDP(%ebx), %ebx
	cmpl	$0x20445352, (%ebx)		/* RSD */
	expect	e, 1
	cmpl	$0x20525450, 4(%ebx)		/* PTR */
	expect	e, 2
	mov	%ebx, %esi
	mov	$20, %ecx
	call	sum
	expect	z, 3
	cmpb	$2, 15(%ebx)			/* revision */
	expect	ae, 4
	mov	%ebx, %esi
	mov	20(%ebx), %ecx			/* length */
	call	sum
	expect	z, 5

	mov	24(%ebx), %ebx
	cmpl	$0x54445358, (%ebx)		/* XSDT */
	expect	e, 6
	call	check_table
	expect	z, 7
	mov	4(%ebx), %edi
	add	%ebx, %edi			/* its end */
	lea	36(%ebx), %ebp
1:	cmp	%edi, %ebp
	jae	4f
	mov	(%ebp), %ebx
	add	$8, %ebp
	call	check_table
	expect	z, 8
	cmpl	$0x43495041, (%ebx)		/* APIC */
	jne	2f
	mov	%ebx, madt
	cmpl	$0xFEE00000, 36(%ebx)
	expect	e, 9
2:	cmpl	$0x50434146, (%ebx)		/* FACP */
	jne	1b
	mov	%ebx, fadt
	jmp	1b

4:	cmpl	$0, madt
	expect	ne, 10
	mov	fadt, %ebx
	test	%ebx, %ebx
	expect	nz, 11
	cmpl	$0x604, 64(%ebx)		/* PM1a_CNT_BLK */
	expect	e, 12
	testl	$(1 << 10), 112(%ebx)		/* RESET_REG_SUP */
	expect	nz, 13
	cmpb	$1, 116(%ebx)			/* RESET_REG: port space */
	expect	e, 14
	cmpl	$0xCF9, 120(%ebx)
	expect	e, 15
	mov	40(%ebx), %eax			/* DSDT */
	mov	140(%ebx), %ebx			/* X_DSDT */
	test	%ebx, %ebx
	jnz	5f
	mov	%eax, %ebx
5:	cmpl	$0x54445344, (%ebx)		/* DSDT */
	expect	e, 16
	call	check_table
	expect	z, 17
	pass

/* ZF when the table at EBX sums up to 0. Clobbers EAX, ECX, ESI. */
check_table:
	mov	%ebx, %esi
	mov	4(%ebx), %ecx
/* ZF when the ECX bytes at ESI sum up to 0. Clobbers EAX, ECX, ESI. */
sum:
	xor	%eax, %eax
1:	add	(%esi), %al
	inc	%esi
	dec	%ecx
	jnz	1b
	test	%al, %al
	ret

	.bss
madt:	.skip	4
fadt:	.skip	4
