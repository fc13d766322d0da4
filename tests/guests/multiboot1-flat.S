/* Multiboot 1, as raw bytes with addresses in the header. */
#include "multiboot1.inc"

#define FLAGS	0x10003

	.section .entry, "ax"
	.balign	4
	.skip	64				/* not the first bytes */
header:
	.long	HEADER_MAGIC, FLAGS, -(HEADER_MAGIC + FLAGS)
	.long	header, header - 64		/* load_addr */
	.long	0, bss + 4, _start
