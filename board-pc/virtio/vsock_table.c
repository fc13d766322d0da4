#include "board-pc/virtio/vsock_table.h"

#include <stddef.h>

#define FIRST_PORT (UINT32_C(1) << 30)
#define LAST_PORT  (UINT32_C(1) << 31)

unsigned vsock_index(const struct vsock_table *table,
		     const struct vsock_connection *it)
{
	return (unsigned)(it - table->all);
}

struct vsock_connection *vsock_find_free(struct vsock_table *table)
{
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
		if (table->all[i].state != VSOCK_FREE)
			continue;
		table->all[i] = (struct vsock_connection){ .socket.fd = -1 };
		return &table->all[i];
	}
	return NULL;
}

static uint64_t key_of(uint32_t host_port, uint32_t guest_port)
{
	return (uint64_t)host_port << 32 | guest_port;
}

struct vsock_connection *vsock_find(struct vsock_table *table,
				    uint32_t host_port, uint32_t guest_port)
{
	uint64_t key = key_of(host_port, guest_port);

	for (unsigned i = 0; key && i < VSOCK_CONNECTIONS; i++)
		if (table->keys[i] == key)
			return &table->all[i];
	return NULL;
}

void vsock_file(struct vsock_table *table, const struct vsock_connection *it)
{
	bool is_known = it->state == VSOCK_REQUESTED || it->state == VSOCK_OPEN;

	table->keys[vsock_index(table, it)] =
	    is_known ? key_of(it->host_port, it->guest_port) : 0;
}

static bool in_use(const struct vsock_table *table, uint32_t host_port)
{
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		if (table->all[i].state != VSOCK_FREE &&
		    table->all[i].host_port == host_port)
			return true;
	return false;
}

uint32_t vsock_free_port(struct vsock_table *table)
{
	do {
		table->last_port++;
		if (table->last_port < FIRST_PORT ||
		    table->last_port >= LAST_PORT)
			table->last_port = FIRST_PORT;
	} while (in_use(table, table->last_port));
	return table->last_port;
}

void vsock_queue(struct vsock_table *table, const struct vsock_connection *it)
{
	unsigned index = vsock_index(table, it);
	unsigned end = table->line_first + table->line_count;

	if (table->in_line[index])
		return;
	table->in_line[index] = true;
	table->line[end % VSOCK_CONNECTIONS] = (uint16_t)index;
	table->line_count++;
}

struct vsock_connection *vsock_next(struct vsock_table *table)
{
	unsigned index = table->line[table->line_first];

	if (!table->line_count)
		return NULL;
	table->line_first = (table->line_first + 1) % VSOCK_CONNECTIONS;
	table->line_count--;
	table->in_line[index] = false;
	return &table->all[index];
}

bool vsock_can_refuse(const struct vsock_table *table)
{
	return table->refusals_count < VSOCK_REFUSALS;
}

void vsock_refuse(struct vsock_table *table, const struct vsock_header *packet)
{
	unsigned end = table->refusals_first + table->refusals_count;

	if (packet->op == VSOCK_RST)
		return;
	assert(vsock_can_refuse(table));
	table->refusals_count++;
	table->refusals[end % VSOCK_REFUSALS] = (struct vsock_header){
		.src_cid = packet->dst_cid,
		.dst_cid = packet->src_cid,
		.src_port = packet->dst_port,
		.dst_port = packet->src_port,
		.type = packet->type,
		.op = VSOCK_RST,
	};
}

bool vsock_next_refusal(struct vsock_table *table, struct vsock_header *rst)
{
	if (!table->refusals_count)
		return false;
	*rst = table->refusals[table->refusals_first];
	table->refusals_first = (table->refusals_first + 1) % VSOCK_REFUSALS;
	table->refusals_count--;
	return true;
}
