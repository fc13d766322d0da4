/*
 * All connections of a virtio-vsock device: which one a packet is for, and
 * whose turn it is to give the guest one.
 */
#ifndef BOARD_PC_VIRTIO_VSOCK_TABLE_H
#define BOARD_PC_VIRTIO_VSOCK_TABLE_H

#include "board-pc/virtio/vsock_connection.h"

#define VSOCK_CONNECTIONS 256

/* Packets for ports that nobody has, whose RST waits for a buffer. */
#define VSOCK_REFUSALS 32

struct vsock_table {
	struct vsock_connection all[VSOCK_CONNECTIONS];
	/* Its ports, while the guest may send to it; or 0. */
	uint64_t keys[VSOCK_CONNECTIONS];
	uint32_t last_port; /* of the host's, given away */

	/* Each connection is in line once at most. */
	uint16_t line[VSOCK_CONNECTIONS];
	bool in_line[VSOCK_CONNECTIONS];
	unsigned line_first, line_count;

	struct vsock_header refusals[VSOCK_REFUSALS];
	unsigned refusals_first, refusals_count;
};

unsigned vsock_index(const struct vsock_table *table,
		     const struct vsock_connection *it);

/* A connection that is free, its socket -1; NULL: there is none. */
struct vsock_connection *vsock_find_free(struct vsock_table *table);

/* The connection that a packet with these ports is for, or NULL. */
struct vsock_connection *vsock_find(struct vsock_table *table,
				    uint32_t host_port, uint32_t guest_port);

/*
 * To be called when a connection has got its ports, and when its state may have
 * changed: one that is over for the guest is not found any more.
 */
void vsock_file(struct vsock_table *table, const struct vsock_connection *it);

/*
 * A port of the host's for a connection that the host asks for: from 2^30 on,
 * as Firecracker has it, and none that is in use.
 */
uint32_t vsock_free_port(struct vsock_table *table);

/* Puts it at the end of the line, if it is not in line. */
void vsock_queue(struct vsock_table *table, const struct vsock_connection *it);

/* The first in line, who is no more in it; NULL: there is nobody. */
struct vsock_connection *vsock_next(struct vsock_table *table);

/* Packets that nobody takes are answered with RST, but for RSTs. */
bool vsock_can_refuse(const struct vsock_table *table);
void vsock_refuse(struct vsock_table *table, const struct vsock_header *packet);

/* The next of these RSTs, whole. */
bool vsock_next_refusal(struct vsock_table *table, struct vsock_header *rst);

#endif
