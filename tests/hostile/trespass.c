/*
 * trespass ARGUMENT...: mayfly itself, one of whose threads makes a system call
 * that mayfly never makes. $TRESPASS says who: `vcpu`, before its guest is
 * entered, `main`, before it serves the VM, or `io`, the I/O thread, with a
 * request that is done; and `ioctl`, a vCPU that runs with another
 * descriptor's.
 */
#define main mayfly_main
#include "vmm/main.c"
#undef main

#include "board-pc/virtio/device.h"
#include "vmm/event_loop.h"
#include "vmm/kvm.h"

#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

int __real_kvm_run_vcpu(const struct kvm_vcpu *vcpu);
int __wrap_kvm_run_vcpu(const struct kvm_vcpu *vcpu);
void __real_event_loop_run(struct event_loop *loop);
void __wrap_event_loop_run(struct event_loop *loop);
void __real_virtio_used(struct virtio_device *device, struct virtq *queue);
void __wrap_virtio_used(struct virtio_device *device, struct virtq *queue);

static const char *who;

int __wrap_kvm_run_vcpu(const struct kvm_vcpu *vcpu)
{
	if (!strcmp(who, "vcpu"))
		syscall(SYS_openat, -100, "/etc/passwd", O_RDONLY);
	if (!strcmp(who, "ioctl"))
		syscall(SYS_ioctl, STDIN_FILENO, KVM_RUN, 0);
	return __real_kvm_run_vcpu(vcpu);
}

void __wrap_event_loop_run(struct event_loop *loop)
{
	if (!strcmp(who, "main"))
		syscall(SYS_execve, "/bin/sh", NULL, NULL);
	__real_event_loop_run(loop);
}

void __wrap_virtio_used(struct virtio_device *device, struct virtq *queue)
{
	if (!strcmp(who, "io"))
		syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	__real_virtio_used(device, queue);
}

int main(int argc, char **argv)
{
	who = getenv("TRESPASS");
	if (!who)
		return 1;
	return mayfly_main(argc, argv);
}
