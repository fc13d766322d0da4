/*
 * The I/O thread: waits for descriptors (epoll), and calls those that wait for
 * them. It is there once something is watched, so a VM whose guest touches no
 * virtio device has none.
 */
#ifndef VMM_IO_LOOP_H
#define VMM_IO_LOOP_H

#include "vmm/ending.h"
#include "vmm/reason.h"

#include <stdint.h>
#include <sys/epoll.h>

/* Static, or in something static; not moved while it is watched. */
struct io_source {
	int fd;
	/* In the I/O thread; `events` is what epoll says of the descriptor. */
	void (*ready)(struct io_source *source, uint32_t events);
};

/* Whom the first io_watch wakes, so that it starts the I/O thread. Before it.
 */
void io_loop_init(struct ending *ending);

/*
 * Watches `source` for `events` (EPOLLIN, EPOLLOUT, EPOLLET…), from now on, or
 * for others if it is watched already; 0 keeps it watched for errors alone. Any
 * thread.
 */
bool io_watch(struct io_source *source, uint32_t events, struct reason *why);

/*
 * No more of it. In another thread than the I/O thread, `ready` may be running,
 * or about to: it has to find out by itself that nobody wants it.
 */
void io_forget(struct io_source *source);

/*
 * For the attending thread, each time that it is woken: starts the I/O thread
 * if it is wanted and not there.
 */
bool io_loop_serve(struct reason *why);

/* Ends the thread, when `ready` has returned, and forgets all sources. */
void io_loop_stop(void);

#endif
