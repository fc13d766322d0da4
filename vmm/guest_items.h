/*
 * What a guest finds in fw_cfg: the machine's own items and the user's.
 */
#ifndef VMM_GUEST_ITEMS_H
#define VMM_GUEST_ITEMS_H

#include "board-pc/fw_cfg.h"
#include "vmm/options.h"

/* Maps the files of --fw-cfg, for as long as the process lives. */
bool guest_items_open(const struct options *options, struct reason *why);

/* Fills in `items`, once for each start; `apic_ids` has one for each CPU. */
bool guest_items_fill(const struct options *options, const uint8_t *apic_ids,
		      struct fw_cfg_items *items, struct reason *why);

#endif
