/*
 * One thing that no guest should do, again and again: the word act=NAME says
 * which. PASS, where it says so below: it came to its end, and the machine
 * still answers. The others end with a death, or with --timeout.
 */
#include "virtio.h"

#define LAPIC     0xFEE00000
#define LAPIC_EOI 0xFEE000B0
#define LAPIC_ICR 0xFEE00300

#define ARENA UINT32_C(0x400000)

static uint32_t seed = 12345;

/* Marsaglia's xorshift. */
static uint32_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void out(uint16_t port, uint32_t value, unsigned size)
{
	if (size == 1)
		__asm__ volatile("outb %b0, %1" ::"a"(value), "d"(port));
	else if (size == 2)
		__asm__ volatile("outw %w0, %1" ::"a"(value), "d"(port));
	else
		__asm__ volatile("outl %0, %1" ::"a"(value), "d"(port));
}

static uint32_t in(uint16_t port, unsigned size)
{
	uint32_t value = 0;

	if (size == 1)
		__asm__ volatile("inb %1, %b0" : "+a"(value) : "d"(port));
	else if (size == 2)
		__asm__ volatile("inw %1, %w0" : "+a"(value) : "d"(port));
	else
		__asm__ volatile("inl %1, %0" : "+a"(value) : "d"(port));
	return value;
}

#define STRING(name, instruction)                                              \
	static void name(uint16_t port, uint32_t memory, uint32_t count)       \
	{                                                                      \
		uint32_t again = memory;                                       \
                                                                               \
		__asm__ volatile("rep " instruction                            \
				 : "+S"(memory), "+D"(again), "+c"(count)      \
				 : "d"(port)                                   \
				 : "memory");                                  \
	}

STRING(ins8, "insb")
STRING(ins16, "insw")
STRING(ins32, "insl")
STRING(outs8, "outsb")
STRING(outs16, "outsw")
STRING(outs32, "outsl")

static void copy(uint32_t to, uint32_t from, uint32_t count)
{
	__asm__ volatile("rep movsl"
			 : "+S"(from), "+D"(to), "+c"(count)
			 :
			 : "memory");
}

/* A write there may end the guest, which then proves nothing. */
static bool ends_it(uint32_t port, unsigned size)
{
	static const uint16_t ends[] = { 0x64, 0x92,  0xF4,  0xF5, 0xF6,
					 0xF7, 0x604, 0x605, 0xCF9 };

	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends[i] >= port && ends[i] < port + size)
			return true;
	return false;
}

/* PASS: every port up to 0x7FF and many above, with every size. */
static void ports(void)
{
	for (uint32_t port = 0; port < 0x10000; port += port < 0x800 ? 1 : 89)
		for (unsigned size = 1; size <= 4; size *= 2) {
			in((uint16_t)port, size);
			if (!ends_it(port, size))
				out((uint16_t)port, draw(), size);
		}
}

/* PASS: as strings, from RAM and from where there is none. */
static void strings(void)
{
	static const uint32_t places[] = { ARENA, 0x9FFF0, 0xC0000000,
					   VIRTIO_WINDOW, 0xFFFFFF00 };
	static const uint16_t all[] = { 0x20,  0x40,  0x71,  0x80,  0x1F0,
					0x3F8, 0x402, 0x510, 0x511, 0x518,
					0x600, 0xCF8, 0xFFFF };

	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (unsigned j = 0; j < sizeof(places) / sizeof(*places);
		     j++) {
			uint32_t count = j ? 9 : 300;

			ins8(all[i], places[j], count);
			ins16(all[i], places[j], count);
			ins32(all[i], places[j], count);
			if (ends_it(all[i], 4))
				continue;
			outs8(all[i], places[j], count);
			outs16(all[i], places[j], count);
			outs32(all[i], places[j], count);
		}
}

static void touch_all_sizes(uint32_t address)
{
	read8(address);
	read16(address);
	read32(address);
	write8(address, (uint8_t)draw());
	write16(address, (uint16_t)draw());
	write32(address, draw());
	__asm__ volatile("lock addl $1, (%0)" ::"r"(address) : "memory");
	__asm__ volatile("pushl (%0); popl (%0)" ::"r"(address) : "memory");
}

/* PASS: the whole gap, but the LAPIC, by steps that meet every offset. */
static void holes(void)
{
	for (uint32_t at = 0xC0000000; at < 0xFFFF0000; at += 0x100801)
		if (at >> 20 != LAPIC >> 20)
			touch_all_sizes(at);
	copy(0xC0000000, 0xE0000000, 1000);
	copy(0xE0000000, ARENA, 1000);
	copy(ARENA, VIRTIO_WINDOW, 1000);
	copy(VIRTIO_WINDOW, 0xFEC00000, 1000);
}

