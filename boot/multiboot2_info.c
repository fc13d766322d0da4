/*
 * The Multiboot 2 information, and the entry with it. Document followed:
 * Multiboot2 specification 2.0, sections 3.3 to 3.6.
 *
 * The command line is what the user gave, as GRUB 2 has it; the string of a
 * module begins with the module's file name, as Multiboot 1's.
 *
 * Left out on purpose: what there is nothing of (boot device, VBE, framebuffer,
 * APM, EFI, SMBIOS, network).
 */
#include "board-pc/map.h"
#include "boot/bios_data.h"
#include "boot/boot_params.h"
#include "boot/elf_sections.h"
#include "boot/multiboot2.h"
#include "vmm/bytes.h"

#include <assert.h>

#define LOADER_MAGIC UINT32_C(0x36D76289)
#define LOADER_NAME  "mayfly"

/* 3.6.1: total_size and a reserved field, then tags, at multiples of 8. */
#define INFO_HEAD 8
#define TAG_STEP  8

enum tag_type {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_MEMORY = 4,
	TAG_MMAP = 6,
	TAG_SECTIONS = 9,
	TAG_ACPI_OLD = 14, /* a copy of an RSDP of revision 0 */
	TAG_ACPI_NEW = 15, /* of a later one */
	TAG_LOAD_BASE = 21,
};

#define MMAP_ENTRY 24

/* ACPI 6.5, 5.2.5.3. */
#define RSDP_SIGNATURE "RSD PTR "
#define RSDP_REVISION  15
#define RSDP_OLD_SIZE  20
#define RSDP_SIZE      36

/* The information as far as it is written. It lies at LAYOUT_CMDLINE. */
struct info {
	uint8_t *host;
	size_t used;
	bool is_full; /* a tag did not fit */
};

/* A tag with room for `size` bytes behind its head, which are returned. */
static uint8_t *add(struct info *info, enum tag_type type, size_t size)
{
	uint8_t *tag = info->host + info->used;

	size += 8;
	if (info->is_full || size > LAYOUT_CMDLINE_MAX - info->used) {
		info->is_full = true;
		return NULL;
	}
	put_le32(tag, type);
	put_le32(tag + 4, (uint32_t)size);
	info->used += (size + TAG_STEP - 1) / TAG_STEP * TAG_STEP;
	return tag + 8;
}

static void add_bytes(struct info *info, enum tag_type type, const void *bytes,
		      size_t size)
{
	uint8_t *tag = add(info, type, size);

	if (tag)
		memcpy(tag, bytes, size);
}

static void add_string(struct info *info, enum tag_type type,
		       const char *string)
{
	add_bytes(info, type, string, strlen(string) + 1);
}

static void add_memory(struct info *info, const struct boot_request *request)
{
	uint8_t *tag = add(info, TAG_MEMORY, 8);

	if (!tag)
		return;
	put_le32(tag, MAP_EBDA / KIB(1));
	put_le32(tag + 4, placement_upper_kib(request));
}

static void add_mmap(struct info *info, const struct boot_request *request)
{
	uint8_t *tag =
	    add(info, TAG_MMAP, 8 + (size_t)request->map_count * MMAP_ENTRY);

	if (!tag)
		return;
	put_le32(tag, MMAP_ENTRY);
	tag += 8;
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];

		put_le64(tag, range->base);
		put_le64(tag + 8, range->length);
		put_le32(tag + 16, range->type);
		tag += MMAP_ENTRY;
	}
}

static void add_rsdp(struct info *info, const struct boot_request *request,
		     const struct ram *ram)
{
	const uint8_t *rsdp = ram_span(ram, request->rsdp, RSDP_SIZE);

	if (!rsdp ||
	    memcmp(rsdp, RSDP_SIGNATURE, sizeof(RSDP_SIGNATURE) - 1) != 0)
		return;
	if (rsdp[RSDP_REVISION])
		add_bytes(info, TAG_ACPI_NEW, rsdp, RSDP_SIZE);
	else
		add_bytes(info, TAG_ACPI_OLD, rsdp, RSDP_OLD_SIZE);
}

