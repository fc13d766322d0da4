/* The bus: who answers an access, in what sizes, and what nobody answers. */
#include "vmm/bus.h"

#include "vmm/bytes.h"

#include "tests/unit/unit.h"

/* A chip that writes down what it is asked; it reads as reg, reg + 1, ... */
struct call {
	uint32_t reg, value;
	unsigned size;
	bool is_write;
};

struct recorder {
	struct call calls[16];
	unsigned count;
};

static struct recorder bytes, words, dwords, mixed, last, first;

static void note(struct recorder *chip, struct call call)
{
	CHECK(chip->count < 16);
	chip->calls[chip->count++] = call;
}

static uint32_t record_read(void *chip, uint32_t reg, unsigned size)
{
	note(chip, (struct call){ .reg = reg, .size = size });
	return reg | (reg + 1) << 8 | (reg + 2) << 16 | (reg + 3) << 24;
}

static void record_write(void *chip, uint32_t reg, uint32_t value,
			 unsigned size)
{
	note(chip, (struct call){ reg, value, size, true });
}

#define TO(chip, reg) &(chip), reg, record_read, record_write

enum { ANY = BUS_BYTE | BUS_WORD | BUS_DWORD };

static const struct bus_range ranges[] = {
	{ 0x100, 8, BUS_BYTE, TO(bytes, 0) },
	{ 0x108, 8, BUS_BYTE | BUS_WORD, TO(words, 0x40) },
	{ 0x110, 8, BUS_BYTE | BUS_DWORD, TO(dwords, 0x50) },
	{ 0x120, 6, ANY, TO(mixed, 0x60) },
	{ 0xFFFF, 1, ANY, TO(last, 0) },
	{ 0, 16, ANY, TO(first, 0) },
	{ UINT64_MAX - 15, 16, ANY, TO(last, 0x70) },
};

static const struct bus bus = { ranges, sizeof(ranges) / sizeof(*ranges) };
static const struct bus empty = { 0 };

static void power_on(void)
{
	bytes = words = dwords = mixed = last = first = (struct recorder){ 0 };
}

static unsigned calls(void)
{
	return bytes.count + words.count + dwords.count + mixed.count +
	       last.count + first.count;
}

static uint64_t read_at(uint64_t address, unsigned size)
{
	uint8_t data[16];

	memset(data, 0x5A, sizeof(data));
	bus_read(&bus, address, data, size);
	for (unsigned i = size; i < sizeof(data); i++)
		CHECK_EQ(data[i], 0x5A);
	memset(data + size, 0, sizeof(data) - size);
	return get_le64(data);
}

static void write_at(uint64_t address, uint64_t value, unsigned size)
{
	bus_write(&bus, address, &value, size);
}

static void check_call(const struct call *call, bool is_write, uint32_t reg,
		       unsigned size)
{
	CHECK_EQ(call->is_write, is_write);
	CHECK_EQ(call->reg, reg);
	CHECK_EQ(call->size, size);
}

static void check_write(const struct call *call, uint32_t reg, unsigned size,
			uint32_t value)
{
	check_call(call, true, reg, size);
	CHECK_EQ(call->value, value);
}

CASE(registers_count_from_the_first)
{
	power_on();
	CHECK_EQ(read_at(0x103, 1), 3);
	CHECK_EQ(read_at(0x108, 1), 0x40);
	CHECK_EQ(read_at(0x10F, 1), 0x47);
	check_call(&bytes.calls[0], false, 3, 1);
	check_call(&words.calls[1], false, 0x47, 1);
	CHECK_EQ(calls(), 3);
}

CASE(an_accepted_size_is_one_call)
{
	power_on();
	write_at(0x10A, 0xBEEF, 2);
	check_write(&words.calls[0], 0x42, 2, 0xBEEF);
	write_at(0x114, 0xDEADBEEF, 4);
	check_write(&dwords.calls[0], 0x54, 4, 0xDEADBEEF);
	CHECK_EQ(read_at(0x108, 2), 0x4140);
	check_call(&words.calls[1], false, 0x40, 2);
	CHECK_EQ(read_at(0x110, 4), 0x53525150);
	check_call(&dwords.calls[1], false, 0x50, 4);
	CHECK_EQ(calls(), 4);
}

CASE(what_is_not_accepted_is_cut_into_bytes)
{
	power_on();
	write_at(0x100, 0x04030201, 4);
	CHECK_EQ(bytes.count, 4);
	for (uint32_t i = 0; i < 4; i++)
		check_write(&bytes.calls[i], i, 1, i + 1);
	CHECK_EQ(read_at(0x102, 2), 0x0302);
	CHECK_EQ(bytes.count, 6);
	/* A word where only bytes and dwords go. */
	write_at(0x110, 0x0201, 2);
	CHECK_EQ(dwords.count, 2);
	check_write(&dwords.calls[1], 0x51, 1, 2);
}

CASE(a_dword_is_two_words_where_words_go)
{
	power_on();
	write_at(0x108, 0x44332211, 4);
	CHECK_EQ(words.count, 2);
	check_write(&words.calls[0], 0x40, 2, 0x2211);
	check_write(&words.calls[1], 0x42, 2, 0x4433);
}

