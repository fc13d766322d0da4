/*
 * virtio over MMIO: VIRTIO 1.2, 3.1 and 4.2, a driver's steps and missteps.
 */
#include "board-pc/virtio/mmio.h"

#include "tests/unit/unit.h"

enum { QUEUES = 2, FEATURE = 1 << 5 };

static struct ram ram;
static unsigned interrupts, notifies, prepared, activated, resets, written;
static bool host_can, kind_takes;
static struct virtio_device device;

static bool activate(struct virtio_device *it)
{
	CHECK(virtio_is_active(it));
	CHECK_EQ(prepared, 1);
	activated++;
	return kind_takes;
}

static void notified(struct virtio_device *it)
{
	(void)it;
}

static void reset(struct virtio_device *it)
{
	CHECK(!virtio_is_active(it));
	resets++;
}

static void config_written(struct virtio_device *it, uint32_t offset,
			   unsigned size)
{
	CHECK(offset + size <= it->config_size);
	written = offset << 8 | size;
}

static const struct virtio_kind kind = {
	.id = 42,
	.queue_size = 64,
	.activate = activate,
	.notified = notified,
	.reset = reset,
	.config_written = config_written,
};

static void count_interrupt(struct virtio_device *it)
{
	CHECK(it == &device);
	interrupts++;
}

static void count_notify(struct virtio_device *it)
{
	CHECK(it == &device);
	notifies++;
}

static bool prepare(struct virtio_device *it)
{
	(void)it;
	prepared++;
	return host_can;
}

static const struct virtio_mmio_wires wires = { count_interrupt, count_notify,
						prepare };

static uint32_t get(uint32_t reg)
{
	return (uint32_t)virtio_mmio_read(&device, reg, 4);
}

static void set(uint32_t reg, uint32_t value)
{
	virtio_mmio_write(&device, reg, value, 4);
}

static void power_on(void)
{
	struct reason why;

	if (!ram.host)
		CHECK(ram_map(&ram, (UINT64_C(1) << 20), &why));
	device = (struct virtio_device){ .kind = &kind,
					 .queue_count = QUEUES,
					 .offered = FEATURE,
					 .config_size = 6,
					 .config = { 1, 2, 3, 4, 5, 6 } };
	pthread_mutex_init(&device.lock, NULL);
	interrupts = notifies = prepared = activated = resets = written = 0;
	host_can = kind_takes = true;
	virtio_mmio_wire(&wires, &ram);
	virtio_mmio_reset(&device);
}

static void driver_features(uint64_t features)
{
	for (uint32_t i = 0; i < 2; i++) {
		set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
		set(VIRTIO_MMIO_DRIVER_FEATURES,
		    (uint32_t)(features >> 32 * i));
	}
}

static void negotiate(uint64_t features)
{
	set(VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE);
	set(VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	driver_features(features);
	set(VIRTIO_MMIO_STATUS,
	    VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
}

static void set_up_queue(uint32_t index, uint32_t size, uint32_t at)
{
	set(VIRTIO_MMIO_QUEUE_SEL, index);
	set(VIRTIO_MMIO_QUEUE_NUM, size);
	set(VIRTIO_MMIO_QUEUE_DESC, at);
	set(VIRTIO_MMIO_QUEUE_DESC + 4, 0);
	set(VIRTIO_MMIO_QUEUE_DRIVER, at + 0x1000);
	set(VIRTIO_MMIO_QUEUE_DRIVER + 4, 0);
	set(VIRTIO_MMIO_QUEUE_DEVICE, at + 0x2000);
	set(VIRTIO_MMIO_QUEUE_DEVICE + 4, 0);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
}

static void drive_ok(void)
{
	set(VIRTIO_MMIO_STATUS, get(VIRTIO_MMIO_STATUS) | VIRTIO_DRIVER_OK);
}

static void bring_up(void)
{
	power_on();
	negotiate(VIRTIO_F_VERSION_1 | FEATURE);
	set_up_queue(0, 64, 0x1000);
	drive_ok();
	CHECK(virtio_is_active(&device));
}

CASE(what_it_is_can_be_read)
{
	power_on();
	CHECK_EQ(get(VIRTIO_MMIO_MAGIC), 0x74726976);
	CHECK_EQ(get(VIRTIO_MMIO_VERSION), 2);
	CHECK_EQ(get(VIRTIO_MMIO_DEVICE_ID), 42);
	CHECK_EQ(get(VIRTIO_MMIO_STATUS), 0);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_NUM_MAX), 64);
	CHECK_EQ(get(VIRTIO_MMIO_SHM_LEN), UINT32_MAX);
	set(VIRTIO_MMIO_QUEUE_SEL, QUEUES);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
}

