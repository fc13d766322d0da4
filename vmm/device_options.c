#include "vmm/device_options.h"

#include <string.h>

bool device_options_disk(struct device_options *devices, const char *text,
			 struct reason *why)
{
	if (devices->disk_count == DISKS_MAX)
		return fail(why,
			    "--disk: there are %d already, and no more "
			    "are possible",
			    DISKS_MAX);
	return disk_option_parse(text, &devices->disks[devices->disk_count++],
				 why) ||
	       fail_in(why, "--disk");
}

bool device_options_net(struct device_options *devices, const char *text,
			struct reason *why)
{
	if (devices->net_count == NETS_MAX)
		return fail(why,
			    "--net: there are %d already, and no more are "
			    "possible",
			    NETS_MAX);
	return net_option_parse(text, &devices->nets[devices->net_count++],
				why) ||
	       fail_in(why, "--net");
}

bool device_options_vsock(struct device_options *devices, const char *text,
			  struct reason *why)
{
	if (devices->has_vsock)
		return fail(why, "--vsock: there is one already, and no more "
				 "are possible");
	devices->has_vsock = true;
	return vsock_option_parse(text, &devices->vsock, why) ||
	       fail_in(why, "--vsock");
}

/* Sets *is_first to whether the text is the first of two words. */
static bool choose(const char *text, const char *first, const char *second,
		   bool *is_first, struct reason *why)
{
	*is_first = !strcmp(text, first);
	return *is_first || !strcmp(text, second) ||
	       fail(why, "'%.40s': want %s or %s", text, first, second);
}

bool device_options_console(struct device_options *devices, const char *text,
			    struct reason *why)
{
	return choose(text, "virtio", "serial", &devices->virtio_console,
		      why) ||
	       fail_in(why, "--console");
}

bool device_options_rng(struct device_options *devices, const char *text,
			struct reason *why)
{
	return choose(text, "off", "on", &devices->no_rng, why) ||
	       fail_in(why, "--rng");
}
