/*
 * Prints a line and resets by port 0xCF9, unless a byte of CMOS RAM, which a
 * reset keeps, says that this is the second start. PASS: with
 * --on-reset=restart two lines and status 0.
 */
#define BITS 32
#include "guest.inc"

#define CMOS_BYTE	0x40		/* free, in the RTC's RAM */
#define MARK		0xA5

guest_start
	print	text
	outb	CMOS_BYTE, 0x70
	in	$0x71, %al
	cmp	$MARK, %al
	je	1f
	mov	$MARK, %al
	out	%al, $0x71
	outb	CMOS_BYTE, 0x70
	in	$0x71, %al
	cmp	$MARK, %al
	expect	e, 1
	outb	0x02, 0xCF9
	outb	0x06, 0xCF9
	jmp	.
1:	pass

	.data
text:	.asciz	"start\n"
