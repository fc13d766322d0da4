#include "vmm/words.h"

#include <string.h>

static bool at_end(const char *at)
{
	return !*at || (*at == ',' && at[1] != ',');
}

bool word_take_whole(const char **text, char *to, size_t size)
{
	const char *from = *text;
	size_t length = 0;

	for (; !at_end(from); from++) {
		from += *from == ','; /* of two, the first */
		if (++length < size)
			to[length - 1] = *from;
	}
	*text = *from ? from + 1 : NULL;
	to[length < size ? length : size - 1] = '\0';
	return length < size;
}

bool word_take(const char **text, struct word *word)
{
	bool fits = word_take_whole(text, word->key, sizeof(word->key));
	char *equals = strchr(word->key, '=');

	word->value = equals ? equals + 1 : NULL;
	if (equals)
		*equals = '\0';
	return fits;
}
