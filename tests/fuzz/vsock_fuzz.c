/*
 * Fuzzes virtio-vsock with libFuzzer: a guest that sends any packets, with and
 * without buffers for what comes, and programs of the host's at the other end,
 * which connect, write, read, end halves and close. Checked: what holds of each
 * connection between operations, that the device never spins, that what it
 * sends is a packet, and that a reset leaves no connection.
 *
 * The input: an operation's byte, then its arguments, until there are none.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/vsock_guest.h"

#include <sys/un.h>

#define SERVICE 77
#define PORTS   4 /* of the guest's */
#define HOSTS   8 /* programs at a time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int service = -1;
static int hosts[HOSTS];

static struct input input;

static uint32_t take(unsigned bytes)
{
	return input_take(&input, bytes);
}

static struct sockaddr_un address(const char *suffix)
{
	struct sockaddr_un it = { .sun_family = AF_UNIX };

	snprintf(it.sun_path, sizeof(it.sun_path), "%s%s", guest.path, suffix);
	return it;
}

static void unlink_all(void)
{
	unlink(guest.path);
	unlink(address("_77").sun_path);
}

static void begin(void)
{
	if (service < 0) {
		struct sockaddr_un at;

		guest_plug();
		at = address("_77");
		service = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		unlink(at.sun_path);
		must(!bind(service, (struct sockaddr *)&at, sizeof(at)));
		must(!listen(service, 64));
		atexit(unlink_all);
	}
	for (unsigned i = 0; i < HOSTS; i++)
		hosts[i] = -1;
	must(guest_start());
}

/* Operations: the host's. */

static void hang_up(int *host)
{
	if (*host >= 0)
		close(*host);
	*host = -1;
}

static void call(int *host)
{
	struct sockaddr_un to = address("");

	hang_up(host);
	*host = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(*host, (struct sockaddr *)&to, sizeof(to)))
		hang_up(host);
	else
		dprintf(*host, "CONNECT %u\n", take(1) % PORTS);
}

static void answer(int *host)
{
	hang_up(host);
	*host = accept4(service, NULL, NULL, SOCK_NONBLOCK);
}

static void write_some(int host)
{
	static const uint8_t bytes[70000];

	if (send(host, bytes, take(2) * 2U % sizeof(bytes), MSG_NOSIGNAL) < 0)
		return;
}

static void read_some(int host)
{
	static uint8_t bytes[70000];

	if (read(host, bytes, take(2) * 2U % sizeof(bytes)) < 0)
		return;
}

static void act_as_host(void)
{
	uint32_t what = take(1);
	int *host = &hosts[what / 8 % HOSTS];

	switch (what % 8) {
	case 0:
		call(host);
		break;
	case 1:
		answer(host);
		break;
	case 2:
		write_some(*host);
		break;
	case 3:
	case 4:
		read_some(*host);
		break;
	case 5:
		shutdown(*host, SHUT_WR);
		break;
	case 6:
		shutdown(*host, SHUT_RD);
		break;
	case 7:
		hang_up(host);
		break;
	}
	guest_run();
}

/* Operations: the guest's. */

/* Of a connection that is there, mostly. */
static uint32_t choose_host_port(uint32_t choice)
{
	return choice & 1 ? SERVICE : (1U << 30) + (choice >> 1 & 7);
}

static void send_packet(void)
{
	static const uint8_t bytes[66000];
	uint32_t ports = take(1);
	struct vsock_header packet = guest_header(take(1) % 9, ports % PORTS,
						  choose_host_port(ports >> 2));
	uint32_t count = 0;

	if (packet.op == VSOCK_RW)
		count = take(2) % (sizeof(bytes) + 1);
	else
		packet.flags = take(1) % 8;
	packet.len = count;
	guest_send(&packet, bytes, count);
}

static void send_rubbish(void)
{
	uint8_t bytes[64];
	struct driver_buffer chain[2];
	uint32_t count = take(1) % sizeof(bytes);

	for (uint32_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)take(1);
	chain[0] = driver_out(&guest.driver, bytes, count + 1);
	chain[1] = driver_in(&guest.driver, 16);
	driver_push(&guest.driver, VSOCK_TX_QUEUE, chain, 1 + count % 2);
	driver_notify(&guest.driver);
	guest_run();
}

/* What came is taken; the credit is what the input says. */
static void receive(void)
{
	struct vsock_header packet;

	while (guest_receive(&packet)) {
		must(packet.src_cid == VSOCK_HOST || packet.op == VSOCK_RST);
		must(packet.op >= VSOCK_REQUEST &&
		     packet.op <= VSOCK_CREDIT_REQUEST);
		must(packet.op == VSOCK_RW || !packet.len);
	}
}

static void drain_tx(void)
{
	while (driver_pop(&guest.driver, VSOCK_TX_QUEUE, NULL) >= 0)
		;
}

static void restart(void)
{
	driver_reset(&guest.driver);
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		must(vsock.table.all[i].state == VSOCK_FREE);
	must(guest_start());
}

static unsigned in_queue(unsigned queue)
{
	return (uint16_t)(guest.driver.queues[queue].available -
			  guest.driver.queues[queue].popped);
}

static void act_as_guest(void)
{
	switch (take(1) % 8) {
	case 0:
	case 1:
	case 2:
		send_packet();
		break;
	case 3:
		send_rubbish();
		break;
	case 4:
		receive();
		guest_give_buffers(take(1) % 8, 1 + take(2) % 5000);
		break;
	case 5:
		guest.buf_alloc = take(3);
		guest.fwd_cnt += take(2);
		break;
	case 6:
		vsock.timer.ready(&vsock.timer, EPOLLIN);
		guest_run();
		break;
	case 7:
		if (take(1) < 16)
			restart();
		break;
	}
	receive();
	drain_tx();
	/* The driver has neither descriptors nor memory without end. */
	if (!virtio_is_active(&vsock.device) ||
	    in_queue(VSOCK_RX_QUEUE) > 200 || in_queue(VSOCK_TX_QUEUE) > 200 ||
	    guest.driver.free > guest.driver.ram.size - MIB(1))
		restart();
}

static void check_connection(const struct vsock_connection *it)
{
	must(it->state == VSOCK_FREE || it->state <= VSOCK_OVER);
	must(vsock_buffered(it) <= VSOCK_WINDOW);
	must(it->guest_told == (it->guest_told & it->host_ended));
	if (it->state == VSOCK_OVER)
		must(it->socket.fd >= 0 || it->owed);
	if (it->state == VSOCK_GREETING || it->state == VSOCK_OPEN)
		must(it->socket.fd >= 0);
	if (it->state != VSOCK_FREE && it->socket.fd >= 0 && vsock_buffered(it))
		must(!it->writable);
}

static void check(void)
{
	for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
		check_connection(&vsock.table.all[i]);
	must(vsock.table.line_count <= VSOCK_CONNECTIONS);
	must(vsock.table.refusals_count <= VSOCK_REFUSALS);
}

static void end(void)
{
	int fd;

	for (unsigned i = 0; i < HOSTS; i++)
		hang_up(&hosts[i]);
	driver_reset(&guest.driver);
	while ((fd = accept(service, NULL, NULL)) >= 0)
		close(fd);
	while ((fd = accept(vsock.listener.fd, NULL, NULL)) >= 0)
		close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input.next = data;
	input.left = size;
	begin();
	while (input.left) {
		if (take(1) & 1)
			act_as_guest();
		else
			act_as_host();
		check();
	}
	end();
	return 0;
}
