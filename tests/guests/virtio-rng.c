/*
 * The registers of virtio over MMIO, version 2, and a queue, at the entropy
 * source: the device in the first window. PASS: identity, sizes, negotiation,
 * bytes by polling and by interrupts, resets, and what a driver does wrong, all
 * end as VIRTIO 1.2 has them.
 */
#include "virtio.h"

#define RNG   VIRTIO_WINDOW
#define SIZE  8
#define BYTES 64
#define FILL  0xA5A5A5A5

static struct queue queue;
static uint32_t bytes[BYTES / 4];

/* The check whose number this is must hold. */
static uint8_t failed;

static void check(uint8_t number, bool holds)
{
	if (!failed && !holds)
		failed = number;
}

static void clear_queue(void)
{
	uint32_t *word = (uint32_t *)&queue;

	for (unsigned i = 0; i < sizeof(queue) / 4; i++)
		word[i] = 0;
}

static void set_up(uint32_t low)
{
	clear_queue();
	check(10, virtio_negotiate(RNG, low, HIGH_VERSION_1));
	virtio_queue(RNG, 0, SIZE, (uint32_t)queue.desc, (uint32_t)&queue.avail,
		     (uint32_t)&queue.used);
	check(11, read32(RNG + REG_QUEUE_READY) == 1);
	virtio_start(RNG);
}

/* With event index its place depends on the size: behind the last entry. */
static volatile uint16_t *used_event(void)
{
	return &queue.avail.ring[SIZE];
}

static void offer(uint64_t address, uint32_t length, uint16_t flags,
		  uint16_t next)
{
	unsigned slot = queue.avail.index % SIZE;

	queue.desc[slot] = (struct desc){ address, length, flags, next };
	queue.avail.ring[slot] = (uint16_t)slot;
	barrier();
	queue.avail.index++;
	barrier();
	write32(RNG + REG_QUEUE_NOTIFY, 0);
}

static bool is_filled(void)
{
	unsigned left = 0;

	for (unsigned i = 0; i < BYTES / 4; i++)
		left += bytes[i] == FILL;
	return left < 4;
}

static void await_used(void)
{
	volatile uint16_t *index = &queue.used.index;

	while (*index != queue.avail.index)
		pause_a_bit();
}

static void take_bytes(uint8_t number)
{
	unsigned slot = queue.used.index % SIZE;

	for (unsigned i = 0; i < BYTES / 4; i++)
		bytes[i] = FILL;
	offer((uint32_t)bytes, BYTES, DESC_WRITE, 0);
	await_used();
	check(number, queue.used.ring[slot].length == BYTES);
	check(number, queue.used.ring[slot].head == slot);
	check(number, is_filled());
}

static void identity(void)
{
	check(1, read32(RNG + REG_MAGIC) == MAGIC);
	check(1, read32(RNG + REG_VERSION) == 2);
	check(1, read32(RNG + REG_DEVICE_ID) == 4);
	check(2, read32(RNG + REG_STATUS) == 0);
	check(2, read32(RNG + REG_QUEUE_NUM_MAX) >= SIZE);
	write32(RNG + REG_QUEUE_SEL, 1);
	check(2, read32(RNG + REG_QUEUE_NUM_MAX) == 0);
	write32(RNG + REG_QUEUE_SEL, 0);
	write32(RNG + REG_DEVICE_FEATURES_SEL, 1);
	check(3, read32(RNG + REG_DEVICE_FEATURES) & HIGH_VERSION_1);
	write32(RNG + REG_DEVICE_FEATURES_SEL, 0);
	check(3, read32(RNG + REG_DEVICE_FEATURES) & LOW_EVENT_IDX);
	write32(RNG + REG_DEVICE_FEATURES_SEL, 2);
	check(3, read32(RNG + REG_DEVICE_FEATURES) == 0);
	/* There is one device, and nothing behind it. */
	check(4, read32(RNG + 0x1000) == UINT32_MAX);
}

/* 4.2.2.2: registers are of 32 bits. Other reads are 0, other writes lost. */
static void sizes(void)
{
	check(5, read8(RNG + REG_MAGIC) == 0);
	check(5, read16(RNG + REG_MAGIC) == 0);
	check(5, read32(RNG + REG_MAGIC + 1) == 0);
	write8(RNG + REG_STATUS, ACKNOWLEDGE);
	write16(RNG + REG_STATUS, ACKNOWLEDGE);
	write32(RNG + REG_STATUS + 2, ACKNOWLEDGE);
	check(5, read32(RNG + REG_STATUS) == 0);
	/* No configuration: it reads as 0 whatever the size. */
	check(5, read8(RNG + REG_CONFIG) == 0);
	check(5, read32(RNG + REG_CONFIG) == 0);
	check(5, read32(RNG + 0xFFC) == 0);
}

static void negotiation(void)
{
	check(6, !virtio_negotiate(RNG, 0, 0));
	check(6, !virtio_negotiate(RNG, 1, HIGH_VERSION_1));
	check(6, !virtio_negotiate(RNG, 0, HIGH_VERSION_1 | 0x80000000));
	/* Without FEATURES_OK there is no DRIVER_OK. */
	virtio_start(RNG);
	check(6, !(read32(RNG + REG_STATUS) & DRIVER_OK));
	check(7, virtio_negotiate(RNG, 0, HIGH_VERSION_1));
	write32(RNG + REG_STATUS, 0);
	check(7, read32(RNG + REG_STATUS) == 0);
}