CASE(features_come_in_halves)
{
	power_on();
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	CHECK_EQ(get(VIRTIO_MMIO_DEVICE_FEATURES),
		 VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC | FEATURE);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	CHECK_EQ(get(VIRTIO_MMIO_DEVICE_FEATURES), 1);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	CHECK_EQ(get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
	set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, UINT32_MAX);
	CHECK_EQ(get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

CASE(features_are_taken_whole_or_not)
{
	power_on();
	negotiate(VIRTIO_F_VERSION_1 | FEATURE);
	CHECK(get(VIRTIO_MMIO_STATUS) & VIRTIO_FEATURES_OK);
	CHECK_EQ(device.accepted, VIRTIO_F_VERSION_1 | FEATURE);
	driver_features(VIRTIO_F_VERSION_1);
	CHECK_EQ(device.accepted, VIRTIO_F_VERSION_1 | FEATURE);
	power_on();
	negotiate(FEATURE);
	CHECK(!(get(VIRTIO_MMIO_STATUS) & VIRTIO_FEATURES_OK));
	power_on();
	negotiate(VIRTIO_F_VERSION_1 | FEATURE << 1);
	CHECK(!(get(VIRTIO_MMIO_STATUS) & VIRTIO_FEATURES_OK));
	CHECK_EQ(device.accepted, 0);
}

CASE(a_device_lives_from_driver_ok_on)
{
	power_on();
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	CHECK_EQ(notifies, 0);
	negotiate(VIRTIO_F_VERSION_1);
	set_up_queue(0, 64, 0x1000);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_READY), 1);
	CHECK_EQ(activated, 0);
	drive_ok();
	CHECK_EQ(prepared, 1);
	CHECK_EQ(activated, 1);
	/* Once, for what is in the queues already. */
	CHECK_EQ(notifies, 1);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, QUEUES);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, UINT32_MAX);
	CHECK_EQ(notifies, 2);
	drive_ok();
	CHECK_EQ(activated, 1);
}

CASE(driver_ok_needs_features_ok)
{
	power_on();
	set(VIRTIO_MMIO_STATUS,
	    VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK);
	CHECK_EQ(get(VIRTIO_MMIO_STATUS), VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	CHECK_EQ(activated, 0);
}

CASE(a_queue_is_set_up_at_its_time)
{
	power_on();
	set_up_queue(0, 64, 0x1000);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_READY), 0);
	negotiate(VIRTIO_F_VERSION_1);
	set_up_queue(0, 64, 0x1000);
	set(VIRTIO_MMIO_QUEUE_DESC, 0x7000);
	CHECK_EQ(device.queues[0].desc, 0x1000);
	drive_ok();
	set(VIRTIO_MMIO_QUEUE_READY, 0);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_READY), 1);
	set_up_queue(1, 64, 0x4000);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_READY), 0);
}

static void check_wrong_queue(uint32_t size, uint32_t at)
{
	power_on();
	negotiate(VIRTIO_F_VERSION_1);
	set_up_queue(0, size, at);
	drive_ok();
	CHECK(get(VIRTIO_MMIO_STATUS) & VIRTIO_NEEDS_RESET);
	CHECK(!virtio_is_active(&device));
	CHECK_EQ(activated, 0);
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_INTERRUPT_CONFIG);
	set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	CHECK_EQ(notifies, 0);
}

CASE(a_wrong_queue_needs_a_reset)
{
	check_wrong_queue(0, 0x1000);
	check_wrong_queue(63, 0x1000);
	check_wrong_queue(128, 0x1000);
	check_wrong_queue(0x10000 | 64, 0x1000);
	check_wrong_queue(64, 0x1001);
	check_wrong_queue(64, (uint32_t)(UINT64_C(1) << 20) - 16);
	check_wrong_queue(64, UINT32_MAX - 15);
}

/* A module is loaded again, or the next kernel begins where this one was. */
CASE(a_driver_may_reset_and_begin_again_at_any_step)
{
	for (unsigned steps = 0; steps < 6; steps++) {
		power_on();
		if (steps > 0)
			set(VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE);
		if (steps > 1)
			negotiate(VIRTIO_F_VERSION_1 | FEATURE);
		if (steps > 2)
			set_up_queue(0, 64, 0x1000);
		if (steps > 3)
			drive_ok();
		if (steps > 4)
			virtio_break(&device);
		set(VIRTIO_MMIO_STATUS, 0);
		CHECK_EQ(get(VIRTIO_MMIO_STATUS), 0);
		CHECK_EQ(resets, steps > 3);
		prepared = activated = 0;
		negotiate(VIRTIO_F_VERSION_1);
		CHECK_EQ(device.accepted, VIRTIO_F_VERSION_1);
		set_up_queue(1, 32, 0x4000);
		drive_ok();
		CHECK(virtio_is_active(&device));
		CHECK_EQ(activated, 1);
		CHECK(!device.queues[0].ready);
		CHECK_EQ(device.queues[1].size, 32);
	}
}

