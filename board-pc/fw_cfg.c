/*
 * fw_cfg, after QEMU's docs/specs/fw_cfg.rst.
 *
 * Choices:
 * - A DMA request is done when the write that starts it is: SeaBIOS and qboot
 *   wait for the control word without yielding.
 * - It is done as a whole or not at all. One that goes beyond RAM or beyond
 *   the end of its item gets the error bit and changes nothing else, not even
 *   the selection; one whose control word is not in RAM changes nothing. QEMU
 *   fills what lies beyond an item with zeros, as reads of the data port do
 *   here too.
 *
 * Left out on purpose: items that the guest writes (no such item, so a write
 * is an error; by port it is ignored), and the register layout of machines
 * that have it in memory.
 */
#include "board-pc/fw_cfg.h"

#include "vmm/bytes.h"

#include <assert.h>

/* Nothing is writable, so the bit that asks for writing says nothing. */
#define KEY_WRITE_CHANNEL 0x4000

/* Offsets in a DMA request. */
enum { DMA_CONTROL = 0, DMA_LENGTH = 4, DMA_ADDRESS = 8 };

/* Offsets in an entry of the directory. */
enum { DIR_SIZE = 0, DIR_KEY = 4, DIR_NAME = 8 };

static const uint8_t dma_signature[8] = "QEMU CFG";

/* The items. */

void fw_cfg_items_init(struct fw_cfg_items *items)
{
	static const uint8_t id[4] = { 1 << 0 | 1 << 1 };

	memset(items, 0, sizeof(*items));
	items->known[FW_CFG_SIGNATURE] = (struct fw_cfg_item){ "QEMU", 4 };
	items->known[FW_CFG_ID] = (struct fw_cfg_item){ id, sizeof(id) };
	items->known[FW_CFG_FILE_DIR] =
	    (struct fw_cfg_item){ items->directory, FW_CFG_DIR_HEADER };
}

/* Where the item of a fixed key is, or NULL. */
static struct fw_cfg_item *place_of(struct fw_cfg_items *items, unsigned key)
{
	if (key < FW_CFG_FILE_FIRST)
		return &items->known[key];
	if (key >= FW_CFG_ARCH_LOCAL && key < FW_CFG_ARCH_LOCAL_END)
		return &items->local[key - FW_CFG_ARCH_LOCAL];
	return NULL;
}

/* An item of no bytes is there all the same: it has an address. */
static struct fw_cfg_item item_of(const void *data, uint64_t size)
{
	return (struct fw_cfg_item){ data ? data : "", (uint32_t)size };
}

bool fw_cfg_add_item(struct fw_cfg_items *items, unsigned key, const void *data,
		     uint64_t size)
{
	struct fw_cfg_item *item = place_of(items, key);

	assert(data || !size);
	if (!item || item->data || size > UINT32_MAX)
		return false;
	*item = item_of(data, size);
	return true;
}

static uint8_t *entry_at(struct fw_cfg_items *items, unsigned file)
{
	return items->directory + FW_CFG_DIR_HEADER +
	       (size_t)file * FW_CFG_DIR_ENTRY;
}

static bool has_file(struct fw_cfg_items *items, const char *name)
{
	for (unsigned i = 0; i < items->file_count; i++)
		if (!strcmp((char *)entry_at(items, i) + DIR_NAME, name))
			return true;
	return false;
}

bool fw_cfg_add_file(struct fw_cfg_items *items, const char *name,
		     const void *data, uint64_t size)
{
	size_t length = strlen(name);
	unsigned file = items->file_count;
	uint8_t *entry;

	assert(data || !size);
	if (file == FW_CFG_FILES_MAX || !length || length >= FW_CFG_NAME_SIZE ||
	    size > UINT32_MAX || has_file(items, name))
		return false;
	entry = entry_at(items, file);
	put_be32(entry + DIR_SIZE, (uint32_t)size);
	put_be16(entry + DIR_KEY, (uint16_t)(FW_CFG_FILE_FIRST + file));
	memcpy(entry + DIR_NAME, name, length + 1);
	items->files[file] = item_of(data, size);
	items->file_count++;
	put_be32(items->directory, items->file_count);
	items->known[FW_CFG_FILE_DIR].size += FW_CFG_DIR_ENTRY;
	return true;
}

/* An unknown key has an item without bytes. */
static struct fw_cfg_item find(const struct fw_cfg_items *items, uint16_t key)
{
	unsigned plain = key & ~(unsigned)KEY_WRITE_CHANNEL;

