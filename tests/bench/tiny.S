/*
 * The guest of the benchmark as an ELF file: with Xen's PVH note, for monitors
 * that know it, and entered in 64-bit mode by the others. GUEST is its bytes.
 * FILL makes a second segment of as many bytes, in whole pages.
 */
#include "tests/bench/tiny.h"

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	_start
	.text
	.globl	_start
_start:
	.byte	GUEST
	jmp	.
#ifdef FILL
	.data
	.fill	FILL / 8, 8, 0x5A5A5A5A
#endif
