/*
 * The table: which system calls mayfly makes once its VM is set up, who, with
 * which arguments and what for. What is not here is forbidden. It is the
 * release build's: its C library's calls are in it too, and musl's alone.
 *
 * A row is ROW(system call, threads, parts of the VM, check, what for), in the
 * words of vmm/seccomp_filter.h, and ROW what the includer makes of it. A call
 * that has several rows may be made as any of them says, and with no row whose
 * parts the VM has it may not be made at all.
 *
 * Threads: who makes the call. All that one of them makes, the attendant may
 * make as well, since its filter is in force for the others, too.
 *
 * Checks: what a filter can look at are numbers, and of these the lower half,
 * which is all that the kernel takes of a descriptor, a request or flags; it
 * cannot look at memory. Arguments count from 0.
 */
/* clang-format off */
/* The guest. KVM_RUN comes first: it is called most. */
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_RUN), "the guest")
ROW(ioctl, EACH, ALWAYS, ON(VM, KVM_SIGNAL_MSI), "interrupts")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_INTERRUPT), "interrupts of the PIC")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_GET_REGS), "how the guest died")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_GET_SREGS), "how the guest died")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_TRANSLATE), "how the guest died")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_GET_MSRS), "lost memory")
ROW(ioctl, VCPU, ALWAYS, ON(VCPU, KVM_X86_SET_MCE), "lost memory")
ROW(ioctl, VCPU, ALWAYS, ON(VM, KVM_SET_GSI_ROUTING), "pins of the IOAPIC")
ROW(ioctl, VCPU, DEVICE, ON(VM, KVM_IRQFD), "their interrupts")
ROW(ioctl, IO, DEVICE, ON(VM, KVM_IOEVENTFD), "their doorbells")
ROW(ioctl, MAIN, ALWAYS, ON(VM, KVM_REGISTER_COALESCED_MMIO), "fast output")
ROW(ioctl, MAIN, ALWAYS, ON(VM, KVM_UNREGISTER_COALESCED_MMIO), "its end")
ROW(ioctl, MAIN, ALWAYS, ON(KVM, KVM_CHECK_EXTENSION), "fast output")
ROW(ioctl, MAIN, ALWAYS, ON(KVM, KVM_GET_SUPPORTED_CPUID), "check of the host")
ROW(ioctl, MAIN, ALWAYS, ON(KVM, KVM_GET_MSRS), "check of the host")

/* Threads, signals and time. */
ROW(futex, EACH, ALWAYS, ANY, "locks")
ROW(rt_sigreturn, EACH, ALWAYS, ANY, "signals")
ROW(restart_syscall, EACH, ALWAYS, ANY, "the kernel's own, after SIGCONT")
ROW(rt_sigaction, EACH, ALWAYS, ANY, "signals")
ROW(rt_sigprocmask, EACH, ALWAYS, ANY, "signals, begin and end of threads")
ROW(getpid, EACH, ALWAYS, ANY, "whom to signal")
ROW(gettid, EACH, ALWAYS, ANY, "whom to signal")
ROW(tgkill, EACH, ALWAYS, OWN_PID(0), "kicks of vCPUs; fatal signals")
ROW(tkill, EACH, ALWAYS, REFUSED(EPERM), "abort, which ends by SIGSEGV then")
ROW(exit, EACH, ALWAYS, ANY, "end of a thread")
ROW(exit_group, EACH, ALWAYS, ANY, "the end")
ROW(clone, MAIN, ALWAYS, THREAD(0), "threads")
ROW(mprotect, MAIN, ALWAYS, IS(2, PROT_NONE), "the guard of a new stack")
ROW(clone3, MAIN, ALWAYS, REFUSED(ENOSYS), "its flags are in memory")
ROW(seccomp, EACH, ALWAYS, IS(0, SECCOMP_SET_MODE_FILTER), "to have less")
ROW(clock_gettime, EACH, ALWAYS, ANY, "time, where the vDSO has none")

/* Standard files and the end of what a start needed. */
ROW(write, EACH, ALWAYS, ANY, "output; eventfds")
ROW(writev, EACH, ALWAYS, ANY, "messages; packets")
ROW(read, MAIN, ALWAYS, ANY, "input; eventfds")
ROW(poll, MAIN, ALWAYS, ANY, "is there room for output?")
ROW(ppoll, MAIN, ALWAYS, ANY, "the event loop")
ROW(fstat, MAIN, ALWAYS, ANY, "is the output a pipe?")
ROW(open, MAIN, ALWAYS, IS(1, OUTLET_FLAGS), "the output, without waiting")
ROW(fcntl, MAIN, ALWAYS, IS(1, F_SETFD), "musl's open, for O_CLOEXEC")
ROW(close, MAIN, ALWAYS, ANY, "files that have been read")
ROW(munmap, MAIN, ALWAYS, ANY, "files that have been read")
ROW(prctl, MAIN, ALWAYS, IS(0, PR_MCE_KILL), "lost memory")
ROW(prctl, MAIN, ALWAYS, IS(0, PR_SET_VMA), "the name of guest memory")
ROW(ioctl, MAIN, ALWAYS, ON(TERMINAL, TIOCGWINSZ), "is it a terminal?")
ROW(ioctl, MAIN, ALWAYS, ON(TERMINAL, TIOCGPTN), "is it a master?")
ROW(ioctl, MAIN, ALWAYS, ON(TERMINAL, TCGETS), "raw mode")
ROW(ioctl, EACH, ALWAYS, ON(TERMINAL, TCSETS), "raw mode, and back")
ROW(ioctl, EACH, ALWAYS, ON(TERMINAL, TIOCGPGRP), "SIGCONT")
ROW(getpgid, EACH, ALWAYS, ANY, "SIGCONT")
ROW(mprotect, VCPU, TESTDEV, ANY, "flush of a page")

