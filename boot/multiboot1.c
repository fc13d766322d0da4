/*
 * Entry by Multiboot 1. Document followed: Multiboot specification 0.6.96.
 *
 * The command line begins with the kernel's file name, and the string of a
 * module with the module's, as QEMU and GRUB Legacy have it: hypervisor test
 * suites skip the first word.
 *
 * Left out on purpose: the video mode (flag 2 is taken for a wish, as QEMU and
 * GRUB do; bits 11 and 12 of the information's flags say that there is none),
 * a.out symbols and ELF sections, drives, the boot device, a configuration
 * table, APM.
 */
#include "boot/multiboot1.h"

#include "board-pc/map.h"
#include "boot/bios_data.h"
#include "boot/boot_params.h"
#include "boot/multiboot_header.h"
#include "vmm/bytes.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* 3.1: the header, in the first 8192 bytes, at a multiple of 4. */
#define HEADER_MAGIC UINT32_C(0x1BADB002)
#define HEADER_REACH 8192
#define HEADER_STEP  4

enum header_offset {
	HEADER_FLAGS = 4,
	HEADER_SIZE = 12, /* of a header without addresses */
	HEADER_ADDRESSES = 12,
	HEADER_ENTRY = 28,
	HEADER_ADDRESSED_SIZE = 32,
};

/* Bits 0 to 15 are requirements; the others may be ignored. */
#define FLAGS_REQUIRED  UINT32_C(0xFFFF)
#define FLAGS_KNOWN     UINT32_C(0x0007) /* pages, memory, video mode */
#define FLAGS_ADDRESSES (UINT32_C(1) << 16)

/* 3.2, 3.3: what the kernel finds. */
#define LOADER_MAGIC UINT32_C(0x2BADB002)

enum info_offset {
	INFO_FLAGS = 0,
	INFO_MEM_LOWER = 4,
	INFO_MEM_UPPER = 8,
	INFO_CMDLINE = 16,
	INFO_MODS_COUNT = 20,
	INFO_MODS_ADDR = 24,
	INFO_MMAP_LENGTH = 44,
	INFO_MMAP_ADDR = 48,
	INFO_LOADER_NAME = 64,
	INFO_SIZE = 116,
};

enum info_flag {
	INFO_HAS_MEM = 1 << 0,
	INFO_HAS_CMDLINE = 1 << 2,
	INFO_HAS_MODS = 1 << 3,
	INFO_HAS_MMAP = 1 << 6,
	INFO_HAS_LOADER_NAME = 1 << 9,
};

#define MODULE_SIZE 16
#define MMAP_ENTRY  24 /* its size field, which says 20, and the rest */
#define MMAP        (LAYOUT_LISTS + MODULES_MAX * MODULE_SIZE)
#define MMAP_ROOM   (LAYOUT_LISTS + LAYOUT_LISTS_SIZE - MMAP)

/* Behind the information, in its page. */
#define LOADER_NAME    "mayfly"
#define LOADER_NAME_AT (LAYOUT_PARAMS + 0x100)

/* The header, or NULL. */
static const uint8_t *find(const struct image *file)
{
	static const struct multiboot_header header = { .magic = HEADER_MAGIC,
							.size = HEADER_SIZE,
							.step = HEADER_STEP,
							.reach = HEADER_REACH };

	return multiboot_header_find(file, &header);
}

bool multiboot1_recognises(const struct image *file)
{
	return find(file);
}

static bool check_flags(uint32_t flags, struct reason *why)
{
	uint32_t unknown = flags & FLAGS_REQUIRED & ~FLAGS_KNOWN;

	if (!unknown)
		return true;
	return fail(why,
		    "a Multiboot kernel whose header requires flag %d (flags"
		    " 0x%08" PRIx32 "); of 0 to 15, which are requirements, 0,"
		    " 1 and 2 are known",
		    __builtin_ctz(unknown), flags);
}

bool multiboot1_read(const struct image *file, struct multiboot1 *header,
		     struct reason *why)
{
	const uint8_t *at = find(file);
	uint64_t offset;
	uint32_t flags;

	assert(at);
	*header = (struct multiboot1){ 0 };
	flags = get_le32(at + HEADER_FLAGS);
	if (!check_flags(flags, why))
		return false;
	if (!(flags & FLAGS_ADDRESSES))
		return true;
	offset = (uint64_t)(at - file->bytes);
	if (file->size - offset < HEADER_ADDRESSED_SIZE)
		return fail(why,
			    "a Multiboot kernel cut short: its header has %u"
			    " bytes at byte %" PRIu64 ", the file has %" PRIu64,
			    HEADER_ADDRESSED_SIZE, offset, file->size);
	header->has_addresses = true;
	header->entry = get_le32(at + HEADER_ENTRY);
	return flat_describe(file, offset, at + HEADER_ADDRESSES, &header->flat,
			     why);
}

