/*
 * The virtio devices of a VM: what the user asked for is opened and plugged,
 * and a guest that does not find them by itself is told of them.
 */
#ifndef VMM_DEVICES_H
#define VMM_DEVICES_H

#include "vmm/cmdline.h"
#include "vmm/descriptors.h"
#include "vmm/device_options.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * Opens what the devices need and plugs them, disks first, in the order of the
 * command line: the first disk is vda. Once in a process; a reason names option
 * and file.
 */
bool devices_open(const struct device_options *options, struct reason *why);

/* Adds what the devices, which have been opened, have open. */
void devices_descriptors(const struct device_options *options,
			 struct descriptors *ours);

/*
 * Leaves nothing of them behind in the host's file system. At the process's
 * end, whether they were opened or not; any thread.
 */
void devices_close(void);

/*
 * Linux finds the devices in the DSDT. One that looks at no ACPI tables, since
 * its command line has acpi=off, is told by the same line where they are, in
 * the first `slots` slots; unless the user did so.
 */
bool devices_tell(struct cmdline *cmdline, unsigned slots, struct reason *why);

#endif
