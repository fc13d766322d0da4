/*
 * A relocatable bzImage with a 64-bit entry (xloadflags bit 0): entered in
 * long mode 0x200 behind its load address. Prints the initrd, if there is one,
 * which has to lie below 64 MiB. PASS: place, mode and boot_params are as
 * promised.
 */
#define BITS 64
#include "guest.inc"

#define ALIGNMENT	0x200000
#define INITRD_MAX	0x03FFFFFF

setup_header xloadflags=1, initrd_max=INITRD_MAX, relocatable=1, \
	alignment=ALIGNMENT, address=0x1000000

	.text
start32:
	.code32
	exit	1
	.code64
start64:
	lea	stack_top(%rip), %rsp
	lea	load_address(%rip), %rax
	test	$(ALIGNMENT - 1), %eax
	expect	z, 2
	pushfq
	pop	%rax
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

	mov	%rsi, %rbx
	cmpl	$0x53726448, PARAMS_MAGIC(%rbx)		/* HdrS */
	expect	e, 8
	cmpw	$0x020F, PARAMS_VERSION(%rbx)
	expect	e, 9
	cmpb	$0, PARAMS_LOADER(%rbx)
	expect	ne, 10
	testb	$1, PARAMS_LOADFLAGS(%rbx)
	expect	nz, 11
	cmpb	$2, PARAMS_E820_COUNT(%rbx)
	expect	ae, 12
	mov	PARAMS_CMDLINE(%rbx), %edi
	lea	console(%rip), %rsi
	call	find_key
	test	%rdi, %rdi
	expect	nz, 13
	mov	PARAMS_RSDP(%rbx), %rax
	mov	signature(%rip), %rcx
	cmp	(%rax), %rcx
	expect	e, 14
	mov	PARAMS_INITRD(%rbx), %esi
	mov	PARAMS_INITRD_SIZE(%rbx), %ecx
	test	%ecx, %ecx
	jz	1f
	test	$0xFFF, %esi		/* a page boundary */
	expect	z, 15
	lea	-1(%rsi, %rcx), %rax
	cmp	$INITRD_MAX, %rax
	expect	be, 16
	call	putn
1:	pass

	.data
console:
	.asciz	"console="
	.balign	8
signature:
	.ascii	"RSD PTR "
