/*
 * Fuzzes the whole board with libFuzzer: accesses of any size to any port and
 * any address, what KVM has coalesced, interrupts acknowledged and ended,
 * input, output that is slow, and time. There is no KVM: messages and routes
 * are taken. Checked: nothing out of bounds (the sanitizers'), no byte beyond
 * an access is written, where nobody answers all is ones, INTR is what the PIC
 * pair says, the next event is not in the past, and no byte of output is lost.
 *
 * The input: a byte, bit 0: with the test device; 8 for each step: what, size,
 * a place in a list or a number, and a value.
 */
#include <time.h>

/* Time is the input's. */
static int tell_time(clockid_t clock, struct timespec *to);
#define clock_gettime tell_time
#include "board-pc/board.c"
#undef clock_gettime

#include "tests/fuzz/fuzz.h"
#include "vmm/bytes.h"

#include <sys/eventfd.h>

#define STEP     8
#define RAM_SIZE (2 * PAGE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* KVM and the host. */
bool __wrap_kvm_signal_msi(const struct kvm *kvm, uint32_t address,
			   uint32_t data);
bool __wrap_kvm_set_routes(const struct kvm *kvm,
			   const struct kvm_route *routes, unsigned count,
			   struct reason *why);
int32_t __wrap_outlet_write(struct outlet *outlet, uint32_t waiting);
void __wrap_ending_wake(const struct ending *ending);

static uint64_t present;
static struct ram ram;
static struct fw_cfg_items items;
static struct ending ending;
static struct outlet console, debug;
static struct inlet input;
static struct kvm_coalesced_mmio_ring *ring;
static uint32_t slow; /* bytes that an outlet takes at once */

static int tell_time(clockid_t clock, struct timespec *to)
{
	(void)clock;
	to->tv_sec = (time_t)(present / SECOND_NS);
	to->tv_nsec = (long)(present % SECOND_NS);
	return 0;
}

bool __wrap_kvm_signal_msi(const struct kvm *kvm, uint32_t address,
			   uint32_t data)
{
	(void)kvm;
	must(address >> 20 == 0xFEE && !(data >> 16));
	return address & 0x1000;
}

bool __wrap_kvm_set_routes(const struct kvm *kvm,
			   const struct kvm_route *routes, unsigned count,
			   struct reason *why)
{
	(void)kvm, (void)why;
	must(count <= IOAPIC_PINS);
	for (unsigned i = 0; i < count; i++)
		must(routes[i].pin < IOAPIC_PINS);
	return true;
}

int32_t __wrap_outlet_write(struct outlet *outlet, uint32_t waiting)
{
	must(waiting && waiting <= OUTLET_RING);
	outlet->blocked = waiting > slow;
	return (int32_t)(outlet->blocked ? slow : waiting);
}

void __wrap_ending_wake(const struct ending *it)
{
	must(it == &ending);
}

static void interrupt(void)
{
}

static void set_up(void)
{
	static uint8_t item[1000];

	ram = guarded_ram(RAM_SIZE);
	ring = (void *)guarded_ram(PAGE).host;
	fw_cfg_items_init(&items);
	must(fw_cfg_add_file(&items, "opt/a", item, sizeof(item)));
}

static void begin(bool with_testdev)
{
	static const struct kvm no_kvm = { .device = -1, .vm = -1 };
	const struct board_wires to = { .kvm = &no_kvm,
					.interrupt = interrupt,
					.ending = &ending,
					.console = &console,
					.input = &input,
					.debug = &debug,
					.ram = &ram,
					.fw_cfg = &items,
					.cpus = 2,
					.testdev = with_testdev };

	present = SECOND_NS;
	slow = 1000;
	memset(ram.host, 0, RAM_SIZE);
	memset(ring, 0, sizeof(*ring));
	outlet_init(&console, -1);
	outlet_init(&debug, -1);
	input.put = input.taken = 0;
	ending.claimed = ending.kind = 0;
	ending.wake_fd = -1;
	ports.count = COUNT(port_ranges) - TESTDEV_PORTS;
	memory.count = COUNT(memory_ranges) - TESTDEV_RANGES;
	board_init(&to);
	board_coalesce(ring);
}

/* A place that somebody is at, or near, or any. */
static uint64_t place(const struct bus *bus, const uint8_t *it)
{
	const struct bus_range *range = &bus->ranges[it[2] % bus->count];
	uint64_t offset = it[3] % (range->length + 2);

	return range->base + offset - 1;
}

