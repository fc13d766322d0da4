/*
 * Why something could not be done, in words for the user.
 *
 * A function that can fail returns bool and takes a `struct reason *`: on
 * false, and only then, the reason says what was found and what to do, without
 * the program's name and without the name of the file or option, which the
 * caller knows and puts in front. Only vmm/conclusion.c prints it.
 */
#ifndef VMM_REASON_H
#define VMM_REASON_H

#include <stdbool.h>

struct reason {
	char text[240];
};

/*
 * Sets the reason, cut to its size, and returns false, so that a function ends
 * with `return fail(why, "...")`.
 */
__attribute__((format(printf, 2, 3))) bool fail(struct reason *why,
						const char *format, ...);

/*
 * Puts `format` and ": " before a reason that is already set; returns false.
 * Where both are too long for the text, each keeps about half of it.
 */
__attribute__((format(printf, 2, 3))) bool fail_in(struct reason *why,
						   const char *format, ...);

#endif
