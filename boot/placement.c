/*
 * Where things go in guest memory; see placement.h.
 *
 * Left out on purpose: an initrd above 4 GiB (XLF_CAN_BE_LOADED_ABOVE_4G). No
 * guest here has so little memory below the gap that it would help.
 */
#include "boot/placement.h"

#include "board-pc/map.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define PAGE PLACEMENT_PAGE

/* Amounts for --mem are rounded up to this, so that they are easy to type. */
#define MEM_STEP MIB(8)

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

static uint64_t to_mib(uint64_t bytes)
{
	return round_up(bytes, MIB(1)) / MIB(1);
}

static bool overlap(uint64_t start, uint64_t end, uint64_t low, uint64_t high)
{
	return start < high && low < end;
}

bool placement_is_ram(const struct boot_request *request, uint64_t start,
		      uint64_t length)
{
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];
		uint64_t rest;

		if (range->type != MEMORY_RAM || start < range->base ||
		    start - range->base >= range->length)
			continue;
		rest = range->length - (start - range->base);
		if (length <= rest)
			return true;
		start += rest;
		length -= rest;
	}
	return false;
}

/* Where low RAM ends. */
static uint64_t ram_top(const struct boot_request *request)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];

		if (range->type == MEMORY_RAM && range->base < MAP_GAP)
			top = most(top, range->base + range->length);
	}
	return least(top, MAP_GAP);
}

/* [start, end) was refused, and boot structures are not why. */
static bool fail_claim(const struct boot_request *request, uint64_t start,
		       uint64_t end, const char *what, struct reason *why)
{
	uint64_t top = ram_top(request);
	uint64_t mem;

	if (end <= top || start < MIB(1))
		return fail(why,
			    "wants 0x%" PRIx64 " to 0x%" PRIx64
			    " (%s), which is not all RAM; below 1 MiB, RAM"
			    " ends at 0x%" PRIx64,
			    start, end - 1, what, MAP_EBDA);
	mem = placement_size(request);
	mem = mem > MAP_GAP ? UINT64_MAX : round_up(end + mem, MEM_STEP);
	if (mem > MAP_GAP)
		return fail(why,
			    "wants 0x%" PRIx64 " to 0x%" PRIx64
			    " (%s); guest RAM below 4 GiB never goes beyond"
			    " 0x%" PRIx64 ", and the initrd must fit there too",
			    start, end - 1, what, MAP_GAP - 1);
	return fail(why,
		    "needs %" PRIu64 " MiB of memory for itself (%s) and has"
		    " %" PRIu64 "; use --mem %" PRIu64 "M",
		    to_mib(end), what, to_mib(top), mem / MIB(1));
}

bool placement_claim(const struct boot_request *request, uint64_t start,
		     uint64_t length, const char *what, struct reason *why)
{
	uint64_t end;

	if (start > MAP_GAP || length > MAP_GAP)
		return fail(why,
			    "wants %" PRIu64 " bytes at 0x%" PRIx64
			    " (%s); guest RAM below 4 GiB never goes beyond"
			    " 0x%" PRIx64,
			    length, start, what, MAP_GAP - 1);
	end = start + length;
	if (overlap(start, end, LAYOUT_GDT, LAYOUT_LOW_END) ||
	    overlap(start, end, LAYOUT_CMDLINE,
		    LAYOUT_CMDLINE + LAYOUT_CMDLINE_MAX))
		return fail(why,
			    "wants 0x%" PRIx64 " to 0x%" PRIx64
			    " (%s), where boot structures go (0x%" PRIx64
			    "-0x%" PRIx64 " and 0x%" PRIx64 "-0x%" PRIx64
			    "); link it at 1 MiB or above",
			    start, end - 1, what, LAYOUT_GDT,
			    LAYOUT_LOW_END - 1, LAYOUT_CMDLINE,
			    LAYOUT_CMDLINE + LAYOUT_CMDLINE_MAX - 1);
	if (!placement_is_ram(request, start, length))
		return fail_claim(request, start, end, what, why);
	return true;
}

/* The whole pages of [start, end); empty when there are none. */
static struct extent whole_pages(uint64_t start, uint64_t end)
{
	start = round_up(start, PAGE);
	end -= end % PAGE;
	return (struct extent){ start, most(start, end) };
}

/* Do so many bytes fit? Notes the largest hole seen. */
static bool fits(struct extent hole, uint64_t size, uint64_t *largest)
{
	*largest = most(*largest, hole.end - hole.start);
	return size <= hole.end - hole.start;
}

/* About the modules; the first gives its name to all of them. */
static bool fail_modules(const struct boot_request *request, struct reason *why)
{
	if (request->module_count > 1)
		return fail_in(why, "%s and %u more", request->modules[0].name,
			       request->module_count - 1);
	return fail_in(why, "%s", request->modules[0].name);
}

