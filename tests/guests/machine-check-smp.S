/*
 * Two CPUs. The first touches the page at PAGE until #MC comes for it, the
 * second does nothing. STATE tells the other side (tests/hostile/poison.c) that
 * both are ready. PASS: with the word cpu=intel the second gets #MC too, with
 * nothing but the news in its bank 1; with cpu=amd the first alone.
 */
#define BITS 32
#include "guest.inc"

#define PAGE		0x2000000
#define STATE		0x2100000

#define MSR_MCG_STATUS	0x17A
#define MSR_MC1_STATUS	0x405
#define MSR_MC9_STATUS	0x425
#define VECTOR_MC	18
#define CR4_MCE		0x40

#define LAPIC		0xFEE00000
#define LAPIC_SVR	0x0F0
#define LAPIC_ICR	0x300
#define LAPIC_ICR_HIGH	0x310
#define TRAMPOLINE	0x8000

guest_start
	load_gdt
	set_gate VECTOR_MC, on_first
	load_idt
	mov	%cr4, %eax
	or	$CR4_MCE, %eax
	mov	%eax, %cr4
	mov	start_info, %ebx
	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$key, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 1
	mov	(%edi), %bl
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$0x4500, %eax			/* INIT */
	call	send
	movl	$(0x4600 + TRAMPOLINE / 0x1000), %eax
	call	send
1:	pause
	cmpl	$0, arrived
	je	1b
	movl	$1, PAGE
	movl	$1, STATE
2:	mov	PAGE, %al
	pause
	jmp	2b

/* Sends EAX to the CPU with APIC id 1. */
send:
	movl	$0x01000000, LAPIC + LAPIC_ICR_HIGH
	mov	%eax, LAPIC + LAPIC_ICR
1:	pause
	testl	$0x1000, LAPIC + LAPIC_ICR	/* delivery status */
	jnz	1b
	ret

on_first:
	mov	$MSR_MCG_STATUS, %ecx
	rdmsr
	cmp	$7, %eax			/* MCIP, EIPV, RIPV */
	expect	e, 2
	mov	$MSR_MC9_STATUS, %ecx
	rdmsr
	test	%edx, %edx			/* VAL */
	expect	s, 3
	cmp	$'i', %bl
	jne	2f
1:	pause
	cmpl	$0, told
	je	1b
	pass
2:	mov	$200000, %ecx			/* the second's chance to fail */
3:	pause
	loop	3b
	pass

on_second:
	cmp	$'i', %bl
	expect	e, 4
	mov	$MSR_MCG_STATUS, %ecx
	rdmsr
	cmp	$5, %eax			/* MCIP, RIPV */
	expect	e, 5
	mov	$MSR_MC1_STATUS, %ecx
	rdmsr
	cmp	$0xA0000000, %edx		/* VAL, UC */
	expect	e, 6
	test	%eax, %eax
	expect	z, 7
	mov	$MSR_MC9_STATUS, %ecx
	rdmsr
	test	%edx, %edx
	expect	ns, 8
	movl	$1, told
1:	pause
	jmp	1b

/* The second CPU, in protected mode. */
other_cpu:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	$other_stack_top, %esp
	mov	start_info, %edx
	mov	START_INFO_CMDLINE(%edx), %edi
	mov	$key, %esi
	call	find_key
	mov	(%edi), %bl
	lidt	other_idt_pointer
	mov	$on_second, %eax
	mov	%ax, other_idt + VECTOR_MC * 8
	movw	$SEL_CODE, other_idt + VECTOR_MC * 8 + 2
	movw	$0x8E00, other_idt + VECTOR_MC * 8 + 4
	shr	$16, %eax
	mov	%ax, other_idt + VECTOR_MC * 8 + 6
	mov	%cr4, %eax
	or	$CR4_MCE, %eax
	mov	%eax, %cr4
	movl	$1, arrived
1:	pause
	jmp	1b

	.data
key:	.asciz	"cpu="
	.balign	4
other_idt_pointer:
	.word	32 * 8 - 1
	.long	other_idt
	.code16
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE, $other_cpu
trampoline_gdt:
	.word	6 * 8 - 1
	.long	gdt
trampoline_end:

	.bss
	.balign	16
other_idt:
	.skip	32 * 8
	.skip	1024
other_stack_top:
arrived:
	.skip	4
told:	.skip	4
