/*
 * Fuzzes the loader of ELF kernels with libFuzzer: a file of hostile bytes,
 * which are its header, program headers and segments. Checked: nothing out of
 * bounds (the sanitizers'; see watched_ram.h); of what is accepted every
 * segment is in RAM as it is in the file, and one of them has the entry.
 *
 * The input: what loader.h says, whose last byte has bit 0: the file is as it
 * comes, and not made an ELF for a machine that is known, 1: for i386; the
 * file.
 */
#include "tests/fuzz/loader.h"

#include <linux/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_64(const uint8_t *file)
{
	return file[EI_CLASS] == ELFCLASS64;
}

/* What a fuzzer would be long about: the identity, the sizes, the count. */
static void mend(uint8_t *file, size_t size, bool narrow)
{
	size_t header = narrow ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
	size_t sizes = header - 10; /* phentsize, then phnum */

	if (size < header)
		return;
	memcpy(file, ELFMAG, SELFMAG);
	file[EI_CLASS] = narrow ? ELFCLASS32 : ELFCLASS64;
	file[EI_DATA] = ELFDATA2LSB;
	put_le16(file + 16, ET_EXEC + file[16] % 2);
	put_le16(file + 18, narrow ? EM_386 : EM_X86_64);
	put_le16(file + sizes,
		 narrow ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr));
	file[sizes + 3] = 0;
}

struct segment {
	uint64_t type, offset, gpa, in_file, in_memory;
};

static struct segment segment_at(const uint8_t *file, unsigned i)
{
	const uint8_t *at;

	if (is_64(file)) {
		at = file + get_le64(file + 32) + 56 * i;
		return (struct segment){ get_le32(at), get_le64(at + 8),
					 get_le64(at + 24), get_le64(at + 32),
					 get_le64(at + 40) };
	}
	at = file + get_le32(file + 28) + 32 * i;
	return (struct segment){ get_le32(at), get_le32(at + 4),
				 get_le32(at + 12), get_le32(at + 16),
				 get_le32(at + 20) };
}

static void check(const uint8_t *file)
{
	unsigned count = get_le16(file + (is_64(file) ? 56 : 44));
	bool has_entry = false;

	for (unsigned i = 0; i < count; i++) {
		struct segment it = segment_at(file, i);
		uint64_t inside = loader.entry.rip - it.gpa;

		if (it.type != PT_LOAD || !it.in_memory)
			continue;
		must(it.in_file <= it.in_memory);
		must(it.gpa + it.in_memory <= watched.ram.size);
		has_entry |= inside < it.in_memory;
		if (!it.in_file)
			continue;
		must(watched_has_placed(it.gpa, it.in_file));
		must(!memcmp(watched_at(it.gpa), file + it.offset, it.in_file));
	}
	must(has_entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image file;
	uint8_t *bytes;

	if (size < LOADER_HEAD)
		return 0;
	loader_begin(data);
	file.size = size - LOADER_HEAD;
	file.bytes = bytes = loader_block(file.size);
	file.fd = 0;
	memcpy(bytes, data + LOADER_HEAD, file.size);
	if (!(data[3] & 1))
		mend(bytes, file.size, data[3] & 2);
	if (loader_load(&file) && !(data[3] & 1) && !loader.entry.rax)
		check(bytes);
	free(bytes);
	return 0;
}
