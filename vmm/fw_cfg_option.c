/*
 * As QEMU's -fw_cfg, but that a comma needs no second one, since the value is
 * last. Names that do not begin with opt/ are taken; those that the machine
 * has itself are refused where the item is added.
 */
#include "vmm/fw_cfg_option.h"

#include <ctype.h>
#include <string.h>

#define WANTED "want name=NAME,file=FILE or name=NAME,string=TEXT"

/* What follows `key` when the text begins with it, or NULL. */
static const char *after(const char *text, const char *key)
{
	size_t length = strlen(key);

	return strncmp(text, key, length) ? NULL : text + length;
}

static bool take_name(const char *from, const char *end,
		      struct fw_cfg_option *option, struct reason *why)
{
	size_t length = (size_t)(end - from);

	if (!length)
		return fail(why, "the name is empty; " WANTED);
	if (length >= sizeof(option->name))
		return fail(why,
			    "'%.*s...': the name has %zu characters; at most "
			    "%zu are possible",
			    40, from, length, sizeof(option->name) - 1);
	for (const char *at = from; at < end; at++)
		if (!isgraph((unsigned char)*at))
			return fail(why, "the name has a character that "
					 "cannot be printed, or a space");
	memcpy(option->name, from, length);
	option->name[length] = '\0';
	return true;
}

bool fw_cfg_option_parse(const char *text, struct fw_cfg_option *option,
			 struct reason *why)
{
	const char *name = after(text, "name=");
	const char *comma = name ? strchr(name, ',') : NULL;

	*option = (struct fw_cfg_option){ .name = "" };
	if (!comma)
		return fail(why, "'%.60s': " WANTED, text);
	if (!take_name(name, comma, option, why))
		return false;
	option->file = after(comma + 1, "file=");
	option->string = after(comma + 1, "string=");
	if (!option->file && !option->string)
		return fail(why, "'%.60s': " WANTED, text);
	if (option->file && !*option->file)
		return fail(why, "%s: the file's name is empty", option->name);
	return true;
}
