/*
 * The loader of uncompressed kernels. Documents followed: System V ABI,
 * chapter 5 (program headers); Linux include/xen/interface/elfnote.h for the
 * note that names the PVH entry; Linux Documentation/arch/x86/boot.rst, "64-bit
 * Boot Protocol".
 *
 * p_align does not matter: segments are placed where p_paddr says. An
 * address in e_entry is taken as physical where a segment is loaded there, as
 * in Linux; otherwise it is virtual, and its segment says where that is.
 *
 * Left out on purpose: relocation (a kernel that needs it does it itself, even
 * one that says that it may be loaded elsewhere), segments above 4 GiB.
 */
#include "boot/elf.h"

#include "boot/boot_params.h"
#include "boot/elf_file.h"
#include "vmm/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define NOTE_ALIGN       4
#define NOTE_PHYS32      18 /* XEN_ELFNOTE_PHYS32_ENTRY */
#define NOTE_HEADER_SIZE sizeof(Elf64_Nhdr)

bool elf_recognises(const struct image *file)
{
	return file->size >= SELFMAG && !memcmp(file->bytes, ELFMAG, SELFMAG);
}

static bool is_loaded(const Elf64_Phdr *segment)
{
	return segment->p_type == PT_LOAD && segment->p_memsz;
}

static bool check_overlap(const struct elf_file *file, unsigned i,
			  struct reason *why)
{
	const Elf64_Phdr segment = elf_file_segment(file, i);

	for (unsigned j = 0; j < i; j++) {
		const Elf64_Phdr other = elf_file_segment(file, j);

		if (is_loaded(&other) &&
		    segment.p_paddr < other.p_paddr + other.p_memsz &&
		    other.p_paddr < segment.p_paddr + segment.p_memsz)
			return fail(why,
				    "an ELF whose segments %u and %u overlap"
				    " (0x%" PRIx64 " and 0x%" PRIx64
				    "); link it so that they do not",
				    j, i, (uint64_t)other.p_paddr,
				    (uint64_t)segment.p_paddr);
	}
	return true;
}

static bool claim(const struct boot_request *request,
		  const struct elf_file *file, unsigned i, struct reason *why)
{
	const Elf64_Phdr segment = elf_file_segment(file, i);
	char what[32];

	/* Few need a name: to make one takes longer than all the rest. */
	if (placement_claim(request, segment.p_paddr, segment.p_memsz, "it",
			    why))
		return true;
	snprintf(what, sizeof(what), "segment %u", i);
	return placement_claim(request, segment.p_paddr, segment.p_memsz, what,
			       why);
}

/* May segment `i` be loaded? Those before it may. */
static bool check_segment(const struct boot_request *request,
			  const struct elf_file *file, unsigned i,
			  struct reason *why)
{
	const Elf64_Phdr segment = elf_file_segment(file, i);

	if (!is_loaded(&segment))
		return true;
	if (!elf_file_holds(file, &segment))
		return fail(why,
			    "an ELF file cut short: segment %u has %" PRIu64
			    " bytes at 0x%" PRIx64 ", the file has %" PRIu64
			    " bytes",
			    i, (uint64_t)segment.p_filesz,
			    (uint64_t)segment.p_offset, file->image->size);
	if (segment.p_filesz > segment.p_memsz)
		return fail(why,
			    "an ELF whose segment %u has more bytes in the"
			    " file (%" PRIu64 ") than in memory (%" PRIu64 ")",
			    i, (uint64_t)segment.p_filesz,
			    (uint64_t)segment.p_memsz);
	return claim(request, file, i, why) && check_overlap(file, i, why);
}

/*
 * Is there something to load? The highest segment is claimed before any other,
 * so that a reason that asks for more memory asks for enough.
 */
