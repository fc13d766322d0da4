/* Where kernels may be put, and where an initrd goes. */
#include "boot/placement.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

#define ANYWHERE UINT64_MAX

static struct memory_range map[4];
static struct boot_request request;
static struct reason why;
static uint64_t gpa;

/* The map of a guest with so much memory, below the gap. */
static void guest(uint64_t size)
{
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MAP_EBDA, 0x400, MEMORY_RESERVED };
	map[2] = (struct memory_range){ MAP_ACPI_TABLES, MAP_ACPI_SIZE,
					MEMORY_RESERVED };
	map[3] = (struct memory_range){ MIB(1), size - MIB(1), MEMORY_RAM };
	request =
	    (struct boot_request){ .cmdline = "", .map = map, .map_count = 4 };
	why = (struct reason){ "" };
}

/* An initrd of these bytes. */
static void give(const void *bytes, uint64_t size)
{
	static struct module module;

	module = (struct module){ .file = { .bytes = bytes, .size = size },
				  .name = "initrd.img" };
	request.modules = &module;
	request.module_count = 1;
}

static bool choose(uint64_t start, uint64_t end, uint64_t limit, uint64_t size)
{
	return placement_choose(&request, size, (struct extent){ start, end },
				limit, &gpa, &why);
}

CASE(the_end_of_memory_is_taken)
{
	guest(MIB(64));
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, 4096));
	CHECK_EQ(gpa, MIB(64) - 4096);
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, 1));
	CHECK_EQ(gpa, MIB(64) - 4096);
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, 4097));
	CHECK_EQ(gpa, MIB(64) - 8192);
}

CASE(a_hole_that_fits_exactly_is_taken)
{
	guest(MIB(64));
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, MIB(24)));
	CHECK_EQ(gpa, MIB(40));
	CHECK(choose(MIB(16), MIB(50), ANYWHERE, MIB(15)));
	CHECK_EQ(gpa, MIB(1));
}

CASE(a_kernel_to_the_end_leaves_the_room_below)
{
	guest(MIB(64));
	CHECK(choose(MIB(16), MIB(62), ANYWHERE, MIB(8)));
	CHECK_EQ(gpa, MIB(8));
	CHECK(choose(MIB(16), MIB(64), ANYWHERE, MIB(8)));
	CHECK_EQ(gpa, MIB(8));
}

CASE(pages_of_the_kernel_are_not_shared)
{
	guest(MIB(64));
	CHECK(choose(MIB(16) + 1, MIB(40) + 1, ANYWHERE, MIB(24) - 4096));
	CHECK_EQ(gpa, MIB(40) + 4096);
	CHECK(choose(MIB(16) + 1, MIB(63) + 1, ANYWHERE, MIB(8)));
	CHECK_EQ(gpa, MIB(8));
}

CASE(the_limit_is_the_last_byte)
{
	guest(MIB(2048));
	CHECK(choose(MIB(16), MIB(40), 0x37FFFFFF, 131072));
	CHECK_EQ(gpa, 0x37FE0000);
	CHECK(choose(MIB(16), MIB(40), 0x37FFFFFE, 131072));
	CHECK_EQ(gpa, 0x37FDF000);
}

CASE(memory_above_the_gap_is_not_used)
{
	guest(GIB(3));
	map[0] = map[3];
	map[1] = (struct memory_range){ GIB(4), GIB(4), MEMORY_RAM };
	request.map_count = 2;
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, 4096));
	CHECK_EQ(gpa, GIB(3) - 4096);
}

CASE(a_reserved_range_is_kept_off)
{
	guest(MIB(64));
	map[1] = map[3];
	map[2] = (struct memory_range){ MIB(64), 4096, MEMORY_RESERVED };
	request.map_count = 3;
	CHECK(choose(MIB(16), MIB(40), ANYWHERE, 4096));
	CHECK_EQ(gpa, MIB(64) - 4096);
}

CASE(no_hole_gives_the_memory_that_would_do)
{
	guest(MIB(64));
	CHECK(!choose(MIB(16), MIB(60), ANYWHERE, MIB(20)));
	CHECK_SAYS(why.text, "20971520 bytes");
	CHECK_SAYS(why.text, "15728640");
	CHECK_SAYS(why.text, "--mem 80M");
	guest(MIB(80));
	CHECK(choose(MIB(16), MIB(60), ANYWHERE, MIB(20)));
}

CASE(where_memory_does_not_help_none_is_asked_for)
{
	guest(MIB(64));
	CHECK(!choose(MIB(16), MIB(40), MIB(32) - 1, MIB(20)));
	CHECK_SAYS(why.text, "does not help");
	CHECK(!choose(MIB(16), MIB(40), 0, 1));
	CHECK_SAYS(why.text, "does not help");
	CHECK(!choose(MIB(16), MIB(40), ANYWHERE, UINT64_MAX));
	CHECK_SAYS(why.text, "does not help");
}

