/*
 * Goes down from protected to real mode and works there: a far jump into a
 * segment with a base, a software interrupt through a vector of its own,
 * output, and back up. PASS: the text of real mode is on standard output.
 */
#define BITS 32
#include "guest.inc"

#define PLACE	0x8000			/* of the 16-bit code */
#define VECTOR	0x40

guest_start
	load_gdt
	mov	$code16, %esi
	mov	$PLACE, %edi
	mov	$(code16_end - code16), %ecx
	rep movsb
	lidt	real_idt_pointer
	ljmp	$SEL_CODE16, $PLACE

back:	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$stack_top, %esp
	cmp	$0x12345679, %ebx		/* 32-bit work in real mode */
	expect	e, 1
	cmp	$0xCAFE, %bp			/* the interrupt's work */
	expect	e, 2
	pass

	.data
real_idt_pointer:
	.word	0x3FF
	.long	0

	.code16
code16:
	mov	$SEL_DATA16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	%cr0, %eax
	and	$0xFE, %al
	mov	%eax, %cr0
	ljmp	$(PLACE >> 4), $(real - code16)
real:
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x1000, %sp
	xor	%ax, %ax
	mov	%ax, %es
	movw	$(service - code16), %es:(VECTOR * 4)
	mov	%cs, %es:(VECTOR * 4 + 2)
	mov	$0x12345678, %ebx
	inc	%ebx
	mov	$(text16 - code16), %si
	cld
1:	lodsb
	test	%al, %al
	jz	2f
	mov	%al, %ah
	int	$VECTOR
	jmp	1b
2:	lgdtl	gdt_pointer16 - code16
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE, $back

/* Prints AH. Clobbers AL, DX; leaves 0xCAFE in BP. */
service:
	mov	$UART_LSR, %dx
1:	in	%dx, %al
	test	$LSR_THRE, %al
	jz	1b
	mov	$UART_DATA, %dx
	mov	%ah, %al
	out	%al, %dx
	mov	$0xCAFE, %bp
	iret

gdt_pointer16:
	.word	6 * 8 - 1
	.long	gdt
text16:	.asciz	"Hello from real mode.\n"
code16_end:
