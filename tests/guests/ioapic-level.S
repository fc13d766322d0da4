/*
 * A level through the IOAPIC: the UART's line at pin 4. It interrupts again
 * after each EOI while it is up; remote IRR is set from its sending to its EOI.
 * PASS: so it is, also when it falls, is masked, and is ended by the IOAPIC's
 * own EOI register.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

guest_start
	load_gdt
	set_gate 0x44, uart
	load_idt
	init_pic 0xFF
	movl	$0x1FF, LAPIC + LAPIC_SVR
	outb	0x08, UART_MCR		/* OUT2 */
	set_pin	PIN_UART, (LEVEL + 0x44)
	sti

	/* The handler lowers it at the fifth. */
	movl	$5, last
	raise_uart
	await	count, 5
	call	a_while
	cmpl	$5, count
	expect	e, 1
	get_pin	PIN_UART
	cmp	$(LEVEL + 0x44), %eax
	expect	e, 2

	/* Masked while it is up, it rests; then it is looked at. */
	set_pin	PIN_UART, (MASKED + LEVEL + 0x44)
	movl	$8, last
	raise_uart
	call	a_while
	cmpl	$5, count
	expect	e, 3
	set_pin	PIN_UART, (LEVEL + 0x44)
	await	count, 8
	call	a_while
	cmpl	$8, count
	expect	e, 4

	/* Ended at the IOAPIC, it is sent again before the LAPIC's EOI. */
	cli
	movl	$10, last
	raise_uart
	get_pin	PIN_UART
	test	$REMOTE_IRR, %eax
	expect	nz, 5
	lower_uart
	movl	$0x45, IOAPIC + IOAPIC_EOI
	get_pin	PIN_UART
	test	$REMOTE_IRR, %eax
	expect	nz, 6
	movl	$0x44, IOAPIC + IOAPIC_EOI
	get_pin	PIN_UART
	test	$REMOTE_IRR, %eax
	expect	z, 7
	movl	$1, ended		/* the handler cannot see it set */
	sti
	await	count, 9
	call	a_while
	cmpl	$9, count
	expect	e, 8
	pass

/* As many accesses as let an interrupt come. Clobbers EAX, ECX, EDX. */
a_while:
	mov	$100, %ecx
1:	inb	UART_LSR
	loop	1b
	ret

uart:
	push	%eax
	push	%edx
	cmpl	$1, ended
	je	1f
	get_pin	PIN_UART
	test	$REMOTE_IRR, %eax
	expect	nz, 10
1:	incl	count
	mov	count, %eax
	cmp	last, %eax
	jb	2f
	lower_uart
2:	movl	$0, LAPIC + LAPIC_EOI
	pop	%edx
	pop	%eax
	return

	.bss
	.balign	4
count:	.skip	4
last:	.skip	4
ended:	.skip	4
