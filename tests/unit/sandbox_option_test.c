/* --user, and what of a vsock's path is left below --chroot. */
#include "vmm/sandbox_option.h"

#include "tests/unit/unit.h"

static struct sandbox_option option;
static struct reason why;

CASE(a_user_is_two_numbers)
{
	CHECK(sandbox_option_user("1000:100", &option, &why));
	CHECK(option.has_user);
	CHECK_EQ(option.uid, 1000);
	CHECK_EQ(option.gid, 100);
	CHECK(sandbox_option_user("0:4294967294", &option, &why));
	CHECK_EQ(option.uid, 0);
	CHECK_EQ(option.gid, 4294967294);
}

/* The last number of 32 bits would change nothing. */
CASE(users_that_are_none)
{
	static const char *const bad[] = {
		"",
		"1000",
		":",
		"1:",
		":1",
		"1:1:",
		"1:1 ",
		" 1:1",
		"-1:1",
		"1:-1",
		"a:b",
		"root:root",
		"1 :1",
		"1:0x1",
		"1000,1000",
		"+1:+1",
		"1:1\n",
		"4294967295:1",
		"1:4294967295",
		"18446744073709551617:1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(!sandbox_option_user(bad[i], &option, &why));
		CHECK_SAYS(why.text, "want numbers, UID:GID");
	}
}

static size_t prefix(const char *root, const char *path)
{
	const struct sandbox_option of = { .root = root };

	return sandbox_option_prefix(&of, path);
}

CASE(a_path_below_the_root)
{
	CHECK_EQ(prefix("/srv/vm", "/srv/vm/v.sock"), 7);
	CHECK_EQ(prefix("/srv/vm/", "/srv/vm/v.sock"), 7);
	CHECK_EQ(prefix("/srv/vm///", "/srv/vm/a/v.sock"), 7);
	CHECK_EQ(prefix("vm", "vm/v.sock"), 2);
	CHECK_EQ(prefix(".", "./v.sock"), 1);
}

CASE(a_path_elsewhere)
{
	CHECK_EQ(prefix("/srv/vm", "/srv/vm2/v.sock"), 0);
	CHECK_EQ(prefix("/srv/vm", "/srv/v.sock"), 0);
	CHECK_EQ(prefix("/srv/vm", "v.sock"), 0);
	CHECK_EQ(prefix("/srv/vm", "/srv/vm"), 0);
	CHECK_EQ(prefix(NULL, "/srv/vm/v.sock"), 0);
}

CASE(what_goes_together)
{
	struct sandbox_option it = { .root = "/srv" };

	CHECK(sandbox_option_combine(&it, NULL, &why));
	CHECK(sandbox_option_combine(&it, "/srv/v.sock", &why));
	CHECK(!sandbox_option_combine(&it, "/run/v.sock", &why));
	CHECK_SAYS(why.text, "not below --chroot's /srv");
	it = (struct sandbox_option){ .off = true };
	CHECK(sandbox_option_combine(&it, "/run/v.sock", &why));
	it.has_user = true;
	CHECK(!sandbox_option_combine(&it, NULL, &why));
	CHECK_SAYS(why.text, "excludes --user");
}

RUN("sandbox_option", &a_user_is_two_numbers, &users_that_are_none,
    &a_path_below_the_root, &a_path_elsewhere, &what_goes_together)
