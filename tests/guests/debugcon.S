/*
 * Writes to both debug consoles and reads back what firmware probes for: 0xE9
 * from port 0xE9 (Bochs). PASS: with --debugcon the text is on standard error,
 * without it nowhere.
 */
#define BITS 32
#include "guest.inc"

guest_start
	mov	$text, %esi
	mov	$0x402, %dx
	mov	$(text_end - text), %ecx
1:	mov	(%esi), %al
	out	%al, %dx
	inc	%esi
	dec	%ecx
	jnz	1b
	mov	$text, %esi
	mov	$(text_end - text), %ecx
2:	mov	(%esi), %al
	out	%al, $0xE9
	inc	%esi
	dec	%ecx
	jnz	2b
	pass

	.data
text:	.ascii	"debug text\n"
text_end:
