/* What a guest without ACPI is told of its devices. */
#include "vmm/devices.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static struct cmdline cmdline;
static struct reason why;

/* Tells of so many slots on this command line, or fails. */
static bool tell(const char *words, unsigned slots)
{
	why = (struct reason){ "" };
	memset(&cmdline, 0, sizeof(cmdline));
	CHECK(cmdline_append(&cmdline, words, &why));
	return devices_tell(&cmdline, slots, &why);
}

static bool told(const char *words, unsigned slots, const char *text)
{
	return tell(words, slots) && !strcmp(cmdline.text, text);
}

CASE(linux_without_acpi_is_told)
{
	CHECK(told("acpi=off quiet", 1,
		   "virtio_mmio.device=4K@0xd0000000:5 acpi=off quiet"));
	CHECK(told("quiet acpi=off", 3,
		   "virtio_mmio.device=4K@0xd0000000:5 "
		   "virtio_mmio.device=4K@0xd0001000:6 "
		   "virtio_mmio.device=4K@0xd0002000:7 quiet acpi=off"));
	CHECK(!strcmp(cmdline_words(&cmdline), "quiet acpi=off"));
}

CASE(others_are_not)
{
	CHECK(told("quiet", 3, "quiet"));
	CHECK(told("acpi=offline", 3, "acpi=offline"));
	CHECK(told("acpi=off", 0, "acpi=off"));
	CHECK(told("acpi=off virtio_mmio.device=4K@0xd0000000:5", 2,
		   "acpi=off virtio_mmio.device=4K@0xd0000000:5"));
}

CASE(nine_devices_have_lines_at_the_pic)
{
	const char *at;

	CHECK(tell("acpi=off", 9));
	at = strstr(cmdline.text, " virtio_mmio.device=4K@0xd0008000:3 acpi");
	CHECK(at != NULL);
	for (unsigned slots = 10; slots <= VIRTIO_SLOTS; slots++) {
		CHECK(!tell("acpi=off", slots));
		CHECK_SAYS(why.text, "at most 9 devices");
		CHECK(!strcmp(cmdline.text, "acpi=off"));
	}
}

CASE(a_line_that_gets_too_long_is_refused)
{
	static char words[CMDLINE_SIZE];

	memset(words, 'x', CMDLINE_SIZE - 20);
	memcpy(words, "acpi=off ", 9);
	CHECK(!tell(words, 1));
	CHECK_SAYS(why.text, "longer than");
}

RUN("devices", &linux_without_acpi_is_told, &others_are_not,
    &nine_devices_have_lines_at_the_pic, &a_line_that_gets_too_long_is_refused)
