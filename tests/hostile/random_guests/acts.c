#include "acts.h"

#include "image.h"

static unsigned any_size(struct code *code)
{
	return 1U << pick(code->from, code->bits == 64 ? 4 : 3);
}

static void write_port(struct code *code)
{
	emit_out(code, draw_port(code->from), draw_value(code->from),
		 1U << pick(code->from, 3));
}

static void read_port(struct code *code)
{
	emit_in(code, draw_port(code->from), 1U << pick(code->from, 3));
}

/* Of what 16-bit code reaches, the low bits count. */
static uint64_t any_address(struct code *code)
{
	uint64_t address = draw_address(code->from, code->memory);

	return code->bits == 64 ? address : (uint32_t)address;
}

static void write_device(struct code *code)
{
	emit_write(code, draw_device(code->from, code->memory),
		   draw_value(code->from), any_size(code));
}

static void read_device(struct code *code)
{
	emit_read(code, draw_device(code->from, code->memory), any_size(code));
}

static void write_memory(struct code *code)
{
	emit_write(code, any_address(code), draw_value(code->from),
		   any_size(code));
}

/* Source, destination and count of a string instruction. */
static void set_string(struct code *code)
{
	uint32_t count = draw_length(code->from);

	/* Mostly one that does not take all the time that there is. */
	if (count > 1024 && !one_in(code->from, 8))
		count = pick(code->from, 1024);
	emit_load(code, SI, any_address(code));
	emit_load(code, DI, any_address(code));
	emit_load(code, CX, count);
	if (one_in(code->from, 4))
		emit(code, "\xFD"); /* STD */
}

static void string_port(struct code *code)
{
	set_string(code);
	emit_load(code, DX, draw_port(code->from));
	if (!one_in(code->from, 8))
		emit(code, "\xF3"); /* REP */
	emit_sized(code, 1U << pick(code->from, 3),
		   one_in(code->from, 2) ? 0x6C : 0x6E);
	emit(code, "\xFC"); /* CLD */
}

static void string_memory(struct code *code)
{
	static const uint8_t opcodes[] = { 0xA4, 0xA4, 0xA6, 0xAA, 0xAC, 0xAE };

	set_string(code);
	if (one_in(code->from, 2))
		emit_load(code, one_in(code->from, 2) ? SI : DI,
			  draw_device(code->from, code->memory));
	emit(code, "\xF3");
	emit_sized(code, any_size(code), PICK_FROM(code->from, opcodes));
	emit(code, "\xFC");
}

struct instruction {
	const char *bytes;
	size_t count;
};

#define INSTRUCTION(bytes)                                                     \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

static void emit_one_of(struct code *code, const struct instruction *table,
			unsigned count)
{
	const struct instruction *one = &table[pick(code->from, count)];

	emit_bytes(code, one->bytes, one->count);
}

/* Instructions that take an operand at [EBX], of a device or of RAM. */
static void operand(struct code *code)
{
	static const struct instruction table[] = {
		INSTRUCTION("\xF0\x0F\xC1\x03"), /* LOCK XADD */
		INSTRUCTION("\x86\x03"),         /* XCHG */
		INSTRUCTION("\xF0\x87\x03"),     /* LOCK XCHG */
		INSTRUCTION("\x08\x03"),         /* OR */
		INSTRUCTION("\xF0\x01\x03"),     /* LOCK ADD */
		INSTRUCTION("\xFE\x03"),         /* INC */
		INSTRUCTION("\xF0\x0F\xB1\x0B"), /* LOCK CMPXCHG */
		INSTRUCTION("\x0F\xC7\x0B"),     /* CMPXCHG8B */
		INSTRUCTION("\xFF\x33"),         /* PUSH */
		INSTRUCTION("\x8F\x03"),         /* POP */
		INSTRUCTION("\x0F\xA3\x03"),     /* BT */
		INSTRUCTION("\xF0\x0F\xAB\x03"), /* LOCK BTS, anywhere */
	};
	static const struct instruction wild[] = {
		INSTRUCTION("\x0F\x6F\x03"), /* MOVQ */
		INSTRUCTION("\x0F\x7F\x03"), /* MOVQ, the other way */
		INSTRUCTION("\x0F\x10\x03"), /* MOVUPS */
		INSTRUCTION("\x0F\x11\x03"), /* MOVUPS, the other way */
		INSTRUCTION("\x0F\xAE\x03"), /* FXSAVE */
		INSTRUCTION("\x0F\xAE\x0B"), /* FXRSTOR */
		INSTRUCTION("\xDD\x33"),     /* FNSAVE */
		INSTRUCTION("\xD9\x33"),     /* FNSTENV */
		INSTRUCTION("\x0F\x01\x3B"), /* INVLPG */
		INSTRUCTION("\x0F\x01\x03"), /* SGDT */
		INSTRUCTION("\x0F\x01\x0B"), /* SIDT */
		INSTRUCTION("\x0F\x18\x0B"), /* PREFETCH */
		INSTRUCTION("\x0F\xAE\x3B"), /* CLFLUSH */
		INSTRUCTION("\xFF\x2B"),     /* a far JMP */
		INSTRUCTION("\xFF\x1B"),     /* a far CALL */
		INSTRUCTION("\x8E\x1B"),     /* MOV to DS */
	};

	emit_load(code, AX, draw_value(code->from));
	emit_load(code, BX,
		  one_in(code->from, 2) ? draw_device(code->from, code->memory)
					: any_address(code));
	if (code->bits == 16)
		emit(code, "\x67");
	if (code->wild && one_in(code->from, code->wild))
		emit_one_of(code, wild, COUNT(wild));
	else
		emit_one_of(code, table, COUNT(table));
}

