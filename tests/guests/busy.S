/*
 * Four CPUs that never rest, for tests/stress/pause.c, whose board answers
 * them. Each takes one-shot ticks of its local APIC's timer, sends interrupts
 * to the next CPU, and counts up in ports and in memory that is a device's.
 *
 * A lost tick is never followed by another, and a lost interrupt by none to
 * that CPU; a read that is not one more than the last ends the guest.
 */
#define BITS 32
#include "guest.inc"

#define CPUS		4
#define AREAS		0x50000		/* a CPU's own: 64 bytes each */
#define STACKS		0x60000		/* 4 KiB each */
#define TRAMPOLINE	0x8000

/* What is in an area: counts, as tests/stress/pause.c knows them. */
#define TICKS		0
#define SENT		4
#define RECEIVED	8
#define PORT_WRITES	12
#define PORT_READS	16
#define MEMORY_WRITES	20
#define MEMORY_READS	24

/* Ports: + 4 for each CPU. Memory: + 16. */
#define PORT_WRITTEN	0x500
#define PORT_READ	0x510
#define MEMORY_WRITTEN	0xD0000000
#define MEMORY_READ	0xD0000100

#define LAPIC		0xFEE00000
#define LAPIC_ID	0x020
#define LAPIC_EOI	0x0B0
#define LAPIC_SVR	0x0F0
#define LAPIC_ICR	0x300
#define LAPIC_ICR_HIGH	0x310
#define LAPIC_TIMER	0x320
#define LAPIC_INITIAL	0x380
#define LAPIC_DIVIDE	0x3E0

#define VECTOR_TICK	0x40
#define VECTOR_IPI	0x41
#define TICK_NS		100000		/* of KVM's 1 GHz, divided by 1 */

/* An IRET in pieces: of 32 bits, KVM's emulator has none in protected mode. */
.macro return
	push	8(%esp)
	popf
	lret	$4
.endm

guest_start
	load_gdt
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	set_gate VECTOR_TICK, tick
	set_gate VECTOR_IPI, ipi
	outb	0xFF, 0x21		/* no ExtINT from the PIC pair */
	outb	0xFF, 0xA1
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$0x000C4500, LAPIC + LAPIC_ICR	/* INIT: all but this one */
1:	pause
	testl	$0x1000, LAPIC + LAPIC_ICR
	jnz	1b
	movl	$(0x000C4600 + TRAMPOLINE / 0x1000), LAPIC + LAPIC_ICR

/* Each CPU, in protected mode. EBP: its area. EBX: its number. EDI: the next. */
every_cpu:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	LAPIC + LAPIC_ID, %ebx
	shr	$24, %ebx
	mov	%ebx, %esp
	shl	$12, %esp
	add	$(STACKS + 0x1000), %esp
	mov	%ebx, %ebp
	shl	$6, %ebp
	add	$AREAS, %ebp
	lea	1(%ebx), %edi
	and	$(CPUS - 1), %edi
	load_idt
	movl	$0x1FF, LAPIC + LAPIC_SVR
	lock incl ready
1:	pause
	cmpl	$CPUS, ready
	jb	1b
	movl	$0x0B, LAPIC + LAPIC_DIVIDE
	movl	$VECTOR_TICK, LAPIC + LAPIC_TIMER
	movl	$TICK_NS, LAPIC + LAPIC_INITIAL
	sti

again:
	call	interrupt_next
	call	count_in_ports
	call	count_in_memory
	jmp	again

/* Once the next CPU has taken the last interrupt. */
interrupt_next:
	mov	%edi, %esi
	shl	$6, %esi
	mov	SENT(%ebp), %eax
	cmp	%eax, AREAS + RECEIVED(%esi)
	jne	1f
	incl	SENT(%ebp)
	mov	%edi, %eax
	shl	$24, %eax
	mov	%eax, LAPIC + LAPIC_ICR_HIGH
	movl	$(0x4000 + VECTOR_IPI), LAPIC + LAPIC_ICR
1:	ret

count_in_ports:
	lea	PORT_WRITTEN(, %ebx, 4), %edx
	mov	PORT_WRITES(%ebp), %eax
	inc	%eax
	out	%eax, %dx
	mov	%eax, PORT_WRITES(%ebp)
	lea	PORT_READ(, %ebx, 4), %edx
	in	%dx, %eax
	dec	%eax
	cmp	%eax, PORT_READS(%ebp)
	expect	e, 1
	incl	PORT_READS(%ebp)
	ret

count_in_memory:
	mov	%ebx, %esi
	shl	$4, %esi
	mov	MEMORY_WRITES(%ebp), %eax
	inc	%eax
	mov	%eax, MEMORY_WRITTEN(%esi)
	mov	%eax, MEMORY_WRITES(%ebp)
	mov	MEMORY_READ(%esi), %eax
	dec	%eax
	cmp	%eax, MEMORY_READS(%ebp)
	expect	e, 2
	incl	MEMORY_READS(%ebp)
	ret

tick:
	incl	TICKS(%ebp)
	movl	$0, LAPIC + LAPIC_EOI
	movl	$TICK_NS, LAPIC + LAPIC_INITIAL
	return

ipi:
	incl	RECEIVED(%ebp)
	movl	$0, LAPIC + LAPIC_EOI
	return

	.data
	.code16
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE, $every_cpu
trampoline_gdt:
	.word	6 * 8 - 1
	.long	gdt
trampoline_end:

	.bss
	.balign	4
ready:	.skip	4
