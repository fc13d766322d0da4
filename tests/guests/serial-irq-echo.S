/*
 * Echoes what the UART receives, by received-data interrupts through PIC input
 * 4, up to and with a 'q'. PASS: every byte comes back in order.
 */
#define BITS 64
#include "guest.inc"

guest_start
	set_gate 0x24, uart
	load_idt
	init_pic 0xEF
	outb	0x03, UART_LCR
	outb	0x07, UART_IIR
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
	outb	0x01, UART_IER		/* received data */
	sti
1:	pause
	cmpl	$1, done
	jb	1b
	cli
	pass

uart:
	push	%rax
	push	%rbx
	push	%rdx
	inb	UART_IIR
	test	$0x01, %al		/* nothing: it was taken before */
	jnz	2f
1:	inb	UART_LSR
	test	$LSR_DR, %al
	jz	2f
	inb	UART_DATA
	mov	%al, %bl
	call	putc
	cmp	$'q', %bl
	jne	1b
	outb	0x00, UART_IER		/* what is left would interrupt again */
	incl	done
2:	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	pop	%rdx
	pop	%rbx
	pop	%rax
	irq_return

	.bss
done:	.skip	4
