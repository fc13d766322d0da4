/*
 * The names of instructions, for reports: enough of a decoder to name what an
 * emulator of some KVM backend is known to lack. It runs nothing.
 */
#ifndef CPU_INSN_H
#define CPU_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The mnemonic of the instruction that begins at `bytes`, or NULL when it is
 * not one of those known here or runs past `length`. `long_mode` is 64-bit
 * code, where 0x40 to 0x4F are REX prefixes.
 */
const char *insn_name(const uint8_t *bytes, size_t length, bool long_mode);

#endif
