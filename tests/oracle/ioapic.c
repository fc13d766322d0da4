/*
 * The IOAPIC against KVM's own: a guest that writes and reads registers, lines
 * that change and EOIs of the LAPIC, the same to both, and after each operation
 * the states compared: select, id, entries, the lines as far as KVM tells them,
 * and the vectors that the LAPIC was sent, with their trigger modes.
 *
 *	build/oracle/ioapic [OPERATIONS [SEED]]
 *
 * The guest is two instructions and has interrupts off; an interrupt is taken
 * by moving its bit from IRR to ISR (KVM_SET_LAPIC), so that the guest's write
 * of the LAPIC's EOI ends it.
 *
 * Not compared, because they differ by choice or are of KVM's own making:
 * VER's version (0x11 there), reserved bits and registers, narrow accesses,
 * modes other than fixed and lowest priority, logical destinations, a message
 * that no LAPIC takes,
 * two pins of one vector (KVM sends an edge again at another pin's EOI), and
 * pin 8 (KVM merges edges of the RTC until their EOI).
 */
#include "board-pc/ioapic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REDTBL = 0x10, LEVEL = 0x8000, REMOTE_IRR = 0x4000, MASK = 0x10000 };
enum { RTC_PIN = 8 };

#define IOAPIC_BASE 0xFEC00000U
#define LAPIC_EOI   0xFEE000B0U

/* mov %eax, (%ebx); out %al, $0x80, and the other way round. */
#define CODE  0x1000
#define WRITE (CODE + 0)
#define READ  (CODE + 4)

static const uint8_t code[] = {
	0x89, 0x03, 0xE6, 0x80, 0x8B, 0x03, 0xE6, 0x80
};

static int vm, vcpu;
static struct kvm_run *run;

static struct ioapic chip;
static struct lapic {
	bool irr[256], tmr[256];
} lapic;

/* ioctl(), whose request is an int in musl and an unsigned long in glibc. */
static int call(int fd, unsigned long request, const void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

static void do_ioctl(int fd, unsigned long request, const void *argument,
		     const char *name)
{
	if (call(fd, request, argument) >= 0)
		return;
	printf("Bail out! %s: %s\n", name, strerror(errno));
	exit(EXIT_FAILURE);
}

#define DO(fd, request, argument) do_ioctl(fd, request, argument, #request)

static uint32_t random_number(void)
{
	return (uint32_t)random();
}

/* KVM's side. */

static void set_routes(void)
{
	struct {
		uint32_t count, flags; /* struct kvm_irq_routing */
		struct kvm_irq_routing_entry entries[IOAPIC_PINS];
	} table = { .count = IOAPIC_PINS };

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		table.entries[pin].gsi = pin;
		table.entries[pin].type = KVM_IRQ_ROUTING_IRQCHIP;
		table.entries[pin].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		table.entries[pin].u.irqchip.pin = pin;
	}
	DO(vm, KVM_SET_GSI_ROUTING, &table);
}

