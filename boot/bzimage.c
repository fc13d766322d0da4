/*
 * The loader of bzImages. Document followed: Linux
 * Documentation/arch/x86/boot.rst, sections "Details of Header Fields",
 * "32-bit Boot Protocol" and "64-bit Boot Protocol".
 *
 * Versions: from 2.05 on. Kernels before that (2.6.19) unpack themselves into
 * all memory from 0x2000 up to the zero page, which must be at 0x90000 for it,
 * and want the BIOS's count of memory; they would die here without a word.
 * Every field is read only where the header's version has it, and has its
 * documented default otherwise.
 *
 * Where a kernel goes: to pref_address when it is relocatable and says one,
 * else to code32_start. boot.rst would allow a relocatable kernel to be loaded
 * lower when there is no room at pref_address; Linux's decompressor then moves
 * itself to pref_address (LOAD_PHYSICAL_ADDR) all the same and dies for want of
 * memory without a word. So it is refused here, with words.
 *
 * Left out on purpose: zImage and protocols below 2.05 (before 2.6.20); real
 * mode entry, hooks, vid_mode; loading above 4 GiB; the EFI handover; the
 * image's checksum.
 */
#include "boot/bzimage.h"

#include "boot/boot_params.h"
#include "boot/placement.h"
#include "vmm/bytes.h"

#include <inttypes.h>

#define SECTOR               UINT64_C(512)
#define PARAGRAPH            UINT64_C(16) /* the unit of syssize */
#define SETUP_SECTS_DEFAULT  4
#define LOAD_DEFAULT         UINT64_C(0x100000)
#define CMDLINE_SIZE_DEFAULT 255
#define ENTRY_64             UINT64_C(0x200) /* from the load address */

/* What the header says. */
struct bzimage {
	unsigned version;    /* 0x020F is 2.15 */
	uint64_t payload;    /* where 32-bit code begins in the file */
	uint64_t size;       /* bytes of it */
	uint64_t load;       /* where it is loaded */
	uint64_t runtime;    /* where it moves itself to ... */
	uint64_t init_size;  /* ... and what it needs there */
	uint64_t initrd_max; /* the last byte an initrd may have */
	uint64_t cmdline_max;
	bool has_entry64;
};

bool bzimage_recognises(const struct image *file)
{
	return file->size >= BP_HEADER + 4 &&
	       get_le16(file->bytes + BP_BOOT_FLAG) == BP_BOOT_FLAG_MAGIC &&
	       get_le32(file->bytes + BP_HEADER) == BP_HEADER_MAGIC;
}

/* Finds the protected-mode code in the file; after it, the header is whole. */
static bool find_payload(const struct image *file, struct bzimage *it,
			 struct reason *why)
{
	uint64_t setup_sects = file->bytes[BP_SETUP_SECTS];
	uint64_t stated = 0;

	*it = (struct bzimage){ 0 };
	if (!setup_sects)
		setup_sects = SETUP_SECTS_DEFAULT;
	it->payload = (setup_sects + 1) * SECTOR;
	if (file->size <= it->payload)
		return fail(why,
			    "a bzImage cut short: its setup code alone has"
			    " %" PRIu64 " bytes, the file has %" PRIu64,
			    it->payload, file->size);
	it->version = get_le16(file->bytes + BP_VERSION);
	it->size = file->size - it->payload;
	/* Older ones, refused later, have only half of the field. */
	if (it->version >= 0x0204)
		stated = get_le32(file->bytes + BP_SYSSIZE) * PARAGRAPH;
	/* syssize is rounded up; what follows it, a signature, is not code. */
	if (stated >= it->size + PARAGRAPH)
		return fail(why,
			    "a bzImage cut short: its header wants %" PRIu64
			    " bytes, the file has %" PRIu64,
			    it->payload + stated, file->size);
	if (stated && stated < it->size)
		it->size = stated;
	return true;
}

static bool check_kind(const struct image *file, const struct bzimage *it,
		       struct reason *why)
{
	if (it->version < 0x0205)
		return fail(why,
			    "a Linux kernel with boot protocol %u.%02u; 2.05"
			    " (Linux 2.6.20) or later is wanted",
			    it->version >> 8, it->version & 0xFF);
	if (!(file->bytes[BP_LOADFLAGS] & BP_LOADED_HIGH))
		return fail(why, "a zImage (LOADED_HIGH is clear), which is"
				 " not accepted; build a bzImage");
	return true;
}

