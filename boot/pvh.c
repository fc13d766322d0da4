/*
 * Entry by Xen's PVH protocol. Documents followed: Xen's docs/misc/pvh.pandoc
 * ("x86/HVM direct boot ABI") and the layout in its public header
 * arch-x86/hvm/start_info.h, version 1 (with a memory map).
 *
 * Left out on purpose: flags (they are for Xen's dom0), and the rest of Xen: no
 * hypercalls, no CPUID leaves.
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

/* The lists: all modules, then the map. */
#define MEMMAP (LAYOUT_LISTS + MODULES_MAX * sizeof(struct start_module))
#define MEMMAP_MAX                                                             \
	((LAYOUT_LISTS + LAYOUT_LISTS_SIZE - MEMMAP) /                         \
	 sizeof(struct start_memory))

static void put_memory_map(const struct boot_request *request,
			   const struct ram *ram)
{
	uint8_t *host =
	    ram_span(ram, MEMMAP, MEMMAP_MAX * sizeof(struct start_memory));

	assert(host);
	assert(request->map_count <= MEMMAP_MAX);
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];
		const struct start_memory memory = { range->base, range->length,
						     range->type, 0 };

		memcpy(host, &memory, sizeof(memory));
		host += sizeof(memory);
	}
}

static void put_module(const struct ram *ram, unsigned i,
		       const struct start_module *module)
{
	void *host =
	    ram_span(ram, LAYOUT_LISTS + i * sizeof(*module), sizeof(*module));

	assert(host && i < MODULES_MAX);
	memcpy(host, module, sizeof(*module));
}

static bool put_initrd(const struct boot_request *request,
		       const struct ram *ram, struct extent kernel,
		       struct reason *why)
{
	struct start_module module = {
		.size = placement_size(request),
	};

	if (!placement_put_initrd(request, ram, kernel, UINT32_MAX,
				  &module.paddr, why))
		return false;
	put_module(ram, 0, &module);
	return true;
}

static bool put_modules(const struct boot_request *request,
			const struct ram *ram, struct extent kernel,
			struct reason *why)
{
	uint64_t size = placement_size(request);
	uint64_t at[MODULES_MAX], strings[MODULES_MAX], gpa;

	if (!placement_choose(request, size, kernel, UINT32_MAX, &gpa, why) ||
	    !placement_put_strings(request, ram, strings, why) ||
	    !placement_put_modules(request, ram, gpa, at, why))
		return false;
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct start_module module = {
			.paddr = at[i],
			.size = request->modules[i].file.size,
			.cmdline_paddr = strings[i],
		};

		put_module(ram, i, &module);
	}
	return true;
}

static void put_start_info(const struct boot_request *request,
			   const struct ram *ram, unsigned modules)
{
	void *host = ram_span(ram, LAYOUT_PARAMS, sizeof(struct start_info));
	const struct start_info info = {
		.magic = START_MAGIC,
		.version = 1,
		.nr_modules = modules,
		.modlist_paddr = modules ? LAYOUT_LISTS : 0,
		.cmdline_paddr = LAYOUT_CMDLINE,
		.rsdp_paddr = request->rsdp,
		.memmap_paddr = MEMMAP,
		.memmap_entries = request->map_count,
	};

	assert(host);
	memcpy(host, &info, sizeof(info));
}

bool pvh_enter(const struct boot_request *request, const struct ram *ram,
	       struct extent kernel, uint32_t rip, bool joined,
	       struct entry *entry, struct reason *why)
{
	unsigned modules = request->module_count;

	if (!boot_params_cmdline(request, ram, LAYOUT_CMDLINE_MAX - 1, why))
		return false;
	if (modules && !(joined ? put_initrd(request, ram, kernel, why)
				: put_modules(request, ram, kernel, why)))
		return false;
	put_memory_map(request, ram);
	put_start_info(request, ram, joined && modules ? 1 : modules);
	boot_params_entry(ram, ENTRY_PROTECTED32, rip, entry);
	entry->rbx = LAYOUT_PARAMS;
	return true;
}
