/*
 * Raw images. Document followed: Multiboot specification 0.6.96, 3.1.3, "The
 * address fields of Multiboot header", and the same of Multiboot 2, 3.1.5.
 */
#include "boot/flat.h"

#include "vmm/bytes.h"

#include <inttypes.h>

#define FROM_THE_START UINT32_MAX /* load_addr of Multiboot 2 */

/* Where the first loaded byte is in the file, and where it goes. */
static bool describe_start(uint64_t offset, uint32_t header_addr,
			   uint32_t load_addr, struct flat *flat,
			   struct reason *why)
{
	uint64_t before = load_addr == FROM_THE_START
			      ? offset
			      : (uint64_t)header_addr - load_addr;

	if (before > offset || before > header_addr)
		return fail(why,
			    "a Multiboot kernel whose header says that it is"
			    " at 0x%" PRIx32 " and its text at 0x%" PRIx32
			    ", but the header is at byte %" PRIu64
			    " of the file",
			    header_addr, load_addr, offset);
	flat->offset = offset - before;
	flat->gpa = header_addr - before;
	return true;
}

bool flat_describe(const struct image *file, uint64_t offset, const uint8_t *at,
		   struct flat *flat, struct reason *why)
{
	uint32_t load_end = get_le32(at + 8), bss_end = get_le32(at + 12);

	if (!describe_start(offset, get_le32(at), get_le32(at + 4), flat, why))
		return false;
	flat->length =
	    load_end ? load_end - flat->gpa : file->size - flat->offset;
	if (load_end && load_end < flat->gpa)
		return fail(why,
			    "a Multiboot kernel whose load_end_addr 0x%" PRIx32
			    " is below its load address 0x%" PRIx64,
			    load_end, flat->gpa);
	if (flat->length > file->size - flat->offset)
		return fail(why,
			    "a Multiboot kernel cut short: %" PRIu64
			    " bytes are wanted at byte %" PRIu64
			    ", the file has %" PRIu64,
			    flat->length, flat->offset, file->size);
	flat->occupied = bss_end ? bss_end - flat->gpa : flat->length;
	if (bss_end && (bss_end < flat->gpa || flat->occupied < flat->length))
		return fail(why,
			    "a Multiboot kernel whose bss_end_addr 0x%" PRIx32
			    " is below the end of its data",
			    bss_end);
	return true;
}

bool flat_load(const struct boot_request *request, const struct ram *ram,
	       const struct flat *flat, uint64_t shift, struct extent *extent,
	       struct reason *why)
{
	uint64_t gpa = flat->gpa + shift;

	if (!flat->length)
		return fail(why, "an image of which no byte is to be loaded");
	if (!placement_claim(request, gpa, flat->occupied, "the image", why))
		return false;
	*extent = (struct extent){ gpa, gpa + flat->occupied };
	return ram_place(ram, gpa, &request->kernel, flat->offset, flat->length,
			 why);
}
