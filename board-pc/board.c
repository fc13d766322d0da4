/*
 * The PC on one page: instances, wires, and the table of ranges.
 */
#include "board-pc/board.h"

#include "board-pc/acpi.h"
#include "board-pc/acpi_pm.h"
#include "board-pc/cmos.h"
#include "board-pc/debug_ports.h"
#include "board-pc/fw_cfg.h"
#include "board-pc/i8042.h"
#include "board-pc/i8254.h"
#include "board-pc/i8259.h"
#include "board-pc/ioapic.h"
#include "board-pc/lines.h"
#include "board-pc/map.h"
#include "board-pc/mc146818.h"
#include "board-pc/output.h"
#include "board-pc/reset_port.h"
#include "board-pc/testdev.h"
#include "board-pc/uart16550.h"
#include "board-pc/virtio/slots.h"
#include "vmm/bus.h"
#include "vmm/clock.h"
#include "vmm/cold.h"
#include "vmm/timeline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

static struct {
	struct i8259_pair pic;
	struct ioapic ioapic;
	struct i8254 pit;
	struct uart16550 uart;
	struct mc146818 rtc;
	struct i8042 i8042;
	struct acpi_pm pm;
	struct reset_port reset_port;
	struct debug_ports debug;
	struct fw_cfg fw_cfg;
} chips;

/* Not among them, so that a start without it touches none of its memory. */
COLD struct testdev testdev;

/* The tables, which do not include the chips, tell a guest the truth. */
_Static_assert(ACPI_SLP_TYP_S5 == ACPI_PM_SLP_TYP_S5, "the DSDT's \\_S5");
_Static_assert(ACPI_RESET_VALUE == RESET_PORT_VALUE, "the FADT's RESET_VALUE");
_Static_assert(ACPI_CMOS_CENTURY == MC146818_CENTURY, "the FADT's CENTURY");

static struct board_wires wires;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct output output;
static struct lines lines;
static atomic_bool intr; /* the PIC pair's, for the boot vCPU's loop */
static bool intr_rose;   /* the boot vCPU is to be told */
static bool rtc_is_set, fw_cfg_is_filled; /* when first looked at */
static bool input_asked; /* the event loop has been woken to feed the UART */

/* The console that is not on the bus. */
static struct {
	void (*look)(void); /* NULL: there is none */
	bool waits;         /* for room in the outlet */
} hvc;

/*
 * PIT and RTC are told the time before each access; the rest needs no time.
 * When an access brings their next event forward, the event loop has to know.
 */
struct clocked {
	uint64_t (*advance)(void *chip, uint64_t now);
	chip_read *read;
	chip_write *write;
};

static uint64_t advance_pit(void *chip, uint64_t now)
{
	return i8254_advance(chip, now);
}

/* Its second began when the host's did, so that its time is not behind. */
static void set_rtc(uint64_t now)
{
	uint64_t real = clock_ns(CLOCK_REALTIME);
	uint64_t ago = real % SECOND_NS;

	mc146818_set_time(&chips.rtc, real / SECOND_NS,
			  ago < now ? now - ago : now);
}

static void fill_cmos(void)
{
	struct cmos_byte bytes[CMOS_BYTES];

	if (!wires.ram)
		return;
	cmos_fill(wires.ram->size, wires.cpus, bytes);
	for (unsigned i = 0; i < CMOS_BYTES; i++)
		mc146818_set_cmos(&chips.rtc, bytes[i].index, bytes[i].value);
}

/* What it holds is not asked for before somebody looks: a start is short. */
static uint64_t advance_rtc(void *chip, uint64_t now)
{
	if (!rtc_is_set) {
		rtc_is_set = true;
		set_rtc(now);
		fill_cmos();
	}
	return mc146818_advance(chip, now);
}

static const struct clocked pit = { advance_pit, i8254_read, i8254_write };
static const struct clocked rtc = { advance_rtc, mc146818_read,
				    mc146818_write };

static uint32_t access_clocked(const struct clocked *part, void *chip,
			       uint32_t reg, const uint32_t *value,
			       unsigned size)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t next = part->advance(chip, now);
	uint32_t found = 0;

	if (value)
		part->write(chip, reg, *value, size);
	else
		found = part->read(chip, reg, size);
	if (part->advance(chip, now) < next)
		ending_wake(wires.ending);
	return found;
}

static uint32_t pit_read(void *chip, uint32_t reg, unsigned size)
{
	return access_clocked(&pit, chip, reg, NULL, size);
}

static void pit_write(void *chip, uint32_t reg, uint32_t value, unsigned size)
{
	access_clocked(&pit, chip, reg, &value, size);
}

static uint32_t rtc_read(void *chip, uint32_t reg, unsigned size)
{
	return access_clocked(&rtc, chip, reg, NULL, size);
}