/* Those that a monitor may have to do with, or KVM. */
static void special(struct code *code)
{
	static const struct instruction table[] = {
		INSTRUCTION("\x0F\xA2"), /* CPUID */
		INSTRUCTION("\x0F\x31"), /* RDTSC */
		INSTRUCTION("\x0F\x09"), /* WBINVD */
		INSTRUCTION("\x0F\x06"), /* CLTS */
		INSTRUCTION("\x0F\x0B"), /* UD2 */
		INSTRUCTION("\xF3\x90"), /* PAUSE */
		INSTRUCTION("\xF7\xF1"), /* DIV, by anything */
		INSTRUCTION("\x8E\xD8"), /* MOV to DS */
	};
	static const struct instruction wild[] = {
		INSTRUCTION("\xCE"),             /* INTO */
		INSTRUCTION("\xCD\x02"),         /* INT 2 */
		INSTRUCTION("\xCD\x80"),         /* INT 0x80 */
		INSTRUCTION("\x0F\x33"),         /* RDPMC */
		INSTRUCTION("\x0F\x01\xF9"),     /* RDTSCP */
		INSTRUCTION("\x0F\x08"),         /* INVD */
		INSTRUCTION("\x0F\x01\xC8"),     /* MONITOR */
		INSTRUCTION("\x0F\x01\xC9"),     /* MWAIT */
		INSTRUCTION("\x0F\x34"),         /* SYSENTER */
		INSTRUCTION("\x0F\x05"),         /* SYSCALL */
		INSTRUCTION("\x0F\x07"),         /* SYSRET */
		INSTRUCTION("\x0F\x35"),         /* SYSEXIT */
		INSTRUCTION("\xCF"),             /* IRET */
		INSTRUCTION("\x0F\xAA"),         /* RSM */
		INSTRUCTION("\x0F\x01\xD0"),     /* XGETBV */
		INSTRUCTION("\x0F\x01\xD1"),     /* XSETBV */
		INSTRUCTION("\x0F\x01\xF8"),     /* SWAPGS */
		INSTRUCTION("\x0F\x01\xF0"),     /* LMSW AX */
		INSTRUCTION("\x0F\xB9\xC0"),     /* UD1 */
		INSTRUCTION("\xCC"),             /* INT3 */
		INSTRUCTION("\xF1"),             /* INT1 */
		INSTRUCTION("\x0F\x01\xD8"),     /* VMRUN */
		INSTRUCTION("\x0F\x01\xDA"),     /* VMLOAD */
		INSTRUCTION("\x0F\x01\xDB"),     /* VMSAVE */
		INSTRUCTION("\x0F\x01\xDC"),     /* STGI */
		INSTRUCTION("\x0F\x01\xDD"),     /* CLGI */
		INSTRUCTION("\x0F\x01\xDE"),     /* SKINIT */
		INSTRUCTION("\x0F\x01\xC2"),     /* VMLAUNCH */
		INSTRUCTION("\x0F\x01\xC4"),     /* VMXOFF */
		INSTRUCTION("\xF3\x0F\xC7\x33"), /* VMXON */
		INSTRUCTION("\x0F\xC7\xF0"),     /* RDRAND */
		INSTRUCTION("\x0F\x77"),         /* EMMS */
		INSTRUCTION("\x9B"),             /* FWAIT */
		INSTRUCTION("\x0F\x00\xD8"),     /* LTR */
		INSTRUCTION("\x0F\x00\xD0"),     /* LLDT */
		INSTRUCTION("\x0F\x37"),         /* GETSEC */
		INSTRUCTION("\x0F\x01\xCF"),     /* ENCLS */
		INSTRUCTION("\xF0\x0F\xC7\xC8"), /* LOCK CMPXCHG8B, no memory */
	};

	emit_load(code, CX, draw_value(code->from));
	emit_load(code, AX, draw_value(code->from));
	if (code->wild && one_in(code->from, code->wild))
		emit_one_of(code, wild, COUNT(wild));
	else
		emit_one_of(code, table, COUNT(table));
}

static void hypercall(struct code *code)
{
	emit_load(code, AX, pick(code->from, 14));
	emit_load(code, BX, any_address(code));
	emit_load(code, CX, draw_value(code->from));
	emit_load(code, DX, draw_value(code->from));
	emit_load(code, SI, draw_value(code->from));
	if (one_in(code->from, 2))
		emit(code, "\x0F\x01\xC1"); /* VMCALL */
	else
		emit(code, "\x0F\x01\xD9"); /* VMMCALL */
}

