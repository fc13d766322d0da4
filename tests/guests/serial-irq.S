/*
 * The UART by interrupts: sends a text by THRE interrupts through PIC input 4
 * (vector 0x24), then receives a byte in loopback, as IIR tells it. PASS: the
 * text is on standard output, the byte is not, and it was received.
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
	mov	$text, %ebx
	sti
	outb	0x02, UART_IER		/* THRE */
1:	pause
	cmpl	$1, done
	jb	1b
	cli
	cmpl	$2, interrupts
	expect	ae, 1

2:	inb	UART_LSR
	test	$0x40, %al		/* TEMT */
	jz	2b
	outb	0x01, UART_IER		/* received data */
	outb	0x1B, UART_MCR		/* and loopback */
	outb	0x5A, UART_DATA
3:	inb	UART_IIR
	test	$0x01, %al		/* nothing pending */
	jnz	3b
	and	$0x0B, %al		/* 4: data; C: data, below trigger */
	expect	z, 2
	inb	UART_DATA
	cmp	$0x5A, %al
	expect	e, 3
	inb	UART_LSR
	test	$LSR_DR, %al
	expect	z, 4
	pass

/* RBX is the next byte of the text. */
uart:
	push	%rax
	push	%rdx
	incl	interrupts
	inb	UART_IIR
	and	$0x0F, %al
	cmp	$0x02, %al
	jne	2f
	mov	(%rbx), %al
	test	%al, %al
	jz	1f
	inc	%rbx
	mov	$UART_DATA, %dx
	out	%al, %dx
	jmp	2f
1:	outb	0x00, UART_IER
	incl	done
2:	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	pop	%rdx
	pop	%rax
	irq_return

	.data
text:	.asciz	"Hello by interrupts.\n"
	.bss
done:	.skip	4
interrupts:
	.skip	4
