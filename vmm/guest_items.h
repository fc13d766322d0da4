/*
 * What a guest finds in fw_cfg: the machine's own items, the user's, and, for
 * firmware to boot, a kernel and option ROMs.
 */
#ifndef VMM_GUEST_ITEMS_H
#define VMM_GUEST_ITEMS_H

#include "board-pc/fw_cfg.h"
#include "vmm/handover.h"
#include "vmm/options.h"
#include "vmm/ram.h"

/* Maps the files of --fw-cfg and --option-rom, while the process lives. */
bool guest_items_open(const struct options *options, struct reason *why);

/* The one that is mapped at the address, or NULL. For a signal handler. */
const char *guest_items_name_of(const struct options *options,
				const void *address);

/* Fills in `items`, once for each start; `apic_ids` has one for each CPU. */
bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      struct fw_cfg_items *items, struct reason *why);

/*
 * Adds the kernel that firmware is to boot, and its initrd. An ELF file goes
 * to guest memory: firmware is told where it is.
 */
bool guest_items_add_kernel(const struct options *options,
			    const struct image *kernel, const struct ram *ram,
			    struct fw_cfg_items *items, struct reason *why);

#endif
