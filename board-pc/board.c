/*
 * The PC on one page: instances, wires, and the table of ranges.
 */
#include "board-pc/board.h"

#include "board-pc/acpi.h"
#include "board-pc/acpi_pm.h"
#include "board-pc/debug_ports.h"
#include "board-pc/i8042.h"
#include "board-pc/map.h"
#include "board-pc/mc146818.h"
#include "board-pc/reset_port.h"
#include "board-pc/testdev.h"
#include "board-pc/uart16550.h"
#include "vmm/bus.h"
#include "vmm/clock.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

static struct {
	struct uart16550 uart;
	struct mc146818 rtc;
	struct i8042 i8042;
	struct acpi_pm pm;
	struct reset_port reset_port;
	struct debug_ports debug;
} chips;

/* Not among them, so that a start without it touches none of its memory. */
static struct testdev testdev;

/* The tables, which do not include the chips, tell a guest the truth. */
_Static_assert(ACPI_SLP_TYP_S5 == ACPI_PM_SLP_TYP_S5, "the DSDT's \\_S5");
_Static_assert(ACPI_RESET_VALUE == RESET_PORT_VALUE, "the FADT's RESET_VALUE");
_Static_assert(ACPI_CMOS_CENTURY == MC146818_CENTURY, "the FADT's CENTURY");

static struct board_wires wires;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER; /* in the console */
static bool released;                                  /* the VM has ended */
static bool paused;      /* or is to pause: no vCPU may wait for room */
static bool input_asked; /* the event loop has been woken to feed the UART */

/*
 * The RTC is told the time before each access; the rest needs no time. When an
 * access brings its next event forward, the event loop has to know.
 */
static uint32_t rtc_read(void *chip, uint32_t reg, unsigned size)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t next = mc146818_advance(chip, now);
	uint32_t value = mc146818_read(chip, reg, size);

	if (mc146818_advance(chip, now) < next)
		ending_wake(wires.ending);
	return value;
}

static void rtc_write(void *chip, uint32_t reg, uint32_t value, unsigned size)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t next = mc146818_advance(chip, now);

	mc146818_write(chip, reg, value, size);
	if (mc146818_advance(chip, now) < next)
		ending_wake(wires.ending);
}

/*
 * A doubleword is PCI's configuration address, which a guest writes to look
 * for devices; the reset control register among its bytes takes bytes only.
 */
static bool is_reset_port(uint32_t reg, unsigned size)
{
	return size == 1 && reg == PORT_RESET - PORT_PCI_ADDRESS;
}

static uint32_t pci_address_read(void *chip, uint32_t reg, unsigned size)
{
	if (!is_reset_port(reg, size))
		return CHIP_ALL_ONES;
	return reset_port_read(chip, RESET_PORT_CONTROL, size);
}

static void pci_address_write(void *chip, uint32_t reg, uint32_t value,
			      unsigned size)
{
	if (is_reset_port(reg, size))
		reset_port_write(chip, RESET_PORT_CONTROL, value, size);
}

#define CHIP(instance, part, reg)                                              \
	&chips.instance, reg, part##_read, part##_write

#define TESTDEV(reg) &testdev, reg, testdev_read, testdev_write

/* The machine as a guest's I/O instructions see it, the busiest first. */
static const struct bus_range port_ranges[] = {
	{ PORT_UART, PORT_UART_COUNT, BUS_BYTE, CHIP(uart, uart16550, 0) },
	{ PORT_POST, 1, BUS_BYTE, CHIP(debug, debug_ports, DEBUG_PORTS_POST) },
	{ PORT_DEBUGCON, 1, BUS_BYTE,
	  CHIP(debug, debug_ports, DEBUG_PORTS_CONSOLE) },
	{ PORT_DEBUGCON_BOCHS, 1, BUS_BYTE,
	  CHIP(debug, debug_ports, DEBUG_PORTS_CONSOLE) },
	{ PORT_RTC, PORT_RTC_COUNT, BUS_BYTE, &chips.rtc, 0, rtc_read,
	  rtc_write },
	{ PORT_ACPI_PM, PORT_ACPI_PM_COUNT, BUS_BYTE | BUS_WORD,
	  CHIP(pm, acpi_pm, 0) },
	{ PORT_I8042_DATA, 1, BUS_BYTE, CHIP(i8042, i8042, 0) },
	{ PORT_I8042_COMMAND, 1, BUS_BYTE, CHIP(i8042, i8042, 1) },
	{ PORT_PCI_ADDRESS, PORT_PCI_ADDRESS_COUNT, BUS_BYTE | BUS_DWORD,
	  &chips.reset_port, 0, pci_address_read, pci_address_write },
	{ PORT_A20, 1, BUS_BYTE, CHIP(reset_port, reset_port, RESET_PORT_A) },
	{ PORT_BOOT_MARKER, 1, BUS_BYTE,
	  CHIP(debug, debug_ports, DEBUG_PORTS_MARKER) },
	{ PORT_EXIT, 4, BUS_BYTE | BUS_WORD | BUS_DWORD,
	  CHIP(debug, debug_ports, DEBUG_PORTS_EXIT) },

	/* The last ones, TESTDEV_PORTS of them, with --testdev only. */
	{ PORT_TESTDEV_ECHO, PORT_TESTDEV_ECHO_COUNT,
	  BUS_BYTE | BUS_WORD | BUS_DWORD, TESTDEV(TESTDEV_ECHO) },
	{ PORT_TESTDEV_FLUSH, PORT_TESTDEV_FLUSH_COUNT,
	  BUS_BYTE | BUS_WORD | BUS_DWORD, TESTDEV(TESTDEV_FLUSH) },
	{ PORT_TESTDEV_IRQ, PORT_TESTDEV_IRQ_COUNT, BUS_BYTE,
	  TESTDEV(TESTDEV_IRQ) },
};

