/*
 * Is a file what Linux takes as an initrd?
 */
#ifndef BOOT_INITRD_H
#define BOOT_INITRD_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Looks at the file's first bytes, and at its end where the format marks its
 * end: an uncompressed cpio archive and an xz stream are known to be whole; of
 * other compressed ones only the guest can tell. Costs a page or two of a whole
 * file, whatever its size; where something follows the first archive, up to all
 * of that. `file` is not empty.
 */
bool initrd_check(const struct image *file, struct reason *why);

#endif