static void rtc_write(void *chip, uint32_t reg, uint32_t value, unsigned size)
{
	access_clocked(&rtc, chip, reg, &value, size);
}

static void fill_fw_cfg(void)
{
	if (!fw_cfg_is_filled && wires.fill_fw_cfg)
		wires.fill_fw_cfg();
	fw_cfg_is_filled = true;
}

static uint32_t read_fw_cfg(void *chip, uint32_t reg, unsigned size)
{
	fill_fw_cfg();
	return fw_cfg_read(chip, reg, size);
}

static void write_fw_cfg(void *chip, uint32_t reg, uint32_t value,
			 unsigned size)
{
	fill_fw_cfg();
	fw_cfg_write(chip, reg, value, size);
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
	{ PORT_PIC_MASTER, PORT_PIC_COUNT, BUS_BYTE,
	  CHIP(pic, i8259, I8259_MASTER_COMMAND) },
	{ PORT_PIC_SLAVE, PORT_PIC_COUNT, BUS_BYTE,
	  CHIP(pic, i8259, I8259_SLAVE_COMMAND) },
	{ PORT_PIT, PORT_PIT_COUNT, BUS_BYTE, &chips.pit, I8254_COUNTER,
	  pit_read, pit_write },
	{ PORT_SPEAKER, 1, BUS_BYTE, &chips.pit, I8254_PORT_B, pit_read,
	  pit_write },
	{ PORT_POST, 1, BUS_BYTE, CHIP(debug, debug_ports, DEBUG_PORTS_POST) },
	{ PORT_DEBUGCON, 1, BUS_BYTE,
	  CHIP(debug, debug_ports, DEBUG_PORTS_CONSOLE) },
	{ PORT_DEBUGCON_BOCHS, 1, BUS_BYTE,
	  CHIP(debug, debug_ports, DEBUG_PORTS_CONSOLE) },
	{ PORT_RTC, PORT_RTC_COUNT, BUS_BYTE, &chips.rtc, 0, rtc_read,
	  rtc_write },
	{ PORT_FW_CFG, 2, BUS_BYTE | BUS_WORD, &chips.fw_cfg, FW_CFG_SELECTOR,
	  read_fw_cfg, write_fw_cfg },
	{ PORT_FW_CFG_DMA, 8, BUS_BYTE | BUS_WORD | BUS_DWORD, &chips.fw_cfg,
	  FW_CFG_DMA_HIGH, read_fw_cfg, write_fw_cfg },
	{ PORT_ACPI_PM, PORT_ACPI_PM_COUNT, BUS_BYTE | BUS_WORD,
	  CHIP(pm, acpi_pm, 0) },
	{ PORT_I8042_DATA, 1, BUS_BYTE, CHIP(i8042, i8042, 0) },
	{ PORT_I8042_COMMAND, 1, BUS_BYTE, CHIP(i8042, i8042, 1) },
	{ PORT_PCI_ADDRESS, PORT_PCI_ADDRESS_COUNT, BUS_BYTE | BUS_DWORD,
	  &chips.reset_port, 0, pci_address_read, pci_address_write },
	{ PORT_ELCR, PORT_ELCR_COUNT, BUS_BYTE,
	  CHIP(pic, i8259, I8259_MASTER_ELCR) },
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

/* The LAPICs' page is KVM's. */
static const struct bus_range memory_ranges[] = {
	{ MAP_IOAPIC, MAP_IOAPIC_SIZE, BUS_BYTE | BUS_WORD | BUS_DWORD,
	  CHIP(ioapic, ioapic, 0) },

	/* The last ones, TESTDEV_RANGES of them, with --testdev only. */
	{ MAP_TESTDEV, MAP_TESTDEV_SIZE, BUS_BYTE | BUS_WORD | BUS_DWORD,
	  TESTDEV(TESTDEV_MEMORY) },
};

#define TESTDEV_RANGES 1

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Without the test device until it is wired. */
static struct bus ports = { port_ranges, COUNT(port_ranges) - TESTDEV_PORTS };
static struct bus memory = { memory_ranges,
			     COUNT(memory_ranges) - TESTDEV_RANGES };

static void drive_intr(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	atomic_store(&intr, level);
	intr_rose |= level;
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

static void put_marker(void *listener, uint32_t value)
{
	(void)listener;
	if (value == TIMELINE_MARKER_VALUE)
		timeline_mark(TIMELINE_MARKER);
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
	output_put(&output, wires.console, (uint8_t)byte);
}

static void put_debug(void *listener, uint32_t byte)
{
	(void)listener;
	if (wires.debug)
		output_put(&output, wires.debug, (uint8_t)byte);
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

/* A coalesced write, as the vCPU's exit would have been answered. */
static void deliver(uint16_t port, uint8_t byte)
{
	bus_write(&ports, port, &byte, 1);
	tell_uart();
}

#define WIRE_IRQ(irq)                                                          \
	((struct pin){                                                         \
	    .drive = lines_drive, .listener = &lines, .line = (irq) })
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
	input_asked = intr_rose = rtc_is_set = fw_cfg_is_filled = false;
	hvc.look = NULL;
	hvc.waits = false;
	output = (struct output){ .console = wires.console,
				  .debug = wires.debug,
				  .ending = wires.ending,
				  .lock = &lock,
				  .deliver = deliver };
	memset(&chips, 0, sizeof(chips));
	lines = (struct lines){ .pic = &chips.pic,
				.ioapic = &chips.ioapic,
				.kvm = wires.kvm,
				.ending = wires.ending,
				.pending = virtio_pending_lines };
	chips.pic.intr = (struct pin){ .drive = drive_intr };
	chips.ioapic.messages = (struct message_lane){ lines_send, &lines };
	chips.ioapic.rerouted = (struct lane){ lines_reroute, &lines };
	chips.pit.out0 = WIRE_IRQ(IRQ_PIT);
	chips.uart.irq = WIRE_IRQ(IRQ_UART);
	chips.uart.tx = WIRE_LANE(put_console);
	chips.rtc.irq = WIRE_IRQ(IRQ_RTC);
	chips.i8042.reset = WIRE_ENDING(ENDING_RESET);
	chips.reset_port.reset = WIRE_ENDING(ENDING_RESET);
	chips.pm.power_off = WIRE_ENDING(ENDING_POWEROFF);
	chips.pm.sci = WIRE_IRQ(IRQ_ACPI_SCI);
	chips.debug.exit = WIRE_LANE(put_exit);
	chips.debug.marker = WIRE_LANE(put_marker);
	chips.debug.console = WIRE_LANE(put_debug);
	chips.fw_cfg.ram = wires.ram;
	chips.fw_cfg.items = wires.fw_cfg;

	atomic_store(&intr, false);
	i8259_reset(&chips.pic);
	ioapic_reset(&chips.ioapic);
	i8254_reset(&chips.pit);
	uart16550_reset(&chips.uart);
	mc146818_reset(&chips.rtc);
	i8042_reset(&chips.i8042);
	reset_port_reset(&chips.reset_port);
	acpi_pm_reset(&chips.pm);
	debug_ports_reset(&chips.debug);
	fw_cfg_reset(&chips.fw_cfg);
	if (wires.testdev)
		add_testdev();
}

/*
 * Whoever has raised INTR tells the boot vCPU when the lock is free, for that
 * is the first thing that it will want.
 */
static void unlock(void)
{
	bool rose = intr_rose;

	intr_rose = false;
	pthread_mutex_unlock(&lock);
	if (rose)
		wires.interrupt();
}

/* Gives the UART what it takes of the input. */
static void feed_uart(void)
{
	input_asked = false;
	while (!hvc.look && inlet_waiting(wires.input) &&
	       uart16550_receive(&chips.uart, inlet_peek(wires.input)))
		inlet_take(wires.input);
}

/*
 * The event loop feeds the UART, and not the guest's own access: a handler that
 * reads until nothing is left would find no end.
 */
static void ask_for_input(void)
{
	if (input_asked || hvc.look || !inlet_waiting(wires.input) ||
	    !uart16550_is_hungry(&chips.uart))
		return;
	input_asked = true;
	ending_wake(wires.ending);
}

void board_port_read(uint16_t port, void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	output_before_access(&output);
	bus_read(&ports, port, data, size);
	ask_for_input();
	unlock();
}

void board_port_write(uint16_t port, const void *data, unsigned size)
{
	pthread_mutex_lock(&lock);
	output_before_write(&output, port, size);
	bus_write(&ports, port, data, size);
	tell_uart();
	ask_for_input();
	unlock();
}

void board_memory_read(uint64_t gpa, void *data, unsigned size)
{
	if (virtio_claims(gpa)) {
		virtio_read(gpa, data, size);
		return;
	}
	pthread_mutex_lock(&lock);
	output_before_access(&output);
	bus_read(&memory, gpa, data, size);
	unlock();
}

void board_memory_write(uint64_t gpa, const void *data, unsigned size)
{
	if (virtio_claims(gpa)) {
		virtio_write(gpa, data, size);
		return;
	}
	pthread_mutex_lock(&lock);
	output_before_access(&output);
	bus_write(&memory, gpa, data, size);
	unlock();
}

bool board_is_direct(unsigned line)
{
	return lines_is_direct(&lines, line);
}

void board_interrupt(unsigned line)
{
	if (lines_is_direct(&lines, line)) {
		lines_signal(&lines, line);
		return;
	}
	pthread_mutex_lock(&lock);
	/* The PIC forgets an edge whose line is low when it is acknowledged. */
	lines_drive(&lines, line, false);
	lines_drive(&lines, line, true);
	unlock();
}

bool board_direct(unsigned line, int fd, struct reason *why)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = lines_direct(&lines, line, fd, why);
	unlock();
	return done;
}

uint64_t board_advance(void)
{
	uint64_t now, tick, alarm;

	pthread_mutex_lock(&lock);
	feed_uart();
	now = clock_ns(CLOCK_MONOTONIC);
	tick = i8254_advance(&chips.pit, now);
	alarm = advance_rtc(&chips.rtc, now);
	unlock();
	return tick < alarm ? tick : alarm;
}

bool board_interrupt_waits(void)
{
	return atomic_load_explicit(&intr, memory_order_acquire);
}

bool board_acknowledge(uint8_t *vector)
{
	bool waits;

	pthread_mutex_lock(&lock);
	waits = i8259_intr(&chips.pic);
	if (waits)
		*vector = i8259_acknowledge(&chips.pic);
	unlock();
	return waits;
}

void board_eoi(uint8_t vector)
{
	pthread_mutex_lock(&lock);
	ioapic_eoi(&chips.ioapic, vector);
	unlock();
}

void board_attach_console(void (*look)(void))
{
	pthread_mutex_lock(&lock);
	hvc.look = look;
	hvc.waits = false;
	feed_uart();
	unlock();
}

/* The event loop reads no more while there is no room. */
uint32_t board_console_read(uint8_t *bytes, uint32_t count)
{
	uint32_t done = 0;
	bool was_full;

	pthread_mutex_lock(&lock);
	was_full = !inlet_room(wires.input);
	for (; done < count && inlet_waiting(wires.input); done++) {
		bytes[done] = inlet_peek(wires.input);
		inlet_take(wires.input);
	}
	if (was_full && done)
		ending_wake(wires.ending);
	unlock();
	return done;
}

uint32_t board_console_write(const uint8_t *bytes, uint32_t count)
{
	uint32_t done;

	pthread_mutex_lock(&lock);
	done = output_write(&output, bytes, count);
	hvc.waits = done < count;
	tell_uart();
	unlock();
	return done;
}

static void tell_console_room(void)
{
	if (!hvc.waits || !hvc.look || !outlet_has_room(wires.console))
		return;
	hvc.waits = false;
	hvc.look();
}

uint32_t board_drain(struct outlet *outlet)
{
	uint32_t end, waiting;
	int32_t written;

	pthread_mutex_lock(&lock);
	output_collect(&output);
	end = outlet->put;
	outlet->blocked = false;
	while ((waiting = end - outlet->taken) && !outlet->error &&
	       !outlet->blocked) {
		unlock();
		written = outlet_write(outlet, waiting);
		pthread_mutex_lock(&lock);
		outlet_took(outlet, written);
	}
	output_collect(&output);
	tell_uart();
	tell_console_room();
	output_tell_room();
	waiting = outlet_waiting(outlet);
	unlock();
	return waiting;
}

uint32_t board_waiting(const struct outlet *outlet)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	bytes = outlet_waiting(outlet);
	unlock();
	return bytes;
}

