/*
 * Prints a line, then obeys a letter from the UART: 'r' resets by port 0xCF9,
 * 'q' passes. PASS: with --on-reset=restart an 'r' gives a second line from a
 * machine as new (the data section is as in the file), and 'q' status 0.
 */
#define BITS 32
#include "guest.inc"

guest_start
	incl	starts
	cmpl	$1, starts
	expect	e, 1
	print	text
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
1:	inb	UART_LSR
	test	$LSR_DR, %al
	jz	1b
	inb	UART_DATA
	cmp	$'q', %al
	je	2f
	outb	0x02, 0xCF9
	outb	0x06, 0xCF9
	jmp	.
2:	pass

	.data
starts:	.long	0
text:	.asciz	"start\n"