CASE(below_1_mib_is_never_taken)
{
	guest(MIB(2));
	CHECK(!choose(MIB(1), MIB(2), ANYWHERE, 4096));
	CHECK_SAYS(why.text, "--mem 8M");
}

CASE(kernels_go_to_ram)
{
	guest(MIB(64));
	CHECK(placement_claim(&request, MIB(1), MIB(63), "segment 0", &why));
	CHECK(placement_claim(&request, 0x0C000, 0x14000, "it", &why));
	CHECK(
	    placement_claim(&request, 0x30000, MAP_EBDA - 0x30000, "it", &why));
	CHECK(placement_claim(&request, 0, 0x500, "it", &why));
}

CASE(boot_structures_are_kept_off)
{
	guest(MIB(64));
	CHECK(!placement_claim(&request, 0, 0x501, "segment 3", &why));
	CHECK_SAYS(why.text, "boot structures");
	CHECK_SAYS(why.text, "segment 3");
	CHECK(!placement_claim(&request, 0x0BFFF, 1, "it", &why));
	CHECK(!placement_claim(&request, 0x1FFFF, 2, "it", &why));
	CHECK(!placement_claim(&request, 0x2FFFF, 1, "it", &why));
	CHECK(!placement_claim(&request, 0x30000, 0x70000, "it", &why));
	CHECK_SAYS(why.text, "not all RAM");
	CHECK(!placement_claim(&request, 0x30000, MIB(100), "it", &why));
	CHECK_SAYS(why.text, "not all RAM");
}

CASE(too_little_memory_says_how_much_would_do)
{
	guest(MIB(64));
	CHECK(
	    !placement_claim(&request, MIB(16), 0x3378000, "init_size", &why));
	CHECK_SAYS(why.text, "needs 68 MiB of memory for itself (init_size)"
			     " and has 64; use --mem 72M");
	give(NULL, MIB(8));
	CHECK(!placement_claim(&request, MIB(16), 0x3378000, "it", &why));
	CHECK_SAYS(why.text, "--mem 80M");
}

CASE(the_smallest_guest_is_told_its_size)
{
	guest(MIB(1));
	request.map_count = 3;
	CHECK(!placement_claim(&request, MIB(1), 4096, "it", &why));
	CHECK_SAYS(why.text, "needs 2 MiB of memory for itself (it) and has 1");
}

CASE(no_memory_is_asked_for_that_cannot_be)
{
	guest(MIB(64));
	CHECK(!placement_claim(&request, GIB(3), 1, "it", &why));
	CHECK_SAYS(why.text, "never");
	CHECK(!placement_claim(&request, UINT64_MAX, 2, "it", &why));
	CHECK_SAYS(why.text, "never");
	CHECK(!placement_claim(&request, MIB(1), UINT64_MAX, "it", &why));
	CHECK_SAYS(why.text, "never");
}

CASE(adjacent_ranges_are_one)
{
	guest(MIB(2));
	map[2] = (struct memory_range){ MIB(2), MIB(2), MEMORY_RAM };
	map[1] = map[3];
	map[1].length = MIB(1);
	request.map_count = 3;
	CHECK(placement_is_ram(&request, MIB(1), MIB(3)));
	CHECK(!placement_is_ram(&request, MIB(1), MIB(3) + 1));
	CHECK(!placement_is_ram(&request, MIB(1), UINT64_MAX));
}

CASE(the_initrd_is_copied)
{
	static const uint8_t bytes[] = "an initrd";
	struct ram ram;

	guest(MIB(2));
	CHECK(ram_map(&ram, MIB(2), &why));
	CHECK(placement_put_initrd(&request, &ram, (struct extent){ 0, 0 },
				   ANYWHERE, &gpa, &why));
	CHECK_EQ(gpa, 0);
	give(bytes, sizeof(bytes));
	CHECK(placement_put_initrd(&request, &ram, (struct extent){ 0, 0 },
				   ANYWHERE, &gpa, &why));
	CHECK_EQ(gpa, MIB(2) - 4096);
	CHECK(!memcmp(ram.host + gpa, bytes, sizeof(bytes)));
	ram_unmap(&ram);
}

#define FILE_OF(text)                                                          \
	{                                                                      \
		.bytes = (const uint8_t *)(text), .size = sizeof(text) - 1     \
	}

