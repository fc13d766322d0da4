/*
 * Waits for a machine check about the page at PAGE, as tests/hostile/poison.c
 * has it sent. Words of the command line say which, and cpu=amd or cpu=intel
 * what it is to look like:
 *	mce=required	it touches the page until #MC comes for that; one that
 *			comes before, of nobody's touch, it dismisses
 *	mce=optional	it does not touch it, and looks into the banks too: on
 *			AMD there is no exception
 *	mce=nested	as required, and its handler goes on touching the page,
 *			until GO is set
 * STATE tells the other side how far it is: 1 it waits, 2 it is in #MC.
 *
 * PASS: the banks are there and empty at first, then one of them, and
 * MCG_STATUS, has exactly what Intel's or AMD's manual wants.
 */
#define BITS 64
#include "guest.inc"

#define PAGE		0x2000000
#define STATE		0x2100000
#define GO		0x2100004

#define MSR_MCG_CAP	0x179
#define MSR_MCG_STATUS	0x17A
#define MSR_MCG_CTL	0x17B
#define MSR_MC0_STATUS	0x401
#define VECTOR_MC	18
#define CR4_MCE		0x40

#define VAL		0x80000000	/* MCi_STATUS, the upper half */
#define VAL_UC		0xA0000000
#define INTEL_REQUIRED	0xBD800000	/* VAL UC EN MISCV ADDRV S AR, 0x134 */
#define INTEL_OPTIONAL	0xBD000000	/* VAL UC EN MISCV ADDRV S, 0xC0 */
#define AMD_REQUIRED	0xBC000800	/* VAL UC EN MISCV ADDRV POISON */
#define AMD_OPTIONAL	0x9C001800	/* VAL EN MISCV ADDRV DEFERRED POISON */

/* BL is the first letter behind mce=, BH the one behind cpu=. */
guest_start
	set_gate VECTOR_MC, machine_check
	load_idt
	mov	%cr4, %rax
	or	$CR4_MCE, %eax
	mov	%rax, %cr4
	mov	$mce_key, %esi
	call	find_word
	mov	%al, %bl
	mov	$cpu_key, %esi
	call	find_word
	mov	%al, %bh
	call	check_banks
	movl	$1, PAGE		/* or it were the host's page of zeros */
	movl	$1, STATE
1:	pause
	cmp	$'o', %bl
	je	2f
	mov	PAGE, %al
	jmp	1b
2:	cmp	$'i', %bh
	je	1b
	mov	$VAL, %r11d
	call	find_bank
	test	%esi, %esi
	jz	1b
	cmp	$AMD_OPTIONAL, %edx	/* a deferred error */
	expect	e, 2
	test	%eax, %eax
	expect	z, 3
	call	check_page
	mov	$MSR_MCG_STATUS, %ecx
	rdmsr
	test	%eax, %eax
	expect	z, 12
	pass

machine_check:
	movl	$2, STATE
	cmp	$'n', %bl
	jne	2f
1:	mov	PAGE, %al
	pause
	cmpl	$0, GO
	je	1b
	pass
2:	mov	$VAL_UC, %r11d
	call	find_bank
	mov	%eax, %r8d
	mov	%edx, %r9d
	mov	$MSR_MCG_STATUS, %ecx
	rdmsr
	cmp	$7, %eax		/* MCIP, EIPV, RIPV */
	je	required
	cmp	$5, %eax		/* MCIP, RIPV */
	expect	e, 9
	cmp	$'i', %bh
	expect	e, 10
	cmp	$0xC0, %r8d
	expect	e, 11
	cmp	$INTEL_OPTIONAL, %r9d
	expect	e, 13
	call	check_page
	cmp	$'o', %bl
	jne	3f
	pass
3:	xor	%eax, %eax		/* dismissed */
	xor	%edx, %edx
	mov	%esi, %ecx
	wrmsr
	mov	$MSR_MCG_STATUS, %ecx
	wrmsr
	irq_return

required:
	cmp	$'r', %bl
	expect	e, 14
	cmp	$'i', %bh
	je	1f
	test	%r8d, %r8d
	expect	z, 15
	cmp	$AMD_REQUIRED, %r9d
	expect	e, 16
	jmp	2f
1:	cmp	$0x134, %r8d
	expect	e, 17
	cmp	$INTEL_REQUIRED, %r9d
	expect	e, 18
2:	call	check_page
	pass

/* The letter behind the key at ESI, which has to be there. */
find_word:
	mov	boot_params, %rdx
	mov	PARAMS_CMDLINE(%rdx), %edi
	call	find_key
	test	%rdi, %rdi
	expect	nz, 1
	mov	(%rdi), %al
	ret

/* Ten banks, a control that is all on, no error yet. */
check_banks:
	mov	$MSR_MCG_CAP, %ecx
	rdmsr
	and	$~0x1000000, %eax	/* SER_P: KVM on SVM takes it away */
	cmp	$0x10A, %eax		/* CTL_P, 10 */
	expect	e, 4
	mov	$MSR_MCG_CTL, %ecx
	rdmsr
	and	%edx, %eax
	cmp	$-1, %eax
	expect	e, 5
	mov	$MSR_MCG_STATUS, %ecx
	rdmsr
	test	%eax, %eax
	expect	z, 6
	mov	$VAL, %r11d
	call	find_bank
	test	%esi, %esi
	expect	z, 7
	ret

/*
 * The MSR of the status that has all of R11 in its upper half in ESI, or 0, and
 * that status in EDX:EAX. Two are a failure.
 */
find_bank:
	mov	$MSR_MCG_CAP, %ecx
	rdmsr
	movzbl	%al, %edi
	mov	$MSR_MC0_STATUS, %ecx
	xor	%esi, %esi
1:	rdmsr
	and	%r11d, %edx
	cmp	%r11d, %edx
	jne	2f
	test	%esi, %esi
	expect	z, 8
	mov	%ecx, %esi
2:	add	$4, %ecx
	dec	%edi
	jnz	1b
	test	%esi, %esi
	jz	3f
	mov	%esi, %ecx
	rdmsr
3:	ret

/* MCi_ADDR is PAGE; MCi_MISC says a physical address, from bit 12 on. */
check_page:
	lea	1(%rsi), %ecx
	rdmsr
	cmp	$PAGE, %eax
	expect	e, 19
	test	%edx, %edx
	expect	z, 20
	lea	2(%rsi), %ecx
	rdmsr
	cmp	$0x8C, %eax
	expect	e, 21
	ret

	.data
mce_key:
	.asciz	"mce="
cpu_key:
	.asciz	"cpu="
