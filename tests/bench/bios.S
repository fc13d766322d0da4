/*
 * The guest of the benchmark as 64 KiB of firmware: it begins at the reset
 * vector, and nothing comes before it.
 */
#include "tests/bench/tiny.h"

	.text
	.globl	_start
_start:
	.org	0xFFF0
	.byte	GUEST
	.org	0x10000