CASE(each_module_is_on_a_page_of_its_own)
{
	static const struct module modules[] = {
		{ FILE_OF("abcde"), "a", "a -x" },
		{ FILE_OF("fgh"), "f", NULL },
		{ FILE_OF("i"), "i", "i" },
	};
	uint64_t at[MODULES_MAX];
	struct ram ram;

	guest(MIB(2));
	CHECK(ram_map(&ram, MIB(2), &why));
	CHECK_EQ(placement_size(&request), 0);
	request.modules = modules;
	request.module_count = 3;
	CHECK_EQ(placement_size(&request), 8192 + 1);
	CHECK(placement_put_initrd(&request, &ram, (struct extent){ 0, 0 },
				   ANYWHERE, &gpa, &why));
	CHECK_EQ(gpa, MIB(2) - 12288);
	CHECK(!memcmp(ram.host + gpa, "abcde\0", 6));
	CHECK(!memcmp(ram.host + gpa + 4096, "fgh\0", 4));
	CHECK(!memcmp(ram.host + gpa + 8192, "i\0", 2));
	CHECK(placement_put_modules(&request, &ram, MIB(1), at, &why));
	CHECK_EQ(at[2], MIB(1) + 8192);
	CHECK_EQ(ram.host[at[2]], 'i');
	CHECK_EQ(ram.host[at[1]], 'f');
	CHECK(placement_put_strings(&request, &ram, at, &why));
	CHECK(!strcmp((char *)ram.host + at[0], "a -x"));
	CHECK_EQ(at[1], 0);
	CHECK(!strcmp((char *)ram.host + at[2], "i"));
	ram_unmap(&ram);
}

CASE(strings_have_a_limit)
{
	static char text[LAYOUT_STRINGS_MAX + 1];
	struct module module = { { .size = 1 }, "m", text };
	uint64_t at[MODULES_MAX];
	struct ram ram;

	guest(MIB(2));
	CHECK(ram_map(&ram, MIB(2), &why));
	request.modules = &module;
	request.module_count = 1;
	memset(text, 'x', LAYOUT_STRINGS_MAX - 1);
	CHECK(placement_put_strings(&request, &ram, at, &why));
	text[LAYOUT_STRINGS_MAX - 1] = 'x';
	CHECK(!placement_put_strings(&request, &ram, at, &why));
	CHECK_SAYS(why.text, "m: the strings of the modules");
	ram_unmap(&ram);
}

CASE(several_modules_are_named)
{
	static const struct module modules[] = {
		{ { .size = MIB(30) }, "big", NULL },
		{ { .size = MIB(40) }, "bigger", NULL },
	};

	guest(MIB(64));
	request.modules = modules;
	request.module_count = 2;
	CHECK(!choose(MIB(1), MIB(2), ANYWHERE, MIB(70)));
	CHECK_SAYS(why.text, "big and 1 more: has 73400320 bytes");
	CHECK_SAYS(why.text, "--mem 72M");
}

CASE(a_kernel_that_moves_goes_low)
{
	guest(MIB(64));
	CHECK(placement_find(&request, MIB(1), 0, UINT32_MAX, 1, &gpa));
	CHECK_EQ(gpa, MIB(1));
	CHECK(placement_find(&request, MIB(1), MIB(1) + 1, UINT32_MAX, MIB(2),
			     &gpa));
	CHECK_EQ(gpa, MIB(2));
	CHECK(placement_find(&request, MIB(1), MIB(5), MIB(6) - 1, 1, &gpa));
	CHECK_EQ(gpa, MIB(5));
	CHECK(!placement_find(&request, MIB(1), MIB(5), MIB(6) - 2, 1, &gpa));
	CHECK(!placement_find(&request, MIB(64), 0, UINT32_MAX, 1, &gpa));
	CHECK(!placement_find(&request, 1, 0, UINT32_MAX, GIB(1), &gpa));
	CHECK(!placement_find(&request, UINT64_MAX, 0, UINT64_MAX, 1, &gpa));
	CHECK_EQ(placement_upper_kib(&request), 63 * 1024);
}

RUN("placement", &the_end_of_memory_is_taken,
    &a_hole_that_fits_exactly_is_taken,
    &a_kernel_to_the_end_leaves_the_room_below,
    &pages_of_the_kernel_are_not_shared, &the_limit_is_the_last_byte,
    &memory_above_the_gap_is_not_used, &a_reserved_range_is_kept_off,
    &no_hole_gives_the_memory_that_would_do,
    &where_memory_does_not_help_none_is_asked_for, &below_1_mib_is_never_taken,
    &kernels_go_to_ram, &boot_structures_are_kept_off,
    &too_little_memory_says_how_much_would_do,
    &the_smallest_guest_is_told_its_size,
    &no_memory_is_asked_for_that_cannot_be, &adjacent_ranges_are_one,
    &the_initrd_is_copied, &each_module_is_on_a_page_of_its_own,
    &strings_have_a_limit, &several_modules_are_named,
    &a_kernel_that_moves_goes_low)