static bool claim_highest(const struct boot_request *request,
			  const struct elf_file *file, struct reason *why)
{
	unsigned count = file->header.e_phnum, highest = count;
	uint64_t top = 0;

	for (unsigned i = 0; i < count; i++) {
		const Elf64_Phdr segment = elf_file_segment(file, i);

		if (segment.p_type == PT_INTERP)
			return fail(why, "a dynamically linked program (it"
					 " asks for an interpreter), not a"
					 " kernel");
		if (is_loaded(&segment) && segment.p_paddr >= top) {
			highest = i;
			top = segment.p_paddr;
		}
	}
	if (highest == count)
		return fail(why, "an ELF with nothing to load, not a kernel");
	return claim(request, file, highest, why);
}

static bool check_segments(const struct boot_request *request,
			   const struct elf_file *file, struct reason *why)
{
	for (unsigned i = 0; i < file->header.e_phnum; i++)
		if (!check_segment(request, file, i, why))
			return false;
	return true;
}

static void widen(struct extent *extent, uint64_t start, uint64_t end)
{
	if (extent->start == extent->end)
		*extent = (struct extent){ start, end };
	if (start < extent->start)
		extent->start = start;
	if (end > extent->end)
		extent->end = end;
}

static bool in_segment(const struct elf_file *file, uint64_t gpa)
{
	for (unsigned i = 0; i < file->header.e_phnum; i++) {
		const Elf64_Phdr segment = elf_file_segment(file, i);

		if (is_loaded(&segment) && gpa >= segment.p_paddr &&
		    gpa - segment.p_paddr < segment.p_memsz)
			return true;
	}
	return false;
}

static void find_entry(const struct elf_file *file, struct elf *elf)
{
	uint64_t address = file->header.e_entry;

	elf->entry = address + file->shift;
	elf->has_entry = in_segment(file, elf->entry);
	for (unsigned i = 0; i < file->header.e_phnum && !elf->has_entry; i++) {
		const Elf64_Phdr segment = elf_file_segment(file, i);

		if (!is_loaded(&segment) || address < segment.p_vaddr ||
		    address - segment.p_vaddr >= segment.p_memsz)
			continue;
		elf->entry = segment.p_paddr + (address - segment.p_vaddr);
		elf->has_entry = true;
	}
}

static uint64_t padded(uint32_t size)
{
	return ((uint64_t)size + NOTE_ALIGN - 1) / NOTE_ALIGN * NOTE_ALIGN;
}

/* The description of Xen's note of the PVH entry: an address of either size. */
static bool read_pvh_note(const uint8_t *desc, uint32_t size, struct elf *elf,
			  struct reason *why)
{
	uint64_t address;

	if (size != 4 && size != 8)
		return fail(why,
			    "an ELF whose PVH note has %u bytes; 4 or 8 are"
			    " wanted",
			    size);
	address = size == 4 ? get_le32(desc) : get_le64(desc);
	if (address > UINT32_MAX)
		return fail(why,
			    "an ELF whose PVH entry 0x%" PRIx64
			    " is above 4 GiB; a physical address is wanted",
			    address);
	elf->has_pvh = true;
	elf->pvh_entry = (uint32_t)address;
	return true;
}

static bool take_note(const Elf64_Nhdr *note, const uint8_t *name,
		      const uint8_t *desc, struct elf *elf, struct reason *why)
{
	/* Linux signs its notes (LINUX_ELFNOTE_BUILD_SALT and others). */
	if (note->n_namesz == 6 && !memcmp(name, "Linux", 6))
		elf->is_linux = true;
	return note->n_type != NOTE_PHYS32 || note->n_namesz != 4 ||
	       memcmp(name, "Xen", 4) ||
	       read_pvh_note(desc, note->n_descsz, elf, why);
}

/* Notes that do not fit their segment end the search; they tell nothing. */
static bool scan_notes(const uint8_t *at, uint64_t size, struct elf *elf,
		       struct reason *why)
{
	while (size >= NOTE_HEADER_SIZE) {
		Elf64_Nhdr note;
		const uint8_t *name = at + NOTE_HEADER_SIZE;
		uint64_t desc, next;

		memcpy(&note, at, sizeof(note));
		desc = NOTE_HEADER_SIZE + padded(note.n_namesz);
		if (desc > size || note.n_descsz > size - desc)
			break;
		if (!take_note(&note, name, at + desc, elf, why))
			return false;
		next = desc + padded(note.n_descsz);
		if (next > size)
			break;
		at += next;
		size -= next;
	}
	return true;
}

