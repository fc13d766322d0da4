/*
 * Leaves CR4.MCE at 0, and touches the page at PAGE until GO is set, unless
 * the command line has the word mce=optional. STATE tells the other side
 * (tests/hostile/poison.c) that it has begun. PASS: it was let go on.
 */
#define BITS 64
#include "guest.inc"

#define PAGE	0x2000000
#define STATE	0x2100000
#define GO	0x2100004

guest_start
	mov	boot_params, %rbx
	mov	PARAMS_CMDLINE(%rbx), %edi
	mov	$key, %esi
	call	find_key
	movl	$1, PAGE		/* or it were the host's page of zeros */
	movl	$1, STATE
1:	pause
	test	%rdi, %rdi
	jnz	2f
	mov	PAGE, %al
2:	cmpl	$0, GO
	je	1b
	pass

	.data
key:	.asciz	"mce=optional"
