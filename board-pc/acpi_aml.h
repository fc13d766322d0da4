/*
 * AML, the language of the DSDT, after ACPI 6.5, chapter 20. The macros spell
 * the encoding out as lists of bytes, and let the compiler count the lengths: a
 * package's (20.2.4) and a buffer's. Numbers in them may vary, lengths not.
 */
#ifndef BOARD_PC_ACPI_AML_H
#define BOARD_PC_ACPI_AML_H

#include <stdint.h>

#define BYTES(...)      sizeof((const uint8_t[]){ __VA_ARGS__ })
#define UNDER(n, limit) ((n) + 0 * sizeof(char[(n) < (limit) ? 1 : -1]))
#define LOW_BYTE(n)     ((uint8_t)(n))
#define LE16(n)         LOW_BYTE(n), LOW_BYTE((n) >> 8)
#define LE32(n)         LE16(n), LE16((n) >> 16)
#define DIGIT(n)        LOW_BYTE('0' + (n))

#define PACKAGE_OF(...) UNDER(BYTES(__VA_ARGS__) + 1, 1 << 6), __VA_ARGS__
#define LONG_PACKAGE_OF(...)                                                   \
	0x40 | (UNDER(BYTES(__VA_ARGS__) + 2, 1 << 12) & 0xF),                 \
	    (BYTES(__VA_ARGS__) + 2) >> 4, __VA_ARGS__

#define ZERO                0x00
#define ONE                 0x01
#define BYTE(n)             0x0A, (n)
#define STRING(...)         0x0D, __VA_ARGS__, 0
#define NAME(seg, ...)      0x08, seg, __VA_ARGS__
#define PACKAGE(count, ...) 0x12, PACKAGE_OF(count, __VA_ARGS__)
#define DEVICE(...)         0x5B, 0x82, PACKAGE_OF(__VA_ARGS__)
#define DEVICE_LONG(...)    0x5B, 0x82, LONG_PACKAGE_OF(__VA_ARGS__)
#define SCOPE(...)          0x10, LONG_PACKAGE_OF(__VA_ARGS__)
#define COUNTED(...)        BYTE(BYTES(__VA_ARGS__)), __VA_ARGS__
#define BUFFER(...)         0x11, PACKAGE_OF(COUNTED(__VA_ARGS__))

/* EisaId("PNPxxxx"), 19.3.4: a dword, the letters in 5 bits each. */
#define PNP(id) 0x0C, 0x41, 0xD0, LOW_BYTE((id) >> 8), LOW_BYTE(id)

/* 6.4.2: resources. IRQs are edge, active high, exclusive. */
#define IO(port, count)    0x47, 1, LE16(port), LE16(port), 1, (count)
#define IRQ_NO_FLAGS(line) 0x22, LE16(1 << (line))
#define END_TAG            0x79, 0

/* 6.4.3: larger ones. The memory can be written; the line is consumed here. */
#define MEMORY32_FIXED(base, size) 0x86, LE16(9), 1, LE32(base), LE32(size)
#define INTERRUPT_EDGE(line)       0x89, LE16(6), 3, 1, LE32(line)

#define RESOURCES(...) BUFFER(__VA_ARGS__, END_TAG)

/* 6.3.7: present, decoding, working, but not to be shown to users. */
#define STATUS_HIDDEN 0x0B

#define SEG_SB   '_', 'S', 'B', '_'
#define SEG_S5   '_', 'S', '5', '_'
#define SEG_HID  '_', 'H', 'I', 'D'
#define SEG_UID  '_', 'U', 'I', 'D'
#define SEG_CRS  '_', 'C', 'R', 'S'
#define SEG_STA  '_', 'S', 'T', 'A'
#define SEG_COM1 'C', 'O', 'M', '1'
#define SEG_RTC  'R', 'T', 'C', '_'
#define SEG_FWCF 'F', 'W', 'C', 'F'

/* The name _SB.SEGM, 20.2.2: what is outside all scopes need not say `\`. */
#define IN_SB(...) 0x2E, SEG_SB, __VA_ARGS__

#endif
