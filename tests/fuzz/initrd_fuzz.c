/*
 * Fuzzes the check of initrds with libFuzzer: cpio archives, xz streams and
 * other bytes. Checked: nothing out of bounds (the sanitizers'), a refusal says
 * why, and what is whole stays so when it is padded with zeros.
 *
 * The input: a byte, which says what the file begins with if its own first
 * bytes are not taken, and how many times 16 zeros are behind; the file.
 */
#include "boot/initrd.h"

#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *file, size_t size, unsigned choice)
{
	static const char begins[][7] = { "", "070701", "070702",
					  "\xFD\x37zXZ" };

	if (choice && size >= 6)
		memcpy(file, begins[choice], 6);
}

/* In a block of its own, so that ASan sees its end. */
static bool check(const uint8_t *bytes, size_t size, unsigned choice,
		  size_t zeros)
{
	struct reason why = { "" };
	uint8_t *file = calloc(1, size + zeros);
	struct image image = { .bytes = file, .size = size + zeros };
	bool is_whole;

	must(file);
	memcpy(file, bytes, size);
	begin(file, size, choice);
	is_whole = initrd_check(&image, &why);
	free(file);
	for (const char *at = why.text; *at; at++)
		must(isprint((unsigned char)*at));
	must(is_whole == !*why.text);
	return is_whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned choice = size ? data[0] & 3 : 0;

	if (size < 2) /* none is empty */
		return 0;
	if (check(data + 1, size - 1, choice, 0) && data[0] >> 2)
		must(check(data + 1, size - 1, choice, 16U * (data[0] >> 2)));
	return 0;
}
