/*
 * Option values of several words, as `/srv/root.img,ro,serial=4711`: words
 * between commas, each KEY=VALUE or KEY. A comma that is meant is written twice
 * (as in --initrd).
 */
#ifndef VMM_WORDS_H
#define VMM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Longer words than a file's name may be are no words. */
#define WORD_SIZE 4096

struct word {
	char key[WORD_SIZE];
	const char *value; /* in `key`, behind a zero; NULL without a '=' */
};

/*
 * Takes the first word off *text, which is left at the next one, or NULL after
 * the last. False when it is too long. An empty word is one with an empty key.
 */
bool word_take(const char **text, struct word *word);

#endif
