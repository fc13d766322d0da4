/*
 * As many interrupts as there can be, for tests/stress/storm.c: the PIT at its
 * fastest and the UART's THRE by the PIC pair, the RTC's 8192 Hz by the IOAPIC.
 * Their counts are in memory. A line of the RTC whose edge was lost never rises
 * again. The UART, which takes no time for a byte, would by itself keep LAPIC and
 * program from ever having their turn: so each byte is one that this asks for.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

/* As tests/stress/storm.c knows them. */
#define COUNTS		0x50000
#define TICKS		(COUNTS + 0)
#define BYTES		(COUNTS + 4)
#define PERIODS		(COUNTS + 8)

#define PIN_RTC		8

guest_start
	load_gdt
	set_gate 0x20, tick
	set_gate 0x24, uart
	set_gate 0x48, period
	load_idt
	init_pic 0xEE
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$0x700, LAPIC + LAPIC_LINT0	/* ExtINT */
	set_pin	PIN_RTC, 0x48
	outb	0x34, 0x43		/* channel 0, low then high, mode 2 */
	outb	0x02, 0x40
	outb	0x00, 0x40
	outb	0x0A, 0x70
	outb	0x23, 0x71		/* the divider runs; 8192 Hz */
	outb	0x0B, 0x70
	outb	0x42, 0x71		/* PIE, 24 hours */
	outb	0x0C, 0x70		/* read by `period` */
	inb	0x71
	outb	0x07, UART_IIR
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
	sti
again:
	raise_uart			/* `uart` lowers it */
	testl	$0x400, TICKS		/* now it rests, now it does not */
	jz	again
	hlt
	jmp	again

tick:
	push	%eax
	incl	TICKS
	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	pop	%eax
	return

uart:
	push	%eax
	push	%edx
	lower_uart
	inb	UART_LSR
	test	$LSR_THRE, %al
	jz	1f
	outb	'x', UART_DATA
	incl	BYTES
1:	mov	$0x20, %al
	out	%al, $0x20
	pop	%edx
	pop	%eax
	return

period:
	push	%eax
	push	%edx
	inb	0x71
	incl	PERIODS
	movl	$0, LAPIC + LAPIC_EOI
	pop	%edx
	pop	%eax
	return
