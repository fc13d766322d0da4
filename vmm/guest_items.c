#include "vmm/guest_items.h"

#include "board-pc/fw_cfg_machine.h"
#include "vmm/image_file.h"

#include <string.h>

static struct image files[FW_CFG_USER_FILES_MAX];
static struct fw_cfg_machine_bytes bytes;

bool guest_items_open(const struct options *options, struct reason *why)
{
	for (unsigned i = 0; i < options->fw_cfg_count; i++) {
		const char *file = options->fw_cfg[i].file;

		if (file && !image_file_map(file, &files[i], why))
			return fail_in(why, "--fw-cfg: %s", file);
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

bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      struct fw_cfg_items *items, struct reason *why)
{
	const struct fw_cfg_machine machine = {
		.ram_size = options->memory,
		.apic_ids = apic_ids,
		.cpus = options->cpus,
	};

	fw_cfg_items_init(items);
	if (!fw_cfg_machine(&machine, &bytes, items, why))
		return false;
	for (unsigned i = 0; i < options->fw_cfg_count; i++)
		if (!add(&options->fw_cfg[i], &files[i], items, why))
			return false;
	return true;
}
