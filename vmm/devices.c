#include "vmm/devices.h"

#include "board-pc/map.h"
#include "board-pc/virtio/balloon.h"
#include "board-pc/virtio/rng.h"
#include "vmm/hvc.h"

#include <stdio.h>
#include <string.h>

static bool is_plugged(bool plugged, struct reason *why)
{
	return plugged || fail(why, "more than %d devices", VIRTIO_SLOTS);
}

static bool open_disks(const struct device_options *options, struct reason *why)
{
	for (unsigned i = 0; i < options->disk_count; i++)
		if (!disk_open(&options->disks[i], i, why))
			return fail_in(why, "--disk: %s",
				       options->disks[i].path);
	return true;
}

static bool open_nets(const struct device_options *options, struct reason *why)
{
	for (unsigned i = 0; i < options->net_count; i++)
		if (!net_open(&options->nets[i], i, why))
			return fail_in(why, "--net");
	return true;
}

static bool open_vsock(const struct device_options *options, struct reason *why)
{
	return vsock_open(&options->vsock, why) || fail_in(why, "--vsock");
}

bool devices_open(const struct device_options *options, struct reason *why)
{
	return open_disks(options, why) && open_nets(options, why) &&
	       (!options->has_vsock || open_vsock(options, why)) &&
	       (!options->virtio_console || hvc_open(why)) &&
	       (!options->balloon || is_plugged(balloon_plug(), why)) &&
	       (options->no_rng || is_plugged(rng_plug(), why));
}

void devices_descriptors(const struct device_options *options,
			 struct descriptors *ours)
{
	for (unsigned i = 0; i < options->disk_count; i++)
		disk_descriptors(i, ours);
	for (unsigned i = 0; i < options->net_count; i++)
		net_descriptors(i, ours);
	if (options->has_vsock)
		vsock_descriptors(ours);
	hvc_descriptors(ours);
}

void devices_close(void)
{
	vsock_close();
}

#define PARAMETER "virtio_mmio.device="

/* Lines that reach the PIC: without ACPI a guest knows of no other chip. */
#define PIC_LINES 16

bool devices_tell(struct cmdline *cmdline, unsigned slots, struct reason *why)
{
	static const uint8_t lines[VIRTIO_SLOTS] = VIRTIO_LINES;
	char text[VIRTIO_SLOTS * sizeof(PARAMETER "4K@0xd0000000:15 ")];
	size_t used = 0;

	static_assert(MAP_VIRTIO_SIZE == 0x1000, "4K");
	if (!slots || !cmdline_has(cmdline, "acpi=off") ||
	    cmdline_has(cmdline, PARAMETER))
		return true;
	for (unsigned i = 0; i < slots; i++) {
		uint64_t base = MAP_VIRTIO + i * MAP_VIRTIO_SIZE;

		if (lines[i] >= PIC_LINES)
			return fail(why,
				    "acpi=off: at most %u devices have an "
				    "interrupt then; this guest has %u",
				    i, slots);
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s" PARAMETER "4K@0x%llx:%u",
					 i ? " " : "", (unsigned long long)base,
					 lines[i]);
	}
	return cmdline_prepend(cmdline, text, why);
}
