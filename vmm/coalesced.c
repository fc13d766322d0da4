#include "vmm/coalesced.h"

/*
 * `last` is KVM's, the first free entry, and `first` is ours: what KVM wrote
 * before it moved `last` on is seen, and what we have read before we move
 * `first` on is not overwritten before.
 */
static uint32_t last_of(const struct kvm_coalesced_mmio_ring *ring)
{
	return __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE) %
	       COALESCED_ENTRIES;
}

static uint32_t first_of(const struct kvm_coalesced_mmio_ring *ring)
{
	return ring->first % COALESCED_ENTRIES;
}

uint32_t coalesced_waiting(const struct kvm_coalesced_mmio_ring *ring)
{
	return (uint32_t)((last_of(ring) + COALESCED_ENTRIES - first_of(ring)) %
			  COALESCED_ENTRIES);
}

bool coalesced_peek(struct kvm_coalesced_mmio_ring *ring,
		    struct coalesced_write *write)
{
	while (coalesced_waiting(ring)) {
		const struct kvm_coalesced_mmio *entry =
		    &ring->coalesced_mmio[first_of(ring)];

		if (entry->len == 1 && entry->pio &&
		    entry->phys_addr <= UINT16_MAX) {
			write->port = (uint16_t)entry->phys_addr;
			write->byte = entry->data[0];
			return true;
		}
		coalesced_drop(ring);
	}
	return false;
}

void coalesced_drop(struct kvm_coalesced_mmio_ring *ring)
{
	__atomic_store_n(&ring->first,
			 (first_of(ring) + 1) % (uint32_t)COALESCED_ENTRIES,
			 __ATOMIC_RELEASE);
}
