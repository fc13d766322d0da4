/*
 * Fuzzes the loader of bzImages with libFuzzer: any setup header, before so
 * many bytes of code. Checked: nothing out of bounds (the sanitizers'; see
 * watched_ram.h); what is accepted is entered in its code, which is in RAM as
 * it is in the file, and finds its modules and its command line.
 *
 * The input: what loader.h says, whose last byte has bit 0: magic numbers and
 * version are as they come, 1: so is LOADED_HIGH; the file's size, 16 bits; the
 * header from byte 0x1F1 on.
 */
#include "tests/fuzz/loader.h"

#include "boot/boot_params.h"

#define HEADER_MAX (BP_SETUP_HEADER_MAX - BP_SETUP_SECTS)
#define FILE_MAX   0x4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct image file_of(const uint8_t *data, size_t size)
{
	uint64_t length = get_le16(data + LOADER_HEAD) % FILE_MAX;
	size_t header = size - LOADER_HEAD - 2;
	uint8_t *bytes;

	if (length < BP_HEADER + 4) /* boot.c would not call it a bzImage */
		length = BP_HEADER + 4;
	bytes = loader_block(length);
	header = header < HEADER_MAX ? header : HEADER_MAX;
	if (header > length - BP_SETUP_SECTS)
		header = length - BP_SETUP_SECTS;
	memset(bytes, 'k', length);
	memset(bytes + BP_SETUP_SECTS, 0,
	       length - BP_SETUP_SECTS < HEADER_MAX ? length - BP_SETUP_SECTS
						    : HEADER_MAX);
	memcpy(bytes + BP_SETUP_SECTS, data + LOADER_HEAD + 2, header);
	return (struct image){ .bytes = bytes, .size = length };
}

static void mend(const struct image *file, uint8_t how)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)file->bytes;

	if (how & 1)
		return;
	put_le16(bytes + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
	put_le32(bytes + BP_HEADER, BP_HEADER_MAGIC);
	if (file->size < BP_SETUP_HEADER_MAX)
		return;
	put_le16(bytes + BP_VERSION, 0x0205 + bytes[BP_VERSION] % 16);
	if (!(how & 2))
		bytes[BP_LOADFLAGS] |= BP_LOADED_HIGH;
}

static void check(const struct image *file)
{
	const uint8_t *params = watched_at(LAYOUT_PARAMS);
	uint64_t load = get_le32(params + BP_CODE32_START);
	uint64_t sectors = file->bytes[BP_SETUP_SECTS];
	uint64_t payload = ((sectors ? sectors : 4) + 1) * 512;
	uint64_t stated = 16 * (uint64_t)get_le32(file->bytes + BP_SYSSIZE);
	uint64_t length = file->size - payload;

	if (stated && stated < length)
		length = stated;
	must(loader.entry.rip - load == 0 || loader.entry.rip - load == 0x200);
	must(loader.entry.rip - load < length);
	must(watched_has_placed(load, length));
	must(!memcmp(watched_at(load), file->bytes + payload, length));
	must(!strcmp((const char *)watched_at(LAYOUT_CMDLINE),
		     loader.request.cmdline));
	must(!get_le32(params + BP_RAMDISK_SIZE) ==
	     !loader.request.module_count);
	loader_check_modules(get_le32(params + BP_RAMDISK_IMAGE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image file;

	if (size < LOADER_HEAD + 2)
		return 0;
	loader_begin(data);
	file = file_of(data, size);
	mend(&file, data[3]);
	if (loader_load(&file) && !(data[3] & 1))
		check(&file);
	free((void *)(uintptr_t)file.bytes);
	return 0;
}