	if (plain < FW_CFG_FILE_FIRST)
		return items->known[plain];
	if (plain - FW_CFG_FILE_FIRST < items->file_count)
		return items->files[plain - FW_CFG_FILE_FIRST];
	if (plain >= FW_CFG_ARCH_LOCAL && plain < FW_CFG_ARCH_LOCAL_END)
		return items->local[plain - FW_CFG_ARCH_LOCAL];
	return (struct fw_cfg_item){ 0 };
}

/* DMA. */

struct request {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};

/* Another vCPU may change it meanwhile: so it is read once. */
static struct request read_request(const uint8_t *host)
{
	struct request it = {
		get_be32(host + DMA_CONTROL),
		get_be32(host + DMA_LENGTH),
		get_be64(host + DMA_ADDRESS),
	};

	__asm__ volatile("" ::: "memory");
	return it;
}

static uint32_t left_of(struct fw_cfg_item item, uint32_t position)
{
	return position < item.size ? item.size - position : 0;
}

/* Reads or skips as asked, from `position` on. */
static bool transfer(const struct fw_cfg *chip, const struct request *it,
		     struct fw_cfg_item item, uint32_t position)
{
	void *to;

	if (it->control & FW_CFG_DMA_READ) {
		if (!it->length)
			return true;
		if (it->length > left_of(item, position))
			return false;
		to = ram_span(chip->ram, it->address, it->length);
		if (to)
			memcpy(to, (const uint8_t *)item.data + position,
			       it->length);
		return to;
	}
	if (it->control & FW_CFG_DMA_WRITE)
		return false;
	return it->length <= left_of(item, position);
}

static bool perform(struct fw_cfg *chip, const struct request *it)
{
	struct fw_cfg_regs regs = chip->regs;

	if (it->control & FW_CFG_DMA_SELECT) {
		regs.key = (uint16_t)(it->control >> 16);
		regs.position = 0;
	}
	if (it->control &
	    (FW_CFG_DMA_READ | FW_CFG_DMA_SKIP | FW_CFG_DMA_WRITE)) {
		if (!transfer(chip, it, find(chip->items, regs.key),
			      regs.position))
			return false;
		regs.position += it->length;
	}
	chip->regs = regs;
	return true;
}

static void start_dma(struct fw_cfg *chip, uint64_t gpa)
{
	uint8_t *control = ram_span(chip->ram, gpa, sizeof(uint32_t));
	uint8_t *host = ram_span(chip->ram, gpa, FW_CFG_DMA_REQUEST_SIZE);
	struct request it;
	bool done = false;

	if (!control)
		return;
	if (host) {
		it = read_request(host);
		done = perform(chip, &it);
	}
	put_be32(control, done ? 0 : FW_CFG_DMA_ERROR);
}

/* Registers. */

void fw_cfg_reset(struct fw_cfg *chip)
{
	chip->regs = (struct fw_cfg_regs){ .key = FW_CFG_SIGNATURE };
}

static uint8_t next_byte(struct fw_cfg *chip)
{
	struct fw_cfg_item item = find(chip->items, chip->regs.key);

	if (chip->regs.position >= item.size)
		return 0;
	return ((const uint8_t *)item.data)[chip->regs.position++];
}

uint32_t fw_cfg_read(void *opaque, uint32_t reg, unsigned size)
{
	struct fw_cfg *chip = opaque;
	uint32_t value = CHIP_ALL_ONES;

	if (!chip->items)
		return CHIP_ALL_ONES;
	if (reg <= FW_CFG_DATA && size == 1)
		return next_byte(chip);
	if (reg >= FW_CFG_DMA_HIGH &&
	    reg - FW_CFG_DMA_HIGH + size <= sizeof(dma_signature))
		memcpy(&value, dma_signature + (reg - FW_CFG_DMA_HIGH), size);
	return value;
}

/* Each request has an address of its own: the high half is used up. */
static void write_dma_low(struct fw_cfg *chip, uint32_t low)
{
	uint64_t gpa = (uint64_t)chip->regs.dma_high << 32 | low;

	chip->regs.dma_high = 0;
	start_dma(chip, gpa);
}

void fw_cfg_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct fw_cfg *chip = opaque;

	if (!chip->items)
		return;
	if (reg == FW_CFG_SELECTOR && size == 2) {
		chip->regs.key = (uint16_t)value;
		chip->regs.position = 0;
	} else if (reg == FW_CFG_DMA_HIGH && size == 4) {
		chip->regs.dma_high = get_be32(&value);
	} else if (reg == FW_CFG_DMA_LOW && size == 4) {
		write_dma_low(chip, get_be32(&value));
	}
}
