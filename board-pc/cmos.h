/*
 * What firmware reads in CMOS RAM: the sizes of memory, the number of CPUs,
 * the order to boot in. Where a PC's BIOS set-up program would have put it.
 */
#ifndef BOARD_PC_CMOS_H
#define BOARD_PC_CMOS_H

#include <stdint.h>

struct cmos_byte {
	uint8_t index; /* in CMOS RAM, 0x0E to 0x7F */
	uint8_t value;
};

#define CMOS_BYTES 18

/* For a machine with so many bytes of RAM and so many CPUs. Cannot fail. */
void cmos_fill(uint64_t ram_size, unsigned cpus,
	       struct cmos_byte bytes[CMOS_BYTES]);

#endif
