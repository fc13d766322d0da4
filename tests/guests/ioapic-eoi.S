/*
 * A level that goes to the second CPU, which ends it there: the UART's line at
 * pin 4, for --cpus 2. PASS: 20 interrupts come,
 * and no more.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

#define TRAMPOLINE	0x8000
#define STACK		0x60000
#define TIMES		20

guest_start
	load_gdt
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	set_gate 0x44, uart
	load_idt
	init_pic 0xFF
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$0x000C4500, LAPIC + LAPIC_ICR	/* INIT: all but this one */
1:	pause
	testl	$0x1000, LAPIC + LAPIC_ICR
	jnz	1b
	movl	$(0x000C4600 + TRAMPOLINE / 0x1000), LAPIC + LAPIC_ICR
	await	ready, 1
	outb	0x08, UART_MCR		/* OUT2 */
	movl	$(0x11 + 2 * PIN_UART), IOAPIC
	movl	$(1 << 24), IOAPIC + IOAPIC_WINDOW
	set_pin	PIN_UART, (LEVEL + 0x44)
	raise_uart
	await	count, TIMES
1:	pause
	get_pin	PIN_UART
	test	$REMOTE_IRR, %eax
	jnz	1b
	cmpl	$TIMES, count
	expect	e, 1
	cmpl	$0, strays
	expect	e, 2
	pass

second:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$STACK, %esp
	load_idt
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$1, ready
	sti
1:	hlt
	jmp	1b

uart:
	push	%eax
	push	%edx
	cmpl	$0x01000000, LAPIC + LAPIC_ID
	je	1f
	incl	strays
1:	incl	count
	cmpl	$TIMES, count
	jb	2f
	lower_uart
2:	movl	$0, LAPIC + LAPIC_EOI
	pop	%edx
	pop	%eax
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
	ljmpl	$SEL_CODE, $second
trampoline_gdt:
	.word	6 * 8 - 1
	.long	gdt
trampoline_end:

	.bss
	.balign	4
ready:	.skip	4
count:	.skip	4
strays:	.skip	4
