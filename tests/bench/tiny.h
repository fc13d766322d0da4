/*
 * The guests of the benchmark, in bytes that mean the same in 16, 32 and
 * 64-bit mode: so that every monitor can run them, and QEMU at the reset
 * vector.
 */
#ifndef TESTS_BENCH_TINY_H
#define TESTS_BENCH_TINY_H

/*
 * mov $0xF0, %dl; mov $3, %dh; mov $123, %al; out %al, %dx: the boot marker of
 * published boot-time data, 123 to port 0x3F0.
 */
#define TINY_MARKER 0xB2, 0xF0, 0xB6, 0x03, 0xB0, 0x7B, 0xEE

/*
 * mov $0, %al; out %al, $0xF4: the end, for most. mov $0xFE, %al; out %al,
 * $0x64: the i8042's reset, for the others. Fits between reset vector and 4
 * GiB.
 */
#define TINY TINY_MARKER, 0xB0, 0x00, 0xE6, 0xF4, 0xB0, 0xFE, 0xE6, 0x64

/* hlt; jmp to it: what a guest takes is measured meanwhile. */
#define STAY TINY_MARKER, 0xF4, 0xEB, 0xFD

#endif
