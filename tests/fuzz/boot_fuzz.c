/*
 * Fuzzes boot_load() with libFuzzer: a kernel, modules and a command line from
 * hostile bytes, in a small guest. Checked: nothing is read or written
 * out of bounds (the sanitizers'; see watched_ram.h), a refusal says something
 * that can be printed, an accepted kernel is entered inside RAM, and mapped
 * files are in guest memory as copied ones are. For each format there is a
 * fuzzer of its own, which guesses less.
 *
 * The input: 5 bytes (RAM in MiB less 1; 16-byte units of modules, 16 bits;
 * length of the command line; bits 0 and 1: how many modules those units are
 * cut into, 2: with strings, 3: a raw image, 4: the sums of Multiboot headers
 * are put right, which a fuzzer cannot guess, 5 to 7: 1 for an open file as
 * the kernel, of 64 KiB), then the modules, the kernel.
 */
#include "tests/fuzz/loader.h"

#include <unistd.h>

#define MAPPED_MAX 16
#define FILE_SIZE  KIB(64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A kernel that is mapped is in memory as one that is copied. */
static void check_same(void)
{
	static uint8_t *mapped[MAPPED_MAX];
	static struct watched_span spans[MAPPED_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < watched.count && count < MAPPED_MAX; i++) {
		if (!watched.spans[i].is_mapped)
			continue;
		spans[count] = watched.spans[i];
		mapped[count] = malloc(spans[count].length);
		must(mapped[count]);
		memcpy(mapped[count], watched_at(spans[count].gpa),
		       spans[count].length);
		count++;
	}
	watched_begin(watched.ram.size / MIB(1) - 1);
	loader.request.kernel.fd = 0;
	must(boot_load(&loader.request, &watched.ram, &loader.entry,
		       &loader.why));
	for (unsigned i = 0; i < count; i++) {
		must(!memcmp(mapped[i], watched_at(spans[i].gpa),
			     spans[i].length));
		free(mapped[i]);
	}
}

static void load(const struct image *kernel, const struct module *modules,
		 const uint8_t *data)
{
	const uint8_t head[LOADER_HEAD] = { data[0], data[3] };
	struct boot_request *request = &loader.request;

	loader_begin(head);
	request->is_flat = data[4] & 8;
	request->flat_address = (uint32_t)data[3] << 16;
	request->modules = modules;
	request->module_count = modules->file.size ? (data[4] & 3) + 1 : 0;
	if (loader_load(kernel) && kernel->fd)
		check_same();
}

/* The part is copied to a block of its own, so that ASan sees its ends. */
static struct image part(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	must(copy);
	memcpy(copy, bytes, size);
	return (struct image){ .bytes = copy, .size = size };
}

/* A file of 64 KiB that begins with these bytes. */
static struct image open_file(const struct image *begin)
{
	static uint32_t rest[FILE_SIZE / 4];
	static struct image file = { .size = sizeof(rest) };
	static uint64_t begun;

	if (!file.fd) {
		for (uint32_t i = 0; i < FILE_SIZE / 4; i++)
			rest[i] = i;
		file.fd = memfd_create("kernel", 0);
		must(file.fd > 0 && !ftruncate(file.fd, sizeof(rest)));
		file.bytes =
		    mmap(NULL, sizeof(rest), PROT_READ, MAP_SHARED, file.fd, 0);
		must(file.bytes != MAP_FAILED);
		begun = sizeof(rest);
	}
	must(pwrite(file.fd, rest, begun, 0) == (ssize_t)begun);
	begun = begin->size < file.size ? begin->size : file.size;
	must(pwrite(file.fd, begin->bytes, begun, 0) == (ssize_t)begun);
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
	file = (data[4] & 0xE0) == 32 ? open_file(&kernel) : kernel;
	load(&file, modules, data);
	for (unsigned i = 0; i < count && split; i++)
		free((void *)modules[i].file.bytes);
	free((void *)kernel.bytes);
	return 0;
}
