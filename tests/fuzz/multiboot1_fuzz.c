/*
 * Fuzzes the loader of Multiboot 1 kernels with libFuzzer: any header, anywhere
 * in the file, which is raw or an ELF. Checked: nothing out of bounds (the
 * sanitizers'; see watched_ram.h); what is accepted is entered where the header
 * or the ELF says; a raw image is in RAM as it is in the file; the information
 * leads to modules that are there, and to their strings.
 *
 * The input: what loader.h says, whose last byte has bit 0: the file begins as
 * an ELF, 1: the header is cut short by the file's end, 2: the sum is as it
 * comes; the header's place in words, 16 bits; so much of the file behind it,
 * 16 bits; the header without its magic number.
 */
#include "tests/fuzz/loader.h"

#include <linux/elf.h>

#define PREFIX  (sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr))
#define REACH   8192
#define HEADER  32
#define HEAD    (LOADER_HEAD + 4)
#define LINKED  MIB(1)
#define MAGIC   UINT32_C(0x1BADB002)
#define AT_LAST (REACH + 64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t header_at;
static bool is_elf;

/* One segment, which is all of the file. */
static void put_elf(uint8_t *file, uint64_t size)
{
	Elf64_Ehdr header = { .e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64,
					   ELFDATA2LSB },
			      .e_type = ET_EXEC,
			      .e_machine = EM_X86_64,
			      .e_entry = LINKED + PREFIX,
			      .e_phoff = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = 1 };
	Elf64_Phdr segment = { .p_type = PT_LOAD,
			       .p_paddr = LINKED,
			       .p_filesz = size,
			       .p_memsz = size };

	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), &segment, sizeof(segment));
}

static struct image file_of(const uint8_t *data, size_t size)
{
	uint8_t how = data[3];
	uint64_t behind = get_le16(data + LOADER_HEAD + 2) % 0x1000;
	uint64_t length, header = how & 2 ? 12 + behind % 20 : HEADER;
	uint8_t *bytes;

	is_elf = how & 1;
	header_at = get_le16(data + LOADER_HEAD) % (AT_LAST / 4) * 4;
	if (is_elf && header_at < PREFIX)
		header_at = PREFIX;
	length = header_at + header + (how & 2 ? 0 : behind);
	bytes = loader_block(length);
	if (is_elf)
		put_elf(bytes, length);
	size -= HEAD;
	if (header > size + 4)
		header = size + 4;
	if (size)
		memcpy(bytes + header_at + 4, data + HEAD, header - 4);
	put_le32(bytes + header_at, MAGIC);
	if (!(how & 4))
		put_le32(bytes + header_at + 8,
			 -(MAGIC + get_le32(bytes + header_at + 4)));
	return (struct image){ .bytes = bytes, .size = length };
}

/* Else another one that the input has behind it may be the kernel's. */
static bool sums_up(const uint8_t *header)
{
	return !(get_le32(header) + get_le32(header + 4) +
		 get_le32(header + 8));
}

static void check_raw(const struct image *file, const uint8_t *header)
{
	bool from_start = get_le32(header + 16) == UINT32_MAX;
	uint64_t gpa = from_start ? get_le32(header + 12) - header_at
				  : get_le32(header + 16);
	uint64_t end = get_le32(header + 20);
	uint64_t at = header_at - (get_le32(header + 12) - gpa);
	uint64_t length = end ? end - gpa : file->size - at;

	must(at <= header_at && length <= file->size - at);
	must(watched_has_placed(gpa, length));
	must(!memcmp(watched_at(gpa), file->bytes + at, length));
	must(loader.entry.rip == get_le32(header + 28));
}

static void check_info(void)
{
	const uint8_t *info = watched_at(LAYOUT_PARAMS);
	const uint8_t *list = watched_at(LAYOUT_LISTS);
	unsigned count = loader.request.module_count;

	must(!strncmp((const char *)watched_at(LAYOUT_CMDLINE), "kernel", 6));
	must(get_le32(info + 20) == count);
	if (count)
		loader_check_modules(get_le32(list));
	for (unsigned i = 0; i < count; i++, list += 16) {
		must(get_le32(list + 4) - get_le32(list) ==
		     loader.modules[i].file.size);
		must(!get_le32(list + 8) == !loader.modules[i].string);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *header;
	struct image file;

	if (size < HEAD)
		return 0;
	loader_begin(data);
	file = file_of(data, size);
	header = file.bytes + header_at;
	if (loader_load(&file) && loader.entry.rax == 0x2BADB002 &&
	    sums_up(header)) {
		must(header_at + 12 <= REACH);
		check_info();
		if (get_le32(header + 4) & 0x10000)
			check_raw(&file, header);
		else
			must(is_elf && loader.entry.rip == LINKED + PREFIX);
	}
	free((void *)(uintptr_t)file.bytes);
	return 0;
}
