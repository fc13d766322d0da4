/* The names of instructions in a report. */
#include "cpu/insn.h"

#include "tests/unit/unit.h"

#define NAME(long_mode, ...)                                                   \
	insn_name((const uint8_t[]){ __VA_ARGS__ },                            \
		  sizeof((const uint8_t[]){ __VA_ARGS__ }), long_mode)

#define CHECK_NAME(name, ...)                                                  \
	do {                                                                   \
		const char *found_ = NAME(__VA_ARGS__);                        \
		CHECK(found_ != NULL);                                         \
		CHECK(strcmp(found_, (name)) == 0);                            \
	} while (0)

CASE(what_emulators_lack_has_a_name)
{
	CHECK_NAME("CMPXCHG16B", true, 0xF0, 0x48, 0x0F, 0xC7, 0x0F);
	CHECK_NAME("CMPXCHG8B", true, 0xF0, 0x0F, 0xC7, 0x0F);
	CHECK_NAME("XSAVE", true, 0x48, 0x0F, 0xAE, 0x27);
	CHECK_NAME("XRSTOR", true, 0x0F, 0xAE, 0x2F);
	CHECK_NAME("INT3", true, 0xCC);
	CHECK_NAME("FWAIT", true, 0x9B);
	CHECK_NAME("CLAC", true, 0x0F, 0x01, 0xCA);
	CHECK_NAME("POPCNT", true, 0xF3, 0x48, 0x0F, 0xB8, 0xC7);
	CHECK_NAME("x87", true, 0xDB, 0xE3);
}

CASE(a_register_operand_is_another_instruction)
{
	CHECK_NAME("RDRAND", true, 0x0F, 0xC7, 0xF0);
	CHECK(NAME(true, 0x0F, 0xAE, 0xE8) == NULL); /* LFENCE */
	CHECK(NAME(true, 0x0F, 0xB8, 0xC7) == NULL); /* no F3: not POPCNT */
}

CASE(rex_is_a_prefix_in_64_bit_code_only)
{
	CHECK_NAME("AVX", true, 0xC5, 0xF8, 0x77);
	CHECK_NAME("LDS", false, 0xC5, 0x00);
	CHECK(NAME(false, 0x48, 0x0F, 0xC7, 0x0F) == NULL); /* DEC EAX */
}

CASE(cut_short_is_unknown)
{
	CHECK(insn_name(NULL, 0, true) == NULL);
	CHECK(NAME(true, 0xF0) == NULL);
	CHECK(NAME(true, 0x0F) == NULL);
	CHECK(NAME(true, 0x0F, 0xC7) == NULL);
	CHECK(NAME(true, 0x90) == NULL);
}

RUN("insn", &what_emulators_lack_has_a_name,
    &a_register_operand_is_another_instruction,
    &rex_is_a_prefix_in_64_bit_code_only, &cut_short_is_unknown)
