/*
 * The zero page and what goes with it; see boot_params.h. Documents followed:
 * Linux Documentation/arch/x86/{boot,zero-page}.rst; Intel SDM volume 3,
 * sections 3.4.5 (descriptors) and 4.5 (4-level paging).
 *
 * The fields are named offsets rather than <asm/bootparam.h>'s struct: that
 * header wants <video/edid.h>, which the build does not show to musl.
 *
 * Left out on purpose: screen_info stays zero, so that no VGA is looked for;
 * BIOS data (APM, EDD, IST, hd0) that no BIOS gathered; CAN_USE_HEAP, which is
 * for real-mode setup code that never runs here; setup_data.
 */
#include "boot/boot_params.h"

#include "boot/placement.h"
#include "vmm/bytes.h"

#include <assert.h>
#include <inttypes.h>

#define TYPE_OF_LOADER_UNDEFINED 0xFF
#define E820_ENTRY_SIZE          20

/*
 * Flat 4 GiB segments, accessed and present: code is execute/read, data
 * read/write. KVM is given the same in its segment caches.
 */
#define SEGMENT_CODE32 UINT64_C(0x00CF9B000000FFFF)
#define SEGMENT_CODE64 UINT64_C(0x00AF9B000000FFFF)
#define SEGMENT_DATA   UINT64_C(0x00CF93000000FFFF)

/* Accessed and dirty from the start, so that the CPU need not write them. */
#define PAGE_TABLE UINT64_C(0x23) /* present, writable, accessed */
#define PAGE_2MIB  UINT64_C(0xE3) /* and dirty, page size */

bool boot_params_cmdline(const struct boot_request *request,
			 const struct ram *ram, uint64_t max,
			 struct reason *why)
{
	size_t length = strlen(request->cmdline);
	void *host = ram_span(ram, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX);

	assert(host);
	if (max > LAYOUT_CMDLINE_MAX - 1)
		max = LAYOUT_CMDLINE_MAX - 1;
	if (length > max)
		return fail(why,
			    "the command line has %zu characters, and this"
			    " kernel takes at most %" PRIu64,
			    length, max);
	memcpy(host, request->cmdline, length + 1);
	return true;
}

/* The header of the file, from setup_sects to the end it gives itself. */
static void take_header(uint8_t *params, const uint8_t *image)
{
	size_t end = BP_HEADER + (size_t)image[BP_JUMP + 1];

	if (end > BP_SETUP_HEADER_MAX)
		end = BP_SETUP_HEADER_MAX;
	memcpy(params + BP_SETUP_SECTS, image + BP_SETUP_SECTS,
	       end - BP_SETUP_SECTS);
}

/* For a kernel that brings none: what Linux's own 64-bit entry looks at. */
static void make_header(uint8_t *params)
{
	put_le16(params + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
	put_le32(params + BP_HEADER, BP_HEADER_MAGIC);
	put_le16(params + BP_VERSION, 0x020C);
	params[BP_LOADFLAGS] = BP_LOADED_HIGH;
}

static void put_e820(uint8_t *params, const struct boot_request *request)
{
	uint8_t *at = params + BP_E820_TABLE;

	assert(request->map_count <= BP_E820_ENTRIES_MAX);
	params[BP_E820_ENTRIES] = (uint8_t)request->map_count;
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];

		put_le64(at, range->base);
		put_le64(at + 8, range->length);
		put_le32(at + 16, range->type);
		at += E820_ENTRY_SIZE;
	}
}

void boot_params_fill(const struct boot_request *request, const struct ram *ram,
		      const uint8_t *image, uint64_t load, uint64_t initrd)
{
	uint8_t *params = ram_span(ram, LAYOUT_PARAMS, 4096);

	assert(params);
	if (image)
		take_header(params, image);
	else
		make_header(params);
	params[BP_TYPE_OF_LOADER] = TYPE_OF_LOADER_UNDEFINED;
	put_le32(params + BP_CODE32_START, (uint32_t)load);
	put_le32(params + BP_CMD_LINE_PTR, (uint32_t)LAYOUT_CMDLINE);
	put_le64(params + BP_ACPI_RSDP_ADDR, request->rsdp);
	if (request->module_count) {
		put_le32(params + BP_RAMDISK_IMAGE, (uint32_t)initrd);
		put_le32(params + BP_RAMDISK_SIZE,
			 (uint32_t)placement_size(request));
	} else {
		put_le64(params + BP_RAMDISK_IMAGE, 0);
	}
	put_e820(params, request);
}

static uint64_t put_page_tables(const struct ram *ram)
{
	const uint64_t pml4 = LAYOUT_PAGE_TABLES;
	const uint64_t pdpt = pml4 + 4096;
	const uint64_t directory = pdpt + 4096;
	uint8_t *host = ram_span(ram, pml4, LAYOUT_LOW_END - pml4);

	assert(host);
	put_le64(host, pdpt | PAGE_TABLE);
	put_le64(host + 4096, directory | PAGE_TABLE);
	for (uint64_t i = 0; i < 512; i++)
		put_le64(host + 8192 + i * 8, i << 21 | PAGE_2MIB);
	return pml4;
}

void boot_params_entry(const struct ram *ram, enum entry_mode mode,
		       uint64_t rip, struct entry *entry)
{
	const uint64_t gdt[] = {
		[2] = mode == ENTRY_LONG64 ? SEGMENT_CODE64 : SEGMENT_CODE32,
		[3] = SEGMENT_DATA,
	};
	void *host = ram_span(ram, LAYOUT_GDT, sizeof(gdt));

	assert(host);
	memcpy(host, gdt, sizeof(gdt));
	*entry = (struct entry){
		.mode = mode,
		.rip = rip,
		.rsp = LAYOUT_STACK_TOP,
		.gdt_base = LAYOUT_GDT,
		.gdt_limit = sizeof(gdt) - 1,
	};
	if (mode == ENTRY_LONG64)
		entry->cr3 = put_page_tables(ram);
}
