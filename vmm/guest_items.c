#include "vmm/guest_items.h"

#include "board-pc/e820.h"
#include "board-pc/fw_cfg_linux.h"
#include "board-pc/fw_cfg_machine.h"
#include "board-pc/virtio/slots.h"
#include "boot/bzimage.h"
#include "boot/elf.h"
#include "vmm/cold.h"
#include "vmm/image_file.h"

#include <string.h>

COLD struct image guest_item_files[FW_CFG_USER_FILES_MAX];
COLD struct option_rom guest_item_roms[OPTION_ROMS_MAX];
COLD struct fw_cfg_machine_bytes guest_item_bytes;
COLD struct fw_cfg_linux_bytes guest_item_linux;

static const char *without_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool guest_items_open(const struct options *options, struct reason *why)
{
	for (unsigned i = 0; i < options->fw_cfg_count; i++) {
		const char *file = options->fw_cfg[i].file;

		if (file && !image_file_map(file, &guest_item_files[i], why))
			return fail_in(why, "--fw-cfg: %s", file);
	}
	for (unsigned i = 0; i < options->option_rom_count; i++) {
		const char *file = options->option_roms[i];

		guest_item_roms[i].name = without_folder(file);
		if (!image_file_map(file, &guest_item_roms[i].image, why))
			return fail_in(why, "--option-rom: %s", file);
	}
	return true;
}

const char *guest_items_name_of(const struct options *options,
				const void *address)
{
	for (unsigned i = 0; i < options->fw_cfg_count; i++)
		if (image_has(&guest_item_files[i], address))
			return options->fw_cfg[i].file;
	for (unsigned i = 0; i < options->option_rom_count; i++)
		if (image_has(&guest_item_roms[i].image, address))
			return options->option_roms[i];
	return NULL;
}

static bool add(const struct fw_cfg_option *option, const struct image *file,
		struct fw_cfg_items *items, struct reason *why)
{
	const void *data =
	    option->file ? (const void *)file->bytes : option->string;
	uint64_t size = option->file ? file->size : strlen(option->string);

	if (fw_cfg_add_file(items, option->name, data, size))
		return true;
	if (size > UINT32_MAX)
		return fail(why, "--fw-cfg: %s: 4 GiB or more: too large",
			    option->name);
	return fail(why, "--fw-cfg: %s: there is an item of this name already",
		    option->name);
}

bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      struct fw_cfg_items *items, struct reason *why)
{
	const struct fw_cfg_machine machine = {
		.ram_size = options->memory,
		.apic_ids = apic_ids,
		.cpus = options->cpus,
		.virtio_slots = virtio_slots_taken(),
		.has_firmware = options->firmware,
		.roms = guest_item_roms,
		.rom_count = options->option_rom_count,
	};

	fw_cfg_items_init(items);
	if (!fw_cfg_machine(&machine, &guest_item_bytes, items, why))
		return fail_in(why, "--option-rom");
	for (unsigned i = 0; i < options->fw_cfg_count; i++)
		if (!add(&options->fw_cfg[i], &guest_item_files[i], items, why))
			return false;
	return true;
}

static bool add_elf(const struct fw_cfg_linux *request, const struct ram *ram,
		    struct fw_cfg_items *items, struct reason *why)
{
	struct memory_range map[E820_MAX];
	struct boot_request load = { .kernel = request->kernel,
				     .cmdline = request->cmdline,
				     .map = map,
				     .map_count =
					 e820_firmware(ram->size, map) };
	struct fw_cfg_elf where;
	struct elf elf;

	if (!elf_load(&load, ram, 0, &elf, why))
		return false;
	if (!elf.has_pvh)
		return fail(why, "has no PVH note, by which firmware could "
				 "enter it");
	where = (struct fw_cfg_elf){ .start = elf.extent.start,
				     .end = elf.extent.end,
				     .entry = elf.pvh_entry };
	return fw_cfg_linux_elf(request, &where, &guest_item_linux, items, why);
}

bool guest_items_add_kernel(const struct options *options,
			    const struct image *kernel, const struct ram *ram,
			    struct fw_cfg_items *items, struct reason *why)
{
	struct fw_cfg_linux request = { .kernel = *kernel,
					.cmdline = options->cmdline.text,
					.ram_size = ram->size };

	if (options->module_count > 1)
		return fail(why, "--initrd: firmware takes one file");
	if (options->module_count)
		request.initrd = options->modules[0].file;

	if (bzimage_recognises(kernel))
		return fw_cfg_linux_bzimage(&request, &guest_item_linux, items,
					    why);
	if (elf_recognises(kernel))
		return add_elf(&request, ram, items, why);
	return fail(why, "firmware boots a bzImage, or an x86-64 ELF file with "
			 "a PVH note, and this is neither");
}