/* An address that cannot be aligned stays what it is: out of reach. */
static uint64_t align_up(uint64_t address, uint64_t alignment)
{
	uint64_t over = alignment ? address % alignment : 0;

	if (!over || address > UINT64_MAX - alignment)
		return address;
	return address + (alignment - over);
}

/* Fields that tell where the kernel goes. */
static void read_addresses(const uint8_t *header, struct bzimage *it)
{
	bool relocatable = header[BP_RELOCATABLE_KERNEL];
	uint64_t preferred = 0;

	it->init_size = it->size;
	if (it->version >= 0x020A) {
		preferred = get_le64(header + BP_PREF_ADDRESS);
		it->init_size = get_le32(header + BP_INIT_SIZE);
	}
	it->load = get_le32(header + BP_CODE32_START);
	if (!it->load)
		it->load = LOAD_DEFAULT;
	if (relocatable && preferred)
		it->load = preferred;
	it->runtime = it->load;
	if (relocatable)
		it->runtime =
		    align_up(it->load, get_le32(header + BP_KERNEL_ALIGNMENT));
	else if (preferred)
		it->runtime = preferred;
}

/* Fields that limit what is passed, and how the kernel is entered. */
static void read_limits(const uint8_t *header, struct bzimage *it)
{
	it->initrd_max = get_le32(header + BP_INITRD_ADDR_MAX);
	it->cmdline_max = CMDLINE_SIZE_DEFAULT;
	if (it->version >= 0x0206)
		it->cmdline_max = get_le32(header + BP_CMDLINE_SIZE);
	it->has_entry64 = it->version >= 0x020C && it->size > ENTRY_64 &&
			  (get_le16(header + BP_XLOADFLAGS) & BP_XLF_KERNEL_64);
}

static bool read_header(const struct image *file, struct bzimage *it,
			struct reason *why)
{
	if (!find_payload(file, it, why) || !check_kind(file, it, why))
		return false;
	read_addresses(file->bytes, it);
	read_limits(file->bytes, it);
	return true;
}

static struct extent all_of(const struct bzimage *it)
{
	uint64_t load_end = it->load + it->size;
	uint64_t runtime_end = it->runtime + it->init_size;

	return (struct extent){
		it->load < it->runtime ? it->load : it->runtime,
		load_end > runtime_end ? load_end : runtime_end,
	};
}

/* Takes the memory of the kernel, file and run time, and places the file. */
static bool put_kernel(const struct boot_request *request,
		       const struct ram *ram, const struct bzimage *it,
		       struct reason *why)
{
	const char *need = it->version >= 0x020A ? "init_size" : "its code";

	if (!placement_claim(request, it->runtime, it->init_size, need, why) ||
	    !placement_claim(request, it->load, it->size, "the file's code",
			     why))
		return false;
	return ram_place(ram, it->load, &request->kernel, it->payload, it->size,
			 why);
}

/* What lies beyond the page tables' reach is entered without paging. */
static void enter(const struct ram *ram, const struct bzimage *it,
		  struct entry *entry)
{
	if (it->has_entry64 && all_of(it).end <= BOOT_PARAMS_MAPPED)
		boot_params_entry(ram, ENTRY_LONG64, it->load + ENTRY_64,
				  entry);
	else
		boot_params_entry(ram, ENTRY_PROTECTED32, it->load, entry);
	entry->rsi = LAYOUT_PARAMS;
}

bool bzimage_load(const struct boot_request *request, const struct ram *ram,
		  struct entry *entry, struct reason *why)
{
	struct bzimage it;
	uint64_t initrd;

	if (!read_header(&request->kernel, &it, why) ||
	    !boot_params_cmdline(request, ram, it.cmdline_max, why) ||
	    !put_kernel(request, ram, &it, why) ||
	    !placement_put_initrd(request, ram, all_of(&it), it.initrd_max,
				  &initrd, why))
		return false;
	boot_params_fill(request, ram, request->kernel.bytes, it.load, initrd);
	enter(ram, &it, entry);
	return true;
}