/* Virtio devices: a driver's begin and its reset are a vCPU's. */
ROW(eventfd2, VCPU, DEVICE, ANY, "doorbells, interrupts")
ROW(epoll_create1, VCPU, DEVICE, ANY, "the I/O thread")
ROW(epoll_ctl, VCPU | IO, DEVICE, ANY, "the I/O thread")
ROW(epoll_pwait, IO, DEVICE, ANY, "the I/O thread")
ROW(read, VCPU | IO, DEVICE, ANY, "eventfds, timers, the window's size")
ROW(ioctl, IO, DEVICE, ON(TERMINAL, TIOCGWINSZ), "the window's size")
ROW(getrandom, IO, DEVICE, ANY, "virtio-rng")
ROW(madvise, IO, DEVICE, IS(2, MADV_DONTNEED), "balloon; buffers of vsock")

/* --disk */
ROW(io_uring_setup, VCPU | IO, DISK, ANY, "a ring")
ROW(mmap, VCPU | IO, DISK, WITHOUT(2, PROT_EXEC), "a ring")
ROW(munmap, VCPU | IO, DISK, ANY, "a ring that cannot be used")
ROW(close, VCPU | IO, DISK, ANY, "a ring that cannot be used")
ROW(io_uring_enter, VCPU | IO, DISK, ANY, "requests; a reset waits for them")
ROW(preadv2, IO, DISK, ANY, "what is in the page cache, or has no ring")
ROW(pwritev2, IO, DISK, ANY, "what has no ring")
ROW(fdatasync, IO, DISK, ANY, "what has no ring")
ROW(fallocate, IO, DISK, ANY, "what has no ring")

/* --net */
ROW(readv, IO, NET | VSOCK, ANY, "packets; bytes")
ROW(ioctl, VCPU, NET, ON(ANY, TUNSETOFFLOAD), "what the driver accepts")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_FEATURES), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_MEM_TABLE), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_NUM), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_BASE), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_ADDR), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_KICK), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_CALL), "vhost")
ROW(ioctl, VCPU, NET, ON(ANY, VHOST_SET_VRING_ERR), "vhost")
ROW(ioctl, VCPU | IO, NET, ON(ANY, VHOST_NET_SET_BACKEND), "vhost")

/* --vsock */
ROW(accept4, IO, VSOCK, ANY, "who connects")
ROW(socket, IO, VSOCK, IS(0, AF_UNIX), "to connect")
ROW(connect, IO, VSOCK, ANY, "to connect")
ROW(recvfrom, IO, VSOCK, ANY, "the line CONNECT")
ROW(sendto, IO, VSOCK, ANY, "the line OK")
ROW(sendmsg, IO, VSOCK, ANY, "bytes")
ROW(shutdown, IO, VSOCK, ANY, "one direction's end")
ROW(timerfd_settime, IO | VCPU, VSOCK, ANY, "limits of time")
ROW(close, IO | VCPU, VSOCK, ANY, "a connection; a reset ends all")
ROW(madvise, VCPU, VSOCK, IS(2, MADV_DONTNEED), "a reset ends all")
ROW(lstat, MAIN, VSOCK, ANY, "is the socket ours?")
ROW(unlink, MAIN, VSOCK, ANY, "the socket")

/* vCPUs that configure themselves, in their own threads. */
ROW(mmap, MAIN, SMP | RESTART, WITHOUT(2, PROT_EXEC), "kvm_run of a vCPU")
ROW(ioctl, MAIN, SMP | RESTART, ON(ANY, KVM_SET_CPUID2), "a vCPU begins")
ROW(ioctl, MAIN, SMP | RESTART, ON(ANY, KVM_X86_SETUP_MCE), "a vCPU begins")
ROW(ioctl, MAIN, SMP | RESTART, ON(ANY, KVM_SET_MSRS), "a vCPU begins")
ROW(ioctl, MAIN, SMP | RESTART, ON(ANY, KVM_GET_TSC_KHZ), "--tsc-khz")
ROW(ioctl, MAIN, SMP | RESTART, ON(ANY, KVM_SET_TSC_KHZ), "--tsc-khz")

/* --on-reset=restart */
ROW(ioctl, MAIN, RESTART, ON(KVM, KVM_CREATE_VM), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(KVM, KVM_GET_VCPU_MMAP_SIZE), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_SET_USER_MEMORY_REGION), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_SET_IDENTITY_MAP_ADDR), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_SET_TSS_ADDR), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_ENABLE_CAP), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_CREATE_VCPU), "the next VM")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_SET_SREGS), "before Linux 4.17")
ROW(ioctl, MAIN, RESTART, ON(ANY, KVM_SET_REGS), "before Linux 4.17")
ROW(eventfd2, MAIN, RESTART, ANY, "the next VM")
ROW(arch_prctl, MAIN, RESTART, IS(0, ARCH_REQ_XCOMP_GUEST_PERM), "AMX")
ROW(madvise, MAIN, RESTART, IS(2, MADV_NOHUGEPAGE), "its memory")
ROW(madvise, MAIN, RESTART, IS(2, MADV_HUGEPAGE), "its memory")
ROW(madvise, MAIN, RESTART, IS(2, MADV_DONTDUMP), "its memory")
/* clang-format on */
