/*
 * A KVM without a kernel, for ThreadSanitizer, which would not see what the
 * real one does. vmm/kvm.c is linked as it is; its three functions about a
 * vCPU's life are replaced (ld's --wrap), and so is syscall(), by which it
 * calls: every ioctl succeeds.
 *
 * Its guests have no instructions: each KVM_RUN ends, at random, with an access
 * to a port or to memory, at once or after a while in the guest, or rests until
 * a signal comes, as a guest does in HLT. In the guest it may also write to
 * ports that are coalesced. immediate_exit and signals are
 * honoured as Documentation/virt/kvm/api.rst says.
 */
#ifndef TESTS_STRESS_FAKE_KVM_H
#define TESTS_STRESS_FAKE_KVM_H

#include <linux/kvm.h>

/* How the guest of the next VM ends. */
enum fake_end {
	FAKE_NEVER,
	FAKE_EXIT_PORT,    /* after some exits a vCPU writes to the exit port */
	FAKE_TRIPLE_FAULT, /* or it dies */
	FAKE_EFAULT,       /* or KVM_RUN fails */
	FAKE_ENDS,
};

/* Before vcpus_create. */
void fake_kvm_power_on(enum fake_end end);

/* The VM's ring: all writes to the ports of output may go there. */
struct kvm_coalesced_mmio_ring *fake_kvm_ring(void);

/* The vCPUs that are in KVM_RUN or whose exit is not complete. */
unsigned fake_kvm_busy(void);

/* The exits so far. */
unsigned fake_kvm_exits(void);

#endif
