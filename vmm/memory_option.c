#include "vmm/memory_option.h"

#include "board-pc/map.h"
#include "cpu/compiled.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MIN MIB(1)
#define PAGE       UINT64_C(4096)

/*
 * 512M, 2g, 1048576K: bytes. No suffix means MiB, as it does for the peers.
 * False when it is no size, or more than 64 bits hold.
 */
static bool parse_size(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "kmgt";
	unsigned shift = 20;
	const char *suffix;
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end) {
		suffix = strchr(suffixes, tolower((unsigned char)*end));
		if (!suffix || end[1])
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (errno || number > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)number << shift;
	return true;
}

/* What the model's physical addresses reach, less the gap below 4 GiB. */
static uint64_t memory_max(void)
{
	return (UINT64_C(1) << compiled_cpu.physical_address_bits) -
	       (MAP_ABOVE_4G - MAP_GAP);
}

bool memory_option_parse(const char *text, uint64_t *memory, struct reason *why)
{
	uint64_t max = memory_max();

	if (!parse_size(text, memory))
		return fail(why,
			    "'%.40s' is not a size; want a number and "
			    "K, M or G, as in 512M",
			    text);
	if (*memory < MEMORY_MIN)
		return fail(why, "%s is too little; want at least 1M", text);
	if (*memory > max)
		return fail(why,
			    "%s is more than this CPU model can "
			    "address; want at most %lluG",
			    text, (unsigned long long)(max >> 30));
	if (*memory % PAGE)
		return fail(why, "%s is not a multiple of 4K", text);
	return true;
}
