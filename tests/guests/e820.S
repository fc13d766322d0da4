/*
 * Sums the RAM of the PVH memory map and compares it with the word mem=N (in
 * MiB) of the command line. PASS: the ranges are sorted and disjoint, none
 * that is RAM reaches into the gap, both ends of each are RAM (those below
 * 4 GiB are tried), and the sum is N MiB less at most the hole below 1 MiB.
 */
#define BITS 32
#include "guest.inc"

#define TYPE_RAM	1
#define GAP		0xC0000000

guest_start
	mov	start_info, %ebx
	mov	START_INFO_MEMMAP(%ebx), %esi
	mov	START_INFO_MEMMAP_COUNT(%ebx), %ebp
	test	%ebp, %ebp
	expect	nz, 1
next:
	mov	(%esi), %eax			/* EDX:EAX: the range's base */
	mov	4(%esi), %edx
	cmp	end + 4, %edx
	jne	1f
	cmp	end, %eax
1:	expect	ae, 2
	add	8(%esi), %eax
	adc	12(%esi), %edx
	expect	nc, 3
	mov	%eax, end
	mov	%edx, end + 4
	cmpl	$TYPE_RAM, 16(%esi)
	jne	3f
	mov	8(%esi), %eax
	add	%eax, total
	mov	12(%esi), %eax
	adc	%eax, total + 4
	cmpl	$0, 4(%esi)
	jne	3f
	test	%edx, %edx
	expect	z, 4
	cmpl	$GAP, end
	expect	be, 5
	mov	(%esi), %edi
	call	try
	mov	end, %edi
	sub	$4, %edi
	call	try
3:	add	$24, %esi
	dec	%ebp
	jnz	next

	mov	START_INFO_CMDLINE(%ebx), %edi
	mov	$key, %esi
	call	find_key
	test	%edi, %edi
	expect	nz, 6
	call	read_number
	mov	%eax, %ecx
	mov	total, %eax			/* to MiB, rounded up */
	mov	total + 4, %edx
	add	$0xFFFFF, %eax
	adc	$0, %edx
	shrd	$20, %edx, %eax
	cmp	%eax, %ecx
	expect	e, 7
	pass

/* The doubleword at EDI has to keep what is written. Clobbers EAX, ECX. */
try:
	mov	(%edi), %ecx
	mov	%ecx, %eax
	not	%eax
	mov	%eax, (%edi)
	cmp	%eax, (%edi)
	expect	e, 8
	mov	%ecx, (%edi)
	ret

	.data
key:	.asciz	"mem="
	.bss
	.balign	8
end:	.skip	8
total:	.skip	8
