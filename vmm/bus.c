#include "vmm/bus.h"

#include <stddef.h>
#include <string.h>

/* Who answers at `address`, of an access from `first` on: there is no wrap. */
static const struct bus_range *find(const struct bus *bus, uint64_t first,
				    uint64_t address)
{
	if (address < first)
		return NULL;
	for (unsigned i = 0; i < bus->count; i++)
		if (address - bus->ranges[i].base < bus->ranges[i].length)
			return &bus->ranges[i];
	return NULL;
}

/* How many of the `size` bytes at `address` the range takes at once. */
static unsigned step(const struct bus_range *range, uint64_t address,
		     unsigned size)
{
	uint64_t offset = address - range->base;

	for (unsigned whole = BUS_DWORD; whole > BUS_BYTE; whole /= 2)
		if (size >= whole && range->sizes & whole &&
		    offset + whole <= range->length)
			return whole;
	return BUS_BYTE;
}

static uint32_t reg_of(const struct bus_range *range, uint64_t address)
{
	return range->first_reg + (uint32_t)(address - range->base);
}

void bus_read(const struct bus *bus, uint64_t address, void *data,
	      unsigned size)
{
	const uint64_t first = address;
	uint8_t *bytes = data;
	unsigned taken;

	for (; size; size -= taken, bytes += taken, address += taken) {
		const struct bus_range *range = find(bus, first, address);
		uint32_t value = CHIP_ALL_ONES;

		taken = range ? step(range, address, size) : BUS_BYTE;
		if (range)
			value = range->read(range->chip, reg_of(range, address),
					    taken);
		memcpy(bytes, &value, taken);
	}
}

void bus_write(const struct bus *bus, uint64_t address, const void *data,
	       unsigned size)
{
	const uint64_t first = address;
	const uint8_t *bytes = data;
	unsigned taken;

	for (; size; size -= taken, bytes += taken, address += taken) {
		const struct bus_range *range = find(bus, first, address);
		uint32_t value = 0;

		taken = range ? step(range, address, size) : BUS_BYTE;
		memcpy(&value, bytes, taken);
		if (range)
			range->write(range->chip, reg_of(range, address), value,
				     taken);
	}
}
