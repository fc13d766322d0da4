#include "boot/firmware.h"

#include "board-pc/map.h"

#define SIZE_MIN     KIB(64)
#define SIZE_MAX_MIB 16
#define SHADOW_ALL   KIB(256) /* up to this size */
#define SHADOW_END   KIB(128) /* of a larger one */
#define RESET_VECTOR 16       /* bytes before the end */

static bool check_size(uint64_t size, struct reason *why)
{
	if (size >= SIZE_MIN && size <= MIB(SIZE_MAX_MIB) && !(size % SIZE_MIN))
		return true;
	return fail(why,
		    "is no firmware: it has %llu bytes; want 64 KiB to %d MiB, "
		    "in whole 64 KiB",
		    (unsigned long long)size, SIZE_MAX_MIB);
}

/* The bytes that run first; erased or missing ones are all ones or zeros. */
static bool check_vector(const struct image *firmware, struct reason *why)
{
	const uint8_t *vector = firmware->bytes + firmware->size - RESET_VECTOR;

	for (int i = 1; i < RESET_VECTOR; i++)
		if (vector[i] != vector[0])
			return true;
	if (vector[0] != 0x00 && vector[0] != 0xFF)
		return true;
	return fail(why,
		    "is no firmware: nothing is at its reset vector, 16 bytes "
		    "before its end (all are 0x%02X)",
		    vector[0]);
}

bool firmware_load(const struct image *firmware, const struct ram *ram,
		   struct entry *entry, struct reason *why)
{
	uint64_t shadow;

	if (!check_size(firmware->size, why) || !check_vector(firmware, why))
		return false;
	shadow = firmware->size <= SHADOW_ALL ? firmware->size : SHADOW_END;
	*entry = (struct entry){ .mode = ENTRY_RESET };
	return ram_place(ram, MAP_HIGH_RAM - shadow, firmware,
			 firmware->size - shadow, shadow, why);
}
