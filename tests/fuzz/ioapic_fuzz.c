/*
 * Fuzzes the IOAPIC with libFuzzer: a stream of register accesses, lines and
 * EOIs. Checked, against what is kept here of lines and of what is in flight:
 * only a pin that is unmasked and whose line is up sends, with its entry's
 * message; a level-triggered one once until its EOI; remote IRR says which;
 * reserved bits read 0; no level waits that could be sent; and a route is told
 * whenever it changes.
 *
 * The input: an operation's byte, then its arguments, until there are none.
 */
#include "board-pc/ioapic.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

enum { REDTBL = 0x10, LEVEL = 0x8000, REMOTE_IRR = 0x4000, MASK = 0x10000 };

#define ALL ((1U << IOAPIC_PINS) - 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ioapic chip;
static bool accepts;       /* the LAPICs */
static uint32_t lines;     /* pins that are asserted */
static uint32_t in_flight; /* level-triggered pins that await an EOI */
static uint32_t refused;   /* those that no LAPIC took */
static uint32_t may_send;  /* in this operation, in order */
static struct {
	bool is;
	uint32_t address, data;
} routes[IOAPIC_PINS];

static struct input input;

static uint32_t take(unsigned bytes)
{
	return input_take(&input, bytes);
}

static bool is_level(uint64_t entry)
{
	return entry & LEVEL && (entry >> 8 & 7) <= 1;
}

static bool is_message(uint64_t entry, uint32_t address, uint32_t data)
{
	uint32_t level = is_level(entry) ? 0x8000 : 0;

	return address >> 20 == 0xFEE &&
	       (address >> 12 & 0xFF) == entry >> 56 && !(address & 0xFF3) &&
	       (address >> 3 & 1) == ((entry >> 8 & 7) == 1) &&
	       (address >> 2 & 1) == (entry >> 11 & 1) &&
	       data == (0x4000 | level | (uint32_t)(entry & 0x7FF));
}

/* The next pin that may send this. */
static unsigned sender(uint32_t address, uint32_t data)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = chip.regs.redirtbl[pin];
		bool may = may_send >> pin & 1;

		may_send &= ~(1U << pin);
		if (may && !(entry & MASK) && lines >> pin & 1 &&
		    is_message(entry, address, data))
			return pin;
	}
	abort();
}

static bool send(void *listener, uint32_t address, uint32_t data)
{
	unsigned pin = sender(address, data);
	uint32_t bit = 1U << pin;

	(void)listener;
	if (!is_level(chip.regs.redirtbl[pin]))
		return accepts;
	must(!(in_flight & bit));
	must(routes[pin].is && routes[pin].address == address &&
	     routes[pin].data == data);
	*(accepts ? &in_flight : &refused) |= bit;
	return accepts;
}

static void note_route(void *listener, uint32_t pin)
{
	uint32_t address = 0, data = 0;

	(void)listener;
	routes[pin].is = ioapic_route(&chip, pin, &address, &data);
	routes[pin].address = address;
	routes[pin].data = data;
}

/* Operations. */

static void drive(unsigned pin, bool level)
{
	bool edge = level && !(lines >> pin & 1);

	lines = (lines & ~(1U << pin)) | (uint32_t)level << pin;
	if (edge || is_level(chip.regs.redirtbl[pin]))
		may_send = 1U << pin;
	ioapic_drive(&chip, pin, level);
}

static uint32_t end(uint8_t vector)
{
	uint32_t ended = 0;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		if (in_flight >> pin & 1 &&
		    (chip.regs.redirtbl[pin] & 0xFF) == vector)
			ended |= 1U << pin;
	in_flight &= ~ended;
	return ended;
}

static void eoi(uint8_t vector)
{
	may_send = end(vector);
	ioapic_eoi(&chip, vector);
}