/* "NAME WORDS", at LAYOUT_CMDLINE. */
static bool put_cmdline(const struct boot_request *request,
			const struct ram *ram, struct reason *why)
{
	size_t name = strlen(request->kernel_name);
	size_t words = strlen(request->words);
	char *host = ram_span(ram, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX);

	assert(host);
	if (name + 1 + words + 1 > LAYOUT_CMDLINE_MAX)
		return fail(why,
			    "the command line has %zu characters, and with the"
			    " kernel's name there is room for %" PRIu64,
			    words, LAYOUT_CMDLINE_MAX - 2 - name);
	memcpy(host, request->kernel_name, name);
	if (!words)
		return true;
	host[name] = ' ';
	memcpy(host + name + 1, request->words, words);
	return true;
}

static bool put_modules(const struct boot_request *request,
			const struct ram *ram, struct extent kernel,
			struct reason *why)
{
	uint64_t size = placement_size(request);
	uint64_t at[MODULES_MAX], strings[MODULES_MAX], gpa;
	uint8_t *host = ram_span(ram, LAYOUT_LISTS, MODULES_MAX * MODULE_SIZE);

	if (!size)
		return true;
	if (!placement_choose(request, size, kernel, UINT32_MAX, &gpa, why) ||
	    !placement_put_strings(request, ram, strings, why) ||
	    !placement_put_modules(request, ram, gpa, at, why))
		return false;
	assert(host);
	for (unsigned i = 0; i < request->module_count; i++) {
		uint64_t end = at[i] + request->modules[i].file.size;

		put_le32(host, (uint32_t)at[i]);
		put_le32(host + 4, (uint32_t)end);
		put_le32(host + 8, (uint32_t)strings[i]);
		host += MODULE_SIZE;
	}
	return true;
}

static void put_mmap(const struct boot_request *request, const struct ram *ram)
{
	uint8_t *host = ram_span(ram, MMAP, MMAP_ROOM);

	assert(host && request->map_count <= MMAP_ROOM / MMAP_ENTRY);
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];

		put_le32(host, MMAP_ENTRY - 4);
		put_le64(host + 4, range->base);
		put_le64(host + 12, range->length);
		put_le32(host + 20, range->type);
		host += MMAP_ENTRY;
	}
}

static void put_info(const struct boot_request *request, const struct ram *ram)
{
	uint8_t *info = ram_span(ram, LAYOUT_PARAMS, INFO_SIZE);
	void *name = ram_span(ram, LOADER_NAME_AT, sizeof(LOADER_NAME));

	assert(info && name);
	memcpy(name, LOADER_NAME, sizeof(LOADER_NAME));
	put_le32(info + INFO_FLAGS, INFO_HAS_MEM | INFO_HAS_CMDLINE |
					INFO_HAS_MODS | INFO_HAS_MMAP |
					INFO_HAS_LOADER_NAME);
	put_le32(info + INFO_MEM_LOWER, MAP_EBDA / KIB(1));
	put_le32(info + INFO_MEM_UPPER, placement_upper_kib(request));
	put_le32(info + INFO_CMDLINE, (uint32_t)LAYOUT_CMDLINE);
	put_le32(info + INFO_MODS_COUNT, request->module_count);
	put_le32(info + INFO_MODS_ADDR, (uint32_t)LAYOUT_LISTS);
	put_le32(info + INFO_MMAP_LENGTH, request->map_count * MMAP_ENTRY);
	put_le32(info + INFO_MMAP_ADDR, (uint32_t)MMAP);
	put_le32(info + INFO_LOADER_NAME, (uint32_t)LOADER_NAME_AT);
}

bool multiboot1_enter(const struct boot_request *request, const struct ram *ram,
		      struct extent kernel, uint32_t rip, struct entry *entry,
		      struct reason *why)
{
	if (!put_cmdline(request, ram, why) ||
	    !put_modules(request, ram, kernel, why))
		return false;
	put_mmap(request, ram);
	put_info(request, ram);
	bios_data_put(ram, kernel);
	boot_params_entry(ram, ENTRY_PROTECTED32, rip, entry);
	entry->rax = LOADER_MAGIC;
	entry->rbx = LAYOUT_PARAMS;
	return true;
}
