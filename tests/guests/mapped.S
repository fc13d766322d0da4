/*
 * Has a MiB of data, and perhaps a module, which it reads and writes page by
 * page as letters from the UART want it: 's' prints a sum of each, 'd' writes
 * to all their pages, 'r' resets by port 0xCF9, 'q' passes. It prints a line
 * when it starts. PASS: a 'q'; what the sums have to be, its user knows.
 */
#define BITS 32
#include "guest.inc"

#define STEP	512		/* a word of so many bytes is looked at */

guest_start
	print	start
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
next:	inb	UART_LSR
	test	$LSR_DR, %al
	jz	next
	inb	UART_DATA
	cmp	$'s', %al
	je	sums
	cmp	$'d', %al
	je	dirty
	cmp	$'r', %al
	je	reset
	cmp	$'q', %al
	expect	e, 1
	pass

sums:	mov	$sum, %ebp
	call	each
	mov	$'\n', %al
	call	putc
	jmp	next

dirty:	mov	$write, %ebp
	call	each
	jmp	next

reset:	outb	0x02, 0xCF9
	outb	0x06, 0xCF9
	jmp	.

/* Calls EBP for the data and the module, with their bounds in ESI and EDI. */
each:
	mov	$data, %esi
	mov	$data_end, %edi
	call	*%ebp
	mov	start_info, %ebx
	cmpl	$0, START_INFO_NR_MODULES(%ebx)
	je	1f
	mov	START_INFO_MODULES(%ebx), %eax
	mov	(%eax), %esi
	mov	8(%eax), %edi
	add	%esi, %edi
	call	*%ebp
1:	ret

write:	notl	(%esi)
	add	$STEP, %esi
	cmp	%edi, %esi
	jb	write
	ret

/* Prints eight hexadecimal digits and a space. */
sum:
	xor	%ebx, %ebx
1:	add	(%esi), %ebx
	rol	$1, %ebx
	add	$STEP, %esi
	cmp	%edi, %esi
	jb	1b
	mov	$8, %ecx
2:	rol	$4, %ebx
	mov	%ebx, %eax
	and	$15, %eax
	mov	digits(%eax), %al
	call	putc
	dec	%ecx
	jnz	2b
	mov	$' ', %al
	jmp	putc

	.data
start:	.asciz	"start\n"
digits:	.ascii	"0123456789abcdef"
	.balign	4096
data:
	.set	number, 1
	.rept	1 << 18
	.long	(number * 0x01234567) & 0xFFFFFFFF
	.set	number, number + 1
	.endr
data_end:
