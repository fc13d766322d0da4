/*
 * What Linux unpacks: Documentation/driver-api/early-userspace/
 * buffer-format.rst (cpio archives, each perhaps compressed, one after the
 * other), and for disk images init/do_mounts_rd.c's list of magic numbers.
 * An archive that is gzip, bzip2, lzma, lzo, lz4 or zstd data is not followed.
 * Of a compressed one the first bytes that Linux goes by are enough.
 */
#include "boot/initrd.h"

#include "vmm/bytes.h"

#include <inttypes.h>
#include <string.h>

/* A string literal and its length, less the final zero. */
#define MAGIC_OF(bytes) (bytes), sizeof(bytes) - 1

static const struct {
	uint64_t offset;
	const char *bytes;
	size_t length;
} others[] = {
	{ 0, MAGIC_OF("\x1F\x8B") },             /* gzip */
	{ 0, MAGIC_OF("\x1F\x9E") },             /* gzip, old */
	{ 0, MAGIC_OF("BZh") },                  /* bzip2 */
	{ 0, MAGIC_OF("\x5D\0") },               /* lzma */
	{ 0, MAGIC_OF("\x89LZO") },              /* lzo */
	{ 0, MAGIC_OF("\x02\x21\x4C\x18") },     /* lz4, legacy frame */
	{ 0, MAGIC_OF("\x28\xB5\x2F\xFD") },     /* zstd */
	{ 0, MAGIC_OF("-rom1fs-") },             /* romfs */
	{ 0, MAGIC_OF("\x45\x3D\xCD\x28") },     /* cramfs */
	{ 0x200, MAGIC_OF("\x45\x3D\xCD\x28") }, /* cramfs, behind a sector */
	{ 0, MAGIC_OF("hsqs") },                 /* squashfs */
	{ 0x410, MAGIC_OF("\x7F\x13") },         /* minix */
	{ 0x410, MAGIC_OF("\x8F\x13") },         /* minix, long names */
	{ 0x438, MAGIC_OF("\x53\xEF") },         /* ext2 */
};

#define XZ_MAGIC                                                               \
	"\xFD"                                                                 \
	"7zXZ\0"
#define XZ_FOOTER "YZ"

/* Sizes of an xz stream's header, and of its footer (below). */
#define XZ_ENDS 12

/* Zeros after an archive, at most; one with more is followed to its end. */
#define PADDING_MAX 65536

/* A cpio header: the magic, then 13 numbers of 8 hexadecimal digits. */
#define CPIO_HEADER    110
#define CPIO_FILE_SIZE 54
#define CPIO_NAME_SIZE 94
#define CPIO_TRAILER   "TRAILER!!!"

static bool has(const struct image *file, uint64_t at, const char *bytes,
		size_t length)
{
	return at <= file->size && length <= file->size - at &&
	       !memcmp(file->bytes + at, bytes, length);
}

static bool is_cpio(const struct image *file, uint64_t at)
{
	return has(file, at, MAGIC_OF("070701")) ||
	       has(file, at, MAGIC_OF("070702"));
}

static bool is_other(const struct image *file)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (has(file, others[i].offset, others[i].bytes,
			others[i].length))
			return true;
	return false;
}

/* Where the zeros begin that a file is padded with at its end, if not many. */
static uint64_t end_of_content(const struct image *file)
{
	uint64_t end = file->size;

	while (end && file->size - end < PADDING_MAX && !file->bytes[end - 1])
		end--;
	return end;
}

static bool ends_with(const struct image *file, const char *bytes,
		      size_t length)
{
	uint64_t end = end_of_content(file);

	return end >= length && has(file, end - length, bytes, length);
}

/*
 * The .xz File Format, 2.1.2: CRC32, the size of the index in front of it, the
 * flags of the stream's header once more, "YZ". An index begins with a zero.
 */
static bool is_xz_end(const struct image *file, uint64_t end)
{
	const uint8_t *footer = file->bytes + end - XZ_ENDS;
	uint64_t index = ((uint64_t)get_le32(footer + 4) + 1) * 4;

	return has(file, end - 2, MAGIC_OF(XZ_FOOTER)) &&
	       !memcmp(footer + 8, file->bytes + 6, 2) &&
	       index <= end - 2 * XZ_ENDS && !*(footer - index);
}

/*
 * Another archive may follow an xz stream. Only when the file does not end as
 * one is the end looked for; each is a multiple of four bytes long.
 */
static bool check_xz(const struct image *file, struct reason *why)
{
	if (ends_with(file, MAGIC_OF(XZ_FOOTER)))
		return true;
	for (uint64_t end = 2 * XZ_ENDS; end <= file->size; end += 4)
		if (is_xz_end(file, end))
			return true;
	return fail(why, "xz data that does not end as such; is the file "
			 "whole?");
}

/* Eight hexadecimal digits; what is none counts as 0. */
static uint64_t hexadecimal(const uint8_t *digits)
{
	static const char known[] = "0123456789abcdef";
	uint64_t number = 0;

	for (int i = 0; i < 8; i++) {
		const char *digit = strchr(known, digits[i] | 0x20);

		number =
		    number << 4 | (digit ? (uint64_t)(digit - known) & 15 : 0);
	}
	return number;
}

static uint64_t padded(uint64_t length)
{
	return (length + 3) & ~UINT64_C(3);
}

/*
 * Follows the members of the archive at `*at` to behind its trailer. False
 * when the file ends first; then `*at` is where it should have gone on.
 */
static bool follow_cpio(const struct image *file, uint64_t *at)
{
	while (*at <= file->size && CPIO_HEADER <= file->size - *at &&
	       is_cpio(file, *at)) {
		const uint8_t *header = file->bytes + *at;
		uint64_t name = hexadecimal(header + CPIO_NAME_SIZE);
		uint64_t data = hexadecimal(header + CPIO_FILE_SIZE);
		bool last =
		    has(file, *at + CPIO_HEADER, MAGIC_OF(CPIO_TRAILER));

		*at = padded(*at + CPIO_HEADER + name);
		*at = padded(*at + data);
		if (last)
			return true;
	}
	return false;
}

/*
 * An archive need not be the last thing in the file: a compressed one often
 * follows that with the microcode. Only when the file does not end as an
 * archive does are the members followed.
 */
static bool check_cpio(const struct image *file, struct reason *why)
{
	uint64_t at = 0;

	if (ends_with(file, MAGIC_OF(CPIO_TRAILER)) || follow_cpio(file, &at))
		return true;
	if (at > file->size)
		return fail(why,
			    "a cpio archive that ends too early (want more "
			    "than %" PRIu64 " bytes, have %" PRIu64
			    "); is the file whole?",
			    at, file->size);
	return fail(why,
		    "a cpio archive that ends or breaks off at byte %" PRIu64
		    " of %" PRIu64 ", without its trailer; is the file whole?",
		    at, file->size);
}

bool initrd_check(const struct image *file, struct reason *why)
{
	if (is_cpio(file, 0))
		return check_cpio(file, why);
	if (has(file, 0, MAGIC_OF(XZ_MAGIC)))
		return check_xz(file, why);
	if (is_other(file))
		return true;
	return fail(why,
		    "not an initrd (first bytes %02x %02x %02x %02x); a cpio "
		    "archive (newc), perhaps compressed, is wanted",
		    file->bytes[0], file->size > 1 ? file->bytes[1] : 0,
		    file->size > 2 ? file->bytes[2] : 0,
		    file->size > 3 ? file->bytes[3] : 0);
}