/* More often than the monitor takes notifications by exits. */
static void by_polling(uint32_t low)
{
	set_up(low);
	queue.avail.flags = 1; /* no interrupts */
	*used_event() = 0x7FFF;
	for (unsigned i = 0; i < 100; i++)
		take_bytes(20);
	write32(RNG + REG_QUEUE_NOTIFY, 1);
	write32(RNG + REG_QUEUE_NOTIFY, UINT32_MAX);
	take_bytes(21);
	check(22, read32(RNG + REG_STATUS) ==
		      (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK));
}

static void await_interrupt(uint32_t before)
{
	while (guest_interrupts == before)
		pause_a_bit();
}

static void by_interrupts(uint32_t low)
{
	set_up(low);
	set_pin(VIRTIO_LINE, true);
	allow_interrupts(true);
	for (unsigned i = 0; i < 100; i++) {
		uint32_t before = guest_interrupts;

		*used_event() = queue.used.index;
		take_bytes(30);
		await_interrupt(before);
		check(31, read32(RNG + REG_INTERRUPT_STATUS) == 1);
		write32(RNG + REG_INTERRUPT_ACK, 1);
		check(32, read32(RNG + REG_INTERRUPT_STATUS) == 0);
		check(33, guest_interrupts == before + 1);
	}
	allow_interrupts(false);
	set_pin(VIRTIO_LINE, false);
}

/* A reset forgets all, also while there is work in the queue. */
static void resets(void)
{
	for (unsigned i = 0; i < 50; i++) {
		set_up(0);
		offer((uint32_t)bytes, BYTES, DESC_WRITE, 0);
		write32(RNG + REG_STATUS, 0);
		check(40, read32(RNG + REG_STATUS) == 0);
		check(41, read32(RNG + REG_QUEUE_READY) == 0);
		check(42, read32(RNG + REG_INTERRUPT_STATUS) == 0);
	}
	set_up(0);
	take_bytes(43);
}

static void await_needs_reset(void)
{
	while (!(read32(RNG + REG_STATUS) & NEEDS_RESET))
		pause_a_bit();
}

/* It is as it was before, after a reset. */
static void recovers(uint8_t number)
{
	set_up(0);
	take_bytes(number);
}

/* A queue where there is no RAM, of no size, or badly aligned. */
static void bad_queues(void)
{
	const uint32_t areas[][4] = {
		{ SIZE, 0xC0000000, (uint32_t)&queue.avail,
		  (uint32_t)&queue.used },
		{ SIZE, (uint32_t)queue.desc, 0xFFFFFFF0,
		  (uint32_t)&queue.used },
		{ SIZE, (uint32_t)queue.desc, (uint32_t)&queue.avail, RNG },
		{ SIZE, (uint32_t)queue.desc + 4, (uint32_t)&queue.avail,
		  (uint32_t)&queue.used },
		{ 3, (uint32_t)queue.desc, (uint32_t)&queue.avail,
		  (uint32_t)&queue.used },
		{ 0, (uint32_t)queue.desc, (uint32_t)&queue.avail,
		  (uint32_t)&queue.used },
		{ 0x10008, (uint32_t)queue.desc, (uint32_t)&queue.avail,
		  (uint32_t)&queue.used },
	};

	for (unsigned i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
		virtio_negotiate(RNG, 0, HIGH_VERSION_1);
		virtio_queue(RNG, 0, areas[i][0], areas[i][1], areas[i][2],
			     areas[i][3]);
		virtio_start(RNG);
		check((uint8_t)(50 + i),
		      read32(RNG + REG_STATUS) & NEEDS_RESET);
		recovers((uint8_t)(60 + i));
	}
}

/* Chains that break the rules: the driver is told, and nothing is written. */
static void bad_chains(void)
{
	const struct desc chains[] = {
		{ 0xC0000000, BYTES, DESC_WRITE, 0 },
		{ UINT64_C(0xFFFFFFFFFFFFFFF0), BYTES, DESC_WRITE, 0 },
		{ 0x100000, UINT32_MAX, DESC_WRITE, 0 },
		{ 0x1000000, BYTES, DESC_WRITE | DESC_NEXT, 0 },
		{ 0x1000000, BYTES, DESC_WRITE | DESC_NEXT, SIZE },
		{ 0x1000000, BYTES, DESC_INDIRECT | DESC_NEXT, 1 },
		{ 0x1000000, 17, DESC_INDIRECT, 0 },
	};

	for (unsigned i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		const struct desc *bad = &chains[i];

		set_up(0);
		offer(bad->address, bad->length, bad->flags, bad->next);
		await_needs_reset();
		check((uint8_t)(70 + i), queue.used.index == 0);
		check((uint8_t)(80 + i),
		      read32(RNG + REG_INTERRUPT_STATUS) & 2);
		recovers((uint8_t)(90 + i));
	}
}

uint8_t guest_main(const char *words)
{
	(void)words;
	identity();
	if (failed)
		return failed;
	sizes();
	negotiation();
	by_polling(0);
	by_polling(LOW_EVENT_IDX);
	by_interrupts(0);
	by_interrupts(LOW_EVENT_IDX);
	resets();
	bad_queues();
	bad_chains();
	return failed;
}
