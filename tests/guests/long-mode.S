/*
 * Looks at the state an ELF kernel without a PVH note is entered in: Linux's
 * 64-bit boot protocol (Documentation/arch/x86/boot.rst, "64-bit boot
 * protocol"). PASS: every promise of it holds.
 */
#define BITS 64
#include "guest.inc"

#define MSR_EFER	0xC0000080

guest_start
	pushfq
	pop	%rax
	test	$(1 << 9), %eax		/* IF */
	expect	z, 1
	mov	%cs, %eax
	cmp	$SEL_CODE, %ax
	expect	e, 2
	mov	%ds, %eax
	cmp	$SEL_DATA, %ax
	expect	e, 3
	mov	%es, %eax
	cmp	$SEL_DATA, %ax
	expect	e, 4
	mov	%ss, %eax
	cmp	$SEL_DATA, %ax
	expect	e, 5
	mov	$1, %eax		/* bits 48 on: REX works, CS.L = 1 */
	shl	$40, %rax
	shr	$40, %rax
	cmp	$1, %rax
	expect	e, 6
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$0x500, %eax		/* LMA, LME */
	cmp	$0x500, %eax
	expect	e, 7
	mov	%cr0, %rax
	and	$0x80000001, %eax	/* PG, PE */
	cmp	$0x80000001, %eax
	expect	e, 8
	mov	%cr4, %rax
	test	$0x20, %al		/* PAE */
	expect	nz, 9
	mov	$0x6400000, %edi	/* 100 MiB: identity mapped, writable */
	movq	$0x5A5A5A5A, (%rdi)
	cmpq	$0x5A5A5A5A, (%rdi)
	expect	e, 10
	lgdt	new_gdt_pointer		/* the segments stay usable */
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %ss

	mov	boot_params, %rbx
	cmpb	$2, PARAMS_E820_COUNT(%rbx)
	expect	ae, 11
	cmpq	$0, PARAMS_E820(%rbx)		/* base */
	expect	e, 12
	cmpq	$0x90000, PARAMS_E820 + 8(%rbx)	/* length */
	expect	ae, 13
	cmpl	$1, PARAMS_E820 + 16(%rbx)	/* RAM */
	expect	e, 14
	cmpb	$0, PARAMS_LOADER(%rbx)
	expect	ne, 15
	mov	PARAMS_RSDP(%rbx), %rax
	mov	signature(%rip), %rcx
	cmp	(%rax), %rcx
	expect	e, 16
	mov	PARAMS_CMDLINE(%rbx), %edi
	mov	$console, %esi
	call	find_key
	test	%rdi, %rdi
	expect	nz, 17
	pass

	.data
console:
	.asciz	"console="
	.balign	8
signature:
	.ascii	"RSD PTR "
new_gdt_pointer:
	.word	4 * 8 - 1
	.quad	gdt
