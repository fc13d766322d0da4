/*
 * The virtio devices that the user asked for: the options that say so, and
 * what they need of the host.
 *
 * Each device has a file of its own for that, vmm/disk_option.[ch] and so on:
 * NAME_option_parse takes what stands after `--NAME`, and NAME_open opens the
 * host's side of it and plugs the device.
 */
#ifndef VMM_DEVICES_H
#define VMM_DEVICES_H

#include "vmm/disk_option.h"
#include "vmm/net_option.h"
#include "vmm/reason.h"
#include "vmm/vsock_option.h"

#include <stdbool.h>

#define DISKS_MAX 8
#define NETS_MAX  4

struct device_options {
	struct disk_option disks[DISKS_MAX];
	unsigned disk_count;
	struct net_option nets[NETS_MAX];
	unsigned net_count;
	struct vsock_option vsock;
	bool has_vsock;
	bool virtio_console; /* --console virtio: hvc0 instead of ttyS0 */
	bool balloon;
	bool no_rng;
};

/*
 * Opens what the devices need and plugs them, disks first, in the order of the
 * command line: the first disk is vda. Once in a process; a reason names option
 * and file.
 */
bool devices_open(const struct device_options *options, struct reason *why);

#endif
