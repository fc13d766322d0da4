/*
 * Writes lines of eight bytes, 1000000 and so on, to the UART: as many as
 * `lines=` on the command line says, or without end when it says nothing. Two
 * at a time, which is the FIFO's depth, when the transmitter is empty. Ends
 * with the status that `exit=` says, or 0. PASS: every byte arrives once, and
 * the status is that one.
 */
#define BITS 32
#include "guest.inc"

#define LINE	8			/* seven digits and a newline */

guest_start
	outb	0x03, UART_LCR
	outb	0x07, UART_IIR
	mov	$key_lines, %esi
	call	number
	mov	%eax, %ebx
	shr	$1, %ebx
	jnz	1f
	mov	%ecx, %ebx		/* 0 if it was there, else for ever */
	test	%ebx, %ebx
	jz	3f
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
3:	mov	$key_exit, %esi
	call	number
	out	%al, $PORT_EXIT
	jmp	.

/* The number behind the key at ESI, in EAX; 0 and ECX = -1 without the key. */
number:
	mov	start_info, %edi
	mov	START_INFO_CMDLINE(%edi), %edi
	call	find_key
	xor	%eax, %eax
	mov	$-1, %ecx
	test	%edi, %edi
	jz	1f
	call	read_number
	xor	%ecx, %ecx
1:	ret

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
key_lines:
	.asciz	"lines="
key_exit:
	.asciz	"exit="
