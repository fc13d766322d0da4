/*
 * Fuzzes with libFuzzer what is given to firmware: the image itself, a kernel
 * with its initrd and command line as fw_cfg items, and the text of --fw-cfg.
 * Checked: nothing is read or written out of bounds (the sanitizers'); firmware
 * is accepted exactly if its size is and its reset vector has something, and is
 * where it should be, and nowhere else; items agree with each other and can be
 * read to their ends; an accepted option has one value, and a name that fits.
 *
 * The input: 6 bytes (what; RAM in MiB less 1, or the firmware's size; 16-byte
 * units of initrd, 16 bits; length of the command line, 16 bits), then the
 * initrd and the kernel, or the bytes at the reset vector, or the text.
 */
#include "board-pc/fw_cfg.h"
#include "board-pc/fw_cfg_linux.h"
#include "boot/firmware.h"
#include "vmm/bytes.h"
#include "vmm/fw_cfg_option.h"
#include "vmm/guest_items.h"

#include "board-pc/map.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HEAD    6
#define RAM_MAX MIB(64)
#define ROM_MAX (MIB(16) + KIB(64))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(const struct reason *why)
{
	size_t length = strnlen(why->text, sizeof(why->text));

	must(length && length < sizeof(why->text));
}

/* Copied to a block of its own, so that ASan sees its ends. */
static struct image part(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	must(copy);
	memcpy(copy, bytes, size);
	return (struct image){ .bytes = copy, .size = size };
}

/* Firmware. */

static uint8_t rom[ROM_MAX];
static const uint8_t zeros[MIB(1)];

static uint64_t rom_size(uint8_t choice)
{
	static const uint64_t odd[] = { 0,           1,           16,
					KIB(64) - 1, KIB(64) + 1, ROM_MAX,
					MIB(16),     MIB(16) - 16 };

	return choice < 8 ? odd[choice] : KIB(16) * (choice % 24);
}

static bool is_empty(const uint8_t *vector)
{
	return (*vector == 0 || *vector == 0xFF) &&
	       !memcmp(vector, vector + 1, 15);
}

static void check_shadow(const struct ram *ram, const struct image *image)
{
	uint64_t shadow = image->size > KIB(256) ? KIB(128) : image->size;
	uint64_t below = MIB(1) - shadow;

	must(!memcmp(ram->host, zeros, below));
	must(!memcmp(ram->host + below, rom + ROM_MAX - shadow, shadow));
	memset(ram->host + below, 0, shadow);
}

/* It ends where `rom` does, and ASan sees that end. */
static void try_firmware(const uint8_t *data, size_t size)
{
	static struct ram ram;
	uint64_t length = rom_size(data[1]);
	uint8_t *vector = rom + ROM_MAX - 16;
	struct image image = { .bytes = rom + ROM_MAX - length,
			       .size = length };
	struct reason why = { "" };
	struct entry entry;
	bool fits =
	    length >= KIB(64) && length <= MIB(16) && length % KIB(64) == 0;

	must(ram.host || ram_map(&ram, MIB(1), &why));
	memset(vector, 0xFF, 16);
	memcpy(vector, data + HEAD, size - HEAD < 16 ? size - HEAD : 16);
	if (!firmware_load(&image, &ram, &entry, &why)) {
		must(!fits || is_empty(vector));
		must(!memcmp(ram.host, zeros, MIB(1)));
		check_refusal(&why);
		return;
	}
	must(fits && !is_empty(vector));
	must(entry.mode == ENTRY_RESET);
	check_shadow(&ram, &image);
}

/* The option's text. */

static void try_option(const uint8_t *data, size_t size)
{
	char *text = malloc(size - HEAD + 1);
	struct fw_cfg_option option;
	struct reason why = { "" };
	const char *value;

	must(text);
	memcpy(text, data + HEAD, size - HEAD);
	text[size - HEAD] = '\0';
	if (fw_cfg_option_parse(text, &option, &why)) {
		must(!option.file != !option.string);
		value = option.file ? option.file : option.string;
		must(value > text && value <= text + strlen(text));
		must(*option.name && strlen(option.name) < FW_CFG_NAME_SIZE);
		for (const char *at = option.name; *at; at++)
			must(isgraph((unsigned char)*at) && *at != ',');
	} else {
		check_refusal(&why);
	}
	free(text);
}

