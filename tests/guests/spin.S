/*
 * Never leaves the CPU: no exit, no interrupt. PASS: the monitor's --timeout
 * or a signal ends it.
 */
#define BITS 64
#include "guest.inc"

guest_start
	cli
	jmp	.