#define TESTDEV_PORTS 3

/* No other chip is in memory yet: the LAPIC and the IOAPIC are KVM's. */
static const struct bus_range memory_ranges[] = {
	{ MAP_TESTDEV, MAP_TESTDEV_SIZE, BUS_BYTE | BUS_WORD | BUS_DWORD,
	  TESTDEV(TESTDEV_MEMORY) },
};

#define TESTDEV_RANGES 1

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Without the test device until it is wired. */
static struct bus ports = { port_ranges, COUNT(port_ranges) - TESTDEV_PORTS };
static struct bus memory = { memory_ranges,
			     COUNT(memory_ranges) - TESTDEV_RANGES };

static void drive_irq(void *listener, unsigned line, bool level)
{
	(void)listener;
	kvm_irq_line(wires.kvm, line, level);
}

static void drive_ending(void *listener, unsigned kind, bool level)
{
	(void)listener;
	if (level)
		ending_set(wires.ending, (enum ending_kind)kind, 0);
}

static void put_exit(void *listener, uint32_t value)
{
	(void)listener;
	ending_set(wires.ending, ENDING_EXIT, value);
}

/*
 * The event loop sleeps while nothing waits: the first byte wakes it. What a
 * vCPU still writes when the VM has ended is nobody's.
 */
static void put_out(struct outlet *outlet, uint8_t byte)
{
	if (released || outlet->error)
		return;
	if (!outlet_waiting(outlet))
		ending_wake(wires.ending);
	outlet_put(outlet, byte);
}

/* The UART is told to pause well before the ring is full. */
static void tell_uart(void)
{
	uart16550_set_transmit_ready(
	    &chips.uart, wires.console->error ||
			     outlet_waiting(wires.console) < OUTLET_SIZE / 2);
}

static void put_console(void *listener, uint32_t byte)
{
	(void)listener;
	put_out(wires.console, (uint8_t)byte);
}

static void put_debug(void *listener, uint32_t byte)
{
	(void)listener;
	if (wires.debug)
		put_out(wires.debug, (uint8_t)byte);
}

/*
 * KVM has to map the page anew when its protection changes. It is the right to
 * execute that does, and only for a moment: a page that another vCPU could not
 * use meanwhile would end the VM.
 */
static void flush_page(void *listener, uint32_t gpa)
{
	const uint32_t page = 4096;
	void *host = ram_span(wires.ram, gpa / page * page, page);

	(void)listener;
	if (!host ||
	    mprotect(host, page, PROT_READ | PROT_WRITE | PROT_EXEC) < 0)
		return;
	mprotect(host, page, PROT_READ | PROT_WRITE);
}

/* Its second began when the host's did, so that its time is not behind. */
static void set_rtc(void)
{
	uint64_t real = clock_ns(CLOCK_REALTIME);
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t ago = real % SECOND_NS;

	mc146818_set_time(&chips.rtc, real / SECOND_NS,
			  ago < now ? now - ago : now);
}

#define WIRE_IRQ(irq)    ((struct pin){ .drive = drive_irq, .line = (irq) })
#define WIRE_ENDING(end) ((struct pin){ .drive = drive_ending, .line = (end) })
#define WIRE_LANE(to)    ((struct lane){ .put = (to) })

static void add_testdev(void)
{
	ports.count = COUNT(port_ranges);
	memory.count = COUNT(memory_ranges);
	for (unsigned i = 0; i < TESTDEV_LINES; i++)
		testdev.irq[i] = WIRE_IRQ(i);
	testdev.flush = WIRE_LANE(flush_page);
	testdev_reset(&testdev);
}