static bool read_notes(const struct elf_file *file, struct elf *elf,
		       struct reason *why)
{
	for (unsigned i = 0; i < file->header.e_phnum; i++) {
		const Elf64_Phdr segment = elf_file_segment(file, i);

		if (segment.p_type == PT_NOTE &&
		    elf_file_holds(file, &segment) &&
		    !scan_notes(file->image->bytes + segment.p_offset,
				segment.p_filesz, elf, why))
			return false;
	}
	elf->pvh_entry += (uint32_t)file->shift;
	if (elf->has_pvh && !in_segment(file, elf->pvh_entry))
		return fail(why,
			    "an ELF whose PVH entry 0x%" PRIx32
			    " is in none of its segments",
			    elf->pvh_entry);
	return true;
}

bool elf_extent(const struct image *image, struct extent *extent,
		struct reason *why)
{
	struct elf_file file;

	*extent = (struct extent){ 0 };
	if (!elf_file_open(&file, image, 0, why))
		return false;
	for (unsigned i = 0; i < file.header.e_phnum; i++) {
		const Elf64_Phdr segment = elf_file_segment(&file, i);

		if (!is_loaded(&segment))
			continue;
		if (segment.p_memsz > UINT64_MAX - segment.p_paddr)
			return fail(why, "an ELF whose segment %u wraps", i);
		widen(extent, segment.p_paddr,
		      segment.p_paddr + segment.p_memsz);
	}
	return true;
}

bool elf_load(const struct boot_request *request, const struct ram *ram,
	      uint64_t shift, struct elf *elf, struct reason *why)
{
	struct elf_file file;

	*elf = (struct elf){ 0 };
	if (!elf_file_open(&file, &request->kernel, shift, why) ||
	    !claim_highest(request, &file, why) ||
	    !check_segments(request, &file, why) ||
	    !read_notes(&file, elf, why))
		return false;
	elf->is_64 = elf_file_is_64(&file);
	find_entry(&file, elf);
	for (unsigned i = 0; i < file.header.e_phnum; i++) {
		const Elf64_Phdr segment = elf_file_segment(&file, i);

		if (!is_loaded(&segment))
			continue;
		if (!ram_place(ram, segment.p_paddr, &request->kernel,
			       segment.p_offset, segment.p_filesz, why))
			return false;
		widen(&elf->extent, segment.p_paddr,
		      segment.p_paddr + segment.p_memsz);
	}
	return true;
}

bool elf_enter(const struct boot_request *request, const struct ram *ram,
	       const struct elf *elf, struct entry *entry, struct reason *why)
{
	uint64_t initrd;

	if (!elf->is_64)
		return fail(why, "a 32-bit ELF with neither a PVH note nor a"
				 " Multiboot header; one of them, an x86-64 ELF"
				 " or a bzImage is wanted");
	if (!elf->has_entry)
		return fail(why,
			    "an ELF with no PVH note, whose entry 0x%" PRIx64
			    " is in none of its segments",
			    elf->entry);
	if (elf->extent.end > BOOT_PARAMS_MAPPED)
		return fail(why,
			    "an ELF with no PVH note that reaches up to"
			    " 0x%" PRIx64 "; for a 64-bit entry it must end at"
			    " 1 GiB or below",
			    elf->extent.end);
	if (!boot_params_cmdline(request, ram, LAYOUT_CMDLINE_MAX - 1, why) ||
	    !placement_put_initrd(request, ram, elf->extent, UINT32_MAX,
				  &initrd, why))
		return false;
	boot_params_fill(request, ram, NULL, elf->extent.start, initrd);
	boot_params_entry(ram, ENTRY_LONG64, elf->entry, entry);
	entry->rsi = LAYOUT_PARAMS;
	return true;
}
