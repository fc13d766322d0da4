#include "image.h"

#include "acts.h"
#include "arena.h"

#include <elf.h>
#include <string.h>

#define ROOM 0x600 /* of any act and what surrounds it */

/* Of real mode: where a fault goes on, and the stack. */
#define REAL_CHECKPOINT 0x7FFC
#define REAL_STACK      0x7000

static uint8_t *at(struct image *image, uint32_t address)
{
	return image->bytes + 0x1000 + (address - IMAGE_BASE);
}

static void put(struct image *image, uint32_t address, const void *bytes,
		size_t count)
{
	memcpy(at(image, address), bytes, count);
}

static struct code code_at(struct plan *plan, uint8_t *bytes, uint32_t size,
			   uint32_t address, unsigned bits)
{
	return (struct code){ .from = &plan->from,
			      .memory = plan->memory,
			      .next = bytes,
			      .end = bytes + size,
			      .address = address,
			      .bits = bits,
			      .cpus = plan->cpus,
			      .devices = plan->devices,
			      .theme = plan->theme,
			      .wild = plan->wild };
}

/* The end, one way or another; `start` is the first act. */
static void end(struct code *code, uint32_t start)
{
	switch (pick(code->from, 8)) {
	case 0:
		emit(code, "\xFA\xF4\xEB\xFD"); /* sleeps */
		break;
	case 1:
		emit(code, "\xFB\xF4\xEB\xFD"); /* with one eye open */
		break;
	case 2: /* once more */
		emit(code, "\xE9");
		emit_number(
		    code, start - (code->address + (code->bits == 16 ? 2 : 4)),
		    code->bits == 16 ? 2 : 4);
		break;
	case 3:
		emit_out(code, 0xCF9, 6, 1);
		break;
	default:
		emit_out(code, 0xF4, pick(code->from, 300),
			 1U << pick(code->from, 3));
	}
	emit(code, "\xEB\xFE");
}

/* Acts, until there is no room: a fault in one of them goes on at the next. */
static void fill(struct code *code, uint32_t checkpoint, unsigned acts)
{
	uint32_t start = code->address;

	while (acts-- && code->end - code->next > ROOM) {
		uint8_t *patch;
		struct code later;

		emit_store(code, checkpoint, 0);
		patch = code->next - 4;
		act(code);
		later = *code;
		later.next = patch;
		emit_number(&later, code->address, 4);
	}
	end(code, start);
}

static unsigned any_number_of_acts(struct plan *plan)
{
	return 1 + pick(&plan->from, 1U << (3 + pick(&plan->from, 8)));
}

/* Code for a lane at `handlers`, and what its IDT has. */
static void make_handlers(struct plan *plan, struct image *image, unsigned lane,
			  unsigned bits)
{
	uint32_t address = IMAGE_HANDLERS + 0x100 * lane;
	struct code code =
	    code_at(plan, at(image, address), 0x100, address, bits);

	emit_load(&code, SP, IMAGE_STACKS + 0x1000 * lane);
	if (bits == 64)
		emit(&code, "\xFF\x24\x25"); /* JMP [checkpoint] */
	else
		emit(&code, "\xFF\x25");
	emit_number(&code, IMAGE_CHECKPOINT + 16 * lane, 4);
	code = code_at(plan, at(image, address + 0x40), 0xC0, address + 0x40,
		       bits);
	emit(&code, "\x50\x53");
	if (!one_in(&plan->from, 4)) { /* EOI */
		emit(&code, "\xB0\x20\xE6\x20\xE6\xA0\xBB");
		emit_number(&code, 0xFEE000B0, 4);
		emit(&code, "\xC7\x03\0\0\0\0");
	}
	if (bits == 64)
		emit(&code, "\x5B\x58\x48\xCF");
	else /* IRET in pieces: emulators may have none */
		emit(&code, "\x5B\x58\xFF\x74\x24\x08\x9D\xCA\x04\x00");
}

