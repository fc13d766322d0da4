/*
 * The errnos, system calls and ioctls that inject.c knows by name.
 */
#ifndef TESTS_HOSTILE_CALL_NAMES_H
#define TESTS_HOSTILE_CALL_NAMES_H

#include <errno.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>

struct name {
	long number;
	const char *name;
};

#define NAME(number)                                                           \
	{                                                                      \
		number, #number                                                \
	}
#define CALL(name)                                                             \
	{                                                                      \
		SYS_##name, #name                                              \
	}
#define COUNT(array)  (sizeof(array) / sizeof(*(array)))
#define LOOK_UP(t, n) look_up(t, COUNT(t), n)
#define NUMBER(t, n)  number_of(t, COUNT(t), n)

static const struct name errnos[] = {
	NAME(ENOMEM), NAME(EINVAL), NAME(EFAULT),   NAME(EIO),     NAME(EBUSY),
	NAME(EINTR),  NAME(EAGAIN), NAME(EMFILE),   NAME(ENOSPC),  NAME(EPERM),
	NAME(EDQUOT), NAME(EFBIG),  NAME(ENOSYS),   NAME(ENOBUFS), NAME(EACCES),
	NAME(EPIPE),  NAME(ENOTTY), NAME(ENOTCONN), NAME(ENFILE),
};

static const struct name calls[] = {
	CALL(accept4),
	CALL(access),
	CALL(arch_prctl),
	CALL(bind),
	CALL(capget),
	CALL(capset),
	CALL(chdir),
	CALL(chroot),
	CALL(clock_gettime),
	CALL(clock_nanosleep),
	CALL(clone),
	CALL(clone3),
	CALL(close),
	{ 436, "close_range" }, /* Linux 5.9: headers may be older */
	CALL(connect),
	CALL(dup),
	CALL(dup3),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_pwait),
	CALL(epoll_wait),
	CALL(eventfd2),
	CALL(exit),
	CALL(exit_group),
	CALL(fallocate),
	CALL(fcntl),
	CALL(fdatasync),
	CALL(flock),
	CALL(fstat),
	CALL(fstatfs),
	CALL(fsync),
	CALL(futex),
	CALL(getdents64),
	CALL(getegid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getpgid),
	CALL(getpid),
	CALL(getppid),
	CALL(getrandom),
	CALL(getrlimit),
	CALL(getsockname),
	CALL(getsockopt),
	CALL(gettid),
	CALL(getuid),
	CALL(io_uring_enter),
	CALL(io_uring_register),
	CALL(io_uring_setup),
	CALL(ioctl),
	CALL(kill),
	{ 445, "landlock_add_rule" }, /* Linux 5.13 */
	{ 444, "landlock_create_ruleset" },
	{ 446, "landlock_restrict_self" },
	CALL(listen),
	CALL(lseek),
	CALL(lstat),
	CALL(madvise),
	CALL(membarrier),
	CALL(mlock),
	CALL(mmap),
	CALL(mprotect),
	CALL(munmap),
	CALL(nanosleep),
	CALL(newfstatat),
	CALL(open),
	CALL(openat),
	CALL(poll),
	CALL(ppoll),
	CALL(prctl),
	CALL(pread64),
	CALL(preadv),
	CALL(preadv2),
	CALL(prlimit64),
	CALL(pwrite64),
	CALL(pwritev),
	CALL(pwritev2),
	CALL(read),
	CALL(readlink),
	CALL(readv),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigsuspend),
	CALL(rt_sigtimedwait),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL(seccomp),
	CALL(sendmsg),
	CALL(sendto),
	CALL(set_robust_list),
	CALL(set_tid_address),
	CALL(setgid),
	CALL(setgroups),
	CALL(setresgid),
	CALL(setresuid),
	CALL(setrlimit),
	CALL(setsid),
	CALL(setsockopt),
	CALL(setuid),
	CALL(shutdown),
	CALL(sigaltstack),
	CALL(signalfd4),
	CALL(socket),
	CALL(socketpair),
	CALL(stat),
	CALL(statx),
	CALL(sysinfo),
	CALL(tgkill),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(tkill),
	CALL(umask),
	CALL(uname),
	CALL(unlink),
	CALL(unlinkat),
	CALL(unshare),
	CALL(wait4),
	CALL(write),
	CALL(writev),
};

/* KVM's own, and what a C library and a terminal ask. */
static const struct name ioctls[] = {
	NAME(KVM_GET_API_VERSION),
	NAME(KVM_CREATE_VM),
	NAME(KVM_CHECK_EXTENSION),
	NAME(KVM_GET_VCPU_MMAP_SIZE),
	NAME(KVM_GET_SUPPORTED_CPUID),
	NAME(KVM_GET_MSR_INDEX_LIST),
	NAME(KVM_GET_MSR_FEATURE_INDEX_LIST),
	NAME(KVM_X86_GET_MCE_CAP_SUPPORTED),
	NAME(KVM_X86_SETUP_MCE),
	NAME(KVM_X86_SET_MCE),
	NAME(KVM_CREATE_VCPU),
	NAME(KVM_REGISTER_COALESCED_MMIO),
	NAME(KVM_UNREGISTER_COALESCED_MMIO),
	NAME(KVM_SET_USER_MEMORY_REGION),
	NAME(KVM_SET_TSS_ADDR),
	NAME(KVM_SET_IDENTITY_MAP_ADDR),
	NAME(KVM_CREATE_IRQCHIP),
	NAME(KVM_CREATE_PIT2),
	NAME(KVM_ENABLE_CAP),
	NAME(KVM_IRQ_LINE),
	NAME(KVM_SET_GSI_ROUTING),
	NAME(KVM_SIGNAL_MSI),
	NAME(KVM_IRQFD),
	NAME(KVM_IOEVENTFD),
	NAME(KVM_RUN),
	NAME(KVM_GET_REGS),
	NAME(KVM_SET_REGS),
	NAME(KVM_GET_SREGS),
	NAME(KVM_SET_SREGS),
	NAME(KVM_GET_MSRS),
	NAME(KVM_SET_MSRS),
	NAME(KVM_GET_CPUID2),
	NAME(KVM_SET_CPUID2),
	NAME(KVM_TRANSLATE),
	NAME(KVM_INTERRUPT),
	NAME(KVM_GET_LAPIC),
	NAME(KVM_SET_LAPIC),
	NAME(KVM_GET_MP_STATE),
	NAME(KVM_SET_MP_STATE),
	NAME(KVM_GET_TSC_KHZ),
	NAME(KVM_SET_TSC_KHZ),
	NAME(KVM_KVMCLOCK_CTRL),
	NAME(KVM_SET_SIGNAL_MASK),
	NAME(TCGETS),
	NAME(TCSETS),
	NAME(TIOCGWINSZ),
	NAME(TIOCGPGRP),
	NAME(TUNSETIFF),
	NAME(TUNSETOFFLOAD),
	NAME(TUNSETVNETHDRSZ),
	NAME(TUNGETFEATURES),
	NAME(BLKGETSIZE64),
	NAME(BLKSSZGET),
};

#endif
