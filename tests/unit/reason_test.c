/* Reasons: their text, and what becomes of one that is too long. */
#include "vmm/reason.h"

#include "tests/unit/unit.h"

enum { SIZE = sizeof(((struct reason *)0)->text) };

/* A reason between bytes that must stay. */
static struct {
	char before[8];
	struct reason why;
	char after[8];
} page;

static char filler[2 * SIZE + 1];

static void begin(void)
{
	memset(&page, '~', sizeof(page));
	memset(filler, 'x', sizeof(filler) - 1);
}

static void check_inside(void)
{
	CHECK(memchr(page.why.text, '\0', SIZE) != NULL);
	CHECK(!memcmp(page.before, "~~~~~~~~", 8));
	CHECK(!memcmp(page.after, "~~~~~~~~", 8));
}

CASE(a_reason_is_formatted_and_false)
{
	begin();
	CHECK(!fail(&page.why, "want 0x%x bytes, have %s", 616, "512"));
	CHECK(!strcmp(page.why.text, "want 0x268 bytes, have 512"));
}

CASE(the_last_reason_stays)
{
	begin();
	fail(&page.why, "a long one that leaves nothing");
	fail(&page.why, "short");
	CHECK(!strcmp(page.why.text, "short"));
}

CASE(a_long_reason_is_cut)
{
	begin();
	CHECK(!fail(&page.why, "%s", filler));
	check_inside();
	CHECK_EQ(strlen(page.why.text), SIZE - 1);
	begin();
	fail(&page.why, "%.*s", SIZE - 1, filler);
	check_inside();
	CHECK_EQ(strlen(page.why.text), SIZE - 1);
}

CASE(a_place_is_put_in_front)
{
	begin();
	fail(&page.why, "is empty");
	CHECK(!fail_in(&page.why, "%s", "vmlinuz"));
	CHECK(!strcmp(page.why.text, "vmlinuz: is empty"));
	fail_in(&page.why, "vCPU %u", 3u);
	CHECK(!strcmp(page.why.text, "vCPU 3: vmlinuz: is empty"));
}

CASE(a_place_in_front_of_a_long_reason_cuts_its_end)
{
	begin();
	fail(&page.why, "begin %s", filler);
	CHECK(!fail_in(&page.why, "vmlinuz"));
	check_inside();
	CHECK_EQ(strlen(page.why.text), SIZE - 1);
	CHECK(!strncmp(page.why.text, "vmlinuz: begin xxx", 18));
}

CASE(a_long_place_leaves_the_reason)
{
	begin();
	fail(&page.why, "is a directory; want a regular file");
	CHECK(!fail_in(&page.why, "%s", filler));
	check_inside();
	CHECK_SAYS(page.why.text, "x: is a directory; want a regular file");
}

CASE(a_long_place_and_a_long_reason_are_both_seen)
{
	begin();
	fail(&page.why, "begin %s", filler);
	memset(filler, 'y', sizeof(filler) - 1);
	CHECK(!fail_in(&page.why, "%s", filler));
	check_inside();
	CHECK_SAYS(page.why.text, "yyyyyyyyyyyyyyyy");
	CHECK_SAYS(page.why.text, "y: begin xxxxxxxxxxxx");
}

RUN("reason", &a_reason_is_formatted_and_false, &the_last_reason_stays,
    &a_long_reason_is_cut, &a_place_is_put_in_front,
    &a_place_in_front_of_a_long_reason_cuts_its_end,
    &a_long_place_leaves_the_reason,
    &a_long_place_and_a_long_reason_are_both_seen)
