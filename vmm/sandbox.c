#include "vmm/sandbox.h"

#include "board-pc/virtio/slots.h"
#include "vmm/devices.h"
#include "vmm/landlock.h"
#include "vmm/seccomp.h"
#include "vmm/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* What to do about a cgroup.procs that takes nobody. */
static const char *cgroup_advice(int error)
{
	switch (error) {
	case ENOENT:
		return "want a cgroup v2 folder: mkdir makes one, below "
		       "/sys/fs/cgroup";
	case EACCES:
	case EPERM:
		return "you may not: this cgroup.procs, and that of the cgroup "
		       "above both, has to be yours";
	case EBUSY:
		return "it has controllers for cgroups below it: name one of "
		       "these";
	default:
		return "see cgroup.type there";
	}
}

/* A folder of v1 would be one controller's alone. */
static bool is_v2(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static bool join(const char *name, struct reason *why)
{
	int folder = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (folder >= 0 && !is_v2(folder))
		return fail(why, "is no folder of cgroup v2");
	if (folder >= 0)
		fd = openat(folder, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	/* 0: the process that writes it. */
	if (fd < 0 || write(fd, "0", 1) < 0)
		return fail(why, "%s (%s)", strerror(errno),
			    cgroup_advice(errno));
	close(fd);
	close(folder);
	return true;
}

bool sandbox_begin(const struct sandbox_option *option, struct reason *why)
{
	if (option->off)
		fputs("mayfly: --no-sandbox: a guest that breaks out has all "
		      "that you may do; for debugging alone\n",
		      stderr);
	return !option->cgroup || join(option->cgroup, why) ||
	       fail_in(why, "--cgroup: %s", option->cgroup);
}

static const char *root_advice(int error)
{
	return error == EPERM ? "; only root may" : "";
}

static bool change_root(const struct options *options, struct reason *why)
{
	const char *root = options->sandbox.root;

	if (!root)
		return true;
	if (chdir(root) || chroot("."))
		return fail(why, "--chroot: %s: %s%s", root, strerror(errno),
			    root_advice(errno));
	if (options->devices.has_vsock)
		vsock_chrooted(sandbox_option_prefix(
		    &options->sandbox, options->devices.vsock.path));
	return true;
}

/* Not by the C library, which would look for other threads to do it for. */
static bool change_user(const struct sandbox_option *option, struct reason *why)
{
	uid_t uid = option->uid;
	gid_t gid = option->gid;

	if (!option->has_user)
		return true;
	return (!syscall(SYS_setgroups, 0, NULL) &&
		!syscall(SYS_setresgid, gid, gid, gid) &&
		!syscall(SYS_setresuid, uid, uid, uid)) ||
	       fail(why, "--user: %s%s", strerror(errno), root_advice(errno));
}

static bool drop_capabilities(struct reason *why)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capset, &header, none) ||
	       fail(why, "capset: %s", strerror(errno));
}

static bool forbid_new_privileges(struct reason *why)
{
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       fail(why, "prctl, no new privileges: %s", strerror(errno));
}

/* When a filter has stopped somebody. */
static void clean_up(void)
{
	terminal_restore_at_death();
	devices_close();
}

static bool filter_calls(const struct options *options, const struct kvm *kvm,
			 struct reason *why)
{
	const struct device_options *devices = &options->devices;
	const struct seccomp_facts facts = {
		.kvm = kvm->device,
		.vm = kvm->vm,
		.has_restart = options->restart_on_reset,
		.has_smp = options->cpus > 1,
		.has_testdev = options->testdev,
		.has_disk = devices->disk_count,
		.has_net = devices->net_count,
		.has_vsock = devices->has_vsock,
		.has_virtio = virtio_slots_taken(),
		.clean_up = clean_up,
	};

	return seccomp_begin(&facts, why);
}

static bool enter(const struct options *options, struct reason *why)
{
	const char *path = options->devices.has_vsock ? vsock_path() : NULL;

	return change_root(options, why) &&
	       change_user(&options->sandbox, why) && drop_capabilities(why) &&
	       forbid_new_privileges(why) && landlock_enter(path, why);
}

bool sandbox_enter(const struct options *options, const struct kvm *kvm,
		   const struct ram *ram, const struct descriptors *ours,
		   struct reason *why)
{
	static bool is_inside;

	madvise(ram->host, ram->size, MADV_DONTDUMP);
	if (is_inside)
		return true;
	is_inside = true;
	if (!enter(options, why))
		return false;
	descriptors_close_others(ours);
	return filter_calls(options, kvm, why);
}
