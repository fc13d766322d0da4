/*
 * Edges through the IOAPIC: five ticks of the PIT at pin 2, and the UART's line
 * at pin 4, whose edge is one interrupt for as long as the line is up. An edge
 * on a masked pin is lost. PASS: so it is, and nothing comes by the PIC.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

guest_start
	load_gdt
	set_gate 0x42, tick
	set_gate 0x44, uart
	set_gate 0x20, by_pic
	set_gate 0x24, by_pic
	load_idt
	init_pic 0xFF
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$1, IOAPIC
	cmpl	$0x00170020, IOAPIC + IOAPIC_WINDOW
	expect	e, 1
	set_pin	PIN_PIT, 0x42
	outb	0x34, 0x43		/* channel 0, low then high, mode 2 */
	outb	0xA9, 0x40		/* 1 ms */
	outb	0x04, 0x40
	sti
	await	ticks, 5
	set_pin	PIN_PIT, (MASKED + 0x42)

	outb	0x08, UART_MCR		/* OUT2 */
	set_pin	PIN_UART, (MASKED + 0x44)
	raise_uart
	set_pin	PIN_UART, 0x44
	call	a_while
	cmpl	$0, uarts
	expect	e, 2
	lower_uart
	raise_uart
	await	uarts, 1
	call	a_while
	cmpl	$1, uarts
	expect	e, 3
	lower_uart
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
	incl	ticks
	movl	$0, LAPIC + LAPIC_EOI
	return

uart:
	incl	uarts
	movl	$0, LAPIC + LAPIC_EOI
	return

by_pic:
	exit	9

	.bss
	.balign	4
ticks:	.skip	4
uarts:	.skip	4
