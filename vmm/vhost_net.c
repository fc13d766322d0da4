#include "vmm/vhost_net.h"

#include "board-pc/map.h"
#include "vmm/ioctl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/vhost-net"

/* Feature bits of VIRTIO 1.2, 5.1.3 and 6, in which vhost has a part. */
#define FEATURES                                                               \
	(UINT64_C(1) << 15 /* MRG_RXBUF */ |                                   \
	 UINT64_C(1) << 28 /* INDIRECT_DESC */ |                               \
	 UINT64_C(1) << 29 /* EVENT_IDX */ |                                   \
	 UINT64_C(1) << 32 /* VERSION_1 */)

static bool take(int fd, struct reason *why)
{
	uint64_t features = 0;

	if (ioctl_with(fd, VHOST_GET_FEATURES, &features))
		return fail(why, DEVICE ": %s", strerror(errno));
	if (~features & FEATURES)
		return fail(why, DEVICE " is too old: it lacks features 0x%llx",
			    (unsigned long long)(~features & FEATURES));
	return !ioctl_with(fd, VHOST_SET_OWNER, NULL) ||
	       fail(why, DEVICE ": cannot be had: %s", strerror(errno));
}

bool vhost_net_open(int *fd, struct reason *why)
{
	*fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return fail(why, DEVICE ": %s%s", strerror(errno),
			    errno == ENOENT ? " (modprobe vhost_net)" : "");
	if (take(*fd, why))
		return true;
	close(*fd);
	return false;
}

static struct vhost_memory_region region(const struct ram *ram, uint64_t gpa,
					 uint64_t size)
{
	return (struct vhost_memory_region){
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)ram_span(ram, gpa, size),
	};
}

/* A struct vhost_memory with room. */
struct table {
	uint32_t count, padding;
	struct vhost_memory_region regions[2];
};
static_assert(offsetof(struct table, regions) ==
		  offsetof(struct vhost_memory, regions),
	      "the kernel reads it");

static bool set_memory(int fd, const struct ram *ram)
{
	uint64_t low = ram_low_size(ram), high = ram_high_size(ram);
	struct table table = { .count = high ? 2 : 1,
			       .regions = { region(ram, 0, low) } };

	if (high)
		table.regions[1] = region(ram, MAP_ABOVE_4G, high);
	return !ioctl_with(fd, VHOST_SET_MEM_TABLE, &table);
}

static bool set_queue(const struct vhost_net *vhost, unsigned index)
{
	const struct virtq *queue = &vhost->queues[index];
	struct vhost_vring_state size = { index, queue->size };
	struct vhost_vring_state base = { index, 0 };
	struct vhost_vring_addr at = {
		.index = index,
		.desc_user_addr = (uintptr_t)queue->desc_table,
		.avail_user_addr = (uintptr_t)queue->avail,
		.used_user_addr = (uintptr_t)queue->used,
	};
	struct vhost_vring_file kick = { index, vhost->kicks[index] };
	struct vhost_vring_file call = { index, vhost->call };
	struct vhost_vring_file error = { index, vhost->error };

	return !ioctl_with(vhost->fd, VHOST_SET_VRING_NUM, &size) &&
	       !ioctl_with(vhost->fd, VHOST_SET_VRING_BASE, &base) &&
	       !ioctl_with(vhost->fd, VHOST_SET_VRING_ADDR, &at) &&
	       !ioctl_with(vhost->fd, VHOST_SET_VRING_KICK, &kick) &&
	       !ioctl_with(vhost->fd, VHOST_SET_VRING_CALL, &call) &&
	       !ioctl_with(vhost->fd, VHOST_SET_VRING_ERR, &error);
}

static bool set_backend(int fd, unsigned index, int tap)
{
	struct vhost_vring_file backend = { index, tap };

	return !ioctl_with(fd, VHOST_NET_SET_BACKEND, &backend);
}

/* Nothing is to be served before all is known. */
static bool start(const struct vhost_net *vhost)
{
	uint64_t features = vhost->features & FEATURES;

	if (ioctl_with(vhost->fd, VHOST_SET_FEATURES, &features))
		return false;
	for (unsigned i = 0; i < VHOST_NET_QUEUES; i++) {
		const struct virtq *queue = &vhost->queues[i];

		if (queue->ready &&
		    !(set_memory(vhost->fd, queue->ram) && set_queue(vhost, i)))
			return false;
	}
	for (unsigned i = 0; i < VHOST_NET_QUEUES; i++)
		if (vhost->queues[i].ready &&
		    !set_backend(vhost->fd, i, vhost->tap))
			return false;
	return true;
}

bool vhost_net_start(const struct vhost_net *vhost)
{
	if (start(vhost))
		return true;
	vhost_net_stop(vhost->fd);
	return false;
}

void vhost_net_stop(int fd)
{
	for (unsigned i = 0; i < VHOST_NET_QUEUES; i++)
		set_backend(fd, i, -1);
}
