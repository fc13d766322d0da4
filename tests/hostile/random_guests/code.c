#include "code.h"

static void byte(struct code *code, uint8_t value)
{
	if (code->next < code->end)
		*code->next++ = value;
	code->address++;
}

void emit_bytes(struct code *code, const char *bytes, size_t count)
{
	while (count--)
		byte(code, (uint8_t)*bytes++);
}

void emit_number(struct code *code, uint64_t value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		byte(code, (uint8_t)value);
}

void emit_load(struct code *code, enum reg reg, uint64_t value)
{
	if (code->bits == 16)
		byte(code, 0x66);
	else if (code->bits == 64)
		byte(code, 0x48);
	byte(code, (uint8_t)(0xB8 + reg));
	emit_number(code, value, code->bits == 64 ? 8 : 4);
}

void emit_sized(struct code *code, unsigned size, uint8_t opcode)
{
	if (size == (code->bits == 16 ? 4 : 2))
		byte(code, 0x66);
	else if (size == 8)
		byte(code, 0x48);
	byte(code, (uint8_t)(opcode + (size > 1)));
}

void emit_out(struct code *code, uint16_t port, uint32_t value, unsigned size)
{
	emit_load(code, DX, port);
	emit_load(code, AX, value);
	emit_sized(code, size, 0xEE);
}

void emit_in(struct code *code, uint16_t port, unsigned size)
{
	emit_load(code, DX, port);
	emit_sized(code, size, 0xEC);
}

/* [EBX], or [RBX]: real mode has a prefix for it, and a limit. */
static void at_bx(struct code *code, uint64_t address, unsigned size,
		  uint8_t opcode)
{
	emit_load(code, BX, address);
	if (code->bits == 16)
		byte(code, 0x67);
	emit_sized(code, size, opcode);
	byte(code, 0x03);
}

void emit_write(struct code *code, uint64_t address, uint64_t value,
		unsigned size)
{
	emit_load(code, AX, value);
	at_bx(code, address, size, 0x88);
}

void emit_read(struct code *code, uint64_t address, unsigned size)
{
	at_bx(code, address, size, 0x8A);
}

void emit_store(struct code *code, uint32_t address, uint32_t value)
{
	if (code->bits == 16)
		emit(code, "\x67\x66");
	if (code->bits == 64)
		emit(code, "\xC7\x04\x25");
	else
		emit(code, "\xC7\x05");
	emit_number(code, address, 4);
	emit_number(code, value, 4);
}
