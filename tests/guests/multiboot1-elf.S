/* Multiboot 1, as an ELF32 file. */
#include "multiboot1.inc"

	.section .entry, "ax"
	.balign	4
	.long	HEADER_MAGIC, 3, -(HEADER_MAGIC + 3)
