#include "vmm/device_options.h"

#include <string.h>

bool device_options_disk(struct device_options *devices, const char *text,
			 struct reason *why)
{
	(void)devices, (void)text;
	return fail(why, "--disk: there are no disks yet");
}

bool device_options_net(struct device_options *devices, const char *text,
			struct reason *why)
{
	(void)devices, (void)text;
	return fail(why, "--net: there are no networks yet");
}

bool device_options_vsock(struct device_options *devices, const char *text,
			  struct reason *why)
{
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
