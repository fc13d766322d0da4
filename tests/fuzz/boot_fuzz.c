/*
 * Fuzzes boot_load() with libFuzzer: a kernel, modules and a command line from
 * hostile bytes, in a small guest. Checked: nothing is read or written
 * out of bounds (the sanitizers'), a refusal says something that can be
 * printed, an accepted kernel is entered inside RAM, and mapped files are in
 * guest memory as copied ones are.
 *
 * The input: 5 bytes (RAM in MiB less 1; 16-byte units of modules, 16 bits;
 * length of the command line; bits 0 and 1: how many modules those units are
 * cut into, 2: with strings, 3: a raw image, 4: the sums of Multiboot headers
 * are put right, which a fuzzer cannot guess, 5: the kernel is an open file,
 * of 1 MiB), then the modules, the kernel.
 */
#include "boot/boot.h"

#include "board-pc/map.h"
#include "vmm/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_MAX MIB(128)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	must(entry->rsi == LAYOUT_PARAMS || entry->rbx == LAYOUT_PARAMS ||
	     (entry->rax == 0x36D76289 && entry->rbx == LAYOUT_CMDLINE));
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

/* A kernel that is mapped is in memory as one that is copied. */
static void check_same(const struct boot_request *request,
		       const struct ram *mapped)
{
	struct boot_request copied = *request;
	struct entry entry;
	struct reason why;
	struct ram ram;

	copied.kernel.fd = 0;
	must(ram_map(&ram, mapped->size, &why));
	must(boot_load(&copied, &ram, &entry, &why));
	must(!memcmp(ram.host, mapped->host, ram.size));
	ram_unmap(&ram);
}

static void load(const struct image *kernel, const struct module *modules,
		 const uint8_t *data, uint64_t ram_size)
{
	const char *cmdline = command_line(data[3]);
	const struct memory_range map[] = {
		{ 0, MAP_EBDA, MEMORY_RAM },
		{ MAP_EBDA, MAP_VGA_HOLE - MAP_EBDA, MEMORY_RESERVED },
		{ MAP_ACPI_TABLES, MAP_ACPI_SIZE, MEMORY_RESERVED },
		{ MIB(1), ram_size - MIB(1), MEMORY_RAM },
	};
	const struct boot_request request = {
		.kernel = *kernel,
		.kernel_name = "kernel",
		.is_flat = data[4] & 8,
		.flat_address = (uint32_t)data[3] << 16,
		.modules = modules,
		.module_count = modules->file.size ? (data[4] & 3) + 1 : 0,
		.cmdline = cmdline,
		.words = cmdline,
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
		if (kernel->fd)
			check_same(&request, &ram);
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
	return (struct image){ .bytes = copy, .size = size };
}

/* A file of 1 MiB that begins with these bytes. */
static struct image open_file(const struct image *begin)
{
	static uint32_t rest[MIB(1) / 4];
	static struct image file = { .size = sizeof(rest) };

	if (!file.fd) {
		for (uint32_t i = 0; i < MIB(1) / 4; i++)
			rest[i] = i;
		file.fd = memfd_create("kernel", 0);
		must(file.fd > 0 && !ftruncate(file.fd, sizeof(rest)));
		file.bytes =
		    mmap(NULL, sizeof(rest), PROT_READ, MAP_SHARED, file.fd, 0);
		must(file.bytes != MAP_FAILED);
	}
	must(pwrite(file.fd, rest, sizeof(rest), 0) == sizeof(rest));
	must(pwrite(file.fd, begin->bytes,
		    begin->size < file.size ? begin->size : file.size, 0) >= 0);
	return file;
}

/* A right sum for each header: the fields are added up to it. */
static void mend(uint8_t *kernel, size_t size)
{
	for (size_t at = 0; size >= 16 && at <= size - 16; at += 4) {
		uint8_t *field = kernel + at;
		uint32_t magic = get_le32(field), flags = get_le32(field + 4);

		if (magic == 0x1BADB002)
			put_le32(field + 8, -(magic + flags));
		if (magic == 0xE85250D6)
			put_le32(field + 12,
				 -(magic + flags + get_le32(field + 8)));
	}
}

/* Up to four modules, of equal size; the last has the rest. */
static void cut(struct image all, unsigned count, bool strings,
		struct module modules[4])
{
	size_t each = all.size / count;

	for (unsigned i = 0; i < count; i++) {
		bool last = i == count - 1;

		modules[i] = (struct module){
			part(all.bytes + each * i,
			     last ? all.size - each * i : each),
			"module",
			strings ? "module -x" : NULL,
		};
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct module modules[4] = { 0 };
	struct image kernel, file;
	unsigned count;
	size_t split;

	if (size < 5)
		return 0;
	count = (data[4] & 3) + 1;
	split = 16 * (size_t)(data[1] | data[2] << 8);
	if (split > size - 5)
		split = size - 5;
	if (split)
		cut((struct image){ .bytes = data + 5, .size = split }, count,
		    data[4] & 4, modules);
	kernel = part(data + 5 + split, size - 5 - split);
	if (data[4] & 16)
		mend((uint8_t *)kernel.bytes, kernel.size);
	file = data[4] & 32 ? open_file(&kernel) : kernel;
	load(&file, modules, data, MIB(1) * (data[0] % (RAM_MAX / MIB(1)) + 1));
	for (unsigned i = 0; i < count && split; i++)
		free((void *)modules[i].file.bytes);
	free((void *)kernel.bytes);
	return 0;
}