static void make_idt(struct image *image, unsigned lane, unsigned bits)
{
	uint32_t handlers = IMAGE_HANDLERS + 0x100 * lane;
	uint32_t table = IMAGE_IDT + 0x1000 * lane;
	uint16_t limit = (uint16_t)(256 * bits / 4 - 1);
	uint64_t base = table;

	for (unsigned i = 0; i < 256; i++) {
		uint32_t handler = handlers + (i < 32 ? 0 : 0x40);
		uint16_t gate[8] = { (uint16_t)handler,
				     lane ? SELECTOR_CODE32 : SELECTOR_CODE,
				     0x8E00, (uint16_t)(handler >> 16) };

		put(image, table + i * bits / 4, gate, bits / 4);
	}
	put(image, IMAGE_IDT_POINTER + 16 * lane, &limit, 2);
	put(image, IMAGE_IDT_POINTER + 16 * lane + 2, &base, 8);
}

static void make_gdt(struct plan *plan, struct image *image)
{
	const uint64_t code32 = 0x00CF9B000000FFFF;
	const uint64_t gdt[] = {
		0,
		0,
		plan->bits == 64 ? 0x00AF9B000000FFFF : code32,
		0x00CF93000000FFFF,
		code32,
		0x00009B000000FFFF,
		0x000093000000FFFF,
	};
	const uint16_t limit = sizeof(gdt) - 1;
	const uint64_t base = IMAGE_GDT;

	put(image, IMAGE_GDT, gdt, sizeof(gdt));
	put(image, IMAGE_GDT_POINTER, &limit, 2);
	put(image, IMAGE_GDT_POINTER + 2, &base, 8);
}

/* The identity, of the first 5 GiB, in pages of 2 MiB. */
static void make_pages(struct image *image)
{
	uint64_t entry = (IMAGE_PAGES + 0x1000) | 3;

	put(image, IMAGE_PAGES, &entry, 8);
	for (uint32_t i = 0; i < 5; i++) {
		entry = (IMAGE_PAGES + 0x2000 + 0x1000 * i) | 3;
		put(image, IMAGE_PAGES + 0x1000 + 8 * i, &entry, 8);
	}
	for (uint32_t i = 0; i < 5 * 512; i++) {
		entry = (uint64_t)i << 21 | 0x83;
		put(image, IMAGE_PAGES + 0x2000 + 8 * i, &entry, 8);
	}
}

/* [address] in LGDT, LIDT: `instruction` is its reg field. */
static void load_table(struct code *code, uint8_t reg, uint32_t address)
{
	emit(code, "\x0F\x01");
	if (code->bits == 64) {
		emit_number(code, 0x2504U | reg, 2);
	} else {
		emit_number(code, 0x05U | reg, 1);
	}
	emit_number(code, address, 4);
}

static void load_code_segment(struct code *code)
{
	if (code->bits == 64) {
		emit(code, "\x6A\x10"); /* PUSH SELECTOR_CODE */
		emit_load(code, AX, code->address + 10 + 3);
		emit(code, "\x50\x48\xCB"); /* PUSH, far RET */
	} else {
		emit(code, "\xEA");
		emit_number(code, code->address + 6, 4);
		emit_number(code, SELECTOR_CODE, 2);
	}
}

static void load_data_segments(struct code *code)
{
	emit_load(code, AX, SELECTOR_DATA);
	emit(code, "\x8E\xD8\x8E\xC0\x8E\xD0");
}

/* Down to real mode, where the boot CPU's second half is. */
static void go_down(struct code *code)
{
	emit(code, "\xFA\xEA");
	emit_number(code, REAL_DOWN, 4);
	emit_number(code, SELECTOR_CODE16, 2);
}

static void make_boot_lane(struct plan *plan, struct image *image)
{
	struct code code =
	    code_at(plan, at(image, IMAGE_CODE), IMAGE_CODE_OTHERS - IMAGE_CODE,
		    IMAGE_CODE, plan->bits);

	code.vector_table = IMAGE_IDT_POINTER;
	emit_load(&code, SP, IMAGE_STACKS);
	load_table(&code, 0x10, IMAGE_GDT_POINTER);
	if (plan->bits == 64) {
		emit_load(&code, AX, IMAGE_PAGES);
		emit(&code, "\x0F\x22\xD8");
	}
	load_code_segment(&code);
	load_data_segments(&code);
	emit_load(&code, SI, IMAGE_REAL);
	emit_load(&code, DI, REAL_PLACE);
	emit_load(&code, CX, REAL_SIZE);
	emit(&code, "\xF3\xA4");
	if (!one_in(&plan->from, 12))
		load_table(&code, 0x18, IMAGE_IDT_POINTER);
	if (plan->bits == 32 && one_in(&plan->from, 6))
		go_down(&code);
	fill(&code, IMAGE_CHECKPOINT, any_number_of_acts(plan));
}

