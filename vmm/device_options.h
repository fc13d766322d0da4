/*
 * The options that ask for virtio devices.
 *
 * Each device has a file of its own for that, vmm/disk_option.[ch] and so on:
 * NAME_option_parse takes what stands after `--NAME`, and NAME_open opens the
 * host's side of it and plugs the device (vmm/devices.h).
 */
#ifndef VMM_DEVICE_OPTIONS_H
#define VMM_DEVICE_OPTIONS_H

#include "vmm/disk_option.h"
#include "vmm/net_option.h"
#include "vmm/reason.h"
#include "vmm/vsock_option.h"

#include <stdbool.h>

#define DISKS_MAX 8
#define NETS_MAX  4

/* All zero: what a user gets who says nothing. */
struct device_options {
	struct disk_option disks[DISKS_MAX];
	struct net_option nets[NETS_MAX];
	struct vsock_option vsock;
	/* A start without devices looks at no more than these. */
	unsigned disk_count;
	unsigned net_count;
	bool has_vsock;
	bool virtio_console; /* --console virtio: hvc0 instead of ttyS0 */
	bool balloon;
	bool no_rng;
};

/* One option each, and its value; a reason begins with the option. */
bool device_options_disk(struct device_options *devices, const char *text,
			 struct reason *why);
bool device_options_net(struct device_options *devices, const char *text,
			struct reason *why);
bool device_options_vsock(struct device_options *devices, const char *text,
			  struct reason *why);
bool device_options_console(struct device_options *devices, const char *text,
			    struct reason *why);
bool device_options_rng(struct device_options *devices, const char *text,
			struct reason *why);

#endif
