/*
 * What mayfly gives up before the first guest instruction, in this order:
 * inherited descriptors that no option named, the root directory (--chroot),
 * the user (--user), capabilities, new privileges, files (Landlock), system
 * calls (vmm/seccomp.h). On by default; --no-sandbox keeps all of it.
 */
#ifndef VMM_SANDBOX_H
#define VMM_SANDBOX_H

#include "vmm/kvm.h"
#include "vmm/options.h"
#include "vmm/reason.h"

/*
 * In the first thread, when the VM is set up and before any other thread is
 * started. A host that lacks a part (Landlock before Linux 5.13) goes without
 * it; what was asked for and cannot be had (--user, --chroot) is an error. Once
 * in a process: a VM that starts again is in it already.
 */
bool sandbox_enter(const struct options *options, const struct kvm *kvm,
		   struct reason *why);

#endif