static void set_mode(void)
{
	const struct kvm_segment flat = { .limit = 0xFFFFFFFF,
					  .selector = 8,
					  .type = 3,
					  .present = 1,
					  .db = 1,
					  .s = 1,
					  .g = 1 };
	struct kvm_sregs sregs = { 0 };

	DO(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs = sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat;
	sregs.cs.type = 11;
	sregs.cr0 |= 1;
	DO(vcpu, KVM_SET_SREGS, &sregs);
}

static void get_lapic(struct kvm_lapic_state *state)
{
	DO(vcpu, KVM_GET_LAPIC, state);
}

static uint8_t *lapic_byte(struct kvm_lapic_state *state, unsigned reg,
			   unsigned vector)
{
	return (uint8_t *)state->regs + reg + vector / 32 * 16 +
	       vector % 32 / 8;
}

enum { SPIV = 0xF0, ISR = 0x100, TMR = 0x180, IRR = 0x200 };

static bool lapic_bit(struct kvm_lapic_state *state, unsigned reg,
		      unsigned vector)
{
	return *lapic_byte(state, reg, vector) >> vector % 8 & 1;
}

static void enable_lapic(void)
{
	struct kvm_lapic_state state;

	get_lapic(&state);
	state.regs[SPIV + 1] = 1;
	DO(vcpu, KVM_SET_LAPIC, &state);
}

static void create_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = CODE,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)page,
	};

	memcpy(page, code, sizeof(code));
	DO(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* False: there is no KVM, or it has no chips of its own. */
static bool create_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	uint64_t identity = 0xFFFBC000;
	long size;

	if (kvm < 0)
		return false;
	vm = call(kvm, KVM_CREATE_VM, NULL);
	if (vm < 0)
		return false;
	call(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	call(vm, KVM_SET_TSS_ADDR, (void *)(uintptr_t)(identity + 4096));
	create_memory();
	if (call(vm, KVM_CREATE_IRQCHIP, NULL) < 0)
		return false;
	vcpu = call(vm, KVM_CREATE_VCPU, NULL);
	size = call(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (vcpu < 0 || size < 0)
		return false;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		   0);
	set_mode();
	set_routes();
	enable_lapic();
	return run != MAP_FAILED;
}

/* One instruction of the guest at `address`; returns EAX. */
static uint32_t guest(uint32_t rip, uint32_t address, uint32_t value)
{
	struct kvm_regs regs = {
		.rip = rip, .rax = value, .rbx = address, .rflags = 2
	};

	DO(vcpu, KVM_SET_REGS, &regs);
	run->immediate_exit = 0;
	DO(vcpu, KVM_RUN, NULL);
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != 0x80) {
		printf("Bail out! the guest ended with exit %u\n",
		       run->exit_reason);
		exit(EXIT_FAILURE);
	}
	run->immediate_exit = 1; /* ends the OUT */
	call(vcpu, KVM_RUN, NULL);
	DO(vcpu, KVM_GET_REGS, &regs);
	return (uint32_t)regs.rax;
}

/* Operations, to both. */

static bool take_message(void *listener, uint32_t address, uint32_t data)
{
	(void)listener;
	(void)address;
	lapic.irr[data & 0xFF] = true;
	lapic.tmr[data & 0xFF] = data & LEVEL;
	return true;
}

static void write_both(uint32_t reg, uint32_t value)
{
	ioapic_write(&chip, reg, value, 4);
	guest(WRITE, IOAPIC_BASE + reg, value);
}

static bool read_both(uint32_t reg)
{
	uint32_t ours = ioapic_read(&chip, reg, 4);
	uint32_t theirs = guest(READ, IOAPIC_BASE + reg, 0);

	if (reg == IOAPIC_IOWIN && chip.regs.ioregsel == 1) {
		ours >>= 16;
		theirs >>= 16;
	}
	if (ours != theirs)
		printf("# register 0x%x reads 0x%x, KVM's 0x%x\n", reg, ours,
		       theirs);
	return ours == theirs;
}

static void set(uint32_t index, uint32_t value)
{
	write_both(IOAPIC_IOREGSEL, index);
	write_both(IOAPIC_IOWIN, value);
}

static bool read_index(uint32_t index)
{
	write_both(IOAPIC_IOREGSEL, index);
	return read_both(IOAPIC_IOREGSEL) && read_both(IOAPIC_IOWIN);
}

static void drive_both(unsigned pin, bool level)
{
	struct kvm_irq_level line = { .irq = pin, .level = level };

	ioapic_drive(&chip, pin, level);
	DO(vm, KVM_IRQ_LINE, &line);
}

/* The LAPIC takes its highest interrupt, and ends it. */
static void take_and_end(void)
{
	struct kvm_lapic_state state;
	unsigned vector = 255;

	while (vector && !lapic.irr[vector])
		vector--;
	if (!vector)
		return;
	get_lapic(&state);
	*lapic_byte(&state, IRR, vector) &= (uint8_t) ~(1U << vector % 8);
	*lapic_byte(&state, ISR, vector) |= (uint8_t)(1U << vector % 8);
	DO(vcpu, KVM_SET_LAPIC, &state);
	lapic.irr[vector] = false;
	if (lapic.tmr[vector])
		ioapic_eoi(&chip, (uint8_t)vector);
	guest(WRITE, LAPIC_EOI, 0);
}

