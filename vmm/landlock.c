#include "vmm/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Our own, since the headers may be older than the host. */
enum {
	CREATE_RULESET = 444,
	ADD_RULE = 445,
	RESTRICT_SELF = 446,
	RULE_PATH_BENEATH = 1 /* of ADD_RULE */
};

#define ABI_KNOWN 6

#define FS_REMOVE_FILE (UINT64_C(1) << 5)

/* A kernel takes a longer one than its own, if the rest is zero. */
struct ruleset {
	uint64_t fs, net, scoped; /* what is forbidden, where no rule allows */
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* All of the file system's that an ABI knows; of the rest likewise. */
static struct ruleset all_of(int abi)
{
	/* 13 rights; REFER in 2, TRUNCATE in 3, IOCTL_DEV in 5. */
	int rights = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);

	return (struct ruleset){
		.fs = (UINT64_C(1) << rights) - 1,
		.net = abi >= 4 ? 3 : 0,    /* bind and connect TCP */
		.scoped = abi >= 6 ? 3 : 0, /* abstract sockets, signals */
	};
}

static int open_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[128] = ".";

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s",
			 (int)(slash - path) + 1, path);
	return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool refused(struct reason *why, const char *call)
{
	return fail(why, "%s: %s (--no-sandbox does without)", call,
		    strerror(errno));
}

static bool except(int ruleset, const char *path, struct reason *why)
{
	struct path_beneath rule = { .allowed = FS_REMOVE_FILE,
				     .parent = open_folder(path) };
	long result;

	if (rule.parent < 0)
		return fail(why, "the folder of %s: %s", path, strerror(errno));
	result = syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent);
	return !result || refused(why, "landlock_add_rule");
}

/* A host refuses what it does not know: the most that it takes. */
static int create_ruleset(void)
{
	int ruleset = -1;

	for (int abi = ABI_KNOWN; ruleset < 0 && abi; abi--) {
		struct ruleset all = all_of(abi);

		ruleset = (int)syscall(CREATE_RULESET, &all, sizeof(all), 0);
		if (ruleset < 0 && errno != EINVAL && errno != E2BIG)
			return -1;
	}
	return ruleset;
}

/* Old, turned off, or hidden by whoever confines us. */
static bool host_has_none(int error)
{
	return error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

bool landlock_enter(const char *path, struct reason *why)
{
	int ruleset = create_ruleset();

	if (ruleset < 0)
		return host_has_none(errno) ||
		       refused(why, "landlock_create_ruleset");
	if (path && !except(ruleset, path, why))
		return false;
	return !syscall(RESTRICT_SELF, ruleset, 0) ||
	       refused(why, "landlock_restrict_self");
}
