/*
 * Guest RAM that stays mapped from one input to the next, of which only what
 * was asked for may be touched: ASan ends the program at any access to bytes
 * that no ram_span() and no ram_place() of this input has named. So nothing has
 * to be looked through, and only what was named is made zero again.
 *
 * Checked besides: what is named is RAM of the usual map, and bytes of files
 * are never placed twice, nor where boot structures are.
 *
 * For programs that are linked with --wrap=ram_span and --wrap=ram_place.
 */
#ifndef TESTS_WATCHED_RAM_H
#define TESTS_WATCHED_RAM_H

#include "board-pc/map.h"
#include "boot/loader.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/bytes.h"

#include <sanitizer/asan_interface.h>

#define WATCHED_MAX  MIB(64)
#define WATCHED_NAME "RSD PTR "
#define WATCHED_RSDP 36 /* bytes of it, which are there */

struct watched_span {
	uint64_t gpa, length;
	bool is_placed; /* a file's bytes, */
	bool is_mapped; /* which is open */
};

static struct {
	struct ram ram;
	unsigned count;
	struct watched_span spans[1024];
} watched;

void *__real_ram_span(const struct ram *ram, uint64_t gpa, uint64_t length);
bool __real_ram_place(const struct ram *ram, uint64_t gpa,
		      const struct image *file, uint64_t offset,
		      uint64_t length, struct reason *why);
void *__wrap_ram_span(const struct ram *ram, uint64_t gpa, uint64_t length);
bool __wrap_ram_place(const struct ram *ram, uint64_t gpa,
		      const struct image *file, uint64_t offset,
		      uint64_t length, struct reason *why);

static inline bool watched_overlap(uint64_t a, uint64_t a_length, uint64_t b,
				   uint64_t b_length)
{
	return a < b + b_length && b < a + a_length;
}

/* Inside the ranges that are RAM, but for the RSDP. */
static inline bool watched_is_usual(uint64_t gpa, uint64_t length)
{
	if (gpa == MAP_ACPI_TABLES)
		return length == WATCHED_RSDP;
	return gpa >= MIB(1) || (gpa < MAP_EBDA && length <= MAP_EBDA - gpa);
}

static inline void watched_note(struct watched_span it)
{
	must(watched_is_usual(it.gpa, it.length));
	must(watched.count < sizeof(watched.spans) / sizeof(*watched.spans));
	watched.spans[watched.count++] = it;
	__asan_unpoison_memory_region(watched.ram.host + it.gpa, it.length);
}

void *__wrap_ram_span(const struct ram *ram, uint64_t gpa, uint64_t length)
{
	void *host = __real_ram_span(ram, gpa, length);

	if (host && ram == &watched.ram)
		watched_note(
		    (struct watched_span){ gpa, length, false, false });
	return host;
}

static inline void watched_check_place(uint64_t gpa, uint64_t length)
{
	must(gpa < watched.ram.size && length <= watched.ram.size - gpa);
	must(!watched_overlap(gpa, length, LAYOUT_GDT,
			      LAYOUT_LOW_END - LAYOUT_GDT));
	must(!watched_overlap(gpa, length, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX));
	for (unsigned i = 0; i < watched.count; i++)
		must(!watched.spans[i].is_placed ||
		     !watched_overlap(gpa, length, watched.spans[i].gpa,
				      watched.spans[i].length));
}

bool __wrap_ram_place(const struct ram *ram, uint64_t gpa,
		      const struct image *file, uint64_t offset,
		      uint64_t length, struct reason *why)
{
	if (length && ram == &watched.ram) {
		watched_check_place(gpa, length);
		watched_note(
		    (struct watched_span){ gpa, length, true, file->fd != 0 });
	}
	return __real_ram_place(ram, gpa, file, offset, length, why);
}

/* An RSDP, of revision 2, where the map has it. */
static inline void watched_put_rsdp(void)
{
	uint8_t *at = watched.ram.host + MAP_ACPI_TABLES;

	memcpy(at, WATCHED_NAME, sizeof(WATCHED_NAME) - 1);
	at[15] = 2;
}

static inline void watched_set_up(void)
{
	watched.ram = guarded_ram(WATCHED_MAX);
	watched_put_rsdp();
	__asan_poison_memory_region(watched.ram.host, WATCHED_MAX);
}

/* What was mapped there is a file's. */
static inline void watched_unmap(const struct watched_span *it)
{
	uint64_t begin = it->gpa & ~(uint64_t)(PAGE - 1);
	uint64_t end =
	    (it->gpa + it->length + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	uint8_t *at = watched.ram.host + begin;

	must(mmap(at, end - begin, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

/* Before each input: RAM of so many MiB, all zero. */
static inline void watched_begin(uint64_t mib)
{
	if (!watched.ram.host)
		watched_set_up();
	for (unsigned i = 0; i < watched.count; i++) {
		const struct watched_span *it = &watched.spans[i];

		if (it->gpa == MAP_ACPI_TABLES)
			continue;
		if (it->is_mapped)
			watched_unmap(it);
		else
			memset(watched.ram.host + it->gpa, 0, it->length);
	}
	for (unsigned i = 0; i < watched.count; i++)
		__asan_poison_memory_region(watched.ram.host +
						watched.spans[i].gpa,
					    watched.spans[i].length);
	watched.count = 0;
	watched.ram.size = MIB(1) * (mib % (WATCHED_MAX / MIB(1)) + 1);
}

/* What the loader has left at `gpa`; it has named it. */
static inline const uint8_t *watched_at(uint64_t gpa)
{
	must(gpa < watched.ram.size);
	return watched.ram.host + gpa;
}

/* Does a span of a file's bytes begin there, of this length? */
static inline bool watched_has_placed(uint64_t gpa, uint64_t length)
{
	for (unsigned i = 0; i < watched.count; i++)
		if (watched.spans[i].is_placed && watched.spans[i].gpa == gpa &&
		    watched.spans[i].length == length)
			return true;
	return false;
}

#endif
