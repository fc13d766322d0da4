/*
 * Writes 42 to the exit port, in protected mode. PASS: status 42.
 */
#define BITS 32
#include "guest.inc"

guest_start
	exit	42
