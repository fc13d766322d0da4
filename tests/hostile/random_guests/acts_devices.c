/*
 * Acts that follow a device's own protocol, more or less: what random numbers
 * do not find.
 */
#include "acts.h"
#include "image.h"

/* VIRTIO 1.2, 4.2.2 */
enum {
	FEATURES = 0x10,
	FEATURES_SEL = 0x14,
	DRIVER_FEATURES = 0x20,
	DRIVER_FEATURES_SEL = 0x24,
	QUEUE_SEL = 0x30,
	QUEUE_NUM = 0x38,
	QUEUE_READY = 0x44,
	QUEUE_NOTIFY = 0x50,
	INTERRUPT_ACK = 0x64,
	STATUS = 0x70,
	QUEUE_DESC = 0x80,
	QUEUE_DRIVER = 0x90,
	QUEUE_DEVICE = 0xA0,
};

static void set(struct code *code, uint64_t at, uint32_t value)
{
	emit_write(code, at, value, 4);
}

static void set_long(struct code *code, uint64_t at, uint64_t value)
{
	set(code, at, (uint32_t)value);
	set(code, at + 4, (uint32_t)(value >> 32));
}

/* All that it offers, but perhaps a bit, and version 1. */
static void negotiate(struct code *code, uint64_t base)
{
	set(code, base + STATUS, 0);
	set(code, base + STATUS, 3);
	set(code, base + FEATURES_SEL, 0);
	set(code, base + DRIVER_FEATURES_SEL, 0);
	emit_read(code, base + FEATURES, 4);
	emit(code, "\x25"); /* AND EAX */
	emit_number(code, one_in(code->from, 3) ? draw(code->from) : ~0U, 4);
	emit_load(code, BX, base + DRIVER_FEATURES);
	emit(code, "\x89\x03");
	set(code, base + DRIVER_FEATURES_SEL, 1);
	set(code, base + DRIVER_FEATURES, 1);
	set(code, base + STATUS, 11);
}

static uint32_t any_queue(struct code *code)
{
	return IMAGE_QUEUE(pick(code->from, IMAGE_QUEUES));
}

static uint64_t area(struct code *code, uint32_t usual)
{
	return one_in(code->from, 24) ? draw_address(code->from, code->memory)
				      : usual;
}

static void set_queue(struct code *code, uint64_t base, unsigned number)
{
	uint32_t queue = any_queue(code);
	unsigned which = code->knows++ % COUNT(code->known);

	code->known[which].slot = base;
	code->known[which].queue = queue;
	code->known[which].number = number;
	set(code, base + QUEUE_SEL, number);
	set(code, base + QUEUE_NUM,
	    one_in(code->from, 16)
		? draw_value(code->from)
		: 8U << pick(code->from, one_in(code->from, 4) ? 6 : 2));
	set_long(code, base + QUEUE_DESC, area(code, queue));
	set_long(code, base + QUEUE_DRIVER, area(code, queue + QUEUE_AVAIL));
	set_long(code, base + QUEUE_DEVICE, area(code, queue + QUEUE_USED));
	set(code, base + QUEUE_READY, 1);
}

static uint64_t any_slot(struct code *code)
{
	unsigned slots = one_in(code->from, 32) ? 18 : code->devices;

	return 0xD0000000 + 0x1000 * pick(code->from, slots ? slots : 1);
}

static void start_device(struct code *code)
{
	uint64_t base = any_slot(code);
	unsigned queues = 1 + pick(code->from, 3);

	negotiate(code, base);
	for (unsigned i = 0; i < queues; i++)
		set_queue(code, base, i);
	set(code, base + STATUS, 15);
	for (unsigned i = 0; i < queues; i++)
		set(code, base + QUEUE_NOTIFY, i);
}

/* A chain more, or as many as the index says, of a queue that there is. */
static void publish(struct code *code)
{
	unsigned which = pick(code->from, COUNT(code->known));
	uint32_t index = code->known[which].queue + QUEUE_AVAIL + 2;

	if (!code->known[which].slot || code->bits == 16) {
		start_device(code);
		return;
	}
	if (one_in(code->from, 16)) {
		emit_write(code, index, draw_value(code->from), 2);
	} else {
		emit_load(code, BX, index);
		emit(code, "\x66\xFF\x03"); /* INC word */
	}
	set(code, code->known[which].slot + QUEUE_NOTIFY,
	    one_in(code->from, 16) ? draw_value(code->from)
				   : code->known[which].number);
}

static void any_register(struct code *code)
{
	static const uint32_t registers[] = {
		FEATURES_SEL,
		DRIVER_FEATURES_SEL,
		DRIVER_FEATURES,
		QUEUE_SEL,
		QUEUE_NUM,
		QUEUE_READY,
		QUEUE_NOTIFY,
		INTERRUPT_ACK,
		STATUS,
		QUEUE_DESC,
		QUEUE_DESC + 4,
		QUEUE_DRIVER,
		QUEUE_DRIVER + 4,
		QUEUE_DEVICE,
		QUEUE_DEVICE + 4,
		0x100,
		0x104,
	};

	set(code, any_slot(code) + PICK_FROM(code->from, registers),
	    draw_value(code->from));
}

void act_virtio(struct code *code)
{
	static void (*const table[])(struct code *) = {
		start_device, start_device, publish,
		publish,      publish,      any_register,
	};

	PICK_FROM(code->from, table)(code);
}