/* Mostly the same, so that it meets its EOI; a vector belongs to one pin. */
static uint32_t random_low(unsigned pin)
{
	uint32_t r = random_number();
	uint32_t vector = 0x30 + 8 * pin + (r >> 8 & 15 ? 0 : r & 7);

	return vector | (r >> 12 & 15 ? 0 : 0x100) |
	       (r >> 16 & 0x3 ? LEVEL : 0) | (r >> 18 & 3 ? 0 : MASK) |
	       (r >> 20 & 1 ? 0x2000 : 0) | (r >> 21 & 1 ? REMOTE_IRR : 0) |
	       (r >> 22 & 1 ? 0x1000 : 0);
}

static unsigned random_pin(void)
{
	unsigned pin = random_number() % (IOAPIC_PINS - 1);

	return pin + (pin >= RTC_PIN);
}

static bool operate(void)
{
	unsigned pin = random_pin();

	switch (random_number() % 8) {
	case 0:
	case 1:
	case 2:
		drive_both(pin, random_number() & 1);
		return true;
	case 3:
		set(REDTBL + 2 * pin, random_low(pin));
		return true;
	case 4:
		set(REDTBL + 2 * pin + 1, random_number() & 1 ? 0xFF000000 : 0);
		return true;
	case 5:
		take_and_end();
		return true;
	case 6:
		set(random_number() % 3, random_number());
		return true;
	default:
		return read_index(random_number() & 3 ? REDTBL + 2 * pin
						      : random_number() % 3);
	}
}

/* The states. */

static bool same(const char *what, unsigned number, uint64_t ours,
		 uint64_t theirs)
{
	if (ours != theirs)
		printf("# %s %u is 0x%llx, KVM's 0x%llx\n", what, number,
		       (unsigned long long)ours, (unsigned long long)theirs);
	return ours == theirs;
}

static bool same_pins(const struct kvm_ioapic_state *theirs)
{
	bool all = true;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = chip.regs.redirtbl[pin];

		all &= same("entry", pin, entry, theirs->redirtbl[pin].bits);
		/* Not all lines: those that sent an edge once are left out. */
		if (theirs->irr >> pin & 1)
			all &= same("line", pin, chip.regs.lines >> pin & 1, 1);
	}
	return all;
}

static bool same_vectors(void)
{
	struct kvm_lapic_state state;
	bool all = true;

	get_lapic(&state);
	for (unsigned vector = 16; vector < 256; vector++) {
		bool waits = lapic_bit(&state, IRR, vector);

		all &= same("IRR", vector, lapic.irr[vector], waits);
		if (waits)
			all &= same("TMR", vector, lapic.tmr[vector],
				    lapic_bit(&state, TMR, vector));
	}
	return all;
}

static bool same_state(void)
{
	struct kvm_irqchip theirs = { .chip_id = KVM_IRQCHIP_IOAPIC };
	const struct kvm_ioapic_state *state = &theirs.chip.ioapic;

	DO(vm, KVM_GET_IRQCHIP, &theirs);
	return same("select", 0, chip.regs.ioregsel, state->ioregsel) &&
	       same("id", 0, chip.regs.id, state->id) && same_pins(state) &&
	       same_vectors();
}

int main(int argc, char **argv)
{
	long operations = argc > 1 ? strtol(argv[1], NULL, 0) : 3000;
	unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
	bool alike;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (!create_vm()) {
		puts("ok - oracle: ioapic # SKIP no KVM with an IOAPIC");
		return EXIT_SUCCESS;
	}
	srandom(seed);
	chip.messages.send = take_message;
	ioapic_reset(&chip);
	alike = same_state();
	for (long i = 0; alike && i < operations; i++) {
		alike = operate() && same_state();
		if (!alike)
			printf("# at operation %ld of seed %u\n", i, seed);
	}
	printf("%s - oracle: ioapic, %ld operations\n", alike ? "ok" : "not ok",
	       operations);
	return alike ? EXIT_SUCCESS : EXIT_FAILURE;
}
