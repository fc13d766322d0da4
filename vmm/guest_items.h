/*
 * What a guest finds in fw_cfg: the machine's own items and the user's.
 */
#ifndef VMM_GUEST_ITEMS_H
#define VMM_GUEST_ITEMS_H

#include "board-pc/fw_cfg.h"
#include "board-pc/fw_cfg_linux.h"
#include "vmm/options.h"

/* What firmware boots. A bzImage it loads; an ELF file has been loaded. */
struct guest_kernel {
	struct image kernel; /* may be empty: firmware finds something else */
	struct image initrd;
	const struct fw_cfg_elf *elf; /* NULL: a bzImage */
};

/* Maps the files of --fw-cfg and --option-rom, for the process's lifetime. */
bool guest_items_open(const struct options *options, struct reason *why);

/*
 * Fills in `items`, once for each start. `apic_ids` has one for each CPU,
 * `firmware` is NULL for a guest that is booted directly.
 */
bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      const struct guest_kernel *firmware,
		      struct fw_cfg_items *items, struct reason *why);

#endif
