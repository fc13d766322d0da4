/*
 * Fuzzes the names of instructions with libFuzzer: a guest's bytes, where it
 * died. Checked: nothing beyond them is read (ASan), a name can be printed,
 * what is named is named so whatever follows it, and only prefixes and the
 * first bytes count.
 *
 * The input: the instruction's bytes.
 */
#include "cpu/insn.h"

#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

#define INSN_MAX 15

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of its own, so that ASan sees its end. */
static const char *name(const uint8_t *data, size_t length, bool long_mode)
{
	uint8_t *bytes = malloc(length ? length : 1);
	const char *found;

	must(bytes);
	memcpy(bytes, data, length);
	found = insn_name(bytes, length, long_mode);
	free(bytes);
	for (const char *at = found; at && *at; at++)
		must(isgraph((unsigned char)*at));
	return found;
}

static void check(const uint8_t *data, size_t size, bool long_mode)
{
	const char *before = NULL;

	for (size_t length = 0; length <= size; length++) {
		const char *now = name(data, length, long_mode);

		must(!before || now == before);
		before = now;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > INSN_MAX)
		size = INSN_MAX;
	check(data, size, false);
	check(data, size, true);
	return 0;
}