static uint32_t swapped(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* QEMU's docs/specs/fw_cfg: an error, read, skip, select, write. */
static void make_request(struct code *code, uint32_t at)
{
	static const uint16_t keys[] = { 0,    1,    5,    0x0D, 0x19,
					 0x20, 0x21, 0x22, 0x23, 0x8002 };
	uint64_t address = one_in(code->from, 4)
			       ? code->memory - pick(code->from, 16)
			       : draw_address(code->from, code->memory);
	uint32_t key = one_in(code->from, 4) ? draw_value(code->from)
					     : PICK_FROM(code->from, keys);

	emit_store(code, at, swapped(key << 16 | pick(code->from, 32)));
	emit_store(code, at + 4,
		   swapped(one_in(code->from, 2) ? pick(code->from, 64)
						 : draw_length(code->from)));
	emit_store(code, at + 8, swapped((uint32_t)(address >> 32)));
	emit_store(code, at + 12, swapped((uint32_t)address));
}

void act_fw_cfg(struct code *code)
{
	/* Where real mode reaches it, or anywhere. */
	uint32_t at = code->bits == 16
			  ? 0x7000 + 4 * pick(code->from, 256)
			  : IMAGE_ARENA + pick(code->from, 0x10000);
	uint64_t told = at;

	make_request(code, at);
	if (one_in(code->from, 8))
		told = draw_address(code->from, code->memory);
	if (one_in(code->from, 2) || told >> 32)
		emit_out(code, 0x514, swapped((uint32_t)(told >> 32)), 4);
	emit_out(code, 0x518, swapped((uint32_t)told), 4);
}

#define LAPIC 0xFEE00000

/* An interrupt command: INIT, SIPI, NMI, SMI or a vector, for anybody. */
static void send_interrupt(struct code *code)
{
	uint32_t mode = pick(code->from, 8);
	uint32_t vector =
	    mode == 6 ? REAL_PLACE / 0x1000 : pick(code->from, 256);

	if (one_in(code->from, 16))
		vector = pick(code->from, 256);
	set(code, LAPIC + 0x310, pick(code->from, code->cpus + 1) << 24);
	set(code, LAPIC + 0x300,
	    pick(code->from, 4) << 18 | 1 << 14 | pick(code->from, 2) << 11 |
		mode << 8 | vector);
}

/* INIT, SIPI: the other CPUs begin, wherever they have been. */
static void start_others(struct code *code)
{
	set(code, LAPIC + 0x300, 0xC4500);
	set(code, LAPIC + 0x300, 0xC4600 + REAL_PLACE / 0x1000);
}

static void start_timer(struct code *code)
{
	set(code, LAPIC + 0xF0, 0x100 + pick(code->from, 256));
	set(code, LAPIC + 0x3E0, pick(code->from, 16));
	set(code, LAPIC + 0x320,
	    pick(code->from, 4) << 17 | pick(code->from, 256));
	set(code, LAPIC + 0x380, draw_value(code->from));
}

static void route(struct code *code)
{
	uint32_t pin = pick(code->from, 25);

	set(code, 0xFEC00000, 0x10 + 2 * pin);
	set(code, 0xFEC00010,
	    one_in(code->from, 2) ? draw_value(code->from)
				  : 0x20 + pick(code->from, 200));
	set(code, 0xFEC00000, 0x11 + 2 * pin);
	set(code, 0xFEC00010, pick(code->from, code->cpus + 1) << 24);
	if (one_in(code->from, 2))
		set(code, 0xFEC00040, pick(code->from, 256));
}

static void start_pic(struct code *code)
{
	static const uint16_t bases[] = { 0x20, 0xA0 };
	uint16_t base = PICK_FROM(code->from, bases);

	emit_out(code, base, 0x10 | pick(code->from, 16), 1);
	for (unsigned i = 0; i < 3; i++)
		emit_out(code, base + 1, pick(code->from, 256), 1);
	emit_out(code, base + 1, one_in(code->from, 2) ? 0 : 0xFF, 1);
}

/* At its fastest, mostly. */
static void start_pit(struct code *code)
{
	uint32_t which = pick(code->from, 3);

	emit_out(code, 0x43, which << 6 | 0x30 | pick(code->from, 16), 1);
	emit_out(code, (uint16_t)(0x40 + which), pick(code->from, 4), 1);
	emit_out(code, (uint16_t)(0x40 + which), 0, 1);
}

static void start_rtc(struct code *code)
{
	emit_out(code, 0x70, 0x0A, 1);
	emit_out(code, 0x71, 0x20 | pick(code->from, 16), 1);
	emit_out(code, 0x70, 0x0B, 1);
	emit_out(code, 0x71, pick(code->from, 256), 1);
}

static void start_uart(struct code *code)
{
	emit_out(code, 0x3F9, pick(code->from, 16), 1);
	emit_out(code, 0x3FC, pick(code->from, 32), 1);
	emit_out(code, 0x3FA, pick(code->from, 256), 1);
}

static void allow(struct code *code)
{
	emit(code, "\xFB\x90");
}

static void forbid(struct code *code)
{
	emit(code, "\xFA");
}

static void halt(struct code *code)
{
	if (one_in(code->from, 4))
		start_timer(code);
	emit(code, "\xFB\xF4");
}

void act_interrupts(struct code *code)
{
	static void (*const table[])(struct code *) = {
		send_interrupt, send_interrupt, start_others, start_timer,
		start_timer,    route,          route,        route,
		start_pic,      start_pit,      start_pit,    start_rtc,
		start_uart,     allow,          allow,        allow,
		forbid,
	};

	if (one_in(code->from, 100))
		halt(code);
	else
		PICK_FROM(code->from, table)(code);
}
