/* A network device that vhost-net serves, which is played here. */
#include "board-pc/virtio/net.h"

#include "tests/virtio_device.h"

#include "tests/unit/unit.h"

#define VHOST 70 /* a descriptor that nobody uses */
#define TAP   71

static struct driver driver;
static struct net net;
static struct vhost_net started;
static unsigned starts, stops, watched, forgotten;
static bool refuses;

bool vhost_net_start(const struct vhost_net *vhost)
{
	started = *vhost;
	starts++;
	return !refuses;
}

void vhost_net_stop(int fd)
{
	CHECK_EQ(fd, VHOST);
	stops++;
}

bool io_watch(struct io_source *source, uint32_t events, struct reason *why)
{
	(void)events, (void)why;
	watched += source->fd >= 0;
	return true;
}

void io_forget(struct io_source *source)
{
	forgotten += source->fd >= 0;
}

static bool set_offloads(int fd, unsigned flags)
{
	(void)flags;
	return fd == TAP;
}

/* `line`: the eventfd of an interrupt line that KVM has; -1: it has none. */
static bool begin(uint64_t features, int line)
{
	const struct net_host host = { .fd = TAP,
				       .set_offloads = set_offloads,
				       .vhost = VHOST };

	memset(&net, 0, sizeof(net));
	net_init(&net, &host);
	CHECK(virtio_plug(&net.device));
	net.device.interrupt_fd = line;
	starts = stops = watched = forgotten = 0;
	plugged_forget();
	return driver_start(&driver, &net.device, features);
}

static uint64_t count_of(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) > 0 ? count : 0;
}

CASE(it_is_told_all)
{
	refuses = false;
	CHECK(begin(VIRTIO_NET_F_MRG_RXBUF, 50));
	CHECK_EQ(starts, 1);
	CHECK_EQ(started.fd, VHOST);
	CHECK_EQ(started.tap, TAP);
	CHECK_EQ(started.features, VIRTIO_NET_F_MRG_RXBUF | VIRTIO_F_VERSION_1);
	CHECK(started.queues == net.device.queues);
	CHECK(started.kicks[0] >= 0 && started.kicks[1] >= 0);
	CHECK(started.kicks[0] != started.kicks[1]);
	CHECK(net.device.always_used);
	CHECK(net.device.kick_queues == started.kicks);
}

CASE(notifications_by_exits_are_passed_on)
{
	CHECK(begin(0, 50));
	driver_notify(&driver);
	CHECK_EQ(count_of(started.kicks[0]), 1);
	CHECK_EQ(count_of(started.kicks[1]), 1);
	CHECK_EQ(plugged.interrupts, 0);
}

CASE(kvm_takes_its_calls)
{
	CHECK(begin(0, 50));
	CHECK_EQ(started.call, 50);
}

CASE(without_kvm_its_calls_are_passed_on)
{
	CHECK(begin(0, -1));
	CHECK_EQ(started.call, net.vhost.call.fd);
	net.vhost.call.ready(&net.vhost.call, EPOLLIN);
	CHECK_EQ(plugged.interrupts, 1);
	CHECK_EQ(net.device.interrupt_status, VIRTIO_INTERRUPT_USED);
}

CASE(its_error_breaks_the_device)
{
	CHECK(begin(0, 50));
	net.vhost.error.ready(&net.vhost.error, EPOLLIN);
	CHECK_EQ(stops, 1);
	CHECK(net.device.status & VIRTIO_NEEDS_RESET);
	net.vhost.error.ready(&net.vhost.error, EPOLLIN);
	CHECK_EQ(stops, 1);
}

CASE(a_reset_stops_it)
{
	CHECK(begin(0, 50));
	driver_reset(&driver);
	CHECK_EQ(stops, 1);
	CHECK_EQ(forgotten, watched);
	/* What comes late is for nobody. */
	net.vhost.error.ready(&net.vhost.error, EPOLLIN);
	net.vhost.call.ready(&net.vhost.call, EPOLLIN);
	CHECK_EQ(net.device.status, 0);
	CHECK_EQ(plugged.interrupts, 0);
}

/* Neither calls nor errors of before are the next driver's. */
CASE(it_starts_again_with_the_same_eventfds)
{
	const uint64_t one = 1;
	struct vhost_net before;

	CHECK(begin(0, 50));
	before = started;
	driver_reset(&driver);
	CHECK_EQ(write(before.error, &one, sizeof(one)), sizeof(one));
	CHECK(driver_start(&driver, &net.device, 0));
	CHECK_EQ(starts, 2);
	CHECK_EQ(started.kicks[0], before.kicks[0]);
	CHECK_EQ(started.kicks[1], before.kicks[1]);
	CHECK_EQ(started.error, before.error);
	CHECK_EQ(count_of(started.error), 0);
}

CASE(it_may_refuse)
{
	refuses = true;
	CHECK(!begin(0, 50));
	refuses = false;
}

RUN("net_vhost", &it_is_told_all, &notifications_by_exits_are_passed_on,
    &kvm_takes_its_calls, &without_kvm_its_calls_are_passed_on,
    &its_error_breaks_the_device, &a_reset_stops_it,
    &it_starts_again_with_the_same_eventfds, &it_may_refuse)
