/*
 * Opcodes: Intel SDM vol. 2, appendix A. Named are instructions that software
 * emulators leave out: those of the FPU's and the SIMD state, of newer
 * extensions, and the privileged ones.
 */
#include "cpu/insn.h"

struct prefixes {
	bool operand_size, rep, repne, rex_w;
};

/* Any ModRM; or a ModRM with this /reg on memory, on a register, or whole. */
enum { ANY = -1, MEM = 0x100, REG = 0x200 };

struct opcode {
	uint8_t prefix; /* 0x66, 0xF2, 0xF3 or 0: any */
	uint8_t byte;   /* after 0x0F */
	int modrm;
	const char *name;
};

static const struct opcode two_byte[] = {
	{ 0, 0x01, 0xC1, "VMCALL" },     { 0, 0x01, 0xC8, "MONITOR" },
	{ 0, 0x01, 0xC9, "MWAIT" },      { 0, 0x01, 0xCA, "CLAC" },
	{ 0, 0x01, 0xCB, "STAC" },       { 0, 0x01, 0xD0, "XGETBV" },
	{ 0, 0x01, 0xD1, "XSETBV" },     { 0, 0x01, 0xD8, "VMRUN" },
	{ 0, 0x01, 0xD9, "VMMCALL" },    { 0, 0x01, 0xF8, "SWAPGS" },
	{ 0, 0x01, 0xF9, "RDTSCP" },     { 0, 0x05, ANY, "SYSCALL" },
	{ 0, 0x07, ANY, "SYSRET" },      { 0, 0x08, ANY, "INVD" },
	{ 0, 0x09, ANY, "WBINVD" },      { 0, 0x0B, ANY, "UD2" },
	{ 0, 0x34, ANY, "SYSENTER" },    { 0, 0x35, ANY, "SYSEXIT" },
	{ 0, 0xAE, MEM | 0, "FXSAVE" },  { 0, 0xAE, MEM | 1, "FXRSTOR" },
	{ 0, 0xAE, MEM | 2, "LDMXCSR" }, { 0, 0xAE, MEM | 3, "STMXCSR" },
	{ 0, 0xAE, MEM | 4, "XSAVE" },   { 0, 0xAE, MEM | 5, "XRSTOR" },
	{ 0x66, 0xAE, MEM | 6, "CLWB" }, { 0, 0xAE, MEM | 6, "XSAVEOPT" },
	{ 0, 0xAE, MEM | 7, "CLFLUSH" }, { 0xF3, 0xB8, ANY, "POPCNT" },
	{ 0xF3, 0xBC, ANY, "TZCNT" },    { 0xF3, 0xBD, ANY, "LZCNT" },
	{ 0, 0xC7, MEM | 3, "XRSTORS" }, { 0, 0xC7, MEM | 4, "XSAVEC" },
	{ 0, 0xC7, MEM | 5, "XSAVES" },  { 0, 0xC7, REG | 6, "RDRAND" },
	{ 0, 0xC7, REG | 7, "RDSEED" },
};

static bool modrm_fits(int wanted, uint8_t modrm)
{
	bool is_register = modrm >= 0xC0;

	if (wanted == ANY)
		return true;
	if (wanted & (MEM | REG))
		return (wanted & 7) == (modrm >> 3 & 7) &&
		       is_register == !!(wanted & REG);
	return wanted == modrm;
}

static bool prefix_fits(uint8_t wanted, const struct prefixes *prefixes)
{
	switch (wanted) {
	case 0x66:
		return prefixes->operand_size;
	case 0xF2:
		return prefixes->repne;
	case 0xF3:
		return prefixes->rep;
	default:
		return true;
	}
}

static const char *name_two_byte(const uint8_t *bytes, size_t length,
				 const struct prefixes *prefixes)
{
	uint8_t modrm = length > 1 ? bytes[1] : 0;

	if (!length)
		return NULL;
	if (length > 1 && bytes[0] == 0xC7 && modrm_fits(MEM | 1, modrm))
		return prefixes->rex_w ? "CMPXCHG16B" : "CMPXCHG8B";
	for (size_t i = 0; i < sizeof(two_byte) / sizeof(*two_byte); i++) {
		const struct opcode *it = &two_byte[i];

		if (it->byte == bytes[0] && prefix_fits(it->prefix, prefixes) &&
		    (it->modrm == ANY ||
		     (length > 1 && modrm_fits(it->modrm, modrm))))
			return it->name;
	}
	return bytes[0] == 0x38 || bytes[0] == 0x3A ? "SSSE3/SSE4" : NULL;
}

static const char *name_one_byte(uint8_t byte, bool long_mode)
{
	if (byte >= 0xD8 && byte <= 0xDF)
		return "x87";
	switch (byte) {
	case 0x62:
		return long_mode ? "AVX-512" : "BOUND";
	case 0x9B:
		return "FWAIT";
	case 0xC4:
		return long_mode ? "AVX" : "LES";
	case 0xC5:
		return long_mode ? "AVX" : "LDS";
	case 0xCC:
		return "INT3";
	case 0xF1:
		return "INT1";
	case 0xF4:
		return "HLT";
	default:
		return NULL;
	}
}

/* Takes one prefix; false at the opcode. */
static bool take_prefix(uint8_t byte, bool long_mode, struct prefixes *prefixes)
{
	switch (byte) {
	case 0x66:
		return prefixes->operand_size = true;
	case 0xF2:
		return prefixes->repne = true;
	case 0xF3:
		return prefixes->rep = true;
	case 0x26:
	case 0x2E:
	case 0x36:
	case 0x3E:
	case 0x64:
	case 0x65:
	case 0x67:
	case 0xF0:
		return true;
	default:
		break;
	}
	if (!long_mode || (byte & 0xF0) != 0x40)
		return false;
	prefixes->rex_w = byte & 8;
	return true;
}

const char *insn_name(const uint8_t *bytes, size_t length, bool long_mode)
{
	struct prefixes prefixes = { 0 };

	while (length && take_prefix(*bytes, long_mode, &prefixes))
		bytes++, length--;
	if (!length)
		return NULL;
	if (*bytes == 0x0F)
		return name_two_byte(bytes + 1, length - 1, &prefixes);
	return name_one_byte(*bytes, long_mode);
}
