/*
 * What few starts touch, out of the way.
 *
 * A page that is touched costs about a microsecond and 4 KiB, so the static
 * data of a start lies close together: large things that most starts leave
 * alone are COLD, which the linker puts behind all the rest (they become common
 * symbols). Such a variable is not static, so its name is one of a kind.
 */
#ifndef VMM_COLD_H
#define VMM_COLD_H

#define COLD __attribute__((common))

#endif
