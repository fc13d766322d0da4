/*
 * A file that the user named, as bytes.
 */
#ifndef VMM_IMAGE_FILE_H
#define VMM_IMAGE_FILE_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Opens the regular file `path` and maps it read-only, both for as long as the
 * process lives. Descriptor 0 is taken, as main() sees to. The reason is
 * without the path.
 */
bool image_file_map(const char *path, struct image *image, struct reason *why);

#endif