static void make_other_lane(struct plan *plan, struct image *image)
{
	struct code code = code_at(plan, at(image, IMAGE_CODE_OTHERS), 0x4000,
				   IMAGE_CODE_OTHERS, 32);

	code.vector_table = IMAGE_IDT_POINTER + 16;
	load_data_segments(&code);
	emit_load(&code, SP, IMAGE_STACKS + 0x1000);
	if (!one_in(&plan->from, 12))
		load_table(&code, 0x18, IMAGE_IDT_POINTER + 16);
	fill(&code, IMAGE_CHECKPOINT + 16, any_number_of_acts(plan));
}

/*
 * Real mode: all vectors go on at the next act. `segment` is that of the code,
 * whose offsets are its addresses; all others are 0 but ES.
 */
static void begin_real(struct code *code, uint16_t segment)
{
	uint32_t handler;

	emit(code, "\xFA\xEB\x10"); /* over the handler */
	handler = code->address;
	emit(code, "\x31\xC0\x8E\xD8\x8E\xC0\x8E\xD0"
		   "\xBC\x00\x70\xFF\x26\xFC\x7F\x90");
	emit(code, "\x31\xC0\x8E\xD8\x8E\xC0\x8E\xD0\xBC\x00\x70"
		   "\x31\xFF\xB9\x00\x01\xFC");
	emit(code, "\xB8"); /* MOV AX; STOSW */
	emit_number(code, handler, 2);
	emit(code, "\xAB\xB8");
	emit_number(code, segment, 2);
	emit(code, "\xAB\xE2\xF6\x0F\x01\x1E"); /* LOOP, LIDT */
	emit_number(code, REAL_PLACE + REAL_SIZE - 16, 2);
}

/* Up to protected mode: the lane of the others. */
static void go_up(struct code *code)
{
	emit(code, "\xFA\x31\xC0\x8E\xD8\x66\x0F\x01\x16");
	emit_number(code, REAL_PLACE + REAL_SIZE - 8, 2);
	emit(code, "\x0F\x20\xC0\x0C\x01\x0F\x22\xC0\x66\xEA");
	emit_number(code, IMAGE_CODE_OTHERS, 4);
	emit_number(code, SELECTOR_CODE32, 2);
}

static void make_real(struct plan *plan, uint8_t *bytes)
{
	struct code code = code_at(plan, bytes, REAL_DOWN_CODE, REAL_PLACE, 16);
	const uint16_t limit = 0x37;
	const uint32_t gdt = IMAGE_GDT;

	if (!plan->is_firmware && !one_in(&plan->from, 3))
		go_up(&code);
	begin_real(&code, 0);
	fill(&code, REAL_CHECKPOINT, any_number_of_acts(plan));

	code = code_at(plan, bytes + REAL_DOWN_CODE, 0x7F0, REAL_DOWN, 16);
	emit(&code, "\xB8\x30\x00\x8E\xD8\x8E\xC0\x8E\xD0");
	emit(&code, "\x0F\x20\xC0\x24\xFE\x0F\x22\xC0\xEA");
	emit_number(&code, code.address + 4, 2);
	emit_number(&code, 0, 2);
	begin_real(&code, 0);
	fill(&code, REAL_CHECKPOINT, any_number_of_acts(plan));
	memcpy(bytes + REAL_SIZE - 16, "\xFF\x03\0\0\0", 6);
	memcpy(bytes + REAL_SIZE - 8, &limit, 2);
	memcpy(bytes + REAL_SIZE - 6, &gdt, 4);
}

