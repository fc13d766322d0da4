/*
 * What a process has of memory, threads and files while its guest runs.
 */
#ifndef TESTS_BENCH_MEMORY_H
#define TESTS_BENCH_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct footprint {
	unsigned resident_kib, dirty_kib; /* besides the guest's RAM */
	unsigned threads;
	uint64_t file_bytes; /* of the files that it runs code of */
};

/*
 * The guest's RAM is what is named guest-ram (PR_SET_VMA_ANON_NAME), or has
 * `ram_bytes` and more; what lies between its parts is files mapped into it.
 */
bool memory_measure(pid_t process, uint64_t ram_bytes, struct footprint *found);

#endif
