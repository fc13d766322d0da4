/* Guest memory: which addresses become host spans. */
#include "vmm/ram.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static struct ram ram;

static void with_ram(uint64_t size)
{
	struct reason why;

	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
}

CASE(a_span_is_whole_or_nothing)
{
	with_ram(MIB(2));
	CHECK(ram_span(&ram, 0, MIB(2)) == ram.host);
	CHECK(ram_span(&ram, 1, MIB(2)) == NULL);
	CHECK(ram_span(&ram, MIB(2) - 1, 1) == ram.host + MIB(2) - 1);
	CHECK(ram_span(&ram, MIB(2), 1) == NULL);
	CHECK(ram_span(&ram, 0, 0) == NULL);
}

CASE(lengths_and_addresses_do_not_wrap)
{
	with_ram(MIB(2));
	CHECK(ram_span(&ram, 4096, UINT64_MAX) == NULL);
	CHECK(ram_span(&ram, UINT64_MAX, 2) == NULL);
	CHECK(ram_span(&ram, UINT64_MAX - 1, UINT64_MAX) == NULL);
}

CASE(the_gap_is_not_ram)
{
	with_ram(GIB(5));
	CHECK_EQ(ram_low_size(&ram), GIB(3));
	CHECK_EQ(ram_high_size(&ram), GIB(2));
	CHECK(ram_span(&ram, GIB(3) - 1, 1) == ram.host + GIB(3) - 1);
	CHECK(ram_span(&ram, GIB(3) - 1, 2) == NULL);
	CHECK(ram_span(&ram, GIB(3), 1) == NULL);
	CHECK(ram_span(&ram, GIB(4) - 1, 2) == NULL);
	CHECK(ram_span(&ram, GIB(4), GIB(2)) == ram.host + GIB(3));
	CHECK(ram_span(&ram, GIB(6) - 1, 1) == ram.host + GIB(5) - 1);
	CHECK(ram_span(&ram, GIB(6), 1) == NULL);
}

static void *no_ram = &ram;

CASE(a_host_address_has_a_guest_address)
{
	uint64_t gpa = 1;

	with_ram(GIB(5));
	CHECK(ram_address_of(&ram, ram.host, &gpa));
	CHECK_EQ(gpa, 0);
	CHECK(ram_address_of(&ram, ram.host + GIB(3) - 1, &gpa));
	CHECK_EQ(gpa, GIB(3) - 1);
	CHECK(ram_address_of(&ram, ram.host + GIB(3), &gpa));
	CHECK_EQ(gpa, GIB(4));
	CHECK(ram_address_of(&ram, ram.host + GIB(5) - 1, &gpa));
	CHECK_EQ(gpa, GIB(6) - 1);
	CHECK(!ram_address_of(&ram, ram.host + GIB(5), &gpa));
	CHECK(!ram_address_of(&ram, ram.host - 1, &gpa));
	CHECK(!ram_address_of(&ram, no_ram, &gpa));
	CHECK(!ram_address_of(&ram, NULL, &gpa));
}

CASE(memory_that_is_not_mapped_has_no_addresses)
{
	const struct ram none = { 0 };
	uint64_t gpa;

	CHECK(!ram_address_of(&none, NULL, &gpa));
	CHECK(!ram_address_of(&none, no_ram, &gpa));
}

CASE(it_begins_where_a_huge_page_does)
{
	for (uint64_t pages = 256; pages < 2048; pages += 3) {
		with_ram(pages * 4096);
		CHECK_EQ((uintptr_t)ram.host % MIB(2), 0);
		memset(ram_span(&ram, 0, ram.size), 1, ram.size);
	}
}

CASE(too_much_is_refused_with_a_reason)
{
	struct ram huge;
	struct reason why = { "" };

	CHECK(!ram_map(&huge, UINT64_C(1) << 60, &why));
	CHECK_SAYS(why.text, "cannot reserve");
}

RUN("ram", &a_span_is_whole_or_nothing, &lengths_and_addresses_do_not_wrap,
    &the_gap_is_not_ram, &a_host_address_has_a_guest_address,
    &memory_that_is_not_mapped_has_no_addresses,
    &it_begins_where_a_huge_page_does, &too_much_is_refused_with_a_reason)
