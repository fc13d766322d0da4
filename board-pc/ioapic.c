/*
 * ioapic: I/O APIC, after Intel's datasheets of the 82093AA (290566) and, for
 * the EOI register and the form of a message, of the I/O controller hubs.
 *
 * Choices:
 * - An edge on a masked pin is lost, as the datasheet has it and as QEMU and
 *   KVM do. A level is looked at when the pin is unmasked.
 * - A level still asserted at its EOI is sent again at once, and any number of
 *   times: no guard against storms (KVM and QEMU wait 10 ms after 10,000 in a
 *   row, for guests whose handler is broken). A guest harms only itself.
 * - An entry that turns to edge has its remote IRR cleared. The datasheet does
 *   not promise it, but Linux ends an interrupt so where there is no EOI
 *   register, and KVM and QEMU do it.
 * - Delivery status reads 0: delivery takes no time. A level that no LAPIC took
 *   is not in flight: it is sent again when its line is driven high again or
 *   its entry is written.
 * - SMI, NMI, INIT and ExtINT are edges whatever the entry's trigger mode says
 *   (no EOI would come). They are passed on; what a LAPIC makes of them is its
 *   own affair: KVM's ignores ExtINT. Reserved modes send nothing.
 * - Bytes and words of IOWIN and EOI: the datasheets forbid them; here they are
 *   ignored and read 0, as in QEMU. (KVM writes them as dwords with zeros.)
 * - Reserved bits, and indices without a register, read 0. (KVM keeps the
 *   former and reads ones for the latter.)
 * - The arbitration id is the id: there is no APIC bus to rotate it.
 *
 * Left out on purpose: destinations beyond 8 bits (bits 55-48, the extended
 * destination id, are reserved here), pin 23's SMIOUT#, and of the hubs' the
 * IRQ pin assertion and the boot configuration register.
 */
#include "board-pc/ioapic.h"

#include <assert.h>

/* What IOREGSEL selects: 82093AA, 3.2. */
enum ioapic_index {
	IOAPICID = 0x00,
	IOAPICVER = 0x01,
	IOAPICARB = 0x02,
	IOREDTBL = 0x10, /* two for each pin, the low half first */
	IOREDTBL_END = IOREDTBL + 2 * IOAPIC_PINS,
};

#define VERSION  (0x20U | (IOAPIC_PINS - 1) << 16)
#define ID_SHIFT 24
#define ID_MASK  0x0FU

/* A redirection table entry: 82093AA, 3.2.4. */
#define VECTOR       UINT64_C(0xFF)
#define DELMOD_SHIFT 8
#define DELMOD       UINT64_C(0x700)
#define DESTMOD      UINT64_C(0x800) /* logical */
#define INTPOL       UINT64_C(0x2000)
#define REMOTE_IRR   UINT64_C(0x4000)
#define TRIGGER      UINT64_C(0x8000) /* level */
#define MASK         UINT64_C(0x10000)
#define DEST_SHIFT   56
#define DEST         (UINT64_C(0xFF) << DEST_SHIFT)

#define WRITABLE (DEST | MASK | TRIGGER | INTPOL | DESTMOD | DELMOD | VECTOR)
#define HALF     UINT64_C(0xFFFFFFFF)

enum delmod {
	FIXED = 0,
	LOWEST_PRIORITY = 1,
	RESERVED_3 = 3,
	RESERVED_6 = 6,
};

/* A message: Intel SDM vol. 3, 11.11. */
#define MESSAGE_ADDRESS    0xFEE00000U
#define MESSAGE_DEST_SHIFT 12
#define MESSAGE_REDIRECT   0x8U
#define MESSAGE_LOGICAL    0x4U
#define MESSAGE_ASSERT     0x4000U /* the hubs set it for an edge too */

struct message {
	uint32_t address;
	uint32_t data;
};

void ioapic_reset(struct ioapic *chip)
{
	chip->regs = (struct ioapic_regs){ 0 };
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		chip->regs.redirtbl[pin] = MASK;
}

static enum delmod delmod(uint64_t entry)
{
	return (enum delmod)((entry & DELMOD) >> DELMOD_SHIFT);
}

/* Remote IRR is set in no other entry. */
static bool level_triggered(uint64_t entry)
{
	return entry & TRIGGER &&
	       (delmod(entry) == FIXED || delmod(entry) == LOWEST_PRIORITY);
}

static bool sends(uint64_t entry)
{
	return !(entry & MASK) && delmod(entry) != RESERVED_3 &&
	       delmod(entry) != RESERVED_6;
}

static struct message message_of(uint64_t entry)
{
	bool redirect = delmod(entry) == LOWEST_PRIORITY;
	uint64_t trigger = level_triggered(entry) ? TRIGGER : 0;

	return (struct message){
		.address = MESSAGE_ADDRESS |
			   (uint32_t)(entry >> DEST_SHIFT)
			       << MESSAGE_DEST_SHIFT |
			   (redirect ? MESSAGE_REDIRECT : 0) |
			   (entry & DESTMOD ? MESSAGE_LOGICAL : 0),
		.data = (uint32_t)((entry & (DELMOD | VECTOR)) | trigger) |
			MESSAGE_ASSERT,
	};
}

