/*
 * --mem SIZE: a number with K, M, G or T, and without one MiB.
 */
#ifndef VMM_MEMORY_OPTION_H
#define VMM_MEMORY_OPTION_H

#include "vmm/reason.h"

#include <stdbool.h>
#include <stdint.h>

/* In bytes: whole pages, and not more than the CPU model can address. */
bool memory_option_parse(const char *text, uint64_t *memory,
			 struct reason *why);

#endif