/* PASS: values at random in every register of every chip. */
static void chips(void)
{
	static const uint16_t first[] = { 0x20,  0xA0,  0x40,  0x60,  0x61,
					  0x70,  0x80,  0xE9,  0x3F0, 0x3F8,
					  0x402, 0x4D0, 0x510, 0x514, 0x600 };
	static const uint8_t count[] = { 2, 2, 4, 1, 1, 2, 1, 1,
					 1, 8, 1, 2, 2, 8, 4 };

	for (unsigned i = 0; i < 2000; i++) {
		unsigned which = draw() % sizeof(count);
		uint16_t port =
		    (uint16_t)(first[which] + draw() % count[which]);

		if (!ends_it(port, 1))
			out(port, draw(), 1);
		in(port, 1);
		if (i % 4)
			continue;
		write32(0xFEC00000, draw() % 64);
		write32(0xFEC00010, draw() | PIN_MASKED);
		read32(LAPIC + draw() % 0x40 * 0x10);
	}
	out(0x3FB, 3, 1);
}

/* PASS: fw_cfg's DMA, of more than there is, to where there is nothing. */
static void fw_cfg(void)
{
	static const uint32_t edges[] = { 0,          1,          0x7FFFFF,
					  0x800000,   0x7FFFFFF,  0x8000000,
					  0xC0000000, 0xFEC00000, 0xFFFFFFFF };
	static const uint32_t lengths[] = { 0,      1,          4,
					    0x1000, 0x7FFFFFFF, 0xFFFFFFFF };
	const unsigned edge_count = sizeof(edges) / sizeof(*edges);

	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t *request = (uint32_t *)ARENA;
		uint32_t high = draw() % 4 ? 0 : draw() % 3;

		request[0] = __builtin_bswap32(draw() % 64 << 16 | draw() % 32);
		request[1] = __builtin_bswap32(lengths[draw() % 6]);
		request[2] = __builtin_bswap32(high);
		request[3] = __builtin_bswap32(
		    draw() % 4 ? ARENA + 0x1000 : edges[draw() % edge_count]);
		barrier();
		out(0x514, 0, 4);
		out(0x518,
		    __builtin_bswap32(draw() % 8 ? ARENA
						 : edges[draw() % edge_count]),
		    4);
	}
}

static void set_queue(uint32_t base, uint32_t size, uint64_t desc,
		      uint64_t avail, uint64_t used)
{
	virtio_negotiate(base, 0, HIGH_VERSION_1);
	virtio_queue(base, 0, size, (uint32_t)desc, (uint32_t)avail,
		     (uint32_t)used);
	virtio_start(base);
	for (unsigned i = 0; i < 4; i++)
		write32(base + REG_QUEUE_NOTIFY, i);
}

/* PASS: queues that cannot be, of each device. */
static void queues(void)
{
	static const uint32_t sizes[] = { 0, 1, 3, 16, 0x8000, 0xFFFFFFFF };
	static const uint32_t places[] = { 0,         1,          ARENA,
					   0x7FFFFF0, 0x7FFFFFF,  0x8000000,
					   0xFFFFFFF, 0xC0000000, 0xFFFFFFF0 };

	for (uint32_t i = 0; i < 200; i++) {
		uint32_t *memory = (uint32_t *)ARENA;

		for (unsigned j = 0; j < 64; j++)
			memory[draw() % 0x1000] =
			    draw() % 4 ? draw() % 64 : draw();
		set_queue(VIRTIO_WINDOW + 0x1000 * (draw() % 5),
			  sizes[draw() % 6], places[draw() % 9],
			  places[draw() % 9], places[draw() % 9]);
	}
}

/* PASS: interrupts from itself, each sent before the last is at its end. */
static void ipis(void)
{
	allow_interrupts(true);
	for (uint32_t i = 0; i < 10000; i++)
		write32(LAPIC_ICR, 0x44000 | GUEST_VECTOR);
	allow_interrupts(false);
}

