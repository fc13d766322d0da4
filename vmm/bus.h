/*
 * A bus: which chip answers an access of the guest.
 */
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include "vmm/chip.h"

/* Access sizes that a range takes; what it does not take is cut into bytes. */
enum { BUS_BYTE = 1, BUS_WORD = 2, BUS_DWORD = 4 };

struct bus_range {
	uint64_t base;
	uint32_t length;
	uint32_t sizes; /* any of BUS_BYTE (always), BUS_WORD, BUS_DWORD */
	void *chip;
	uint32_t first_reg; /* the chip's register at `base` */
	chip_read *read;
	chip_write *write;
};

struct bus {
	const struct bus_range *ranges; /* do not overlap */
	unsigned count;
};

/*
 * One access of `size` bytes (1 to 8) at `address`, `data` little-endian. It
 * may begin or end outside every range: what nobody answers reads as ones and
 * is written to nowhere.
 */
void bus_read(const struct bus *bus, uint64_t address, void *data,
	      unsigned size);
void bus_write(const struct bus *bus, uint64_t address, const void *data,
	       unsigned size);

#endif
