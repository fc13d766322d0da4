/*
 * What mayfly gives up before the first guest instruction, in this order:
 * guest memory in core dumps, the root directory (--chroot), the user (--user),
 * capabilities, new privileges, files (Landlock), descriptors that it does not
 * need, system calls (vmm/seccomp.h). On by default; --no-sandbox keeps all of
 * it.
 *
 * Memory is kept out of core dumps (MADV_DONTDUMP) instead of having none
 * (PR_SET_DUMPABLE): a dump still tells what mayfly did, and /proc/PID stays
 * its user's, who looks there for how much memory a VM takes.
 */
#ifndef VMM_SANDBOX_H
#define VMM_SANDBOX_H

#include "vmm/descriptors.h"
#include "vmm/kvm.h"
#include "vmm/options.h"
#include "vmm/ram.h"
#include "vmm/reason.h"

/*
 * Moves the process into --cgroup's cgroup; --no-sandbox is told on standard
 * error. Before any file is read and guest memory touched: what a process has
 * by then stays with the cgroup where it was.
 */
bool sandbox_begin(const struct sandbox_option *option, struct reason *why);

/*
 * In the first thread, each time that the VM is set up, the images are in its
 * memory, and before any other thread is started; `ours` is all that the VM,
 * and its next start, use of what is open. A host that lacks a part (Landlock
 * before Linux 5.13) goes without it; what was asked for and cannot be had
 * (--user, --chroot) is an error. A VM that starts again is in it already, all
 * but its new memory. Not for --no-sandbox.
 */
bool sandbox_enter(const struct options *options, const struct kvm *kvm,
		   const struct ram *ram, const struct descriptors *ours,
		   struct reason *why);

#endif
