/*
 * How the streams of virtio-vsock begin, go on and end: connections with their
 * sockets, watched by the I/O thread. With the device's lock.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_STREAMS_H
#define BOARD_PC_VIRTIO_VSOCK_STREAMS_H

#include "board-pc/virtio/vsock.h"

/* Has the I/O thread watch it. False: the host cannot. */
bool vsock_watch(struct io_source *source, uint32_t events);

/* Whether the timer ticks. */
void vsock_set_timer(bool on);

/*
 * After whatever happened to a connection: what it has is passed on as far as
 * possible, it is in line if there is something for the guest, and free if it
 * is over.
 */
void vsock_settle(struct vsock_connection *it);

/* A guest's REQUEST for a new connection. False: it is to be refused. */
bool vsock_connect(const struct vsock_header *request);

/* Something has come from a caller that is GREETING. */
void vsock_greet(struct vsock_connection *it);

/*
 * Takes those who call from the host, as many as there is place for. False:
 * nobody was taken.
 */
bool vsock_take_callers(void);

#endif
