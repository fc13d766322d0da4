/*
 * The contract of a loader: file bytes in, guest RAM and entry registers out.
 * A loader opens nothing, prints nothing and keeps nothing; it trusts no byte
 * of the files. It never includes another loader; boot.c chooses among them.
 *
 * RAM is as ram_map() left it, all zero, but for what lies outside the map's
 * RAM ranges (ACPI's tables). Loaders count on that: they write no zeros, so
 * a kernel's bss and the unused parts of boot structures cost no page. A second
 * start in the same RAM needs fresh RAM.
 *
 * On false, RAM and the entry may be half filled and are not to be used.
 */
#ifndef BOOT_LOADER_H
#define BOOT_LOADER_H

#include "vmm/handover.h"
#include "vmm/ram.h"
#include "vmm/reason.h"

/* At most so many modules, which for Linux are the parts of its initrd. */
#define MODULES_MAX 32

struct module {
	struct image file;  /* not empty */
	const char *name;   /* of the file, for reasons that are about it */
	const char *string; /* for the guest: the name and what follows it */
};

struct boot_request {
	struct image kernel;
	const char *kernel_name;
	bool is_flat; /* a raw image, for flat_address */
	uint32_t flat_address;
	const struct module *modules;
	unsigned module_count;
	const char *cmdline;            /* never NULL */
	const char *words;              /* its end: what the user gave of it */
	const struct memory_range *map; /* sorted, does not overlap */
	unsigned map_count;
	uint64_t rsdp; /* guest address of ACPI's root pointer */
};

/*
 * Where boot structures go, in conventional RAM, which a guest owns from its
 * first instruction on. RAM is never smaller than 1 MiB.
 */
#define LAYOUT_GDT         UINT64_C(0x00500)
#define LAYOUT_PARAMS      UINT64_C(0x01000) /* boot_params, start_info, ... */
#define LAYOUT_LISTS       UINT64_C(0x02000) /* memory map, modules */
#define LAYOUT_LISTS_SIZE  UINT64_C(0x01000)
#define LAYOUT_STRINGS     UINT64_C(0x03000) /* of the modules */
#define LAYOUT_STRINGS_MAX UINT64_C(0x04000)
#define LAYOUT_STACK_TOP   UINT64_C(0x08FF0)
#define LAYOUT_PAGE_TABLES UINT64_C(0x09000) /* PML4, PDPT, one directory */
#define LAYOUT_LOW_END     UINT64_C(0x0C000) /* of all from LAYOUT_GDT on */
#define LAYOUT_CMDLINE     UINT64_C(0x20000)
#define LAYOUT_CMDLINE_MAX UINT64_C(0x10000) /* with its final zero */

#endif
