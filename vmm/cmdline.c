#include "vmm/cmdline.h"

#include <string.h>

static bool fits(size_t have, size_t more, struct reason *why)
{
	return have + !!have + more < CMDLINE_SIZE ||
	       fail(why,
		    "--append: the guest's command line is longer than %d "
		    "bytes",
		    CMDLINE_SIZE - 1);
}

bool cmdline_append(struct cmdline *cmdline, const char *words,
		    struct reason *why)
{
	size_t have = strlen(cmdline->text), more = strlen(words);
	char *end = cmdline->text + have;

	if (!more)
		return true;
	if (!fits(have, more, why))
		return false;
	if (have)
		*end++ = ' ';
	memcpy(end, words, more + 1);
	return true;
}

bool cmdline_prepend(struct cmdline *cmdline, const char *words,
		     struct reason *why)
{
	size_t have = strlen(cmdline->text), more = strlen(words);
	size_t gap = more + (more && have);

	if (!fits(have, more, why))
		return false;
	memmove(cmdline->text + gap, cmdline->text, have + 1);
	memset(cmdline->text, ' ', gap);
	memcpy(cmdline->text, words, more);
	cmdline->ours += gap;
	return true;
}

bool cmdline_has(const struct cmdline *cmdline, const char *word)
{
	size_t length = strlen(word);
	bool is_key = length && word[length - 1] == '=';

	for (const char *at = cmdline->text; *at; at++) {
		bool begins = at == cmdline->text || at[-1] == ' ';

		if (begins && !strncmp(at, word, length) &&
		    (is_key || !at[length] || at[length] == ' '))
			return true;
	}
	return false;
}
