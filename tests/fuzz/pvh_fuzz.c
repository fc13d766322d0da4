/*
 * Fuzzes the notes of an ELF kernel with libFuzzer, and the entry by PVH that
 * they ask for: two segments of notes with hostile bytes, in an ELF that is
 * right otherwise. Checked: nothing out of bounds (the sanitizers'; see
 * watched_ram.h); an entry is where another, simpler reader of the notes finds
 * one; the start_info leads to the memory map and to modules that are there.
 *
 * The input: what loader.h says, whose last byte says how much of the rest is
 * the second segment's, in units of 8 bytes, bit 0: ELF32; the notes.
 */
#include "tests/fuzz/loader.h"

#include <linux/elf.h>

#define LOAD_AT  MIB(1)
#define LOAD     64 /* bytes of it, in memory twice as much */
#define SEGMENTS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct notes {
	const uint8_t *bytes;
	size_t size;
};

static void put_header(uint8_t *file, bool narrow)
{
	memcpy(file, ELFMAG, SELFMAG);
	file[EI_CLASS] = narrow ? ELFCLASS32 : ELFCLASS64;
	file[EI_DATA] = ELFDATA2LSB;
	put_le16(file + 16, ET_EXEC);
	put_le16(file + 18, narrow ? EM_386 : EM_X86_64);
	if (narrow) {
		put_le32(file + 28, sizeof(Elf32_Ehdr));
		put_le16(file + 42, sizeof(Elf32_Phdr));
		put_le16(file + 44, SEGMENTS);
	} else {
		put_le64(file + 24, LOAD_AT);
		put_le64(file + 32, sizeof(Elf64_Ehdr));
		put_le16(file + 54, sizeof(Elf64_Phdr));
		put_le16(file + 56, SEGMENTS);
	}
}

static void put_segment(uint8_t *file, unsigned i, uint32_t type,
			uint64_t offset, uint64_t size)
{
	const Elf64_Phdr wide = { .p_type = type,
				  .p_offset = offset,
				  .p_paddr = LOAD_AT,
				  .p_filesz = size,
				  .p_memsz = 2 * size };
	const Elf32_Phdr narrow = { .p_type = type,
				    .p_offset = (uint32_t)offset,
				    .p_paddr = (uint32_t)LOAD_AT,
				    .p_filesz = (uint32_t)size,
				    .p_memsz = (uint32_t)(2 * size) };

	if (file[EI_CLASS] == ELFCLASS32)
		memcpy(file + sizeof(Elf32_Ehdr) + i * sizeof(narrow), &narrow,
		       sizeof(narrow));
	else
		memcpy(file + sizeof(Elf64_Ehdr) + i * sizeof(wide), &wide,
		       sizeof(wide));
}

/* The second notes are the file's last bytes. */
static struct image file_of(const struct notes notes[2], bool narrow)
{
	uint64_t at = sizeof(Elf64_Ehdr) + SEGMENTS * sizeof(Elf64_Phdr);
	uint64_t size = at + LOAD + notes[0].size + notes[1].size;
	uint8_t *bytes = loader_block(size);

	put_header(bytes, narrow);
	memset(bytes + at, 'k', LOAD);
	put_segment(bytes, 0, PT_LOAD, at, LOAD);
	at += LOAD;
	for (unsigned i = 0; i < 2; i++) {
		put_segment(bytes, 1 + i, PT_NOTE, at, notes[i].size);
		if (notes[i].size)
			memcpy(bytes + at, notes[i].bytes, notes[i].size);
		at += notes[i].size;
	}
	return (struct image){ .bytes = bytes, .size = size };
}

/* What another reader finds: by position, without pointers that move. */
static struct {
	bool is_linux, has_entry, is_wrong;
	uint64_t entry;
} found;

static uint64_t up(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

static void read_notes(const struct notes *notes)
{
	uint64_t at = 0, name, desc, next;

	for (; notes->size - at >= 12 && !found.is_wrong; at = next) {
		const uint8_t *note = notes->bytes + at;
		uint32_t names = get_le32(note), size = get_le32(note + 4);

		name = at + 12;
		desc = name + up(names);
		next = desc + up(size);
		if (desc + size > notes->size)
			return;
		found.is_linux |= names == 6 && !memcmp(note + 12, "Linux", 6);
		if (get_le32(note + 8) == 18 && names == 4 &&
		    !memcmp(note + 12, "Xen", 4)) {
			found.has_entry = true;
			found.is_wrong = size != 4 && size != 8;
			if (!found.is_wrong)
				found.entry =
				    size == 4 ? get_le32(notes->bytes + desc)
					      : get_le64(notes->bytes + desc);
			found.is_wrong |= found.entry > UINT32_MAX;
		}
		if (next > notes->size)
			return;
	}
}

static bool is_inside(uint64_t gpa)
{
	return gpa >= LOAD_AT && gpa - LOAD_AT < 2 * LOAD;
}

static void check_start_info(void)
{
	const uint8_t *info = watched_at(LAYOUT_PARAMS);
	uint32_t count = get_le32(info + 12);
	const uint8_t *map = watched_at(get_le64(info + 40));
	const uint8_t *list = watched_at(LAYOUT_LISTS);

	must(get_le32(info) == 0x336EC578 && get_le32(info + 4) == 1);
	must(count == (found.is_linux ? loader.request.module_count > 0
				      : loader.request.module_count));
	must(get_le32(info + 48) == loader.request.map_count);
	for (unsigned i = 0; i < loader.request.map_count; i++, map += 24)
		must(get_le64(map) == loader.map[i].base &&
		     get_le64(map + 8) == loader.map[i].length &&
		     get_le32(map + 16) == loader.map[i].type);
	if (count)
		loader_check_modules(get_le64(list));
	for (unsigned i = 0; i < count && !found.is_linux; i++, list += 32) {
		must(get_le64(list + 8) == loader.modules[i].file.size);
		must(!get_le64(list + 16) == !loader.modules[i].string);
		if (loader.modules[i].string)
			must(!strcmp(
			    loader.modules[i].string,
			    (const char *)watched_at(get_le64(list + 16))));
	}
}

static void check(bool accepted)
{
	must(!accepted || !found.is_wrong);
	if (found.has_entry && !is_inside(found.entry))
		must(!accepted);
	if (!accepted || !found.has_entry)
		return;
	must(loader.entry.mode == ENTRY_PROTECTED32);
	must(loader.entry.rip == found.entry);
	must(loader.entry.rbx == LAYOUT_PARAMS);
	check_start_info();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notes notes[2];
	struct image file;
	size_t second;
	bool accepted;

	if (size < LOADER_HEAD)
		return 0;
	loader_begin(data);
	size -= LOADER_HEAD;
	second = data[3] / 2 * 8U;
	second = second < size ? second : size;
	notes[0] = (struct notes){ data + LOADER_HEAD, size - second };
	notes[1] = (struct notes){ notes[0].bytes + notes[0].size, second };
	memset(&found, 0, sizeof(found));
	read_notes(&notes[0]);
	read_notes(&notes[1]);
	file = file_of(notes, data[3] & 1);
	accepted = loader_load(&file);
	if (!loader.entry.rax) /* a Multiboot header is taken first */
		check(accepted);
	free((void *)(uintptr_t)file.bytes);
	return 0;
}
