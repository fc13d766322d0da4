/*
 * Takes five interrupts from the local APIC's periodic timer in long mode.
 * PASS: all five arrive at vector 0x40, and the count register counts down.
 */
#define BITS 64
#include "guest.inc"

#define LAPIC		0xFEE00000
#define LAPIC_EOI	0x0B0
#define LAPIC_SVR	0x0F0
#define LAPIC_TIMER	0x320
#define LAPIC_INITIAL	0x380
#define LAPIC_CURRENT	0x390
#define LAPIC_DIVIDE	0x3E0

guest_start
	call	map_lapic
	set_gate 0x40, tick
	load_idt
	outb	0xFF, 0x21		/* no ExtINT from the PIC pair */
	outb	0xFF, 0xA1
	mov	$LAPIC, %ebx
	movl	$0x1FF, LAPIC_SVR(%rbx)
	movl	$0x0B, LAPIC_DIVIDE(%rbx)	/* by 1 */
	movl	$0x20040, LAPIC_TIMER(%rbx)	/* periodic, vector 0x40 */
	movl	$1000000, LAPIC_INITIAL(%rbx)	/* 1 ms of KVM's 1 GHz */
	mov	LAPIC_CURRENT(%rbx), %eax
	cmp	$1000000, %eax
	expect	be, 1
	sti
1:	pause
	cmpl	$5, ticks
	jb	1b
	cli
	pass

tick:
	incl	ticks
	push	%rbx
	mov	$LAPIC, %ebx
	movl	$0, LAPIC_EOI(%rbx)
	pop	%rbx
	irq_return

/*
 * Page tables of our own: the boot protocol promises but the first 1 GiB. The
 * first and the last GiB below 4 GiB, in pages of 2 MiB. Clobbers RAX, RCX,
 * RDI.
 */
map_lapic:
	movq	$(pdpt + 3), pml4
	movq	$(low + 3), pdpt
	movq	$(high + 3), pdpt + 24
	mov	$low, %edi
	mov	$0x83, %eax		/* present, writable, 2 MiB */
	xor	%ecx, %ecx
1:	mov	%rax, (%rdi, %rcx, 8)
	add	$0x200000, %rax
	inc	%ecx
	cmp	$512, %ecx
	jb	1b
	mov	$high, %edi
	mov	$0xC0000083, %eax
	xor	%ecx, %ecx
2:	mov	%rax, (%rdi, %rcx, 8)
	add	$0x200000, %rax
	inc	%ecx
	cmp	$512, %ecx
	jb	2b
	mov	$pml4, %eax
	mov	%rax, %cr3
	ret

	.bss
	.balign	4096
pml4:	.skip	4096
pdpt:	.skip	4096
low:	.skip	4096
high:	.skip	4096
ticks:	.skip	4
