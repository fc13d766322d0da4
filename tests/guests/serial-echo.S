/*
 * Echoes what it receives on the UART, polling LSR.DR, up to and with a 'q'.
 * The modem lines are set as a driver sets them. PASS: every byte comes back
 * in order.
 */
#define BITS 32
#include "guest.inc"

guest_start
	outb	0x03, UART_LCR
	outb	0x07, UART_IIR
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
1:	inb	UART_LSR
	test	$LSR_DR, %al
	jz	1b
	inb	UART_DATA
	mov	%al, %bl
	call	putc
	cmp	$'q', %bl
	jne	1b
	pass
