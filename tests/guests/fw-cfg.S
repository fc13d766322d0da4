/*
 * Reads fw_cfg. The command line has file=NAME, whose first bytes have to be
 * "text" and its size 4. PASS: signature and id by port, byte by byte and by
 * INS; RAM size, directory and file by DMA; and a request that asks for more
 * than there is gets the error bit and no byte.
 */
#define BITS 32
#include "guest.inc"

#define SELECTOR	0x510
#define DATA		0x511
#define DMA_LOW		0x518
#define ERROR		1
#define READ		2
#define SELECT		8
#define SIGNATURE	0
#define ID		1
#define RAM_SIZE	3
#define FILE_DIR	0x19

/* Selects an item for the data port. Clobbers AX and DX. */
.macro select key
	mov	$SELECTOR, %dx
	mov	$\key, %ax
	out	%ax, %dx
.endm

/* Expects the byte `value` from the data port. Clobbers AL and DX. */
.macro data_is value, check
	inb	DATA
	cmp	$\value, %al
	expect	e, \check
.endm

guest_start
	load_gdt
	select	SIGNATURE
	data_is	'Q', 1
	data_is	'E', 1
	data_is	'M', 1
	data_is	'U', 1
	data_is	0, 2
	select	ID
	mov	$DATA, %dx
	mov	$buffer, %edi
	mov	$4, %ecx
	cld
	rep insb
	cmpl	$3, buffer
	expect	e, 3

	mov	$DMA_LOW, %dx		/* "CFG": there is DMA */
	in	%dx, %eax
	cmp	$0x47464320, %eax
	expect	e, 4
	mov	$RAM_SIZE, %eax
	mov	$8, %ecx
	call	dma
	cmp	$0, %eax
	expect	e, 5
	cmpl	$128 << 20, buffer
	expect	e, 6
	cmpl	$0, buffer + 4
	expect	e, 6

	mov	$0x55555555, %eax
	mov	%eax, buffer
	mov	$RAM_SIZE, %eax
	mov	$9, %ecx
	call	dma
	cmp	$ERROR, %eax
	expect	e, 7
	cmpl	$0x55555555, buffer
	expect	e, 8

	mov	start_info, %ebx
	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$key, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 9
	mov	%edi, name
	mov	$FILE_DIR, %eax
	mov	$4, %ecx
	call	dma
	cmp	$0, %eax
	expect	e, 10
	mov	buffer, %ebp
	bswap	%ebp
	test	%ebp, %ebp
	expect	nz, 11
	mov	%ebp, %ecx
	shl	$6, %ecx
	add	$4, %ecx
	mov	$FILE_DIR, %eax
	call	dma
	cmp	$0, %eax
	expect	e, 12

	mov	$buffer + 4, %ebx	/* the entry with this name */
1:	mov	name, %esi
	lea	8(%ebx), %edi
2:	mov	(%esi), %al
	cmp	(%edi), %al
	jne	3f
	test	%al, %al
	jz	found
	inc	%esi
	inc	%edi
	jmp	2b
3:	add	$64, %ebx
	dec	%ebp
	jnz	1b
	exit	13

found:
	mov	(%ebx), %eax
	bswap	%eax
	cmp	$4, %eax
	expect	e, 14
	movzwl	4(%ebx), %eax
	xchg	%al, %ah
	mov	%eax, %ebp
	mov	$4, %ecx
	call	dma
	cmp	$0, %eax
	expect	e, 15
	cmpl	$0x74786574, buffer	/* "text" */
	expect	e, 16
	mov	$SELECTOR, %dx
	mov	%ebp, %eax
	out	%ax, %dx
	data_is	't', 17
	data_is	'e', 17
	data_is	'x', 17
	data_is	't', 17
	data_is	0, 18
	pass

/*
 * Reads ECX bytes of item EAX into `buffer`. Returns the control word in EAX,
 * which is what it will be when the port has been written. Clobbers EDX.
 */
dma:
	shl	$16, %eax
	or	$SELECT | READ, %eax
	bswap	%eax
	mov	%eax, request
	bswap	%ecx
	mov	%ecx, request + 4
	movl	$0, request + 8
	mov	$buffer, %eax
	bswap	%eax
	mov	%eax, request + 12
	mov	$request, %eax
	bswap	%eax
	mov	$DMA_LOW, %dx
	out	%eax, %dx
	mov	request, %eax
	bswap	%eax
	ret

	.data
key:	.asciz	"file="
	.bss
	.balign	8
name:	.skip	8
request:
	.skip	16
buffer:	.skip	8192