/* A write of the window sends from its own pin alone, and never an edge. */
static void expect_window(uint32_t value)
{
	uint8_t index = chip.regs.ioregsel;
	unsigned pin = (index - REDTBL) / 2U;
	uint64_t entry;

	if (index < REDTBL || pin >= IOAPIC_PINS)
		return;
	entry = chip.regs.redirtbl[pin];
	if (!(index & 1))
		entry = (entry & ~UINT64_C(0xFFFFFFFF)) | value;
	if (is_level(entry))
		may_send = 1U << pin;
	else
		in_flight &= ~(1U << pin);
}

static void access(uint32_t reg, uint32_t value, unsigned size)
{
	if ((reg & 0xFF) == IOAPIC_IOWIN && size == 4)
		expect_window(value);
	if ((reg & 0xFF) == IOAPIC_EOI && size == 4)
		may_send = end((uint8_t)value);
	ioapic_read(&chip, reg, size);
	ioapic_write(&chip, reg, value, size);
}

static void set(uint8_t index, uint32_t value)
{
	access(IOAPIC_IOREGSEL, index, 4);
	access(IOAPIC_IOWIN, value, 4);
}

static void operate(void)
{
	uint32_t pin;

	may_send = 0;
	switch (take(1) % 8) {
	case 0:
	case 1:
		pin = take(1);
		drive((pin & 0x7F) % IOAPIC_PINS, pin & 0x80);
		break;
	case 2:
		eoi((uint8_t)take(1));
		break;
	case 3:
		access(IOAPIC_EOI, take(1), 4);
		break;
	case 4: /* an entry's low half, of likely values */
		pin = take(1) % IOAPIC_PINS;
		set((uint8_t)(REDTBL + 2 * pin), take(1) << 15 | take(2));
		break;
	case 5:
		set((uint8_t)take(1), take(4));
		break;
	case 6:
		access(take(2) & 0xFFF, take(4), 1U << take(1) % 3);
		break;
	case 7:
		accepts = !accepts;
		break;
	}
}

/* What holds between operations. */

static uint32_t get(uint8_t index)
{
	uint32_t selected = ioapic_read(&chip, IOAPIC_IOREGSEL, 4);
	uint32_t value;

	ioapic_write(&chip, IOAPIC_IOREGSEL, index, 4);
	value = ioapic_read(&chip, IOAPIC_IOWIN, 4);
	ioapic_write(&chip, IOAPIC_IOREGSEL, selected, 4);
	return value;
}

/* What a guest reads is what is there; a pin at a time, it takes long. */
static void check_window(unsigned pin)
{
	uint64_t entry = chip.regs.redirtbl[pin];

	must(!(get(0) & 0xF0FFFFFF) && get(1) == 0x00170020);
	must(get((uint8_t)(REDTBL + 2 * pin)) == (uint32_t)entry);
	must(get((uint8_t)(REDTBL + 2 * pin + 1)) == entry >> 32);
}

static void check_pin(unsigned pin)
{
	uint32_t low = (uint32_t)chip.regs.redirtbl[pin];
	uint32_t high = (uint32_t)(chip.regs.redirtbl[pin] >> 32);
	uint32_t address = 0, data = 0;

	must(!(low & ~0x1EFFFU) && !(high & 0xFFFFFF));
	must((in_flight >> pin & 1) == !!(low & REMOTE_IRR));
	if (is_level(low) && !(low & MASK) && lines >> pin & 1)
		must((in_flight | refused) >> pin & 1);
	must(routes[pin].is == ioapic_route(&chip, pin, &address, &data));
	must(routes[pin].address == address && routes[pin].data == data);
}

static void check(void)
{
	must(lines == chip.regs.lines && !(lines & ~ALL));
	check_window((unsigned)input.left % IOAPIC_PINS);
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		check_pin(pin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	chip = (struct ioapic){ .messages = { send, NULL },
				.rerouted = { note_route, NULL } };
	accepts = true;
	lines = in_flight = refused = 0;
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		routes[pin].is = routes[pin].address = routes[pin].data = 0;
	input.next = data;
	input.left = size;
	ioapic_reset(&chip);
	check();
	while (input.left) {
		operate();
		check();
	}
	return 0;
}
