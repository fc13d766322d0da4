/*
 * Fuzzes fw_cfg_linux_bzimage() with libFuzzer: hostile bytes as a kernel for
 * firmware. Checked: nothing is read or written out of bounds (the
 * sanitizers'), a refusal says why, and where it is accepted every item can be
 * read to its end and the initrd is in RAM and above 1 MiB.
 *
 * The input: 7 bytes (RAM in MiB less 1, 16 bits; units of 64 KiB of initrd, 16
 * bits; the file's size, 16 bits; bit 0: magic numbers, version and LOADED_HIGH
 * are as they come, 1: so is the size, and not one near the setup code's), then
 * the setup header from byte 0x1F1 on. The initrd's bytes do not matter: they
 * are not read here.
 */
#include "board-pc/fw_cfg_linux.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "vmm/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#define HEAD     7
#define FILE_MAX 0x9000 /* more than the largest setup code */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* May every byte of the item of this key be read? Not the initrd's. */
static void check_bytes(const struct fw_cfg_items *items, enum fw_cfg_key key)
{
	const struct fw_cfg_item *item = &items->known[key];

	must(item->data);
	must(!__asan_region_is_poisoned((void *)(uintptr_t)item->data,
					item->size));
}

static void check(const struct fw_cfg_linux *request,
		  const struct fw_cfg_items *items)
{
	uint64_t initrd = get_le32(items->known[FW_CFG_INITRD_ADDR].data);
	uint64_t size = get_le32(items->known[FW_CFG_INITRD_SIZE].data);
	uint64_t low_ram =
	    request->ram_size < MAP_GAP ? request->ram_size : MAP_GAP;

	check_bytes(items, FW_CFG_SETUP_DATA);
	check_bytes(items, FW_CFG_KERNEL_DATA);
	check_bytes(items, FW_CFG_CMDLINE_DATA);
	must(size == request->initrd.size);
	must(!size || (initrd >= MIB(1) && initrd + size <= low_ram));
	must(items->known[FW_CFG_SETUP_DATA].size >= FW_CFG_SETUP_PEEK);
	must(items->known[FW_CFG_SETUP_DATA].size >=
	     get_le32(items->known[FW_CFG_SETUP_SIZE].data));
}

static uint64_t length_of(const uint8_t *data, size_t size)
{
	uint64_t sectors = size > HEAD ? data[HEAD] : 0;
	uint64_t length = get_le16(data + 4);

	if (!(data[6] & 2)) /* behind so many sectors, and the first */
		length = (sectors + 1) * 512 + length % 1024;
	return length % FILE_MAX;
}

/* A block of its own, so that ASan sees its ends. */
static struct image file_of(const uint8_t *data, size_t size)
{
	uint64_t length = length_of(data, size);
	uint64_t room = BP_SETUP_HEADER_MAX - BP_SETUP_SECTS;
	uint8_t *bytes = calloc(1, length ? length : 1);

	must(bytes);
	size -= HEAD;
	if (length < BP_SETUP_HEADER_MAX)
		return (struct image){ .bytes = bytes, .size = length };
	memcpy(bytes + BP_SETUP_SECTS, data + HEAD, size < room ? size : room);
	if (!(data[6] & 1)) {
		put_le16(bytes + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
		put_le32(bytes + BP_HEADER, BP_HEADER_MAGIC);
		put_le16(bytes + BP_VERSION, 0x0205 + bytes[BP_VERSION] % 16);
		bytes[BP_LOADFLAGS] |= BP_LOADED_HIGH;
	}
	return (struct image){ .bytes = bytes, .size = length };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fw_cfg_linux_bytes bytes;
	static struct fw_cfg_items items;
	struct reason why = { "" };
	struct fw_cfg_linux request = { .cmdline = "console=ttyS0" };

	if (size < HEAD)
		return 0;
	request.ram_size = MIB(1) * (get_le16(data) + UINT64_C(1));
	request.initrd = (struct image){ .bytes = data,
					 .size = KIB(64) * get_le16(data + 2) };
	request.kernel = file_of(data, size);
	fw_cfg_items_init(&items);
	if (fw_cfg_linux_bzimage(&request, &bytes, &items, &why))
		check(&request, &items);
	else
		must(why.text[0]);
	free((void *)(uintptr_t)request.kernel.bytes);
	return 0;
}
