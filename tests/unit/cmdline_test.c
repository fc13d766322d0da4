/* The guest's command line. */
#include "vmm/cmdline.h"

#include "tests/unit/unit.h"

static struct cmdline cmdline;
static struct reason why;
static char most[CMDLINE_SIZE];

static void begin(const char *words)
{
	memset(&cmdline, 0, sizeof(cmdline));
	CHECK(cmdline_append(&cmdline, words, &why));
}

static void check(const char *ours, const char *words)
{
	CHECK_EQ(strncmp(cmdline.text, ours, strlen(ours)), 0);
	CHECK_EQ(cmdline.ours, strlen(ours));
	CHECK_EQ(strcmp(cmdline_words(&cmdline), words), 0);
}

CASE(words_have_spaces_between_them)
{
	begin("");
	check("", "");
	begin("a b");
	CHECK(cmdline_append(&cmdline, "c", &why));
	CHECK(cmdline_append(&cmdline, "", &why));
	check("", "a b c");
}

CASE(ours_are_in_front)
{
	begin("a b");
	CHECK(cmdline_prepend(&cmdline, "x y", &why));
	check("x y ", "a b");
	CHECK(cmdline_prepend(&cmdline, "", &why));
	CHECK(cmdline_prepend(&cmdline, "z", &why));
	check("z x y ", "a b");
	begin("");
	CHECK(cmdline_prepend(&cmdline, "x", &why));
	check("x", "");
}

CASE(it_fills_up_to_its_end)
{
	memset(most, 'm', CMDLINE_SIZE - 1);
	most[CMDLINE_SIZE - 1] = '\0';
	begin(most);
	check("", most);
	CHECK(!cmdline_prepend(&cmdline, "x", &why));
	CHECK_SAYS(why.text, "longer than 65535 bytes");
	CHECK(!cmdline_append(&cmdline, "x", &why));
	check("", most);
	most[CMDLINE_SIZE - 3] = '\0';
	begin(most);
	CHECK(!cmdline_prepend(&cmdline, "xy", &why));
	CHECK(cmdline_prepend(&cmdline, "x", &why));
	check("x ", most);
}

CASE(words_are_found_whole)
{
	begin("acpi=offx nacpi=off acpi=of");
	CHECK(!cmdline_has(&cmdline, "acpi=off"));
	begin("x acpi=off y");
	CHECK(cmdline_has(&cmdline, "acpi=off"));
	CHECK(cmdline_has(&cmdline, "x"));
	CHECK(cmdline_has(&cmdline, "y"));
	CHECK(!cmdline_has(&cmdline, "off"));
}

CASE(keys_are_found_with_any_value)
{
	begin("netconsole=1 x=console=1");
	CHECK(!cmdline_has(&cmdline, "console="));
	begin("a console=");
	CHECK(cmdline_has(&cmdline, "console="));
	begin("console=hvc0 a");
	CHECK(cmdline_has(&cmdline, "console="));
}

RUN("cmdline", &words_have_spaces_between_them, &ours_are_in_front,
    &it_fills_up_to_its_end, &words_are_found_whole,
    &keys_are_found_with_any_value)