static bool fail_choice(const struct boot_request *request, uint64_t size,
			struct extent kernel, uint64_t end, uint64_t largest,
			struct reason *why)
{
	uint64_t floor = round_up(most(kernel.end, MIB(1)), PAGE);

	if (size > end || floor > end - size)
		fail(why,
		     "has %" PRIu64 " bytes, and the largest"
		     " hole for it has %" PRIu64 "; it must end below"
		     " 0x%" PRIx64 ", so more memory does not help:"
		     " make it smaller",
		     size, largest, end);
	else
		fail(why,
		     "has %" PRIu64 " bytes, and the largest hole"
		     " for it beside the kernel has %" PRIu64
		     "; use --mem %" PRIu64 "M",
		     size, largest, round_up(floor + size, MEM_STEP) / MIB(1));
	return request->module_count ? fail_modules(request, why) : false;
}

bool placement_choose(const struct boot_request *request, uint64_t size,
		      struct extent kernel, uint64_t limit, uint64_t *gpa,
		      struct reason *why)
{
	uint64_t end = least(limit, MAP_GAP - 1) + 1;
	uint64_t largest = 0;

	/* From the top down: the first hole that fits is the highest. */
	for (unsigned i = request->map_count; i-- > 0;) {
		const struct memory_range *range = &request->map[i];
		uint64_t low = most(range->base, MIB(1));
		uint64_t high = least(range->base + range->length, end);
		struct extent above = whole_pages(most(low, kernel.end), high);
		struct extent below =
		    whole_pages(low, least(high, kernel.start));

		if (range->type != MEMORY_RAM)
			continue;
		if (fits(above, size, &largest)) {
			*gpa = (above.end - size) / PAGE * PAGE;
			return true;
		}
		if (fits(below, size, &largest)) {
			*gpa = (below.end - size) / PAGE * PAGE;
			return true;
		}
	}
	return fail_choice(request, size, kernel, end, largest, why);
}

bool placement_find(const struct boot_request *request, uint64_t size,
		    uint64_t low, uint64_t high, uint64_t alignment,
		    uint64_t *gpa)
{
	high = least(high, MAP_GAP - 1);
	for (unsigned i = 0; i < request->map_count; i++) {
		const struct memory_range *range = &request->map[i];
		uint64_t end = least(range->base + range->length, high + 1);
		uint64_t start =
		    round_up(most(most(range->base, low), MIB(1)), alignment);

		if (range->type != MEMORY_RAM || start > end ||
		    size > end - start)
			continue;
		*gpa = start;
		return true;
	}
	return false;
}

uint64_t placement_size(const struct boot_request *request)
{
	uint64_t end = 0;

	assert(request->module_count <= MODULES_MAX);
	for (unsigned i = 0; i < request->module_count; i++)
		end = round_up(end, PAGE) + request->modules[i].file.size;
	return end;
}

bool placement_put_modules(const struct boot_request *request,
			   const struct ram *ram, uint64_t gpa,
			   uint64_t at[MODULES_MAX], struct reason *why)
{
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct module *module = &request->modules[i];

		at[i] = round_up(gpa, PAGE);
		gpa = at[i] + module->file.size;
		if (!ram_place(ram, at[i], &module->file, 0, module->file.size,
			       why))
			return fail_in(why, "%s", module->name);
	}
	return true;
}

bool placement_put_strings(const struct boot_request *request,
			   const struct ram *ram, uint64_t at[MODULES_MAX],
			   struct reason *why)
{
	char *host = ram_span(ram, LAYOUT_STRINGS, LAYOUT_STRINGS_MAX);
	size_t used = 0;

	assert(host);
	for (unsigned i = 0; i < request->module_count; i++) {
		const char *string = request->modules[i].string;
		size_t size = string ? strlen(string) + 1 : 0;

		at[i] = string ? LAYOUT_STRINGS + used : 0;
		if (size > LAYOUT_STRINGS_MAX - used) {
			fail(why,
			     "the strings of the modules are longer than"
			     " %" PRIu64 " characters",
			     LAYOUT_STRINGS_MAX);
			return fail_modules(request, why);
		}
		if (string)
			memcpy(host + used, string, size);
		used += size;
	}
	return true;
}

bool placement_put_initrd(const struct boot_request *request,
			  const struct ram *ram, struct extent kernel,
			  uint64_t limit, uint64_t *gpa, struct reason *why)
{
	uint64_t size = placement_size(request);
	uint64_t at[MODULES_MAX];

	*gpa = 0;
	if (!size)
		return true;
	return placement_choose(request, size, kernel, limit, gpa, why) &&
	       placement_put_modules(request, ram, *gpa, at, why);
}

uint32_t placement_upper_kib(const struct boot_request *request)
{
	for (unsigned i = 0; i < request->map_count; i++)
		if (request->map[i].type == MEMORY_RAM &&
		    request->map[i].base == MIB(1))
			return (uint32_t)(request->map[i].length / KIB(1));
	return 0;
}
