#include "board-pc/virtio/device.h"

#include <unistd.h>

/*
 * Chains that a queue is served before others have their turn. A look that
 * finds none counts too: a driver could let an index go to and fro for ever.
 */
#define TURN VIRTQ_SIZE_MAX

void virtio_lock(struct virtio_device *device)
{
	pthread_mutex_lock(&device->lock);
}

void virtio_unlock(struct virtio_device *device)
{
	pthread_mutex_unlock(&device->lock);
}

void virtio_come_back(struct virtio_device *device)
{
	const uint64_t one = 1;

	if (write(device->kick.fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is readable anyway */
}

void virtio_serve(struct virtio_device *device, struct virtq *queue,
		  bool (*serve)(struct virtio_device *device,
				struct virtq *queue, struct virtq_chain *chain))
{
	struct virtq_chain chain;
	enum virtq_taken taken;
	unsigned turn = 0;

	if (!queue->ready)
		return;
	virtq_ignore(queue);
	do {
		while ((taken = virtq_take(queue, &chain)) == VIRTQ_CHAIN) {
			if (!serve(device, queue, &chain)) {
				virtq_untake(queue, 1);
				break;
			}
			if (++turn == TURN || !virtio_is_active(device))
				break;
		}
	} while (taken == VIRTQ_EMPTY && ++turn < TURN && virtq_listen(queue));
	if (turn >= TURN)
		virtio_come_back(device);
	if (taken == VIRTQ_BROKEN)
		virtio_break(device);
	else
		virtio_used(device, queue);
}
