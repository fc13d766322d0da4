/*
 * Writes to both debug consoles, 0x402 (SeaBIOS) and 0xE9 (Bochs), and reads
 * them: firmware looks for 0xE9 there. PASS: with --debugcon the text is on
 * standard error, without it nowhere; reads give 0xE9, or all ones.
 */
#define BITS 32
#include "guest.inc"

guest_start
	inb	0x402
	mov	%al, %bl
	inb	0xE9
	cmp	%al, %bl
	expect	e, 1
	cmp	$0xE9, %al
	je	1f
	cmp	$0xFF, %al
	expect	e, 2
1:	mov	$seabios, %esi
	mov	$0x402, %dx
	mov	$(bochs - seabios), %ecx
	rep outsb
	mov	$(end - bochs), %ecx
2:	mov	(%esi), %al
	out	%al, $0xE9
	inc	%esi
	dec	%ecx
	jnz	2b
	pass

	.data
seabios:
	.ascii	"text on 0x402\n"
bochs:	.ascii	"text on 0xE9\n"
end:
