/*
 * Writes `bytes=` bytes, lines of 64 characters, in the way that `how=` names,
 * and then ends at once with status 0; with `stay=1` it halts for ever instead,
 * and with `stay=2` spins.
 *
 *	0	to the UART, a byte each time LSR says that it is ready
 *	1	to the UART, 16 bytes each time: the FIFO's depth
 *	2	to the debug port 0x402, as strings of 64
 *	3	to the debug port 0xE9, byte by byte
 *	4	to the UART, as strings of 64, whatever LSR says
 *	5	to the UART, 16 bytes for each THRE interrupt, through the PIC
 *	6	the same, and it asks IIR until nothing is pending
 *	7	as 5, through the IOAPIC: nothing behind the 16 bytes is an exit
 *
 * PASS: every byte arrives once, in order.
 */
#define BITS 32
#include "guest.inc"
#include "apic.inc"

#define LINE 64

guest_start
	load_gdt
	mov	$key_how, %esi
	call	number
	mov	%eax, %ebp
	mov	$key_stay, %esi
	call	number
	mov	%eax, stay
	mov	$key_bytes, %esi
	call	number
	mov	%eax, left
	outb	0x03, UART_LCR
	outb	0x07, UART_IIR
	jmp	*ways(, %ebp, 4)

finished:
	cmpl	$0, stay
	je	2f
	cli
1:	cmpl	$2, stay
	je	1b
	hlt
	jmp	1b
2:	pass

by_byte:
	mov	$1, %ebx
	jmp	poll
by_fifo:
	mov	$16, %ebx
poll:	mov	$UART_DATA, %ebp
1:	mov	$UART_LSR, %dx
	in	%dx, %al
	test	$LSR_THRE, %al
	jz	1b
	call	chunk
	jnz	1b
	jmp	finished

by_debug_string:
	mov	$0x402, %ebp
	jmp	strings
by_uart_string:
	mov	$UART_DATA, %ebp
strings:
	mov	$LINE, %ebx
1:	call	chunk
	jnz	1b
	jmp	finished

by_debug_byte:
	mov	$1, %ebx
	mov	$0xE9, %ebp
	jmp	1b

by_interrupts:
	set_gate 0x24, uart
	init_pic 0xEF
	jmp	interrupts
by_message:
	set_gate 0x44, uart
	init_pic 0xFF
	movl	$0x1FF, LAPIC + LAPIC_SVR
	set_pin	PIN_UART, 0x44
interrupts:
	load_idt
	outb	0x0B, UART_MCR		/* DTR, RTS, OUT2 */
	mov	$16, %ebx
	sti
	outb	0x02, UART_IER		/* THRE */
1:	pause
	cmpl	$0, left
	jne	1b
	cli
	jmp	finished

/*
 * Writes the next EBX bytes, or what is left of them or of the line, to port
 * EBP. ZF: nothing is left. Clobbers EAX, ECX, EDX, ESI.
 */
chunk:	mov	left, %ecx
	cmp	%ebx, %ecx
	jbe	1f
	mov	%ebx, %ecx
1:	mov	place, %esi
	mov	$LINE, %eax
	sub	%esi, %eax
	cmp	%eax, %ecx
	jbe	1f
	mov	%eax, %ecx
1:	mov	%ecx, %eax
	add	%esi, %eax
	and	$(LINE - 1), %eax
	mov	%eax, place
	sub	%ecx, left
	add	$line, %esi
	mov	%ebp, %edx
	cld
	rep outsb
	cmpl	$0, left
	ret

/* EBX is 16. */
uart:	pusha
	mov	%ebp, %edi		/* how= */
	mov	$UART_DATA, %ebp
1:	inb	UART_IIR
	and	$0x0F, %al
	cmp	$0x02, %al
	jne	2f
	cmpl	$0, left
	je	2f
	call	chunk
	cmp	$6, %edi
	je	1b
2:	cmp	$7, %edi
	je	3f
	mov	$0x20, %al		/* OCW2: non-specific EOI */
	out	%al, $0x20
	popa
	return
3:	movl	$0, LAPIC + LAPIC_EOI
	popa
	return

/* The number behind the key at ESI, in EAX, or 0. Clobbers ECX, EDI. */
number:	mov	start_info, %edi
	mov	START_INFO_CMDLINE(%edi), %edi
	call	find_key
	xor	%eax, %eax
	test	%edi, %edi
	jz	1f
	call	read_number
1:	ret

	.data
	.balign	4
ways:	.long	by_byte, by_fifo, by_debug_string, by_debug_byte
	.long	by_uart_string, by_interrupts, by_interrupts
	.long	by_message
line:	.ascii	"The quick brown fox jumps over the lazy dog; 0123456789 ABCDEF.\n"
key_how:
	.asciz	"how="
key_bytes:
	.asciz	"bytes="
key_stay:
	.asciz	"stay="
	.bss
	.balign	4
left:	.skip	4
place:	.skip	4
stay:	.skip	4
