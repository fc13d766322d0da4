/*
 * What fuzzers have alike: how they say that something is wrong, guest RAM that
 * nobody may leave, and an input that is read from its beginning.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "vmm/ram.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A finding, unless it holds. */
#define must(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #condition);                         \
			abort();                                               \
		}                                                              \
	} while (0)

#define PAGE 4096

/* `size` bytes, whole pages, between two pages that nobody may touch. */
static inline struct ram guarded_ram(uint64_t size)
{
	uint8_t *pages = mmap(NULL, size + 2 * PAGE, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(pages != MAP_FAILED);
	must(!mprotect(pages + PAGE, size, PROT_READ | PROT_WRITE));
	return (struct ram){ .host = pages + PAGE, .size = size };
}

struct input {
	const uint8_t *next;
	size_t left;
};

/* The next bytes as a number, the highest first; fewer where it ends. */
static inline uint32_t input_take(struct input *input, unsigned bytes)
{
	uint32_t value = 0;

	for (; bytes && input->left; bytes--, input->left--)
		value = value << 8 | *input->next++;
	return value;
}

#endif