void board_init(const struct board_wires *to)
{
	wires = *to;
	released = paused = input_asked = false;
	memset(&chips, 0, sizeof(chips));
	chips.uart.irq = WIRE_IRQ(IRQ_UART);
	chips.uart.tx = WIRE_LANE(put_console);
	chips.rtc.irq = WIRE_IRQ(IRQ_RTC);
	chips.i8042.reset = WIRE_ENDING(ENDING_RESET);
	chips.reset_port.reset = WIRE_ENDING(ENDING_RESET);
	chips.pm.power_off = WIRE_ENDING(ENDING_POWEROFF);
	chips.pm.sci = WIRE_IRQ(IRQ_ACPI_SCI);
	chips.debug.exit = WIRE_LANE(put_exit);
	chips.debug.console = WIRE_LANE(put_debug);

	uart16550_reset(&chips.uart);
	mc146818_reset(&chips.rtc);
	set_rtc();
	i8042_reset(&chips.i8042);
	reset_port_reset(&chips.reset_port);
	acpi_pm_reset(&chips.pm);
	debug_ports_reset(&chips.debug);
	if (wires.testdev)
		add_testdev();
}

/* Gives the UART what it takes of the input. */
static void feed_uart(void)
{
	input_asked = false;
	while (inlet_waiting(wires.input) &&
	       uart16550_receive(&chips.uart, inlet_peek(wires.input)))
		inlet_take(wires.input);
}

/*
 * The event loop feeds the UART, and not the guest's own access: a handler that
 * reads until nothing is left would find no end.
 */
static void ask_for_input(void)
{
	if (input_asked || !inlet_waiting(wires.input) ||
	    !uart16550_is_hungry(&chips.uart))
		return;
	input_asked = true;
	ending_wake(wires.ending);
}

/* The outlet that a write to these ports may put a byte into, or NULL. */
static const struct outlet *outlet_behind(uint16_t port, unsigned size)
{
	static const struct {
		uint16_t port;
		struct outlet *const *outlet;
	} all[] = {
		{ PORT_UART, &wires.console },
		{ PORT_DEBUGCON, &wires.debug },
		{ PORT_DEBUGCON_BOCHS, &wires.debug },
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (port <= all[i].port && all[i].port - port < (int)size)
			return *all[i].outlet;
	return NULL;
}

/*
 * A guest that writes on although the UART is not ready waits here, so that
 * the chip, which is in no state to wait, always finds room. While the VM is
 * paused there is the outlet's reserve.
 */
static void wait_for_room(const struct outlet *outlet)
{
	while (outlet && !outlet_has_room(outlet) && !paused &&
	       !ending_get(wires.ending))
		pthread_cond_wait(&room, &lock);
}

void board_port_read(uint16_t port, void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	bus_read(&ports, port, data, size);
	ask_for_input();
	pthread_mutex_unlock(&lock);
}

void board_port_write(uint16_t port, const void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	wait_for_room(outlet_behind(port, size));
	bus_write(&ports, port, data, size);
	tell_uart();
	ask_for_input();
	pthread_mutex_unlock(&lock);
}

void board_memory_read(uint64_t gpa, void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	bus_read(&memory, gpa, data, size);
	pthread_mutex_unlock(&lock);
}

void board_memory_write(uint64_t gpa, const void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	bus_write(&memory, gpa, data, size);
	pthread_mutex_unlock(&lock);
}

uint64_t board_advance(void)
{
	uint64_t next;

	pthread_mutex_lock(&lock);
	feed_uart();
	next = mc146818_advance(&chips.rtc, clock_ns(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&lock);
	return next;
}

uint32_t board_drain(struct outlet *outlet)
{
	uint32_t end, waiting;
	int32_t written;

	pthread_mutex_lock(&lock);
	end = outlet->put;
	outlet->blocked = false;
	while ((waiting = end - outlet->taken) && !outlet->error &&
	       !outlet->blocked) {
		pthread_mutex_unlock(&lock);
		written = outlet_write(outlet, waiting);
		pthread_mutex_lock(&lock);
		outlet_took(outlet, written);
	}
	tell_uart();
	pthread_cond_broadcast(&room);
	waiting = outlet_waiting(outlet);
	pthread_mutex_unlock(&lock);
	return waiting;
}

uint32_t board_waiting(const struct outlet *outlet)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	bytes = outlet_waiting(outlet);
	pthread_mutex_unlock(&lock);
	return bytes;
}

uint32_t board_input_room(void)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	bytes = inlet_room(wires.input);
	pthread_mutex_unlock(&lock);
	return bytes;
}

void board_input(const uint8_t *bytes, uint32_t count)
{
	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < count; i++)
		inlet_put(wires.input, bytes[i]);
	feed_uart();
	pthread_mutex_unlock(&lock);
}

static void set_paused(bool value)
{
	pthread_mutex_lock(&lock);
	paused = value;
	pthread_cond_broadcast(&room);
	pthread_mutex_unlock(&lock);
}

void board_pause(void)
{
	set_paused(true);
}

void board_resume(void)
{
	set_paused(false);
}

void board_wait_for_room(void)
{
	pthread_mutex_lock(&lock);
	wait_for_room(wires.console);
	wait_for_room(wires.debug);
	pthread_mutex_unlock(&lock);
}

void board_release(void)
{
	pthread_mutex_lock(&lock);
	released = true;
	pthread_cond_broadcast(&room);
	pthread_mutex_unlock(&lock);
}
