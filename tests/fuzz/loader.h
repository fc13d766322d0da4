/*
 * What fuzzers of loaders have alike: a request for a kernel of hostile bytes,
 * with modules and a command line, and what holds of every answer.
 *
 * The request is told by 4 bytes: RAM in MiB less 1; how long the command line
 * is; bits 0 and 1: how many modules, 2: they have strings, 3 to 6: the first
 * one's size; and one byte for the fuzzer itself.
 */
#ifndef TESTS_LOADER_H
#define TESTS_LOADER_H

#include "boot/boot.h"
#include "tests/fuzz/watched_ram.h"

#include <ctype.h>

#define LOADER_HEAD 4

#define LOADER_LINE  75000 /* the longest command line */
#define LOADER_SIZES 8

static struct {
	struct boot_request request;
	struct memory_range map[4];
	struct module modules[3];
	struct image files[LOADER_SIZES];
	struct entry entry;
	struct reason why;
} loader;

static inline bool loader_is_printable(const struct reason *why)
{
	size_t length = strnlen(why->text, sizeof(why->text));

	for (size_t i = 0; i < length; i++)
		if (!isprint((unsigned char)why->text[i]))
			return false;
	return length && length < sizeof(why->text) - 1;
}

/* Modules are what Linux takes for a squashfs, by its first bytes. */
static inline void loader_set_up(void)
{
	static const uint32_t sizes[LOADER_SIZES] = { 4,    5,    100,  4095,
						      4096, 4097, 8192, 20000 };

	for (unsigned i = 0; i < LOADER_SIZES; i++) {
		uint8_t *bytes = malloc(sizes[i]);

		must(bytes);
		memset(bytes, 'm', sizes[i]);
		memcpy(bytes, "hsqs", 4);
		loader.files[i] =
		    (struct image){ .bytes = bytes, .size = sizes[i] };
	}
}

/* One that has no bytes to place does not fit either. */
static inline struct image loader_file(unsigned choice)
{
	struct image file = loader.files[choice % LOADER_SIZES];

	if (choice == 15)
		file.size = WATCHED_MAX + MIB(1);
	if (choice == 14)
		file.size = UINT64_MAX / 2;
	return file;
}

/* Up to what Linux takes; now and then up to more than there is room for. */
static inline const char *loader_cmdline(uint8_t choice)
{
	static char line[LOADER_LINE + 1];
	size_t length = choice < 240 ? choice % 8 * 299U : LOADER_LINE;

	if (!*line)
		memset(line, 'x', sizeof(line) - 1);
	if (choice >= 240)
		length -= (255U - choice) * 4800;
	return line + sizeof(line) - 1 - length;
}

static inline void loader_modules(uint8_t choice)
{
	loader.request.modules = loader.modules;
	loader.request.module_count = choice & 3;
	for (unsigned i = 0; i < (choice & 3); i++)
		loader.modules[i] = (struct module){
			loader_file(i ? choice / 16U + 2 * i
				      : choice >> 3 & 15),
			"module",
			choice & 4 ? "module -x" : NULL,
		};
}

/* Begins with an input, whose first LOADER_HEAD bytes these are. */
static inline void loader_begin(const uint8_t *head)
{
	if (!loader.files[0].size)
		loader_set_up();
	watched_begin(head[0]);
	loader.map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	loader.map[1] =
	    (struct memory_range){ MAP_EBDA, MAP_VGA_HOLE - MAP_EBDA,
				   MEMORY_RESERVED };
	loader.map[2] = (struct memory_range){ MAP_ACPI_TABLES, MAP_ACPI_SIZE,
					       MEMORY_RESERVED };
	loader.map[3] =
	    (struct memory_range){ MIB(1), watched.ram.size - MIB(1),
				   MEMORY_RAM };
	loader.request = (struct boot_request){
		.kernel_name = "kernel",
		.cmdline = loader_cmdline(head[1]),
		.map = loader.map,
		.map_count = watched.ram.size > MIB(1) ? 4 : 3,
		.rsdp = MAP_ACPI_TABLES,
	};
	loader.request.words = loader.request.cmdline;
	loader_modules(head[2]);
}

static inline void loader_check_entry(void)
{
	const struct entry *entry = &loader.entry;

	must(entry->rip < watched.ram.size);
	must(entry->gdt_base == LAYOUT_GDT);
	must(get_le64(watched_at(entry->gdt_base) + entry->gdt_limit - 7));
	must(entry->rsi == LAYOUT_PARAMS || entry->rbx == LAYOUT_PARAMS ||
	     (entry->rax == 0x36D76289 && entry->rbx == LAYOUT_CMDLINE));
	if (entry->mode == ENTRY_LONG64)
		must(entry->cr3 == LAYOUT_PAGE_TABLES && entry->rip < GIB(1));
}

/* Is it loaded? Refused means that loader.why says why, in one line. */
static inline bool loader_load(const struct image *kernel)
{
	loader.request.kernel = *kernel;
	loader.entry = (struct entry){ 0 };
	loader.why = (struct reason){ "" };
	if (boot_load(&loader.request, &watched.ram, &loader.entry,
		      &loader.why)) {
		loader_check_entry();
		return true;
	}
	must(loader_is_printable(&loader.why));
	return false;
}

/* A block of its own, all zero, so that ASan sees its ends. */
static inline uint8_t *loader_block(uint64_t size)
{
	uint8_t *bytes = calloc(1, size ? size : 1);

	must(bytes);
	return bytes;
}

/* All modules are placed, one after the other, from this address on. */
static inline void loader_check_modules(uint64_t gpa)
{
	for (unsigned i = 0; i < loader.request.module_count; i++) {
		const struct image *file = &loader.modules[i].file;

		must(gpa % PAGE == 0 && watched_has_placed(gpa, file->size));
		must(!memcmp(watched_at(gpa), file->bytes, file->size));
		gpa += (file->size + PAGE - 1) / PAGE * PAGE;
	}
}

#endif
