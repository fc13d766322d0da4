#include "boot/bios_data.h"

#include "board-pc/map.h"
#include "vmm/bytes.h"

#include <assert.h>

#define BIOS_DATA      UINT64_C(0x400)
#define BIOS_DATA_SIZE UINT64_C(0x100)

enum {
	EBDA_SEGMENT = 0x0E,
	MEMORY_KIB = 0x13,
};

void bios_data_put(const struct ram *ram, struct extent kernel)
{
	uint8_t *host = ram_span(ram, BIOS_DATA, BIOS_DATA_SIZE);

	assert(host);
	if (kernel.start < BIOS_DATA + BIOS_DATA_SIZE && kernel.end > BIOS_DATA)
		return;
	put_le16(host + EBDA_SEGMENT, MAP_EBDA >> 4);
	put_le16(host + MEMORY_KIB, MAP_EBDA / KIB(1));
}