CASE(odd_sizes_are_cut_from_the_largest)
{
	power_on();
	write_at(0x120, 0x332211, 3);
	CHECK_EQ(mixed.count, 2);
	check_write(&mixed.calls[0], 0x60, 2, 0x2211);
	check_write(&mixed.calls[1], 0x62, 1, 0x33);
	power_on();
	CHECK_EQ(read_at(0x120, 5), 0x6463626160);
	CHECK_EQ(mixed.count, 2);
	check_call(&mixed.calls[0], false, 0x60, 4);
	check_call(&mixed.calls[1], false, 0x64, 1);
}

CASE(eight_bytes_are_two_dwords)
{
	power_on();
	CHECK_EQ(read_at(0x110, 8), 0x5756555453525150);
	CHECK_EQ(dwords.count, 2);
	write_at(0x110, 0x8877665544332211, 8);
	check_write(&dwords.calls[2], 0x50, 4, 0x44332211);
	check_write(&dwords.calls[3], 0x54, 4, 0x88776655);
}

CASE(a_size_that_passes_the_end_is_cut)
{
	power_on();
	CHECK_EQ(read_at(0x124, 4), 0xFFFF6564);
	CHECK_EQ(mixed.count, 1);
	check_call(&mixed.calls[0], false, 0x64, 2);
	CHECK_EQ(read_at(0x125, 2), 0xFF65);
	check_call(&mixed.calls[1], false, 0x65, 1);
}

CASE(an_access_across_two_ranges_reaches_both)
{
	power_on();
	write_at(0x106, 0x44332211, 4);
	CHECK_EQ(bytes.count, 2);
	CHECK_EQ(words.count, 1);
	check_write(&bytes.calls[1], 7, 1, 0x22);
	check_write(&words.calls[0], 0x40, 2, 0x4433);
}

CASE(an_access_may_begin_before_a_range)
{
	power_on();
	CHECK_EQ(read_at(0xFE, 4), 0x0100FFFF);
	CHECK_EQ(bytes.count, 2);
	CHECK_EQ(calls(), 2);
}

CASE(what_nobody_answers_reads_as_ones)
{
	power_on();
	CHECK_EQ(read_at(0x200, 1), 0xFF);
	CHECK_EQ(read_at(0x200, 2), 0xFFFF);
	CHECK_EQ(read_at(0x200, 4), 0xFFFFFFFF);
	CHECK_EQ(read_at(0x200, 8), UINT64_MAX);
	CHECK_EQ(read_at(0x118, 8), UINT64_MAX);
	CHECK_EQ(calls(), 0);
}

CASE(what_nobody_answers_is_written_to_nowhere)
{
	power_on();
	for (unsigned size = 1; size <= 8; size++)
		write_at(0x200, 0, size);
	CHECK_EQ(calls(), 0);
}

CASE(a_bus_may_be_empty)
{
	uint64_t value = 0;

	bus_read(&empty, 0, &value, 8);
	CHECK_EQ(value, UINT64_MAX);
	bus_write(&empty, 0, &value, 8);
}

CASE(a_word_at_the_last_port_has_an_empty_half)
{
	power_on();
	CHECK_EQ(read_at(0xFFFF, 2), 0xFF00);
	CHECK_EQ(last.count, 1);
	CHECK_EQ(first.count, 0);
	write_at(0xFFFF, 0x2211, 2);
	CHECK_EQ(calls(), 2);
	check_write(&last.calls[1], 0, 1, 0x11);
}

CASE(nothing_goes_round_at_the_end_of_64_bits)
{
	power_on();
	CHECK_EQ(read_at(UINT64_MAX - 3, 8), 0xFFFFFFFF7F7E7D7C);
	CHECK_EQ(last.count, 1);
	check_call(&last.calls[0], false, 0x7C, 4);
	CHECK_EQ(first.count, 0);
	write_at(UINT64_MAX - 3, 0x8877665544332211, 8);
	check_write(&last.calls[1], 0x7C, 4, 0x44332211);
	CHECK_EQ(calls(), 2);
	write_at(UINT64_MAX, 0x2211, 2);
	CHECK_EQ(last.count, 3);
	CHECK_EQ(first.count, 0);
}

CASE(address_zero_is_an_address)
{
	power_on();
	CHECK_EQ(read_at(0, 8), 0x0706050403020100);
	CHECK_EQ(first.count, 2);
}

RUN("bus", &registers_count_from_the_first, &an_accepted_size_is_one_call,
    &what_is_not_accepted_is_cut_into_bytes,
    &a_dword_is_two_words_where_words_go, &odd_sizes_are_cut_from_the_largest,
    &eight_bytes_are_two_dwords, &a_size_that_passes_the_end_is_cut,
    &an_access_across_two_ranges_reaches_both,
    &an_access_may_begin_before_a_range, &what_nobody_answers_reads_as_ones,
    &what_nobody_answers_is_written_to_nowhere, &a_bus_may_be_empty,
    &a_word_at_the_last_port_has_an_empty_half,
    &nothing_goes_round_at_the_end_of_64_bits, &address_zero_is_an_address)
