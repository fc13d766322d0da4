/*
 * What is timed: monitors, and the machines that each of them runs.
 */
#ifndef TESTS_BENCH_PLAN_H
#define TESTS_BENCH_PLAN_H

#include "vmm/reason.h"

#include <stdbool.h>

enum { CELLS_MAX = 64, WORDS_MAX = 40 };

enum image { IMAGE_TINY, IMAGE_INITRD, IMAGE_KERNEL };

/* A machine. The first is the one that others are compared with. */
struct setup {
	const char *name;
	unsigned cpus, mib;
	enum image image;
};
extern const struct setup plan_setups[];
extern const unsigned plan_setup_count;

enum monitor_id {
	MONITOR_FLOOR,
	MONITOR_FLOOR_CPUID,
	MONITOR_MAYFLY_BARE, /* without its sandbox */
	MONITOR_MAYFLY,
	MONITOR_QEMU_BIOS,
	MONITOR_QEMU_PVH,
	MONITOR_FIRECRACKER,
	MONITOR_LKVM,
	MONITOR_COUNT
};
const char *plan_monitor_name(enum monitor_id monitor);

/* One monitor running one machine; argv[0] is a path. */
struct cell {
	enum monitor_id monitor;
	const struct setup *setup;
	char *argv[WORDS_MAX];
	int status; /* how it ends when all went well */
};

/* `directory`: where the guests were built; `mayfly`: the path of the binary.
 */
void plan_init(const char *directory, const char *mayfly);

/*
 * The cell's command line; `stays`: with the guest that does not end. False
 * where there is no such monitor here, or it is not timed with that machine.
 * Words are kept in one static buffer that is never given back.
 */
bool plan_cell(enum monitor_id monitor, const struct setup *setup, bool stays,
	       struct cell *cell, struct reason *why);

#endif
