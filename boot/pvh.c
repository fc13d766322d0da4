/*
 * Entry by Xen's PVH protocol. Documents followed: Xen's docs/misc/pvh.pandoc
 * ("x86/HVM direct boot ABI") and the layout in its public header
 * arch-x86/hvm/start_info.h, version 1 (with a memory map).
 *
 * Left out on purpose: a command line for the module, flags (they are for
 * Xen's dom0), and the rest of Xen: no hypercalls, no CPUID leaves.
 */
#include "boot/pvh.h"

#include "boot/boot_params.h"

#include <assert.h>
#include <string.h>

#define START_MAGIC UINT32_C(0x336EC578) /* "xEn3", bit 7 of the E set */

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct start_module {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

struct start_memory {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

static_assert(sizeof(struct start_info) == 56, "as documented");
static_assert(sizeof(struct start_module) == 32, "as documented");
static_assert(sizeof(struct start_memory) == 24, "as documented");

/* The lists: one module, then the map. */
#define LISTS_SIZE 4096
#define MEMMAP     (LAYOUT_PVH_LISTS + sizeof(struct start_module))
#define MEMMAP_MAX                                                             \
	((LISTS_SIZE - sizeof(struct start_module)) /                          \
	 sizeof(struct start_memory))

static void put_lists(const struct boot_request *request, const struct ram *ram,
		      uint64_t initrd)
{
	uint8_t *host = ram_span(ram, LAYOUT_PVH_LISTS, LISTS_SIZE);
	const struct start_module module = { .paddr = initrd,
					     .size = request->initrd.size };

	assert(host);
	assert(request->map_count <= MEMMAP_MAX);
	memcpy(host, &module, sizeof(module));
	host += sizeof(module);
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];
		const struct start_memory memory = { range->base, range->length,
						     range->type, 0 };

		memcpy(host, &memory, sizeof(memory));
		host += sizeof(memory);
	}
}

static void put_start_info(const struct boot_request *request,
			   const struct ram *ram)
{
	bool module = request->initrd.size != 0;
	void *host = ram_span(ram, LAYOUT_PARAMS, sizeof(struct start_info));
	const struct start_info info = {
		.magic = START_MAGIC,
		.version = 1,
		.nr_modules = module,
		.modlist_paddr = module ? LAYOUT_PVH_LISTS : 0,
		.cmdline_paddr = LAYOUT_CMDLINE,
		.rsdp_paddr = request->rsdp,
		.memmap_paddr = MEMMAP,
		.memmap_entries = request->map_count,
	};

	assert(host);
	memcpy(host, &info, sizeof(info));
}

bool pvh_enter(const struct boot_request *request, const struct ram *ram,
	       struct extent kernel, uint32_t rip, struct entry *entry,
	       struct reason *why)
{
	uint64_t initrd;

	if (!boot_params_cmdline(request, ram, LAYOUT_CMDLINE_MAX - 1, why) ||
	    !placement_put_initrd(request, ram, kernel, UINT32_MAX, &initrd,
				  why))
		return false;
	put_lists(request, ram, initrd);
	put_start_info(request, ram);
	boot_params_entry(ram, ENTRY_PROTECTED32, rip, entry);
	entry->rbx = LAYOUT_PARAMS;
	return true;
}
