/*
 * --disk PATH[,ro][,serial=ID][,direct]: a raw image or a block device.
 */
#ifndef VMM_DISK_OPTION_H
#define VMM_DISK_OPTION_H

#include "vmm/descriptors.h"
#include "vmm/reason.h"

#include <stdbool.h>

#define DISK_SERIAL_MAX 20 /* VIRTIO 1.2, 5.2.6: no zero at its end then */

struct disk_option {
	char path[4096];
	bool read_only;
	bool direct; /* O_DIRECT: past the host's page cache */
	char serial[DISK_SERIAL_MAX + 1]; /* what get-id tells */
};

bool disk_option_parse(const char *text, struct disk_option *disk,
		       struct reason *why);

/* Opens and locks it, and plugs the `index`th block device. */
bool disk_open(const struct disk_option *disk, unsigned index,
	       struct reason *why);

/* Adds what the `index`th, which has been opened, has open. */
void disk_descriptors(unsigned index, struct descriptors *ours);

#endif