/* PIT and RTC at their fastest, and lines that stay up, all of them levels. */
static void storm(void)
{
	static const uint8_t words[][3] = {
		{ 0x43, 0x34 }, { 0x40, 2 },    { 0x40, 0 },    { 0x70, 0x0A },
		{ 0x71, 0x23 }, { 0x70, 0x0B }, { 0x71, 0x72 }, { 0x70, 0x0C },
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		out(words[i][0], words[i][1], 1);
	for (unsigned pin = 0; pin < 24; pin++) {
		write32(IOAPIC, 0x10 + 2 * pin);
		write32(IOAPIC_WINDOW, 0x8000 | GUEST_VECTOR);
	}
	out(0x3FC, 0x0B, 1);
	out(0x3F9, 0x0F, 1);
	allow_interrupts(true);
	for (;;) {
		out(0x3F8, 'x', 1);
		in(0x71, 1);
		write32(LAPIC_ICR, 0x44000 | GUEST_VECTOR);
	}
}

/* INIT and SIPI for all others, from each. */
static void kill_others(void)
{
	for (;;) {
		write32(LAPIC_ICR, 0xC4500);
		write32(LAPIC_ICR, 0xC4608);
	}
}

void guest_other(void)
{
	kill_others();
}

static void init(void)
{
	guest_start_other();
	kill_others();
}

/* Non-maskable ones, to itself, without a gate that would be there. */
static void nmi(void)
{
	for (;;)
		write32(LAPIC_ICR, 0x44400);
}

/* PASS: every page of 64 MiB is the guest's, and nothing behind it is. */
static void touch(void)
{
	for (uint32_t at = ARENA; at < 0x4000000; at += 0x1000)
		write32(at, at);
	for (uint32_t at = ARENA; at < 0x4000000; at += 0x1000)
		if (read32(at) != at)
			out(0xF4, 9, 1);
	for (uint32_t at = 0x4000000; at < 0xC0000000; at += 0x1000000) {
		write32(at, 0);
		if (read32(at) != 0xFFFFFFFF)
			out(0xF4, 10, 1);
	}
}

static void sleep_deaf(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void spin_deaf(void)
{
	for (;;)
		__asm__ volatile("cli; pause");
}

#define JUMP(name, address)                                                    \
	static void name(void)                                                 \
	{                                                                      \
		__asm__ volatile("jmp *%0" ::"r"(address));                    \
	}

JUMP(jump_virtio, VIRTIO_WINDOW)
JUMP(jump_hole, 0xC0000000)
JUMP(jump_lapic, LAPIC)
JUMP(jump_rom, 0xFFFFFFF0)
JUMP(jump_vga, 0xA0000)
JUMP(jump_end, 0x7FFFFFC)

#define INSTRUCTION(name, text)                                                \
	static void name(void)                                                 \
	{                                                                      \
		__asm__ volatile(text ::                                       \
				     : "eax", "ebx", "ecx", "edx", "memory");  \
	}

INSTRUCTION(vmcall, "mov $99, %%eax; .byte 0x0F, 0x01, 0xC1")
INSTRUCTION(vmmcall, "mov $99, %%eax; .byte 0x0F, 0x01, 0xD9")
INSTRUCTION(mwait, "mov $0x400000, %%eax; .byte 0x0F, 0x01, 0xC8, 0x0F, 0x01, \
		    0xC9")
INSTRUCTION(single_step, "pushf; orl $0x100, (%%esp); popf; nop; nop")
INSTRUCTION(breakpoint,
	    "mov $0x100000, %%eax; mov %%eax, %%dr0; mov $3, %%eax; \
			 mov %%eax, %%dr7; ud2")
INSTRUCTION(bad_msr, "mov $0x12345678, %%ecx; wrmsr")
INSTRUCTION(bad_apic, "mov $0x1B, %%ecx; mov $0xFFFFFFFF, %%eax; \
		       mov %%eax, %%edx; wrmsr")
INSTRUCTION(rsm, ".byte 0x0F, 0xAA")
INSTRUCTION(fpu, "fnsave 0xC0000000")
INSTRUCTION(bad_paging, "mov $0xC0000000, %%eax; mov %%eax, %%cr3; \
			 mov $0x80000011, %%eax; mov %%eax, %%cr0")

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	{ "ports", ports },
	{ "strings", strings },
	{ "holes", holes },
	{ "chips", chips },
	{ "fw-cfg", fw_cfg },
	{ "queues", queues },
	{ "ipis", ipis },
	{ "storm", storm },
	{ "init", init },
	{ "nmi", nmi },
	{ "touch", touch },
	{ "sleep", sleep_deaf },
	{ "spin", spin_deaf },
	{ "jump-virtio", jump_virtio },
	{ "jump-hole", jump_hole },
	{ "jump-lapic", jump_lapic },
	{ "jump-rom", jump_rom },
	{ "jump-vga", jump_vga },
	{ "jump-end", jump_end },
	{ "vmcall", vmcall },
	{ "vmmcall", vmmcall },
	{ "mwait", mwait },
	{ "single-step", single_step },
	{ "breakpoint", breakpoint },
	{ "bad-msr", bad_msr },
	{ "bad-apic", bad_apic },
	{ "rsm", rsm },
	{ "fpu", fpu },
	{ "bad-paging", bad_paging },
};

/* Is `name` the word behind act= ? */
static bool is_asked(const char *words, const char *name)
{
	static const char key[] = "act=";

	for (; *words; words++) {
		const char *at = words, *wanted = key;

		while (*wanted && *at == *wanted)
			at++, wanted++;
		if (*wanted)
			continue;
		for (wanted = name; *wanted && *at == *wanted; at++)
			wanted++;
		if (!*wanted && (!*at || *at == ' '))
			return true;
	}
	return false;
}

uint8_t guest_main(const char *words)
{
	for (unsigned i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (is_asked(words, acts[i].name)) {
			acts[i].act();
			return read32(VIRTIO_WINDOW) == MAGIC ? 0 : 8;
		}
	return 122;
}
