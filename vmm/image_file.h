/*
 * A file that the user named, as bytes.
 */
#ifndef VMM_IMAGE_FILE_H
#define VMM_IMAGE_FILE_H

#include "vmm/handover.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Opens the regular file `path` and maps it read-only. Descriptor 0 is taken,
 * as main() sees to. The reason is without the path.
 */
bool image_file_map(const char *path, struct image *image, struct reason *why);

/* Takes the bytes away: nobody reads them any more. Of none it does nothing. */
void image_file_unmap(struct image *image);

#endif
