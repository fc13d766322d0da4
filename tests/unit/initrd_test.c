/* What is taken for an initrd, and what is not. */
#include "boot/initrd.h"

#include "tests/unit/unit.h"

static uint8_t file[4 * 65536];
static size_t size;
static struct reason why;

static bool check(void)
{
	struct image image = { .bytes = file, .size = size };

	why.text[0] = '\0';
	return initrd_check(&image, &why);
}

static void start(void)
{
	memset(file, 0, sizeof(file));
	size = 0;
}

static void add(const void *bytes, size_t length)
{
	memcpy(file + size, bytes, length);
	size += length;
}

static void pad(size_t to)
{
	size = (size + to - 1) / to * to;
}

/* A member of a newc archive, its data all of the letter d. */
static void member(const char *name, unsigned data)
{
	char header[111];
	char letters[4096];

	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 1, 0100644, 0, 0, 1, 0, data, 0, 0, 0, 0,
		 (unsigned)strlen(name) + 1, 0);
	add(header, 110);
	add(name, strlen(name) + 1);
	pad(4);
	memset(letters, 'd', data);
	add(letters, data);
	pad(4);
}

static void archive(void)
{
	member("init", 1000);
	member("bin", 0);
	member("bin/sh", 3001);
	member("TRAILER!!!", 0);
}

CASE(a_whole_archive_with_and_without_padding)
{
	start();
	archive();
	CHECK(check());
	pad(512);
	CHECK(check());
	size += 8192;
	CHECK(check());
	size = sizeof(file);
	CHECK(check());
}

CASE(an_archive_cut_anywhere_is_not_whole)
{
	size_t whole;

	start();
	archive();
	whole = size;
	/* The last byte that matters is the trailer's name. */
	for (size = 6; size < whole - 4; size++) {
		CHECK(!check());
		CHECK_SAYS(why.text, "is the file whole?");
	}
}

CASE(microcode_before_a_compressed_archive)
{
	start();
	archive();
	pad(512);
	add("\x28\xB5\x2F\xFD frame", 10);
	CHECK(check());
}

CASE(compressed_and_disk_images)
{
	start();
	add("\x1F\x8B\x08 and so on", 13);
	CHECK(check());
	start();
	size = 2048;
	memcpy(file + 0x438, "\x53\xEF", 2);
	CHECK(check());
	size = 0x439; /* half of the magic number */
	CHECK(!check());
}

CASE(xz_has_an_end)
{
	start();
	add("\xFD"
	    "7zXZ\0 data YZ",
	    14);
	CHECK(check());
	pad(512);
	CHECK(check());
	size = 10;
	CHECK(!check());
	CHECK_SAYS(why.text, "xz");
}

/* A stream of no blocks, as `xz </dev/null` makes it. */
static void empty_xz(void)
{
	add("\xFD"
	    "7zXZ\0\0\x04\xE6\xD6\xB4\x46",
	    12);
	add("\0\0\0\0\x1C\xDF\x44\x21", 8);
	add("\x1F\xB6\xF3\x7D\x01\0\0\0\0\x04YZ", 12);
}

CASE(another_archive_may_follow_an_xz_stream)
{
	start();
	empty_xz();
	add("\x1F\x8B\x08 and so on", 13);
	CHECK(check());
	start();
	empty_xz();
	pad(512);
	archive();
	CHECK(check());
	start();
	empty_xz();
	size = sizeof(file); /* more zeros than are looked over */
	CHECK(check());
	file[20] = 1; /* no index where the footer has it */
	file[24] = 3;
	CHECK(!check());
	CHECK_SAYS(why.text, "xz");
}

CASE(magic_numbers_are_as_short_as_those_of_linux)
{
	start();
	add("\x5D\0\x10\0\0 dictionary of 4 KiB", 25);
	CHECK(check());
	start();
	size = 4096;
	memcpy(file + 0x200, "\x45\x3D\xCD\x28", 4);
	CHECK(check());
}

CASE(anything_else_is_named_by_its_bytes)
{
	start();
	add("\xDE\xAD\xBE\xEF garbage", 12);
	CHECK(!check());
	CHECK_SAYS(why.text, "de ad be ef");
	for (size = 1; size < 5; size++)
		CHECK(!check());
	start();
	size = 4096; /* zeros */
	CHECK(!check());
}

CASE(sizes_in_a_header_do_not_wrap)
{
	start();
	member("init", 8);
	memset(file + 54, 'F', 8);
	memset(file + 94, 'F', 8);
	CHECK(!check());
	CHECK_SAYS(why.text, "ends too early");
}

RUN("initrd", &a_whole_archive_with_and_without_padding,
    &an_archive_cut_anywhere_is_not_whole,
    &microcode_before_a_compressed_archive, &compressed_and_disk_images,
    &xz_has_an_end, &another_archive_may_follow_an_xz_stream,
    &magic_numbers_are_as_short_as_those_of_linux,
    &anything_else_is_named_by_its_bytes, &sizes_in_a_header_do_not_wrap)
