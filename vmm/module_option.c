#include "vmm/module_option.h"

#include "vmm/words.h"

#include <string.h>

/* The most that --initrd says: each file is there once more, as its name. */
#define HALF (MODULE_TEXT_SIZE / 2)

/*
 * Copies the first file of *text to `at`, and then the part before a space.
 * Returns the end of that.
 */
static char *take_module(const char **text, char *at, struct module *module)
{
	size_t length;

	module->string = at;
	word_take_whole(text, at, HALF);
	at += strlen(at) + 1;
	module->name = at;
	length = strcspn(module->string, " ");
	memcpy(at, module->string, length);
	at[length] = '\0';
	return at + length + 1;
}

bool module_option_parse(const char *text, char room[MODULE_TEXT_SIZE],
			 struct module modules[MODULES_MAX], unsigned *count,
			 struct reason *why)
{
	char *at = room;

	if (strlen(text) >= HALF)
		return fail(why, "longer than %d characters", HALF - 1);
	*count = 0;
	do {
		struct module *module = &modules[*count];

		if ((*count)++ == MODULES_MAX)
			return fail(why, "more than %d files", MODULES_MAX);
		at = take_module(&text, at, module);
		if (!*module->name)
			return fail(why, "a file's name is empty");
	} while (text);
	return true;
}