CASE(a_reset_forgets_all)
{
	bring_up();
	virtio_config_changed(&device);
	set(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(resets, 1);
	CHECK_EQ(get(VIRTIO_MMIO_STATUS), 0);
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	CHECK_EQ(device.accepted, 0);
	set(VIRTIO_MMIO_QUEUE_SEL, 0);
	CHECK_EQ(get(VIRTIO_MMIO_QUEUE_READY), 0);
	CHECK(!memcmp(&device.queues[0], &(struct virtq){ 0 },
		      sizeof(struct virtq)));
	/* One that has not lived has nothing to give up. */
	set(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(resets, 1);
	prepared = 0;
	negotiate(VIRTIO_F_VERSION_1);
	set_up_queue(0, 64, 0x1000);
	drive_ok();
	CHECK_EQ(activated, 2);
}

CASE(interrupts_are_told_and_acknowledged)
{
	bring_up();
	CHECK_EQ(interrupts, 0);
	virtio_config_changed(&device);
	CHECK_EQ(interrupts, 1);
	CHECK_EQ(get(VIRTIO_MMIO_CONFIG_GENERATION), 1);
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_INTERRUPT_CONFIG);
	set(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_INTERRUPT_USED);
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_INTERRUPT_CONFIG);
	set(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_INTERRUPT_CONFIG);
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	device.always_used = true;
	CHECK_EQ(get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_INTERRUPT_USED);
}

CASE(no_interrupts_before_driver_ok)
{
	power_on();
	virtio_config_changed(&device);
	CHECK_EQ(interrupts, 0);
}

CASE(a_broken_device_tells_once_and_gets_its_reset)
{
	bring_up();
	virtio_break(&device);
	virtio_break(&device);
	CHECK_EQ(interrupts, 1);
	CHECK(!virtio_is_active(&device));
	/* The driver cannot mend it by the status. */
	set(VIRTIO_MMIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER |
				    VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
	CHECK(get(VIRTIO_MMIO_STATUS) & VIRTIO_NEEDS_RESET);
	set(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(resets, 1);
	CHECK_EQ(get(VIRTIO_MMIO_STATUS), 0);
}

CASE(a_driver_cannot_set_needs_reset_itself)
{
	bring_up();
	set(VIRTIO_MMIO_STATUS, get(VIRTIO_MMIO_STATUS) | VIRTIO_NEEDS_RESET);
	CHECK(virtio_is_active(&device));
}

CASE(a_kind_may_refuse)
{
	power_on();
	kind_takes = false;
	negotiate(VIRTIO_F_VERSION_1);
	drive_ok();
	CHECK_EQ(activated, 1);
	CHECK(get(VIRTIO_MMIO_STATUS) & VIRTIO_NEEDS_RESET);
	set(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(resets, 1);
}

CASE(a_host_that_cannot_activates_nothing)
{
	power_on();
	host_can = false;
	negotiate(VIRTIO_F_VERSION_1);
	drive_ok();
	CHECK_EQ(activated, 0);
	set(VIRTIO_MMIO_STATUS, 0);
	CHECK_EQ(resets, 0);
}

CASE(registers_are_for_dwords)
{
	power_on();
	CHECK_EQ(virtio_mmio_read(&device, VIRTIO_MMIO_MAGIC, 1), 0);
	CHECK_EQ(virtio_mmio_read(&device, VIRTIO_MMIO_MAGIC, 2), 0);
	CHECK_EQ(virtio_mmio_read(&device, VIRTIO_MMIO_MAGIC, 8), 0);
	CHECK_EQ(virtio_mmio_read(&device, VIRTIO_MMIO_MAGIC + 1, 4), 0);
	virtio_mmio_write(&device, VIRTIO_MMIO_STATUS, 1, 1);
	CHECK_EQ(get(VIRTIO_MMIO_STATUS), 0);
}

CASE(the_configuration_takes_any_size_and_has_an_end)
{
	const uint32_t at = VIRTIO_MMIO_CONFIG;

	power_on();
	CHECK_EQ(virtio_mmio_read(&device, at, 1), 1);
	CHECK_EQ(virtio_mmio_read(&device, at + 1, 2), 0x0302);
	CHECK_EQ(virtio_mmio_read(&device, at, 8), 0x060504030201);
	CHECK_EQ(virtio_mmio_read(&device, at + 4, 4), 0x0605);
	CHECK_EQ(virtio_mmio_read(&device, at + 6, 4), 0);
	CHECK_EQ(virtio_mmio_read(&device, 0xFFF, 1), 0);
	virtio_mmio_write(&device, at + 4, 0xAABBCCDD, 4);
	CHECK_EQ(written, 4 << 8 | 2);
	CHECK_EQ(virtio_mmio_read(&device, at, 8), 0xCCDD04030201);
	CHECK_EQ(device.config[6], 0);
	written = 0;
	virtio_mmio_write(&device, at + 6, 1, 4);
	CHECK_EQ(written, 0);
}

RUN("virtio_mmio", &what_it_is_can_be_read, &features_come_in_halves,
    &features_are_taken_whole_or_not, &a_device_lives_from_driver_ok_on,
    &driver_ok_needs_features_ok, &a_queue_is_set_up_at_its_time,
    &a_wrong_queue_needs_a_reset,
    &a_driver_may_reset_and_begin_again_at_any_step, &a_reset_forgets_all,
    &interrupts_are_told_and_acknowledged, &no_interrupts_before_driver_ok,
    &a_broken_device_tells_once_and_gets_its_reset,
    &a_driver_cannot_set_needs_reset_itself, &a_kind_may_refuse,
    &a_host_that_cannot_activates_nothing, &registers_are_for_dwords,
    &the_configuration_takes_any_size_and_has_an_end)
