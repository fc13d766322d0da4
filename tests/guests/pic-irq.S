/*
 * ExtINT: the PIT's ticks (1 ms) and the UART's line through the PIC pair.
 * PASS: they wait while they are masked at the PIC, by IF, and at LINT0; they
 * wake from HLT; of two the higher comes first; a request that is gone before
 * it can be taken is none; an edge is one interrupt.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

#define EXTINT	0x700

/* Waits until the PIC's IRR has input 0's request. Clobbers AL, EDX. */
.macro await_request
	outb	0x0A, 0x20		/* OCW3: read IRR */
.Lrequest\@:
	inb	0x20
	test	$1, %al
	jz	.Lrequest\@
.endm

guest_start
	load_gdt
	set_gate 0x20, tick
	set_gate 0x24, uart
	set_gate 0x27, spurious
	load_idt
	init_pic 0xFF
	movl	$0x1FF, LAPIC + LAPIC_SVR	/* or LINT0 stays masked */
	outb	0x08, UART_MCR		/* OUT2 */
	outb	0x34, 0x43		/* channel 0, low then high, mode 2 */
	outb	0xA9, 0x40
	outb	0x04, 0x40

	sti
	await_request
	call	a_while
	cmpl	$0, ticks		/* masked at the PIC */
	expect	e, 1
	outb	0xFE, 0x21
	await	ticks, 3

	cli				/* by IF */
	mov	ticks, %ebx
	await_request
	call	a_while
	cmp	ticks, %ebx
	expect	e, 2
	sti
1:	hlt				/* wakes, each time */
	mov	ticks, %eax
	sub	%ebx, %eax
	cmp	$4, %eax
	jb	1b

	cli				/* at LINT0 */
	movl	$(MASKED + EXTINT), LAPIC + LAPIC_LINT0
	mov	ticks, %ebx
	sti
	await_request
	call	a_while
	cmp	ticks, %ebx
	expect	e, 3
	movl	$EXTINT, LAPIC + LAPIC_LINT0
1:	pause
	cmp	ticks, %ebx
	je	1b

	cli				/* both wait: the PIT's is higher */
	outb	0xEE, 0x21
	raise_uart
	await_request
	mov	ticks, %ebx
	sti
	await	uarts, 1
	cmp	%ebx, ticks_at_uart
	expect	ne, 4

	outb	0xEF, 0x21
	call	a_while			/* the line is still up: no edge */
	cmpl	$1, uarts
	expect	e, 5
	cli
	lower_uart
	raise_uart
	call	a_while
	lower_uart			/* gone before it can be taken */
	sti
	call	a_while
	cmpl	$1, uarts
	expect	e, 6
	raise_uart
	await	uarts, 2
	pass

/* As many accesses as let an interrupt come. Clobbers EAX, ECX, EDX. */
a_while:
	mov	$100, %ecx
1:	inb	UART_LSR
	loop	1b
	ret

tick:
	push	%eax
	incl	ticks
	jmp	1f
uart:
	push	%eax
	incl	uarts
	mov	ticks, %eax
	mov	%eax, ticks_at_uart
1:	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	pop	%eax
	return

spurious:
	exit	7

	.bss
	.balign	4
ticks:	.skip	4
uarts:	.skip	4
ticks_at_uart:
	.skip	4
