/*
 * The guest's command line: the user's words, and in front of them what the
 * monitor adds.
 */
#ifndef VMM_CMDLINE_H
#define VMM_CMDLINE_H

#include "vmm/reason.h"

#include <stdbool.h>
#include <stddef.h>

/* With its final zero; longer than what any kernel takes. */
#define CMDLINE_SIZE 65536

/* All zero: an empty one. */
struct cmdline {
	size_t ours; /* where in `text` the user's words begin */
	char text[CMDLINE_SIZE];
};

/*
 * Adds words, with a space between them and those that are there: the user's
 * at the end, ours in front. No words are no space. False: they are too long.
 */
bool cmdline_append(struct cmdline *cmdline, const char *words,
		    struct reason *why);
bool cmdline_prepend(struct cmdline *cmdline, const char *words,
		     struct reason *why);

/* Whether it has this word, or, if that ends in '=', one that begins with it.
 */
bool cmdline_has(const struct cmdline *cmdline, const char *word);

/* The user's words, without ours. */
static inline const char *cmdline_words(const struct cmdline *cmdline)
{
	return cmdline->text + cmdline->ours;
}

#endif
