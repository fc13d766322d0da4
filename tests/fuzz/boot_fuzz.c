/*
 * Fuzzes boot_load() with libFuzzer: a kernel, an initrd and a command line
 * from hostile bytes, in a small guest. Checked: nothing is read or written
 * out of bounds (the sanitizers'), a refusal says something that can be
 * printed, and an accepted kernel is entered inside RAM.
 *
 * The input: 4 bytes (RAM in MiB less 1; 16-byte units of initrd, 16 bits;
 * length of the command line), then the initrd, then the kernel.
 */
#include "boot/boot.h"

#include "board-pc/map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RAM_MAX MIB(128)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static const char *command_line(unsigned length)
{
	static char line[256 * 300];

	memset(line, 'x', sizeof(line));
	line[length * 299] = '\0';
	return line;
}

static void check_refusal(const struct reason *why)
{
	size_t length = strnlen(why->text, sizeof(why->text));

	must(length && length < sizeof(why->text) - 1);
	for (size_t i = 0; i < length; i++)
		must(isprint((unsigned char)why->text[i]));
}

static void check_entry(const struct ram *ram, const struct entry *entry)
{
	must(ram_span(ram, entry->rip, 1));
	must(ram_span(ram, entry->gdt_base, entry->gdt_limit + UINT64_C(1)));
	must(entry->rsi == LAYOUT_PARAMS || entry->rbx == LAYOUT_PARAMS);
	if (entry->mode == ENTRY_LONG64)
		must(entry->cr3 && entry->rip < GIB(1));
}

/* What lies outside the RAM ranges of the map is not the loaders'. */
static void check_reserved(const struct ram *ram)
{
	const uint8_t *at = ram_span(ram, MAP_EBDA, MIB(1) - MAP_EBDA);

	for (uint64_t i = 0; i < MIB(1) - MAP_EBDA; i++)
		must(at[i] == 0);
}

static void load(const struct image *kernel, const struct image *initrd,
		 const char *cmdline, uint64_t ram_size)
{
	const struct memory_range map[] = {
		{ 0, MAP_EBDA, MEMORY_RAM },
		{ MAP_EBDA, MAP_VGA_HOLE - MAP_EBDA, MEMORY_RESERVED },
		{ MAP_ACPI_TABLES, MAP_ACPI_SIZE, MEMORY_RESERVED },
		{ MIB(1), ram_size - MIB(1), MEMORY_RAM },
	};
	const struct boot_request request = {
		.kernel = *kernel,
		.initrd = *initrd,
		.cmdline = cmdline,
		.map = map,
		.map_count = ram_size > MIB(1) ? 4 : 3,
		.rsdp = MAP_ACPI_TABLES,
	};
	struct entry entry;
	struct reason why = { "" };
	struct ram ram;

	must(ram_map(&ram, ram_size, &why));
	if (boot_load(&request, &ram, &entry, &why)) {
		check_entry(&ram, &entry);
		check_reserved(&ram);
	} else {
		check_refusal(&why);
	}
	ram_unmap(&ram);
}

/* The part is copied to a block of its own, so that ASan sees its ends. */
static struct image part(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	must(copy);
	memcpy(copy, bytes, size);
	return (struct image){ copy, size };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image kernel, initrd;
	uint64_t ram_size;
	size_t split;

	if (size < 4)
		return 0;
	ram_size = MIB(1) * (data[0] % (RAM_MAX / MIB(1)) + 1);
	split = 16 * (size_t)(data[1] | data[2] << 8);
	if (split > size - 4)
		split = size - 4;
	initrd = part(data + 4, split);
	kernel = part(data + 4 + split, size - 4 - split);
	load(&kernel, &initrd, command_line(data[3]), ram_size);
	free((void *)initrd.bytes);
	free((void *)kernel.bytes);
	return 0;
}
