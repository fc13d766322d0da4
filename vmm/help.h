/*
 * What `mayfly --help` says: one screen, 24 lines of 79.
 */
#ifndef VMM_HELP_H
#define VMM_HELP_H

extern const char help_text[];

#endif
