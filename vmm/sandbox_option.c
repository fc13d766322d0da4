#include "vmm/sandbox_option.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Up to a number that is nobody's: to the calls it means `no change`. */
static bool take_id(const char **text, uint32_t *id)
{
	char *end;
	unsigned long value = strtoul(*text, &end, 10);

	if (!isdigit((unsigned char)**text) || value >= UINT32_MAX)
		return false;
	*id = (uint32_t)value;
	*text = end;
	return true;
}

bool sandbox_option_user(const char *text, struct sandbox_option *option,
			 struct reason *why)
{
	const char *at = text;

	option->has_user = true;
	return (take_id(&at, &option->uid) && *at++ == ':' &&
		take_id(&at, &option->gid) && !*at) ||
	       fail(why, "--user: '%.40s': want numbers, UID:GID, as 1000:1000",
		    text);
}

size_t sandbox_option_prefix(const struct sandbox_option *option,
			     const char *path)
{
	const char *root = option->root ? option->root : "";
	size_t length = strlen(root);

	while (length && root[length - 1] == '/')
		length--;
	return strncmp(path, root, length) || path[length] != '/' ? 0 : length;
}

bool sandbox_option_combine(const struct sandbox_option *option,
			    const char *vsock, struct reason *why)
{
	if (option->off && (option->has_user || option->root))
		return fail(why, "--no-sandbox: excludes --user and --chroot");
	return !vsock || !option->root ||
	       sandbox_option_prefix(option, vsock) ||
	       fail(why,
		    "--vsock: path=%.60s: is not below --chroot's %.60s, so it "
		    "could not be reached",
		    vsock, option->root);
}