/* A kernel's items. */

static struct fw_cfg_items items;
static struct fw_cfg chip;

static uint32_t item(unsigned key)
{
	must(items.known[key].size == 4);
	return get_le32(items.known[key].data);
}

/* Below 1 MiB there is nothing that the kernel needs later. */
static void read_to_the_end(const struct ram *ram, unsigned key)
{
	uint8_t *request = ram_span(ram, KIB(4), FW_CFG_DMA_REQUEST_SIZE);
	uint64_t size = items.known[key].size;

	must(request);
	if (KIB(8) + size > ram->size)
		return;
	put_be32(request,
		 (uint32_t)key << 16 | FW_CFG_DMA_SELECT | FW_CFG_DMA_READ);
	put_be32(request + 4, (uint32_t)size);
	put_be32(request + 8, 0);
	put_be32(request + 12, KIB(8));
	fw_cfg_write(&chip, FW_CFG_DMA_HIGH, 0, 4);
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, __builtin_bswap32(KIB(4)), 4);
	must(!get_be32(request));
	must(!size || !memcmp(ram->host + KIB(8), items.known[key].data, size));
}

static void check_items(const struct options *options, const struct ram *ram,
			const struct image *initrd)
{
	uint64_t end =
	    item(FW_CFG_KERNEL_ADDR) + (uint64_t)item(FW_CFG_KERNEL_SIZE);
	uint64_t at = item(FW_CFG_INITRD_ADDR);
	const struct fw_cfg_item *setup = &items.known[FW_CFG_SETUP_DATA];

	must(end <= ram->size);
	must(item(FW_CFG_INITRD_SIZE) == initrd->size);
	must(items.known[FW_CFG_INITRD_DATA].size == initrd->size);
	if (initrd->size)
		must(at >= end && at % 4096 == 0 &&
		     at + initrd->size <= ram->size);
	must(item(FW_CFG_CMDLINE_SIZE) == strlen(options->cmdline.text) + 1);
	must(setup->size >= FW_CFG_SETUP_PEEK &&
	     setup->size <= FW_CFG_SETUP_MAX);
	must(item(FW_CFG_SETUP_SIZE) <= setup->size);
	chip = (struct fw_cfg){ .items = &items, .ram = ram };
	fw_cfg_reset(&chip);
	for (unsigned key = FW_CFG_KERNEL_ADDR; key <= FW_CFG_SETUP_DATA; key++)
		read_to_the_end(ram, key);
}

static const struct options *options_with(unsigned length, struct image initrd)
{
	static struct options options;
	char *text = options.cmdline.text;

	if (length > CMDLINE_SIZE - 1)
		length = CMDLINE_SIZE - 1;
	memset(text, 'x', CMDLINE_SIZE);
	text[length] = '\0';
	options.modules[0].file = initrd;
	options.module_count = initrd.size > 0;
	return &options;
}

static void try_kernel(const uint8_t *data, size_t size)
{
	const struct options *options;
	size_t split = 16 * (size_t)get_le16(data + 2);
	struct image initrd, kernel;
	struct reason why = { "" };
	struct ram ram;

	if (split > size - HEAD)
		split = size - HEAD;
	initrd = part(data + HEAD, split);
	kernel = part(data + HEAD + split, size - HEAD - split);
	options = options_with(get_le16(data + 4), initrd);
	must(ram_map(&ram, MIB(1) * (data[1] % (RAM_MAX / MIB(1)) + 1), &why));
	fw_cfg_items_init(&items);
	if (guest_items_add_kernel(options, &kernel, &ram, &items, &why))
		check_items(options, &ram, &initrd);
	else
		check_refusal(&why);
	ram_unmap(&ram);
	free((void *)initrd.bytes);
	free((void *)kernel.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEAD)
		return 0;
	switch (data[0] & 3) {
	case 0:
		try_firmware(data, size);
		break;
	case 1:
		try_option(data, size);
		break;
	default:
		try_kernel(data, size);
	}
	return 0;
}
