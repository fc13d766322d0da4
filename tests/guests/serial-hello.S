/*
 * Prints a text on the UART as it comes out of reset, polling LSR. PASS: the
 * text, and nothing else, is on standard output.
 */
#define BITS 64
#include "guest.inc"

guest_start
	print	text
	pass

	.data
text:	.asciz	"Hello from long mode.\r\nBell \7, tab \t, 8 bits \200\377.\n"
