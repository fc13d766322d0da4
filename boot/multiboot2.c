/*
 * The Multiboot 2 header. Document followed: Multiboot2 specification 2.0,
 * section 3.1; what it leaves open is as GRUB 2 does it. The information is
 * multiboot2_info.c's.
 *
 * Requests for information that there is none of (framebuffer, boot device,
 * EFI, APM, network) are met by its absence, as the specification allows it.
 * A kernel that may be moved stays where it is linked if it can; the preference
 * of its relocatable tag, for low or high addresses, is ignored.
 *
 * Left out on purpose: a console and a framebuffer (a kernel that requires one
 * is refused), EFI's entries and boot services.
 */
#include "boot/multiboot2.h"

#include "boot/multiboot_header.h"
#include "vmm/bytes.h"

#include <assert.h>
#include <inttypes.h>

/* 3.1.1: the header, in the first 32768 bytes, at a multiple of 8. */
#define HEADER_MAGIC   UINT32_C(0xE85250D6)
#define HEADER_REACH   32768
#define HEADER_STEP    8
#define HEADER_SIZE    16 /* without tags */
#define HEADER_IS_I386 0

enum header_offset {
	HEADER_ARCHITECTURE = 4,
	HEADER_LENGTH = 8,
};

/* 3.1.3: a tag is a type, flags and its size, at a multiple of 8. */
#define TAG_SIZE     8
#define TAG_STEP     8
#define TAG_OPTIONAL 1

enum tag_type {
	TAG_END = 0,
	TAG_INFORMATION = 1,
	TAG_ADDRESSES = 2,
	TAG_ENTRY = 3,
	TAG_CONSOLE = 4,
	TAG_FRAMEBUFFER = 5,
	TAG_MODULE_ALIGNMENT = 6,
	TAG_EFI_BOOT_SERVICES = 7,
	TAG_EFI32_ENTRY = 8,
	TAG_EFI64_ENTRY = 9,
	TAG_RELOCATABLE = 10,
};

#define CONSOLE_REQUIRED UINT32_C(1)

/* Types of information tags: the last that the specification has, and one. */
#define INFORMATION_LAST     21
#define INFORMATION_SECTIONS 9

struct tag {
	unsigned type;
	bool optional;
	uint32_t size;
	const uint8_t *at;
};

/* The header, or NULL. */
static const uint8_t *find(const struct image *file)
{
	static const struct multiboot_header header = { .magic = HEADER_MAGIC,
							.size = HEADER_SIZE,
							.step = HEADER_STEP,
							.reach = HEADER_REACH };

	return multiboot_header_find(file, &header);
}

bool multiboot2_recognises(const struct image *file)
{
	return find(file);
}

static bool check_header(const struct image *file, const uint8_t *at,
			 struct reason *why)
{
	uint64_t offset = (uint64_t)(at - file->bytes);
	uint32_t length = get_le32(at + HEADER_LENGTH);
	uint32_t architecture = get_le32(at + HEADER_ARCHITECTURE);

	if (architecture != HEADER_IS_I386)
		return fail(why,
			    "a Multiboot 2 kernel for another machine"
			    " (architecture %" PRIu32 "); i386 (0) is wanted",
			    architecture);
	if (length < HEADER_SIZE || length > HEADER_REACH - offset ||
	    length > file->size - offset)
		return fail(why,
			    "a Multiboot 2 kernel whose header has %" PRIu32
			    " bytes at byte %" PRIu64
			    "; it must end in the file's first %d",
			    length, offset, HEADER_REACH);
	return true;
}

static bool take_requests(const struct tag *tag, struct multiboot2 *header,
			  struct reason *why)
{
	for (uint32_t at = TAG_SIZE; at + 4 <= tag->size; at += 4) {
		uint32_t type = get_le32(tag->at + at);

		if (type == INFORMATION_SECTIONS)
			header->wants_sections = true;
		if (type > INFORMATION_LAST && !tag->optional)
			return fail(why,
				    "a Multiboot 2 kernel that requires"
				    " information of type %" PRIu32
				    "; types up to %d are known",
				    type, INFORMATION_LAST);
	}
	return true;
}

static bool take_console(const struct tag *tag, struct reason *why)
{
	if (tag->optional || !(get_le32(tag->at + 8) & CONSOLE_REQUIRED))
		return true;
	return fail(why, "a Multiboot 2 kernel that requires a console (header"
			 " tag 4), which is a screen; there is none, only a"
			 " serial port");
}

