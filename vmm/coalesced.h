/*
 * KVM's ring of coalesced writes: what guests wrote to the ports of a zone
 * (KVM_REGISTER_COALESCED_MMIO), for which no vCPU has left its guest. There
 * is one for each VM, in a page that is mapped with each vCPU.
 *
 * KVM fills it, and we empty it: one thread at a time, under the lock of
 * whoever calls. What is in it is KVM's word, but nothing here believes an
 * index, or an entry that cannot be of our zones.
 */
#ifndef VMM_COALESCED_H
#define VMM_COALESCED_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entries of a ring in a page of 4096 bytes; one of them stays empty. */
#define COALESCED_ENTRIES                                                      \
	((4096 - offsetof(struct kvm_coalesced_mmio_ring, coalesced_mmio)) /   \
	 sizeof(struct kvm_coalesced_mmio))
#define COALESCED_MAX (COALESCED_ENTRIES - 1)

/* A byte that was written to a port. */
struct coalesced_write {
	uint16_t port;
	uint8_t byte;
};

/* How many writes wait, at most COALESCED_MAX. */
uint32_t coalesced_waiting(const struct kvm_coalesced_mmio_ring *ring);

/*
 * The oldest write, which stays there until it is dropped: false when there is
 * none. Entries that are no byte to a port are dropped on the way.
 */
bool coalesced_peek(struct kvm_coalesced_mmio_ring *ring,
		    struct coalesced_write *write);
void coalesced_drop(struct kvm_coalesced_mmio_ring *ring);

#endif
