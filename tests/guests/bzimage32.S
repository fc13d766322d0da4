/*
 * A bzImage without a 64-bit entry (xloadflags 0): entered in protected mode
 * at its load address (Linux's "32-bit boot protocol"). Prints the initrd, if
 * there is one. PASS: registers and boot_params are as promised.
 */
#define BITS 32
#include "guest.inc"

setup_header xloadflags=0, initrd_max=0x37FFFFFF, relocatable=0, \
	alignment=0x100000, address=0x100000

	.text
start64:				/* the same bytes in both modes */
	.code32
	exit	1
start32:
	mov	%ebx, %eax
	or	%ebp, %eax
	or	%edi, %eax
	expect	z, 2			/* shall be zero */
	mov	$stack_top, %esp
	pushf
	pop	%eax
	test	$(1 << 9), %eax		/* IF */
	expect	z, 3
	mov	%cs, %eax
	cmp	$SEL_CODE, %ax
	expect	e, 4
	mov	%ds, %eax
	cmp	$SEL_DATA, %ax
	expect	e, 5
	mov	%ss, %eax
	cmp	$SEL_DATA, %ax
	expect	e, 6
	mov	%cr0, %eax
	and	$0x80000001, %eax	/* PG, PE */
	cmp	$1, %eax
	expect	e, 7

	mov	%esi, %ebx
	cmpl	$0x53726448, PARAMS_MAGIC(%ebx)		/* HdrS */
	expect	e, 8
	cmpw	$0x020F, PARAMS_VERSION(%ebx)
	expect	e, 9
	cmpb	$0, PARAMS_LOADER(%ebx)
	expect	ne, 10
	testb	$1, PARAMS_LOADFLAGS(%ebx)
	expect	nz, 11
	cmpb	$2, PARAMS_E820_COUNT(%ebx)
	expect	ae, 12
	mov	PARAMS_CMDLINE(%ebx), %edi
	mov	$console, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 13
	mov	PARAMS_INITRD(%ebx), %esi
	mov	PARAMS_INITRD_SIZE(%ebx), %ecx
	call	putn
	pass

	.data
console:
	.asciz	"console="
