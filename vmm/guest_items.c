#include "vmm/guest_items.h"

#include "board-pc/fw_cfg_machine.h"
#include "vmm/image_file.h"

#include <string.h>

static struct image files[FW_CFG_USER_FILES_MAX];
static struct option_rom roms[OPTION_ROMS_MAX];
static struct fw_cfg_machine_bytes machine_bytes;
static struct fw_cfg_linux_bytes linux_bytes;

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool guest_items_open(const struct options *options, struct reason *why)
{
	for (unsigned i = 0; i < options->fw_cfg_count; i++) {
		const char *file = options->fw_cfg[i].file;

		if (file && !image_file_map(file, &files[i], why))
			return fail_in(why, "--fw-cfg: %s", file);
	}
	for (unsigned i = 0; i < options->option_rom_count; i++) {
		const char *file = options->option_roms[i];

		roms[i].name = name_of(file);
		if (!image_file_map(file, &roms[i].image, why))
			return fail_in(why, "--option-rom: %s", file);
	}
	return true;
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

static bool add_machine(const struct options *options, const uint8_t *apic_ids,
			bool has_firmware, struct fw_cfg_items *items,
			struct reason *why)
{
	const struct fw_cfg_machine machine = {
		.ram_size = options->memory,
		.apic_ids = apic_ids,
		.cpus = options->cpus,
		.has_firmware = has_firmware,
		.roms = roms,
		.rom_count = options->option_rom_count,
	};

	return fw_cfg_machine(&machine, &machine_bytes, items, why) ||
	       fail_in(why, "--option-rom");
}

static bool add_kernel(const struct options *options,
		       const struct guest_kernel *it,
		       struct fw_cfg_items *items, struct reason *why)
{
	const struct fw_cfg_linux request = {
		.kernel = it->kernel,
		.initrd = it->initrd,
		.cmdline = options->cmdline,
		.ram_size = options->memory,
	};
	bool added;

	if (!it->kernel.size)
		return true;
	added =
	    it->elf
		? fw_cfg_linux_elf(&request, it->elf, &linux_bytes, items, why)
		: fw_cfg_linux_bzimage(&request, &linux_bytes, items, why);
	return added || fail_in(why, "%s", options->kernel);
}

bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      const struct guest_kernel *firmware,
		      struct fw_cfg_items *items, struct reason *why)
{
	fw_cfg_items_init(items);
	if (!add_machine(options, apic_ids, firmware, items, why))
		return false;
	if (firmware && !add_kernel(options, firmware, items, why))
		return false;
	for (unsigned i = 0; i < options->fw_cfg_count; i++)
		if (!add(&options->fw_cfg[i], &files[i], items, why))
			return false;
	return true;
}
