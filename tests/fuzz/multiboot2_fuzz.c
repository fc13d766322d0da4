/*
 * Fuzzes the loader of Multiboot 2 kernels with libFuzzer: any tags in the
 * header, in a file that is raw or an ELF with sections. Checked: nothing out
 * of bounds (the sanitizers'; see watched_ram.h); the information is a list of
 * tags that ends where it says, and leads to modules and sections that are
 * there; a kernel that may be moved is where it may be.
 *
 * The input: what loader.h says, whose last byte has bit 0: the file begins as
 * an ELF, 1: architecture and length are as they come, 2: so is the sum, 3 to
 * 7: so many section headers, which are the input's last; the header's place,
 * in units of 8 bytes; the length of the file behind the header, in units of
 * 8; the tags.
 */
#include "tests/fuzz/loader.h"

#include <linux/elf.h>

#define PREFIX  (sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr))
#define HEAD    (LOADER_HEAD + 2)
#define LINKED  MIB(1)
#define MAGIC   UINT32_C(0xE85250D6)
#define SECTION sizeof(Elf64_Shdr)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t header_at;
static unsigned sections;

/* One segment, the file but for its section headers, which are at its end. */
static void put_elf(uint8_t *file, uint64_t size)
{
	uint64_t loaded = size - sections * SECTION;
	Elf64_Ehdr header = { .e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64,
					   ELFDATA2LSB },
			      .e_type = ET_EXEC,
			      .e_machine = EM_X86_64,
			      .e_entry = LINKED + PREFIX,
			      .e_phoff = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = 1,
			      .e_shoff = loaded,
			      .e_shentsize = SECTION,
			      .e_shnum = (uint16_t)sections };
	Elf64_Phdr segment = { .p_type = PT_LOAD,
			       .p_paddr = LINKED,
			       .p_filesz = loaded,
			       .p_memsz = loaded };

	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), &segment, sizeof(segment));
}

/* The header's own fields, unless they are to be as they come. */
static void mend(uint8_t *header, uint64_t length, uint8_t how)
{
	put_le32(header, MAGIC);
	if (!(how & 2)) {
		put_le32(header + 4, 0);
		put_le32(header + 8, (uint32_t)length);
	}
	if (!(how & 4))
		put_le32(header + 12, -(MAGIC + get_le32(header + 4) +
					get_le32(header + 8)));
}

static struct image file_of(const uint8_t *data, size_t size)
{
	bool is_elf = data[3] & 1;
	uint64_t behind = 8 * data[LOADER_HEAD + 1];
	uint64_t tags, header, length;
	uint8_t *bytes;

	size -= HEAD;
	data += HEAD;
	sections = is_elf ? data[3 - (int)HEAD] >> 3 : 0;
	if (sections > size / SECTION)
		sections = (unsigned)(size / SECTION);
	tags = size - sections * SECTION;
	header_at = 8 * data[4 - (int)HEAD];
	if (is_elf && header_at < PREFIX)
		header_at = PREFIX;
	header = 16 + tags;
	length = header_at + header + behind + sections * SECTION;
	bytes = loader_block(length);
	memcpy(bytes + header_at + 16, data, tags);
	mend(bytes + header_at, header, data[3 - (int)HEAD]);
	memcpy(bytes + length - sections * SECTION, data + tags,
	       sections * SECTION);
	if (is_elf)
		put_elf(bytes, length);
	return (struct image){ .bytes = bytes, .size = length };
}

static void check_module(const uint8_t *tag, unsigned i)
{
	must(i < loader.request.module_count);
	must(get_le32(tag + 12) - get_le32(tag + 8) ==
	     loader.modules[i].file.size);
	must(
	    watched_has_placed(get_le32(tag + 8), loader.modules[i].file.size));
}

/* Contents of sections that are in RAM are what the file has. */
static void check_sections(const struct image *file, const uint8_t *tag)
{
	const uint8_t *table = file->bytes + file->size - sections * SECTION;

	must(get_le32(tag + 8) == sections && get_le32(tag + 12) == SECTION);
	for (unsigned i = 0; i < sections; i++) {
		Elf64_Shdr was, is;

		memcpy(&was, table + i * SECTION, SECTION);
		memcpy(&is, tag + 20 + i * SECTION, SECTION);
		if (is.sh_addr == was.sh_addr)
			continue;
		must(is.sh_addr + is.sh_size <= watched.ram.size);
		must(!memcmp(watched_at(is.sh_addr),
			     file->bytes + was.sh_offset, was.sh_size));
	}
}

static void check_info(const struct image *file)
{
	const uint8_t *info = watched_at(LAYOUT_CMDLINE);
	uint32_t total = get_le32(info), at = 8, type, size;
	unsigned modules = 0;

	must(total <= LAYOUT_CMDLINE_MAX);
	for (;; at += (size + 7) & ~7U) {
		must(at + 8 <= total);
		type = get_le32(info + at);
		size = get_le32(info + at + 4);
		must(size >= 8 && size <= total - at);
		if (!type)
			break;
		if (type == 3)
			check_module(info + at, modules++);
		if (type == 9)
			check_sections(file, info + at);
		if (type == 21)
			must(get_le32(info + at + 8) < watched.ram.size);
	}
	must(at + 8 == total);
	must(modules == loader.request.module_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image file;

	if (size < HEAD)
		return 0;
	loader_begin(data);
	file = file_of(data, size);
	if (loader_load(&file) && loader.entry.rax == 0x36D76289)
		check_info(&file);
	free((void *)(uintptr_t)file.bytes);
	return 0;
}
