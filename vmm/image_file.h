/*
 * A file that the user named, as bytes.
 */
#ifndef VMM_IMAGE_FILE_H
#define VMM_IMAGE_FILE_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Maps the regular file `path` read-only, for as long as the process lives.
 * The reason is without the path.
 */
bool image_file_map(const char *path, struct image *image, struct reason *why);

#endif
