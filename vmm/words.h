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
 * the last. False when it is too long; then it is passed all the same. An empty
 * word is one with an empty key. Of several '=' the first one counts.
 */
bool word_take(const char **text, struct word *word);

/*
 * The same for a word that is no KEY=VALUE, as a path, in which a '=' is a
 * character like others. Too long: `size` bytes or more, without its zero.
 */
bool word_take_whole(const char **text, char *to, size_t size);

#endif
