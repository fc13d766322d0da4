#include "board-pc/output.h"

#include "board-pc/map.h"

const uint16_t output_ports[OUTPUT_PORTS] = {
	[OUTPUT_UART] = PORT_UART,
	[OUTPUT_DEBUG] = PORT_DEBUGCON,
	[OUTPUT_DEBUG_BOCHS] = PORT_DEBUGCON_BOCHS,
};

static pthread_cond_t room = PTHREAD_COND_INITIALIZER; /* in an outlet */

void output_tell_room(void)
{
	pthread_cond_broadcast(&room);
}

/* The outlet that a write to these ports may put a byte into, or NULL. */
static const struct outlet *outlet_behind(const struct output *output,
					  uint16_t port, unsigned size)
{
	for (unsigned i = 0; i < OUTPUT_PORTS; i++)
		if (port <= output_ports[i] &&
		    output_ports[i] - port < (int)size)
			return i == OUTPUT_UART ? output->console
						: output->debug;
	return NULL;
}

/* Do these ports have a register that coalesced writes lead to? */
static bool is_in_order(const struct output *output, uint16_t port,
			unsigned size)
{
	return outlet_behind(output, port, size) ||
	       (port >= PORT_UART && port < PORT_UART + PORT_UART_COUNT);
}

/* The event loop sleeps while nothing waits: the first byte wakes it. */
static void put(const struct output *output, struct outlet *outlet,
		uint8_t byte)
{
	if (!output->watched && !outlet_waiting(outlet))
		ending_wake(output->ending);
	outlet_put(outlet, byte);
}

/* What a vCPU still writes when the VM has ended is nobody's. */
void output_put(const struct output *output, struct outlet *outlet,
		uint8_t byte)
{
	if (!output->released && !outlet->error)
		put(output, outlet, byte);
}

/*
 * A guest that writes on although the UART is not ready waits, so that the
 * chip, which is in no state to wait, always finds room. While the VM is
 * paused there is the outlet's reserve.
 */
static bool must_wait(const struct output *output, const struct outlet *outlet)
{
	return outlet && !outlet_has_room(outlet) && !output->paused &&
	       !ending_get(output->ending);
}

static void wait_for_room(const struct output *output,
			  const struct outlet *outlet)
{
	while (must_wait(output, outlet))
		pthread_cond_wait(&room, output->lock);
}

void output_wait_for_room(struct output *output)
{
	wait_for_room(output, output->console);
	wait_for_room(output, output->debug);
}

/* Counts a byte that was written to one of the ports. */
static void count(struct output *output, uint16_t port)
{
	for (unsigned i = 0; i < OUTPUT_PORTS; i++)
		output->tally.written[i] += port == output_ports[i];
}

/* The ring's oldest write, which is in `write`. */
static void take(struct output *output, const struct coalesced_write *write)
{
	coalesced_drop(output->ring);
	output->taken++;
	count(output, write->port);
	output->deliver(write->port, write->byte);
}

static bool waits(const struct output *output, struct coalesced_write *write)
{
	return output->ring && coalesced_peek(output->ring, write);
}

static bool has_room(const struct output *output, uint16_t port)
{
	const struct outlet *outlet = outlet_behind(output, port, 1);

	return !outlet || outlet_has_room(outlet);
}

/* Takes what has room, and counts the UART's in `uart`. */
static void collect(struct output *output, uint32_t *uart)
{
	struct coalesced_write write;

	while (waits(output, &write) && has_room(output, write.port)) {
		*uart += write.port == PORT_UART;
		take(output, &write);
	}
}

void output_collect(struct output *output)
{
	collect(output, &output->tally.uart_unasked);
}

uint32_t output_write(struct output *output, const uint8_t *bytes,
		      uint32_t count)
{
	struct coalesced_write write;
	uint32_t done = 0;

	if (output->console->error)
		return count;
	output_collect(output);
	if (waits(output, &write))
		return 0;
	while (done < count && outlet_has_room(output->console))
		put(output, output->console, bytes[done++]);
	return done;
}

void output_before_access(struct output *output)
{
	collect(output, &output->tally.uart_asked);
}

/*
 * Of the ring what is there now: other vCPUs may go on filling it. While one
 * waits here, others take what it waits to take, if they find room first.
 */
static void collect_in_order(struct output *output)
{
	struct coalesced_write write;
	uint32_t end;

	if (!output->ring)
		return;
	end = output->taken + coalesced_waiting(output->ring);
	while ((int32_t)(end - output->taken) > 0 && waits(output, &write)) {
		if (must_wait(output, outlet_behind(output, write.port, 1))) {
			pthread_cond_wait(&room, output->lock);
			continue;
		}
		output->tally.uart_asked += write.port == PORT_UART;
		take(output, &write);
	}
}

void output_settle(struct output *output)
{
	struct coalesced_write write;

	for (uint32_t i = 0; i < COALESCED_MAX && waits(output, &write); i++)
		take(output, &write);
}

void output_before_write(struct output *output, uint16_t port, unsigned size)
{
	if (is_in_order(output, port, size))
		collect_in_order(output);
	else
		output_before_access(output);
	wait_for_room(output, outlet_behind(output, port, size));
	if (size == 1)
		count(output, port);
}
