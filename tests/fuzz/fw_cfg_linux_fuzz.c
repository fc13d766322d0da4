/*
 * Fuzzes fw_cfg_linux_bzimage() with libFuzzer: hostile bytes as a kernel for
 * firmware. Checked: nothing is read or written out of bounds (the
 * sanitizers'), a refusal says why, and where it is accepted every item can be
 * read to its end and the initrd is in RAM and above 1 MiB.
 *
 * The input: 4 bytes (RAM in MiB less 1, 16 bits; units of 64 KiB of initrd),
 * then the kernel. The initrd's bytes do not matter: they are not read here.
 */
#include "board-pc/fw_cfg_linux.h"

#include "board-pc/map.h"
#include "vmm/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte of the item of this key, but the initrd's. */
static unsigned sum(const struct fw_cfg_items *items, enum fw_cfg_key key)
{
	const struct fw_cfg_item *item = &items->known[key];
	const uint8_t *bytes = item->data;
	unsigned total = 0;

	must(bytes);
	for (uint32_t i = 0; i < item->size; i++)
		total += bytes[i];
	return total;
}

static void check(const struct fw_cfg_linux *request,
		  const struct fw_cfg_items *items)
{
	static volatile unsigned total;
	uint64_t initrd = get_le32(items->known[FW_CFG_INITRD_ADDR].data);
	uint64_t size = get_le32(items->known[FW_CFG_INITRD_SIZE].data);
	uint64_t low_ram =
	    request->ram_size < MAP_GAP ? request->ram_size : MAP_GAP;

	total = sum(items, FW_CFG_SETUP_DATA) + sum(items, FW_CFG_KERNEL_DATA) +
		sum(items, FW_CFG_CMDLINE_DATA);
	(void)total;
	must(size == request->initrd.size);
	must(!size || (initrd >= MIB(1) && initrd + size <= low_ram));
	must(items->known[FW_CFG_SETUP_DATA].size >= FW_CFG_SETUP_PEEK);
	must(items->known[FW_CFG_SETUP_DATA].size >=
	     get_le32(items->known[FW_CFG_SETUP_SIZE].data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fw_cfg_linux_bytes bytes;
	static struct fw_cfg_items items;
	struct reason why = { "" };
	struct fw_cfg_linux request = { .cmdline = "console=ttyS0" };
	uint8_t *copy;

	if (size < 4)
		return 0;
	request.ram_size = MIB(1) * (get_le16(data) + UINT64_C(1));
	request.initrd = (struct image){ .bytes = data,
					 .size = KIB(64) * get_le16(data + 2) };
	copy = malloc(size - 4 + !(size - 4));
	must(copy);
	memcpy(copy, data + 4, size - 4);
	request.kernel = (struct image){ .bytes = copy, .size = size - 4 };
	fw_cfg_items_init(&items);
	if (fw_cfg_linux_bzimage(&request, &bytes, &items, &why))
		check(&request, &items);
	else
		must(why.text[0]);
	free(copy);
	return 0;
}