static void take_relocatable(const struct tag *tag, struct multiboot2 *header)
{
	header->is_relocatable = true;
	header->low = get_le32(tag->at + 8);
	header->high = get_le32(tag->at + 12);
	header->alignment = get_le32(tag->at + 16);
	if (!header->alignment)
		header->alignment = 1;
}

static bool take_tag(const struct image *file, const uint8_t *start,
		     const struct tag *tag, struct multiboot2 *header,
		     struct reason *why)
{
	switch (tag->type) {
	case TAG_INFORMATION:
		return take_requests(tag, header, why);
	case TAG_ADDRESSES:
		header->has_addresses = true;
		return flat_describe(file, (uint64_t)(start - file->bytes),
				     tag->at + 8, &header->flat, why);
	case TAG_ENTRY:
		header->has_entry = true;
		header->entry = get_le32(tag->at + 8);
		return true;
	case TAG_CONSOLE:
		return take_console(tag, why);
	case TAG_RELOCATABLE:
		take_relocatable(tag, header);
		return true;
	case TAG_FRAMEBUFFER: /* a wish, whatever its flags say */
	case TAG_MODULE_ALIGNMENT:
	case TAG_EFI_BOOT_SERVICES:
	case TAG_EFI32_ENTRY:
	case TAG_EFI64_ENTRY:
		return true;
	default:
		return tag->optional ||
		       fail(why,
			    "a Multiboot 2 kernel whose header requires tag %u;"
			    " tags up to %d are known",
			    tag->type, TAG_RELOCATABLE);
	}
}

/* What a tag has at least; unknown ones only their head. */
static uint32_t least_size(unsigned type)
{
	static const uint8_t sizes[] = {
		[TAG_ADDRESSES] = 24,
		[TAG_ENTRY] = 12,
		[TAG_CONSOLE] = 12,
		[TAG_RELOCATABLE] = 24,
	};

	if (type < sizeof(sizes) && sizes[type])
		return sizes[type];
	return TAG_SIZE;
}

static bool read_tag(const uint8_t *at, uint32_t rest, struct tag *tag,
		     struct reason *why)
{
	tag->at = at;
	tag->type = get_le16(at);
	tag->optional = get_le16(at + 2) & TAG_OPTIONAL;
	tag->size = get_le32(at + 4);
	if (tag->size < least_size(tag->type) || tag->size > rest)
		return fail(why,
			    "a Multiboot 2 kernel whose header tag %u has"
			    " %" PRIu32 " bytes (want at least %" PRIu32
			    ", have %" PRIu32 ")",
			    tag->type, tag->size, least_size(tag->type), rest);
	return true;
}

bool multiboot2_read(const struct image *file, struct multiboot2 *header,
		     struct reason *why)
{
	const uint8_t *start = find(file);
	uint32_t length;
	struct tag tag;

	assert(start);
	*header = (struct multiboot2){ 0 };
	if (!check_header(file, start, why))
		return false;
	length = get_le32(start + HEADER_LENGTH);
	for (uint32_t at = HEADER_SIZE; at + TAG_SIZE <= length;
	     at += (tag.size + TAG_STEP - 1) / TAG_STEP * TAG_STEP) {
		if (!read_tag(start + at, length - at, &tag, why))
			return false;
		if (tag.type == TAG_END)
			break;
		if (!take_tag(file, start, &tag, header, why))
			return false;
	}
	return !header->has_addresses || header->has_entry ||
	       fail(why, "a Multiboot 2 kernel whose header has an address tag"
			 " (2) and no entry address tag (3)");
}

bool multiboot2_place(const struct boot_request *request,
		      const struct multiboot2 *header, struct extent linked,
		      uint64_t *shift, struct reason *why)
{
	uint64_t size = linked.end - linked.start;
	uint64_t gpa;
	struct reason ignored;

	*shift = 0;
	if (!header->is_relocatable ||
	    (linked.start >= header->low && linked.end && size &&
	     linked.end - 1 <= header->high &&
	     linked.start % header->alignment == 0 &&
	     placement_claim(request, linked.start, size, "", &ignored)))
		return true;
	if (!placement_find(request, size, header->low, header->high,
			    header->alignment, &gpa))
		return fail(why,
			    "a Multiboot 2 kernel of %" PRIu64
			    " bytes that may be moved, but RAM from 1 MiB on"
			    " has no room for it from 0x%" PRIx32
			    " to 0x%" PRIx32 " at a multiple of 0x%" PRIx32,
			    size, header->low, header->high, header->alignment);
	*shift = gpa - linked.start;
	return true;
}
