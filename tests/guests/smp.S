/*
 * Starts every CPU of the MADT by INIT and SIPI. Each goes from real to
 * protected mode, notes its APIC id, and halts. PASS: the MADT has as many CPUs
 * as the word cpus=N of the command line says, all arrive, each with its own
 * id, and these are the ids of the word ids=MASK, a bit for each below 32.
 */
#define BITS 32
#include "guest.inc"

#define LAPIC		0xFEE00000
#define LAPIC_ID	0x020
#define LAPIC_SVR	0x0F0
#define LAPIC_ICR	0x300
#define LAPIC_ICR_HIGH	0x310
#define TRAMPOLINE	0x8000

guest_start
	load_gdt
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	movl	$0x1FF, LAPIC + LAPIC_SVR
	mov	LAPIC + LAPIC_ID, %eax
	shr	$24, %eax
	mov	%eax, own_id
	call	find_madt

	mov	$start_cpu, %eax
	call	for_each_cpu
	mov	start_info, %ebx
	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$key, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 1
	call	read_number
	cmp	%eax, cpus
	expect	e, 2
1:	pause
	mov	arrived, %eax
	inc	%eax
	cmp	cpus, %eax
	jb	1b
	expect	e, 4
	mov	$check_cpu, %eax
	call	for_each_cpu
	cmpl	$1, own_count
	expect	e, 5

	mov	start_info, %ebx
	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$ids_key, %esi
	call	find_key
	test	%edi, %edi
	jz	1f
	call	read_number
	mov	own_id, %ecx
	bts	%ecx, seen
	cmp	%eax, seen
	expect	e, 9
1:	pass

/* INIT and SIPI for the CPU with APIC id EAX, but for this one. */
start_cpu:
	incl	cpus
	cmp	own_id, %eax
	je	2f
	shl	$24, %eax
	mov	%eax, LAPIC + LAPIC_ICR_HIGH
	movl	$0x4500, LAPIC + LAPIC_ICR
	call	wait_sent
	movl	$(0x4600 + TRAMPOLINE / 0x1000), LAPIC + LAPIC_ICR
	call	wait_sent
	ret
2:	incl	own_count
	ret

wait_sent:
	pause
	testl	$0x1000, LAPIC + LAPIC_ICR	/* delivery status */
	jnz	wait_sent
	ret

/* The CPU with APIC id EAX has arrived. */
check_cpu:
	cmp	own_id, %eax
	je	1f
	bt	%eax, seen
	expect	c, 6
1:	ret

/* Calls EAX with each enabled CPU's APIC id in EAX. Clobbers all but EBP. */
for_each_cpu:
	mov	%eax, %edx
	mov	madt, %ebx
	mov	4(%ebx), %edi
	add	%ebx, %edi			/* its end */
	add	$44, %ebx
1:	cmp	%edi, %ebx
	jae	3f
	cmpb	$0, (%ebx)			/* processor local APIC */
	jne	2f
	testb	$1, 4(%ebx)			/* enabled */
	jz	2f
	movzbl	3(%ebx), %eax
	call	*%edx
2:	movzbl	1(%ebx), %eax
	add	%eax, %ebx
	jmp	1b
3:	ret

/* RSDP, XSDT, MADT. Clobbers EAX, EBX, ECX. */
find_madt:
	mov	start_info, %ebx
	mov	START_INFO_RSDP(%ebx), %ebx
	mov	24(%ebx), %ebx
	mov	4(%ebx), %ecx
	add	%ebx, %ecx			/* its end */
	add	$36, %ebx
1:	cmp	%ecx, %ebx
	expect	b, 7
	mov	(%ebx), %eax
	add	$8, %ebx
	cmpl	$0x43495041, (%eax)		/* APIC */
	jne	1b
	mov	%eax, madt
	ret

/* The other CPUs, in protected mode, without a stack. */
other_cpu:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	LAPIC + LAPIC_ID, %eax
	shr	$24, %eax
	lock bts %eax, seen
	expect	nc, 8
	lock incl arrived
1:	hlt
	jmp	1b

	.data
key:	.asciz	"cpus="
ids_key:
	.asciz	"ids="
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
	.balign	4
madt:	.skip	4
own_id:	.skip	4
own_count:
	.skip	4
cpus:	.skip	4
arrived:
	.skip	4
seen:	.skip	32
