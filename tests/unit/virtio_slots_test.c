/* Slots: where devices are, who is interrupted, and who serves a kick. */
#include "board-pc/virtio/slots.h"

#include "board-pc/virtio/mmio.h"

#include <semaphore.h>
#include <sys/eventfd.h>

#include "tests/unit/unit.h"

static const struct kvm kvm = { .vm = -1 };
static struct ram ram;
static struct ending ending;
static struct virtio_device devices[VIRTIO_SLOTS + 1];
static unsigned pulsed, direct_lines;
static bool host_can, is_direct;
static sem_t served;
static pthread_t server;

static void notified(struct virtio_device *device)
{
	CHECK(virtio_is_active(device));
	server = pthread_self();
	sem_post(&served);
}

static const struct virtio_kind kind = { .id = 42,
					 .queue_size = 8,
					 .notified = notified };

static void pulse(unsigned line)
{
	pulsed = line;
}

static bool direct(unsigned line, int fd, struct reason *why)
{
	direct_lines |= 1U << line;
	return (host_can && fd >= 0) || fail(why, "no irqfds");
}

static bool line_is_direct(unsigned line)
{
	return is_direct && line == 5;
}

static void power_on(void)
{
	const struct virtio_wires wires = { .kvm = &kvm,
					    .ram = &ram,
					    .ending = &ending,
					    .interrupt = pulse,
					    .direct = direct,
					    .is_direct = line_is_direct };

	ending = (struct ending){ .wake_fd = eventfd(0, EFD_NONBLOCK) };
	pulsed = direct_lines = 0;
	host_can = true;
	is_direct = false;
	virtio_init(&wires);
}

static uint32_t get(unsigned slot, uint32_t reg)
{
	uint32_t value;

	virtio_read(MAP_VIRTIO + slot * MAP_VIRTIO_SIZE + reg, &value, 4);
	return value;
}

static void set(unsigned slot, uint32_t reg, uint32_t value)
{
	virtio_write(MAP_VIRTIO + slot * MAP_VIRTIO_SIZE + reg, &value, 4);
}

static void bring_up(unsigned slot)
{
	set(slot, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(slot, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	set(slot, VIRTIO_MMIO_STATUS, VIRTIO_FEATURES_OK);
	set(slot, VIRTIO_MMIO_STATUS, VIRTIO_DRIVER_OK);
}

/* First: a device stays where it has been plugged. */
CASE(there_are_so_many_slots)
{
	CHECK(!virtio_claims(MAP_VIRTIO));
	for (unsigned i = 0; i <= VIRTIO_SLOTS; i++) {
		devices[i] =
		    (struct virtio_device){ .kind = &kind, .queue_count = 1 };
		CHECK_EQ(virtio_slots_taken(), i);
		CHECK_EQ(virtio_plug(&devices[i]), i < VIRTIO_SLOTS);
	}
	CHECK(virtio_claims(MAP_VIRTIO));
	CHECK(virtio_claims(MAP_VIRTIO + VIRTIO_SLOTS * MAP_VIRTIO_SIZE - 1));
	CHECK(!virtio_claims(MAP_VIRTIO + VIRTIO_SLOTS * MAP_VIRTIO_SIZE));
	CHECK(!virtio_claims(MAP_VIRTIO - 1));
	CHECK(!virtio_claims(0));
}

CASE(lines_are_of_one_device_each_and_of_no_chip)
{
	uint32_t seen = 1U << IRQ_PIT | 1U << MAP_PIT_PIN | 1U << IRQ_UART |
			1U << IRQ_RTC | 1U << IRQ_ACPI_SCI;

	for (unsigned i = 0; i < VIRTIO_SLOTS; i++) {
		unsigned line = virtio_line(&devices[i]);

		CHECK(line < 24);
		CHECK(!(seen >> line & 1));
		seen |= 1U << line;
	}
}

CASE(an_access_is_the_device_s_where_it_begins)
{
	uint64_t value = 0;

	power_on();
	CHECK_EQ(get(0, VIRTIO_MMIO_DEVICE_ID), 42);
	set(3, VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE);
	CHECK_EQ(get(3, VIRTIO_MMIO_STATUS), VIRTIO_ACKNOWLEDGE);
	CHECK_EQ(get(2, VIRTIO_MMIO_STATUS), 0);
	/* Over the end of a window, and of the last one. */
	virtio_read(MAP_VIRTIO + MAP_VIRTIO_SIZE - 4, &value, 8);
	CHECK_EQ(value, 0);
	value = UINT64_MAX;
	virtio_write(MAP_VIRTIO + VIRTIO_SLOTS * MAP_VIRTIO_SIZE - 1, &value,
		     8);
}

CASE(a_kick_is_served_by_the_io_thread)
{
	struct reason why;

	power_on();
	bring_up(1);
	CHECK(virtio_is_active(&devices[1]));
	CHECK_EQ(direct_lines, 1U << 6);
	CHECK(io_loop_serve(&why));
	sem_wait(&served); /* once for DRIVER_OK */
	for (int i = 0; i < 100; i++) {
		set(1, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		sem_wait(&served);
	}
	CHECK(!pthread_equal(server, pthread_self()));
	/* KVM has been asked to take them, refused, and is not asked again. */
	virtio_lock(&devices[1]);
	CHECK(devices[1].kicked_directly);
	virtio_unlock(&devices[1]);
	virtio_stop();
	io_loop_stop();
	CHECK(!virtio_is_active(&devices[1]));
}

CASE(interrupts_go_to_the_line_and_wait_for_their_acknowledgement)
{
	power_on();
	bring_up(0);
	bring_up(2);
	CHECK_EQ(virtio_pending_lines(), 0);
	virtio_lock(&devices[2]);
	virtio_config_changed(&devices[2]);
	virtio_unlock(&devices[2]);
	CHECK_EQ(pulsed, 7);
	CHECK_EQ(virtio_pending_lines(), 1U << 7);
	set(2, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_INTERRUPT_CONFIG);
	CHECK_EQ(virtio_pending_lines(), 0);
	/* Nobody knows whether one that comes from the kernel does. */
	devices[0].always_used = true;
	CHECK_EQ(virtio_pending_lines(), 1U << 5);
	CHECK(!virtio_is_direct(&devices[0]));
	is_direct = true;
	CHECK(virtio_is_direct(&devices[0]));
	virtio_stop();
	io_loop_stop();
}

CASE(a_host_that_cannot_ends_the_vm)
{
	power_on();
	host_can = false;
	bring_up(4);
	CHECK_EQ(ending_get(&ending), ENDING_HOST);
	CHECK_SAYS(ending.report, "a virtio device: no irqfds");
}

RUN("virtio_slots", &there_are_so_many_slots,
    &lines_are_of_one_device_each_and_of_no_chip,
    &an_access_is_the_device_s_where_it_begins,
    &a_kick_is_served_by_the_io_thread,
    &interrupts_go_to_the_line_and_wait_for_their_acknowledgement,
    &a_host_that_cannot_ends_the_vm)