static void add_load_base(struct info *info, uint64_t gpa)
{
	uint8_t *tag = add(info, TAG_LOAD_BASE, 4);

	if (tag)
		put_le32(tag, (uint32_t)gpa);
}

static bool add_modules(struct info *info, const struct boot_request *request,
			const struct ram *ram, uint64_t gpa, struct reason *why)
{
	uint64_t at[MODULES_MAX];

	if (!placement_put_modules(request, ram, gpa, at, why))
		return false;
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct module *module = &request->modules[i];
		const char *string = module->string ? module->string : "";
		size_t size = strlen(string) + 1;
		uint8_t *tag = add(info, TAG_MODULE, 8 + size);

		if (!tag)
			break;
		put_le32(tag, (uint32_t)at[i]);
		put_le32(tag + 4, (uint32_t)(at[i] + module->file.size));
		memcpy(tag + 8, string, size);
	}
	return true;
}

/*
 * GRUB's header file, and every kernel, has three fields of 32 bits here; the
 * specification's table has four of 16.
 */
static void add_sections(struct info *info, const struct elf_sections *sections,
			 const struct ram *ram, uint64_t gpa)
{
	uint8_t *tag = add(info, TAG_SECTIONS,
			   12 + (size_t)sections->count * sections->entry_size);

	if (!tag)
		return;
	put_le32(tag, sections->count);
	put_le32(tag + 4, sections->entry_size);
	put_le32(tag + 8, sections->names);
	elf_sections_put(sections, ram, gpa, tag + 12);
}

/* What is placed high in RAM: the modules, then the sections. */
static bool add_contents(struct info *info, const struct boot_request *request,
			 const struct ram *ram, bool wants_sections,
			 struct extent kernel, struct reason *why)
{
	uint64_t modules = placement_size(request);
	struct elf_sections sections = { 0 };
	uint64_t size, gpa = 0;

	modules =
	    (modules + PLACEMENT_PAGE - 1) / PLACEMENT_PAGE * PLACEMENT_PAGE;
	if (wants_sections)
		elf_sections_find(&request->kernel, &sections);
	size = modules + sections.contents;
	if (size &&
	    !placement_choose(request, size, kernel, UINT32_MAX, &gpa, why))
		return false;
	if (modules && !add_modules(info, request, ram, gpa, why))
		return false;
	if (sections.count)
		add_sections(info, &sections, ram, gpa + modules);
	return true;
}

static bool put_info(const struct boot_request *request, const struct ram *ram,
		     const struct multiboot2 *header, struct extent kernel,
		     struct reason *why)
{
	struct info info = {
		.host = ram_span(ram, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX),
		.used = INFO_HEAD,
	};

	assert(info.host);
	add_string(&info, TAG_CMDLINE, request->words);
	add_string(&info, TAG_LOADER_NAME, LOADER_NAME);
	add_memory(&info, request);
	add_mmap(&info, request);
	add_rsdp(&info, request, ram);
	if (header->is_relocatable)
		add_load_base(&info, kernel.start);
	if (!add_contents(&info, request, ram, header->wants_sections, kernel,
			  why))
		return false;
	add(&info, TAG_END, 0);
	put_le32(info.host, (uint32_t)info.used);
	return !info.is_full ||
	       fail(why,
		    "the Multiboot 2 information (command line, strings of"
		    " modules, section headers) has no room in %d KiB",
		    (int)(LAYOUT_CMDLINE_MAX / KIB(1)));
}

bool multiboot2_enter(const struct boot_request *request, const struct ram *ram,
		      const struct multiboot2 *header, struct extent kernel,
		      uint32_t rip, struct entry *entry, struct reason *why)
{
	if (!put_info(request, ram, header, kernel, why))
		return false;
	bios_data_put(ram, kernel);
	boot_params_entry(ram, ENTRY_PROTECTED32, rip, entry);
	entry->rax = LOADER_MAGIC;
	entry->rbx = LAYOUT_CMDLINE;
	return true;
}
