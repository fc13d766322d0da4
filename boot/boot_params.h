/*
 * What Linux is handed: the zero page (struct boot_params), the command line,
 * descriptors and page tables. Used by every loader; PVH takes only the
 * command line and the descriptors.
 *
 * All of it goes where loader.h's layout says, into RAM that is still zero.
 */
#ifndef BOOT_BOOT_PARAMS_H
#define BOOT_BOOT_PARAMS_H

#include "boot/loader.h"

/*
 * Offsets in the zero page (Documentation/arch/x86/zero-page.rst). Those of
 * the setup header, from BP_SETUP_SECTS on, are also offsets in a bzImage
 * (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
 */
enum boot_params_offset {
	BP_ACPI_RSDP_ADDR = 0x070,
	BP_E820_ENTRIES = 0x1E8,
	BP_SETUP_SECTS = 0x1F1,
	BP_SYSSIZE = 0x1F4,
	BP_BOOT_FLAG = 0x1FE,
	BP_JUMP = 0x200,
	BP_HEADER = 0x202,
	BP_VERSION = 0x206,
	BP_TYPE_OF_LOADER = 0x210,
	BP_LOADFLAGS = 0x211,
	BP_CODE32_START = 0x214,
	BP_RAMDISK_IMAGE = 0x218,
	BP_RAMDISK_SIZE = 0x21C,
	BP_CMD_LINE_PTR = 0x228,
	BP_INITRD_ADDR_MAX = 0x22C,
	BP_KERNEL_ALIGNMENT = 0x230,
	BP_RELOCATABLE_KERNEL = 0x234,
	BP_XLOADFLAGS = 0x236,
	BP_CMDLINE_SIZE = 0x238,
	BP_PREF_ADDRESS = 0x258,
	BP_INIT_SIZE = 0x260,
	BP_SETUP_HEADER_MAX = 0x290, /* a header ends here at the latest */
	BP_E820_TABLE = 0x2D0,
};

#define BP_BOOT_FLAG_MAGIC  0xAA55
#define BP_HEADER_MAGIC     0x53726448 /* "HdrS" */
#define BP_LOADED_HIGH      0x01       /* loadflags */
#define BP_XLF_KERNEL_64    0x01       /* xloadflags */
#define BP_E820_ENTRIES_MAX 128

/* What the page tables of boot_params_entry() map, from address 0 on. */
#define BOOT_PARAMS_MAPPED (UINT64_C(1) << 30)

/*
 * Copies the command line to LAYOUT_CMDLINE. `max` is how many characters the
 * kernel takes, without the final zero; the layout has its own limit.
 */
bool boot_params_cmdline(const struct boot_request *request,
			 const struct ram *ram, uint64_t max,
			 struct reason *why);

/*
 * Fills the zero page at LAYOUT_PARAMS. `image` is a bzImage whose setup
 * header is taken over, at least BP_SETUP_HEADER_MAX bytes, or NULL: then a
 * header is made up. `load` is where the kernel's 32-bit code is, `initrd`
 * where the initrd is (unused when the request has none).
 */
void boot_params_fill(const struct boot_request *request, const struct ram *ram,
		      const uint8_t *image, uint64_t load, uint64_t initrd);

/*
 * Writes the GDT for `mode` and, for ENTRY_LONG64, page tables that map the
 * first BOOT_PARAMS_MAPPED bytes to themselves; sets *entry to enter at `rip`
 * with them. The caller sets rsi or rbx.
 */
void boot_params_entry(const struct ram *ram, enum entry_mode mode,
		       uint64_t rip, struct entry *entry);

#endif
