/*
 * Every CPU at once writes `bytes=` bytes to the port `port=`, without a look
 * whether it is ready: APIC id * 64 + n % 64 for its n-th, so that it can be
 * told whose byte it is and whether one is missing. With `reset=1` the boot CPU
 * then resets the machine, whatever the others do; else who is last ends with
 * status 0. PASS: of each CPU every byte arrives once, in order. 4 CPUs.
 */
#define BITS 32
#include "guest.inc"

#define CPUS		4
#define LAPIC		0xFEE00000
#define LAPIC_ID	0x020
#define LAPIC_SVR	0x0F0
#define LAPIC_ICR	0x300
#define OTHERS		0xC0000		/* shorthand: all but this one */
#define TRAMPOLINE	0x8000

guest_start
	load_gdt
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	mov	$key_port, %esi
	call	number
	mov	%eax, port
	mov	$key_reset, %esi
	call	number
	mov	%eax, reset
	mov	$key_bytes, %esi
	call	number
	mov	%eax, bytes
	movl	$0x1FF, LAPIC + LAPIC_SVR
	movl	$(OTHERS + 0x4500), LAPIC + LAPIC_ICR
	movl	$(OTHERS + 0x4600 + TRAMPOLINE / 0x1000), LAPIC + LAPIC_ICR

/* Of every CPU, and the others have no stack. */
each:	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	LAPIC + LAPIC_ID, %ebx
	shr	$24, %ebx
	shl	$6, %ebx
	mov	bytes, %edi
	mov	port, %edx
	cld
1:	lea	voices(%ebx), %esi
	mov	$64, %ecx
	rep outsb
	sub	$64, %edi
	ja	1b
	test	%ebx, %ebx
	jnz	2f
	cmpl	$0, reset
	jne	3f
2:	lock incl done
	cmpl	$CPUS, done
	je	4f
5:	hlt
	jmp	5b
3:	outb	0x02, 0xCF9
	outb	0x06, 0xCF9
	jmp	5b
4:	pass

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
key_port:
	.asciz	"port="
key_bytes:
	.asciz	"bytes="
key_reset:
	.asciz	"reset="
voices:
	.set	voice, 0
	.rept	64 * CPUS
	.byte	voice
	.set	voice, voice + 1
	.endr
	.code16
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE, $each
trampoline_gdt:
	.word	6 * 8 - 1
	.long	gdt
trampoline_end:

	.bss
	.balign	4
bytes:	.skip	4
port:	.skip	4
reset:	.skip	4
done:	.skip	4
