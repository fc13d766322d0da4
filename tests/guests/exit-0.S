/*
 * Writes 0 to the exit port, in long mode. PASS: status 0.
 */
#define BITS 64
#include "guest.inc"

guest_start
	pass
