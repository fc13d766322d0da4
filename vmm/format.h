/*
 * What printf() and its kin write: text, characters, whole numbers.
 *
 * The C library's own does floating point and wide characters, too, and is a
 * twentieth of the whole binary for that. So where that library is musl,
 * vsnprintf() and vfprintf() are those of this file, and the library's other
 * functions of the family call them. Nothing in here is unsafe in a signal
 * handler.
 */
#ifndef VMM_FORMAT_H
#define VMM_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * As vsnprintf(): at most `size` bytes, the last one a NUL, unless there is no
 * room at all; returns what there would be in all. Known are % and c s d u x X,
 * with h, hh, l, ll or z, a width, zeros before a number, and a precision
 * of text. Anything else ends the program: it is a mistake in it.
 *
 * C11, 7.21.6.1.
 */
__attribute__((format(printf, 3, 0))) int
format_text(char *text, size_t size, const char *format, va_list arguments);

#endif
