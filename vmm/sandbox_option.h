/*
 * --user, --chroot, --cgroup and --no-sandbox: what a VM is confined to.
 */
#ifndef VMM_SANDBOX_OPTION_H
#define VMM_SANDBOX_OPTION_H

#include "vmm/reason.h"

#include <sys/types.h>

struct sandbox_option {
	bool off;
	bool has_user;
	uid_t uid;
	gid_t gid;
	const char *root;   /* NULL: the host's */
	const char *cgroup; /* a folder of cgroup v2; NULL: the one it is in */
};

/* UID:GID, numbers. */
bool sandbox_option_user(const char *text, struct sandbox_option *option,
			 struct reason *why);

/*
 * What goes together, by itself and with the vsock's path (NULL: none), which
 * is a name of the host's and has to lie below a --chroot.
 */
bool sandbox_option_combine(const struct sandbox_option *option,
			    const char *vsock, struct reason *why);

/*
 * How much of `path` is the name of the new root: what is left, from its '/'
 * on, is the path's name there. 0: it does not lie below, or there is none.
 */
size_t sandbox_option_prefix(const struct sandbox_option *option,
			     const char *path);

#endif
