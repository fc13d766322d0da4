/*
 * What is handed to the guest's first instruction: the map of its memory and
 * the state of the boot vCPU. Loaders fill these in, cpu/entry.c turns them
 * into registers.
 */
#ifndef VMM_HANDOVER_H
#define VMM_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types of ACPI 6.5, table 15.9 (e820 and PVH use the same numbers). */
enum memory_type {
	MEMORY_RAM = 1,
	MEMORY_RESERVED = 2,
	MEMORY_ACPI = 3,
};

struct memory_range {
	uint64_t base;
	uint64_t length;
	enum memory_type type;
};

enum entry_mode {
	ENTRY_PROTECTED32, /* flat segments, no paging */
	ENTRY_LONG64,      /* flat segments, paging through cr3 */
	ENTRY_RESET,       /* as after a reset: nothing else here counts */
};

/*
 * Registers that are not named are zero, interrupts are off. `gdt_base` is
 * the guest address of a table whose entries 2 and 3 (selectors 0x10, 0x18)
 * are the code and data segments of the mode.
 */
struct entry {
	enum entry_mode mode;
	uint64_t rip;
	uint64_t rsp;
	uint64_t rax;
	uint64_t rbx;
	uint64_t rsi;
	uint64_t cr3; /* ENTRY_LONG64 only */
	uint64_t gdt_base;
	uint16_t gdt_limit;
};

/*
 * A file's bytes, mapped or read. Empty: `size` is 0 and `bytes` unused. Where
 * they are a whole file that is open, `fd` is that, so that guest memory can be
 * mapped from it; 0 where there is none.
 */
struct image {
	const uint8_t *bytes;
	uint64_t size;
	int fd;
};

static inline bool image_has(const struct image *image, const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)image->bytes;

	return offset < image->size;
}

#endif