static void send(struct ioapic *chip, unsigned pin)
{
	uint64_t *entry = &chip->regs.redirtbl[pin];
	struct message message = message_of(*entry);

	if (!sends(*entry))
		return;
	if (message_send(&chip->messages, message.address, message.data) &&
	    level_triggered(*entry))
		*entry |= REMOTE_IRR;
}

/* A level-triggered pin sends while its line is up and nothing is in flight. */
static void send_level(struct ioapic *chip, unsigned pin)
{
	uint64_t entry = chip->regs.redirtbl[pin];

	if (level_triggered(entry) && !(entry & REMOTE_IRR) &&
	    chip->regs.lines >> pin & 1)
		send(chip, pin);
}

void ioapic_drive(void *opaque, unsigned pin, bool asserted)
{
	struct ioapic *chip = opaque;
	uint32_t was = chip->regs.lines;

	assert(pin < IOAPIC_PINS);
	chip->regs.lines &= ~(1U << pin);
	chip->regs.lines |= (uint32_t)asserted << pin;
	if (level_triggered(chip->regs.redirtbl[pin]))
		send_level(chip, pin);
	else if (chip->regs.lines & ~was)
		send(chip, pin);
}

void ioapic_eoi(struct ioapic *chip, uint8_t vector)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *entry = &chip->regs.redirtbl[pin];

		if (*entry & REMOTE_IRR && (*entry & VECTOR) == vector) {
			*entry &= ~REMOTE_IRR;
			send_level(chip, pin);
		}
	}
}

/* Whether anybody else has to know the message of an entry. */
static bool is_routed(const struct ioapic *chip, unsigned pin, uint64_t entry)
{
	return level_triggered(entry) ||
	       (chip->direct >> pin & 1 && sends(entry));
}

bool ioapic_route(const struct ioapic *chip, unsigned pin, uint32_t *address,
		  uint32_t *data)
{
	struct message message;

	assert(pin < IOAPIC_PINS);
	if (!is_routed(chip, pin, chip->regs.redirtbl[pin]))
		return false;
	message = message_of(chip->regs.redirtbl[pin]);
	*address = message.address;
	*data = message.data;
	return true;
}

static bool same_route(const struct ioapic *chip, unsigned pin, uint64_t was,
		       uint64_t is)
{
	struct message old = message_of(was), new = message_of(is);
	bool routed = is_routed(chip, pin, is);

	if (routed != is_routed(chip, pin, was))
		return false;
	return !routed || (old.address == new.address &&old.data == new.data);
}

static void write_entry(struct ioapic *chip, unsigned pin, unsigned shift,
			uint32_t value)
{
	uint64_t *entry = &chip->regs.redirtbl[pin];
	uint64_t was = *entry;

	*entry = was & ~(HALF << shift & WRITABLE);
	*entry |= (uint64_t)value << shift & WRITABLE;
	if (!level_triggered(*entry))
		*entry &= ~REMOTE_IRR;
	if (!same_route(chip, pin, was, *entry))
		lane_put(&chip->rerouted, pin);
	send_level(chip, pin);
}

static bool is_entry(uint8_t index)
{
	return index >= IOREDTBL && index < IOREDTBL_END;
}

static unsigned pin_of(uint8_t index)
{
	return (index - (unsigned)IOREDTBL) / 2;
}

static unsigned shift_of(uint8_t index)
{
	return index & 1 ? 32 : 0;
}

static uint32_t read_window(const struct ioapic_regs *regs)
{
	uint8_t index = regs->ioregsel;

	if (is_entry(index))
		return (uint32_t)(regs->redirtbl[pin_of(index)] >>
				  shift_of(index));
	switch (index) {
	case IOAPICID:
	case IOAPICARB:
		return (uint32_t)regs->id << ID_SHIFT;
	case IOAPICVER:
		return VERSION;
	default:
		return 0;
	}
}

static void write_window(struct ioapic *chip, uint32_t value)
{
	uint8_t index = chip->regs.ioregsel;

	if (is_entry(index))
		write_entry(chip, pin_of(index), shift_of(index), value);
	else if (index == IOAPICID)
		chip->regs.id = value >> ID_SHIFT & ID_MASK;
}

uint32_t ioapic_read(void *opaque, uint32_t reg, unsigned size)
{
	struct ioapic *chip = opaque;

	switch (reg & 0xFF) {
	case IOAPIC_IOREGSEL:
		return chip->regs.ioregsel;
	case IOAPIC_IOWIN:
		return size == 4 ? read_window(&chip->regs) : 0;
	default:
		return 0;
	}
}

void ioapic_write(void *opaque, uint32_t reg, uint32_t value, unsigned size)
{
	struct ioapic *chip = opaque;

	switch (reg & 0xFF) {
	case IOAPIC_IOREGSEL:
		chip->regs.ioregsel = (uint8_t)value;
		break;
	case IOAPIC_IOWIN:
		if (size == 4)
			write_window(chip, value);
		break;
	case IOAPIC_EOI:
		if (size == 4)
			ioapic_eoi(chip, (uint8_t)value);
		break;
	}
}
