/*
 * The test device: see the header. Left out: ports 0xE8 to 0xEB, another echo
 * of bytes, among which Bochs has its debug console.
 */
#include "board-pc/testdev.h"

#include <string.h>

void testdev_reset(struct testdev *chip)
{
	chip->regs = (struct testdev_regs){ 0 };
}

/* The plain bytes behind [reg, reg + size), or NULL. */
static uint8_t *bytes_at(struct testdev *chip, uint32_t reg, unsigned size)
{
	if (reg >= TESTDEV_ECHO && reg <= TESTDEV_FLUSH - size)
		return &chip->regs.echo[reg - TESTDEV_ECHO];
	if (reg >= TESTDEV_MEMORY && reg <= TESTDEV_END - size)
		return &chip->regs.memory[reg - TESTDEV_MEMORY];
	return NULL;
}

uint32_t testdev_read(void *opaque, uint32_t reg, unsigned size)
{
	const uint8_t *bytes = bytes_at(opaque, reg, size);
	uint32_t value = 0;

	if (!bytes)
		return CHIP_ALL_ONES;
	memcpy(&value, bytes, size);
	return value;
}

void testdev_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct testdev *chip = opaque;
	uint8_t *bytes = bytes_at(chip, reg, size);

	if (bytes)
		memcpy(bytes, &value, size);
	else if (reg < TESTDEV_IRQ + TESTDEV_LINES)
		pin_drive(&chip->irq[reg - TESTDEV_IRQ], value & 0xFF);
	else if (reg == TESTDEV_FLUSH && size == 4)
		lane_put(&chip->flush, value);
}
