/*
 * Writes 66 KiB, more than a pipe holds, as lines 1000000 to 1008447: 16 bytes
 * (the FIFO's depth) by one string instruction when the transmitter is empty. PASS:
 * no byte is lost, however slow the reader.
 */
#define BITS 32
#include "guest.inc"

#define LINES	8448
#define LINE	8			/* seven digits and a newline */

guest_start
	outb	0x03, UART_LCR
	outb	0x07, UART_IIR
	mov	$(LINES / 2), %ebx
1:	mov	$UART_LSR, %dx
2:	in	%dx, %al
	test	$LSR_THRE, %al
	jz	2b
	mov	$UART_DATA, %dx
	mov	$lines, %esi
	mov	$(2 * LINE), %ecx
	rep outsb
	mov	$lines, %edi
	call	count
	call	count
	mov	$(lines + LINE), %edi
	call	count
	call	count
	dec	%ebx
	jnz	1b
1:	inb	UART_LSR
	test	$0x40, %al		/* TEMT */
	jz	1b
	pass

/* Adds one to the seven digits at EDI. Clobbers ECX. */
count:
	mov	$6, %ecx
1:	incb	(%edi, %ecx)
	cmpb	$'9', (%edi, %ecx)
	jbe	2f
	movb	$'0', (%edi, %ecx)
	dec	%ecx
	jns	1b
2:	ret

	.data
lines:	.ascii	"1000000\n1000001\n"
