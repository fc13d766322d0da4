/* KVM's ring of coalesced writes, with a KVM played by this test. */
#include "vmm/coalesced.h"

#include "tests/unit/unit.h"

static _Alignas(4096) uint8_t page[4096];
static struct kvm_coalesced_mmio_ring *const ring = (void *)page;

static void begin(uint32_t at)
{
	memset(page, 0xA5, sizeof(page));
	ring->first = ring->last = at;
}

/* As virt/kvm/coalesced_mmio.c does; false when it is full. */
static bool kvm_puts(uint64_t addr, uint32_t len, uint32_t pio, uint8_t byte)
{
	struct kvm_coalesced_mmio *entry = &ring->coalesced_mmio[ring->last];

	if ((ring->last + 1) % COALESCED_ENTRIES == ring->first)
		return false;
	entry->phys_addr = addr;
	entry->len = len;
	entry->pio = pio;
	memset(entry->data, 0xEE, sizeof(entry->data));
	entry->data[0] = byte;
	ring->last = (ring->last + 1) % (uint32_t)COALESCED_ENTRIES;
	return true;
}

static int take(void)
{
	struct coalesced_write write;

	if (!coalesced_peek(ring, &write))
		return -1;
	coalesced_drop(ring);
	CHECK_EQ(write.port, 0x3F8);
	return write.byte;
}

CASE(a_page_has_170_entries)
{
	CHECK_EQ(COALESCED_ENTRIES, 170);
	CHECK(sizeof(struct kvm_coalesced_mmio_ring) +
		  COALESCED_ENTRIES * sizeof(struct kvm_coalesced_mmio) <=
	      sizeof(page));
}

CASE(an_empty_ring_has_nothing)
{
	for (uint32_t at = 0; at < COALESCED_ENTRIES; at++) {
		begin(at);
		CHECK_EQ(coalesced_waiting(ring), 0);
		CHECK_EQ(take(), -1);
		CHECK_EQ(ring->first, at);
	}
}

CASE(writes_come_in_order_from_a_full_ring_at_every_place)
{
	for (uint32_t at = 0; at < COALESCED_ENTRIES; at++) {
		unsigned count = 0;

		begin(at);
		while (kvm_puts(0x3F8, 1, 1, (uint8_t)count))
			CHECK_EQ(coalesced_waiting(ring), ++count);
		CHECK_EQ(count, COALESCED_MAX);
		for (unsigned i = 0; i < count; i++)
			CHECK_EQ(take(), (uint8_t)i);
		CHECK_EQ(take(), -1);
		CHECK_EQ(ring->first, ring->last);
	}
}

CASE(a_peek_takes_nothing)
{
	struct coalesced_write write;

	begin(0);
	kvm_puts(0xE9, 1, 1, 'x');
	for (int i = 0; i < 3; i++) {
		CHECK(coalesced_peek(ring, &write));
		CHECK_EQ(write.port, 0xE9);
		CHECK_EQ(write.byte, 'x');
		CHECK_EQ(coalesced_waiting(ring), 1);
	}
}

CASE(what_is_no_byte_to_a_port_is_left_out)
{
	begin(COALESCED_MAX);
	kvm_puts(0x3F8, 4, 1, 1);
	kvm_puts(0x3F8, 0, 1, 2);
	kvm_puts(0x3F8, 1, 0, 3);
	kvm_puts(0x103F8, 1, 1, 4);
	kvm_puts(UINT64_C(0x1000003F8), 1, 1, 5);
	kvm_puts(0x3F8, 1, 1, 6);
	kvm_puts(0x3F8, UINT32_MAX, 1, 7);
	CHECK_EQ(take(), 6);
	CHECK_EQ(take(), -1);
	CHECK_EQ(coalesced_waiting(ring), 0);
}

/* Whatever the indices are, no entry beyond the page is read. */
CASE(indices_beyond_the_ring_are_harmless)
{
	static const uint32_t wrong[] = { 170, 171, 4096, INT32_MAX,
					  UINT32_MAX };

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		begin(0);
		ring->last = wrong[i];
		for (unsigned taken = 0; coalesced_waiting(ring); taken++) {
			CHECK(taken < COALESCED_ENTRIES);
			coalesced_drop(ring);
		}
		begin(0);
		ring->first = wrong[i];
		for (unsigned taken = 0; coalesced_waiting(ring); taken++) {
			CHECK(taken < COALESCED_ENTRIES);
			coalesced_drop(ring);
		}
	}
}

RUN("coalesced", &a_page_has_170_entries, &an_empty_ring_has_nothing,
    &writes_come_in_order_from_a_full_ring_at_every_place,
    &a_peek_takes_nothing, &what_is_no_byte_to_a_port_is_left_out,
    &indices_beyond_the_ring_are_harmless)
