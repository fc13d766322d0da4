/* virtio_serve: the loop that most queues are served by. */
#include "tests/unit/unit.h"
#include "tests/virtio_device.h"

#define SIZE VIRTQ_SIZE_MAX

static struct driver driver;
static unsigned served, limit, again;
static bool breaks;

static bool serve(struct virtio_device *device, struct virtq *queue,
		  struct virtq_chain *chain)
{
	if (served == limit)
		return false;
	served++;
	if (breaks)
		virtio_break(device);
	virtq_put(queue, chain->head, 0);
	if (again) { /* while it is served, the driver goes on */
		again--;
		CHECK(driver_pop(&driver, 0, NULL) >= 0);
		driver_push(&driver, 0,
			    &(struct driver_buffer){ 0x1000, 1, false }, 1);
	}
	return true;
}

static void notified(struct virtio_device *device)
{
	virtio_serve(device, &device->queues[0], serve);
}

static const struct virtio_kind kind = { .queue_size = SIZE,
					 .notified = notified };
static struct virtio_device device = { .kind = &kind, .queue_count = 1 };

static void start(uint64_t features)
{
	if (!plugged.device)
		CHECK(virtio_plug(&device));
	CHECK(driver_start(&driver, &device, features));
	plugged_forget();
	served = again = 0;
	limit = UINT32_MAX;
	breaks = false;
}

static void push(unsigned count)
{
	const struct driver_buffer buffer = { 0x1000, 1, false };

	while (count--)
		driver_push(&driver, 0, &buffer, 1);
}

CASE(all_chains_are_served_and_told_once)
{
	for (unsigned with = 0; with < 2; with++) {
		start(with ? VIRTIO_F_EVENT_IDX : 0);
		push(5);
		driver_notify(&driver);
		CHECK_EQ(served, 5);
		CHECK_EQ(plugged.interrupts, 1);
		CHECK(!plugged_came_back());
		push(1);
		CHECK(driver_would_notify(&driver, 0));
	}
}

CASE(nothing_is_told_of_nothing)
{
	start(0);
	driver_notify(&driver);
	CHECK_EQ(served, 0);
	CHECK_EQ(plugged.interrupts, 0);
	CHECK(driver_would_notify(&driver, 0));
}

CASE(what_comes_meanwhile_is_served)
{
	start(VIRTIO_F_EVENT_IDX);
	push(1);
	again = 20;
	driver_notify(&driver);
	CHECK_EQ(served, 21);
}

CASE(a_chain_that_is_not_served_stays)
{
	start(0);
	push(3);
	limit = 1;
	driver_notify(&driver);
	CHECK_EQ(served, 1);
	CHECK_EQ(plugged.interrupts, 1);
	CHECK(driver_pop(&driver, 0, NULL) >= 0);
	CHECK_EQ(driver_pop(&driver, 0, NULL), -1);
	limit = 3;
	driver_notify(&driver);
	CHECK_EQ(served, 3);
}

CASE(others_have_their_turn)
{
	start(0);
	push(1);
	again = 10 * SIZE;
	driver_notify(&driver);
	CHECK_EQ(served, SIZE);
	for (unsigned turns = 1; plugged_came_back(); turns++) {
		CHECK(turns < 20);
		driver_notify(&driver);
	}
	CHECK_EQ(served, 10 * SIZE + 1);
	push(1);
	CHECK(driver_would_notify(&driver, 0));
}

CASE(a_broken_queue_needs_a_reset)
{
	start(0);
	push(1);
	driver_offer(&driver, 0, 0xFFFF);
	driver_notify(&driver);
	CHECK_EQ(served, 1);
	CHECK(!virtio_is_active(&device));
	CHECK_EQ(device.interrupt_status & VIRTIO_INTERRUPT_CONFIG,
		 VIRTIO_INTERRUPT_CONFIG);
	CHECK(!plugged_came_back());
}

CASE(nothing_is_served_behind_a_chain_that_breaks_the_device)
{
	start(0);
	push(4);
	breaks = true;
	driver_notify(&driver);
	CHECK_EQ(served, 1);
	CHECK(!virtio_is_active(&device));
}

CASE(a_queue_that_is_not_ready_is_left_alone)
{
	start(0);
	push(1);
	virtq_reset(&device.queues[0]);
	driver_notify(&driver);
	CHECK_EQ(served, 0);
}

RUN("virtio_serve", &all_chains_are_served_and_told_once,
    &nothing_is_told_of_nothing, &what_comes_meanwhile_is_served,
    &a_chain_that_is_not_served_stays, &others_have_their_turn,
    &a_broken_queue_needs_a_reset,
    &nothing_is_served_behind_a_chain_that_breaks_the_device,
    &a_queue_that_is_not_ready_is_left_alone)