uint32_t board_input_room(void)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	bytes = inlet_room(wires.input);
	unlock();
	return bytes;
}

void board_input(const uint8_t *bytes, uint32_t count)
{
	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < count; i++)
		inlet_put(wires.input, bytes[i]);
	feed_uart();
	if (hvc.look && count)
		hvc.look();
	unlock();
}

static void set_paused(bool value)
{
	pthread_mutex_lock(&lock);
	output.paused = value;
	output_tell_room();
	unlock();
}

void board_pause(void)
{
	set_paused(true);
}

void board_resume(void)
{
	set_paused(false);
}

void board_settle(void)
{
	pthread_mutex_lock(&lock);
	output_settle(&output);
	unlock();
}

void board_wait_for_room(void)
{
	pthread_mutex_lock(&lock);
	output_wait_for_room(&output);
	unlock();
}

void board_release(void)
{
	pthread_mutex_lock(&lock);
	output_settle(&output);
	output.ring = NULL;
	output.released = true;
	output_tell_room();
	unlock();
}

void board_coalesce(struct kvm_coalesced_mmio_ring *ring)
{
	pthread_mutex_lock(&lock);
	output.ring = ring;
	unlock();
}

bool board_collect(bool watched, struct output_tally *tally)
{
	bool interrupts;

	pthread_mutex_lock(&lock);
	output.watched = watched;
	output_collect(&output);
	*tally = output.tally;
	interrupts = uart16550_transmits_by_interrupt(&chips.uart);
	unlock();
	return interrupts;
}