static void write_msr(struct code *code)
{
	uint64_t value =
	    one_in(code->from, 2) ? any_address(code) : draw_value(code->from);

	emit_load(code, CX, draw_msr(code->from));
	emit_load(code, AX, (uint32_t)(value | pick(code->from, 4)));
	emit_load(code, DX, value >> 32);
	emit(code, "\x0F\x30");
}

static void read_msr(struct code *code)
{
	emit_load(code, CX, draw_msr(code->from));
	emit(code, "\x0F\x32");
}

/* A bit of CR0 or CR4 the other way; DRs, CR8. */
static void control(struct code *code)
{
	static const struct instruction table[] = {
		INSTRUCTION("\x0F\x22\xC0"),     /* CR0 */
		INSTRUCTION("\x0F\x22\xE0"),     /* CR4 */
		INSTRUCTION("\x0F\x22\xE0"),     /* CR4 */
		INSTRUCTION("\x0F\x23\xC0"),     /* DR0 */
		INSTRUCTION("\x0F\x23\xF8"),     /* DR7 */
		INSTRUCTION("\xF0\x0F\x22\xC0"), /* CR8, on AMD */
	};
	const struct instruction *one = &PICK_FROM(code->from, table);
	bool is_cr0 = one == table;

	if (is_cr0)
		emit(code, "\x0F\x20\xC0");
	else if (one->bytes[2] == '\xE0')
		emit(code, "\x0F\x20\xE0");
	else
		emit_load(code, AX, draw_value(code->from));
	if (code->bits == 16)
		emit(code, "\x66");
	emit(code, "\x35"); /* XOR EAX */
	emit_number(code, 1U << pick(code->from, is_cr0 ? 31 : 24), 4);
	emit_bytes(code, one->bytes, one->count);
}

/* Anything at all. What it jumps to, it jumps to. */
static void any_bytes(struct code *code)
{
	for (unsigned i = 1 + pick(code->from, 12); i; i--)
		emit_number(code, draw(code->from), 1);
}

static void jump(struct code *code)
{
	emit_load(code, BX,
		  one_in(code->from, 2) ? draw_device(code->from, code->memory)
					: any_address(code));
	if (one_in(code->from, 2))
		emit(code, "\xFF\xE3"); /* JMP BX */
	else
		emit(code, "\xFF\xD3"); /* CALL BX */
}

static void load_tables(struct code *code)
{
	uint32_t from = code->vector_table;

	if (code->bits == 16) {
		emit(code, "\x0F\x01\x1E\x00\x00"); /* LIDT [0] */
		return;
	}
	if (one_in(code->from, 2))
		from = IMAGE_ARENA + pick(code->from, 4096);
	emit_load(code, BX, from);
	emit(code, "\x0F\x01\x1B");
}

/* A burst to the console, or from it. */
static void console(struct code *code)
{
	emit_load(code, SI, IMAGE_ARENA);
	emit_load(code, DI, IMAGE_ARENA);
	emit_load(code, CX, pick(code->from, 200));
	emit_load(code, DX, one_in(code->from, 8) ? 0x402 : 0x3F8);
	if (one_in(code->from, 3))
		emit(code, "\xF3\x6C");
	else
		emit(code, "\xF3\x6E");
}

/* DS is another one for a write, and so is ES from then on. */
static void segment(struct code *code)
{
	if (code->bits != 16) {
		write_memory(code);
		return;
	}
	emit(code, "\xB8");
	emit_number(code, pick(code->from, 0x10000), 2);
	emit(code, "\x8E\xC0\x8E\xD8\xBB");
	emit_number(code, draw_value(code->from), 2);
	emit(code, "\x88\x07\x31\xC0\x8E\xD8");
}

static void any_act(struct code *code)
{
	static void (*const usual[])(struct code *) = {
		write_port,     write_port,    write_port,   write_port,
		read_port,      read_port,     write_device, write_device,
		write_device,   write_device,  read_device,  read_device,
		write_memory,   write_memory,  segment,      string_port,
		string_port,    string_memory, operand,      operand,
		special,        special,       hypercall,    write_msr,
		write_msr,      read_msr,      console,      act_interrupts,
		act_interrupts, act_fw_cfg,    act_fw_cfg,   act_virtio,
		act_virtio,     act_virtio,
	};

	PICK_FROM(code->from, usual)(code);
}

void act(struct code *code)
{
	static void (*const wild[])(struct code *) = {
		any_bytes, any_bytes, jump, control, load_tables,
	};
	static void (*const themes[])(struct code *) = {
		act_virtio, act_virtio, act_virtio, act_interrupts, act_fw_cfg,
	};

	if (code->wild && one_in(code->from, 10 * code->wild))
		PICK_FROM(code->from, wild)(code);
	else if (code->theme < COUNT(themes) && !one_in(code->from, 3))
		themes[code->theme](code);
	else
		any_act(code);
}