static bool is_somebodys(const struct bus *bus, uint64_t address, unsigned size)
{
	for (unsigned i = 0; i < bus->count; i++)
		if (address < bus->ranges[i].base + bus->ranges[i].length &&
		    bus->ranges[i].base < address + size)
			return true;
	return false;
}

struct access {
	bool is_port, is_write;
	uint64_t address;
	unsigned size;
	uint8_t bytes[16];
};

static void carry_out(struct access *it)
{
	uint16_t port = (uint16_t)it->address;

	if (it->is_port && it->is_write)
		board_port_write(port, it->bytes, it->size);
	else if (it->is_port)
		board_port_read(port, it->bytes, it->size);
	else if (it->is_write)
		board_memory_write(it->address, it->bytes, it->size);
	else
		board_memory_read(it->address, it->bytes, it->size);
}

static void access(bool is_port, const uint8_t *data)
{
	const struct bus *bus = is_port ? &ports : &memory;
	struct access it = { .is_port = is_port, .is_write = data[1] & 1 };
	uint8_t before[16];

	it.size = 1U << (data[1] >> 1 & 3) % (is_port ? 3 : 4);
	it.address = data[1] & 8 ? get_le32(data + 2) : place(bus, data);
	if (is_port)
		it.address = (uint16_t)it.address;
	memset(it.bytes, 0xA5, sizeof(it.bytes));
	memcpy(it.bytes, data + 4, 4);
	memcpy(before, it.bytes, sizeof(before));
	carry_out(&it);
	must(!memcmp(it.bytes + it.size, before + it.size, 16 - it.size));
	must(!it.is_write || !memcmp(it.bytes, before, it.size));
	if (!it.is_write && !is_somebodys(bus, it.address, it.size))
		for (unsigned i = 0; i < it.size; i++)
			must(it.bytes[i] == 0xFF);
}

/* As KVM does it, where there is room. */
static void coalesce(const uint8_t *it)
{
	uint32_t next = (ring->last + 1) % COALESCED_ENTRIES;
	struct kvm_coalesced_mmio *entry = &ring->coalesced_mmio[ring->last];

	if (next == ring->first)
		return;
	entry->phys_addr = it[1] & 1 ? output_ports[it[2] % OUTPUT_PORTS]
				     : (uint64_t)PORT_UART + it[2] % 8;
	entry->len = 1;
	entry->pio = 1;
	entry->data[0] = it[4];
	ring->last = next;
}

static void take_interrupt(void)
{
	uint8_t vector;
	bool waits = board_interrupt_waits();

	must(board_acknowledge(&vector) == waits);
}

static void pass_time(const uint8_t *it)
{
	uint64_t next;

	present += (uint64_t)get_le32(it + 4) << it[1] % 8;
	next = board_advance();
	must(next > present);
}

static void give_input(const uint8_t *it)
{
	uint32_t room = board_input_room();

	board_input(it + 4, room < 4 ? room : 4);
	must(board_input_room() >= room - 4);
}

/* One of them is full, and a vCPU would wait: there is no thread but this. */
static void make_room(void)
{
	slow = OUTLET_RING;
	while (outlet_waiting(&console) > OUTLET_SIZE / 2)
		board_drain(&console);
	while (outlet_waiting(&debug) > OUTLET_SIZE / 2)
		board_drain(&debug);
	slow = 1000;
}

static void drain(const uint8_t *it)
{
	struct outlet *outlet = it[1] & 1 ? &console : &debug;
	uint32_t before = outlet_waiting(outlet);

	slow = get_le16(it + 4);
	must(board_drain(outlet) == outlet_waiting(outlet));
	must(outlet_waiting(outlet) + slow >= before || slow >= before);
}

static void step(const uint8_t *it)
{
	struct output_tally tally;

	switch (it[0] % 16) {
	case 0:
		take_interrupt();
		break;
	case 1:
		board_eoi(it[4]);
		break;
	case 2:
		pass_time(it);
		break;
	case 3:
		give_input(it);
		break;
	case 4:
		board_interrupt(it[4] % IOAPIC_PINS);
		break;
	case 5:
		drain(it);
		break;
	case 6:
		coalesce(it);
		break;
	case 7:
		board_collect(it[1] & 1, &tally);
		break;
	case 8:
	case 9:
		access(false, it);
		break;
	default:
		access(true, it);
	}
	make_room();
	must(board_interrupt_waits() == i8259_intr(&chips.pic));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ram.host)
		set_up();
	if (!size)
		return 0;
	begin(*data++ & 1);
	for (size--; size >= STEP; data += STEP, size -= STEP)
		step(data);
	return 0;
}