static void make_elf32(struct plan *plan, struct image *image)
{
	static const uint32_t note[] = { 4, 4, 18, 0x006E6558, IMAGE_CODE };
	static const uint32_t multiboot[] = { 0x1BADB002, 0, -0x1BADB002U };
	const Elf32_Ehdr header = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = 1,
		.e_entry = IMAGE_CODE,
		.e_phoff = 0x40,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
	};
	const Elf32_Phdr segments[] = {
		{ PT_LOAD, 0x1000, IMAGE_BASE, IMAGE_BASE, IMAGE_SIZE,
		  IMAGE_SIZE, 7, 0x1000 },
		{ PT_NOTE, 0x200, 0, 0, sizeof(note), sizeof(note), 4, 4 },
	};

	memcpy(image->bytes, &header, sizeof(header));
	memcpy(image->bytes + 0x40, segments, sizeof(segments));
	memcpy(image->bytes + 0x200, note, sizeof(note));
	if (plan->is_multiboot)
		memcpy(image->bytes + 0x300, multiboot, sizeof(multiboot));
}

static void make_elf64(struct image *image)
{
	const Elf64_Ehdr header = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = 1,
		.e_entry = IMAGE_CODE,
		.e_phoff = 0x40,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	};
	const Elf64_Phdr segment = { PT_LOAD,    7,          0x1000,
				     IMAGE_BASE, IMAGE_BASE, IMAGE_SIZE,
				     IMAGE_SIZE, 0x1000 };

	memcpy(image->bytes, &header, sizeof(header));
	memcpy(image->bytes + 0x40, &segment, sizeof(segment));
}

static void make_kernel(struct plan *plan, struct image *image)
{
	make_gdt(plan, image);
	make_pages(image);
	for (unsigned lane = 0; lane < 2; lane++) {
		unsigned bits = lane ? 32 : plan->bits;

		make_handlers(plan, image, lane, bits);
		make_idt(image, lane, bits);
	}
	arena_make(&plan->from, plan->memory, at(image, IMAGE_ARENA));
	make_real(plan, at(image, IMAGE_REAL));
	make_boot_lane(plan, image);
	make_other_lane(plan, image);
	if (plan->bits == 64)
		make_elf64(image);
	else
		make_elf32(plan, image);
	image->size = sizeof(image->bytes);
}

/* The last 64 KiB below 4 GiB, and the same below 1 MiB. */
static void make_firmware(struct plan *plan, struct image *image)
{
	uint8_t *bytes = image->bytes;
	struct code code = code_at(plan, bytes, 0xC000, 0, 16);

	make_real(plan, bytes + 0xD000);
	emit(&code, "\xFA\xFC\xB8\x00\xF0\x8E\xD8\x31\xC0\x8E\xC0"
		    "\xBE\x00\xD0\xBF\x00\x80\xB9\x00\x10\xF3\xA4");
	begin_real(&code, 0xF000);
	fill(&code, REAL_CHECKPOINT, any_number_of_acts(plan));
	memcpy(bytes + 0xFFF0, "\xEA\x00\x00\x00\xF0", 5);
	image->size = FIRMWARE_SIZE;
}

void image_plan(struct plan *plan, uint64_t seed)
{
	static const uint32_t kib[] = {
		1280, 1280, 1280, 2048,       2048,
		3072, 8192, 8192, 3073 << 10, 5 << 20,
	};

	static const uint8_t wild[] = { 0, 0, 40, 8, 2 };

	plan->from = (struct draw){ seed };
	plan->memory = (uint64_t)PICK_FROM(&plan->from, kib) << 10;
	plan->cpus = one_in(&plan->from, 2) ? 1 : 1 + pick(&plan->from, 4);
	plan->bits = one_in(&plan->from, 3) ? 64 : 32;
	plan->is_firmware = one_in(&plan->from, 10);
	plan->is_multiboot = one_in(&plan->from, 4);
	plan->theme = pick(&plan->from, 8);
	plan->wild = PICK_FROM(&plan->from, wild);
}

void image_make(struct plan *plan, struct image *image)
{
	memset(image, 0, sizeof(*image));
	if (plan->is_firmware)
		make_firmware(plan, image);
	else
		make_kernel(plan, image);
}
