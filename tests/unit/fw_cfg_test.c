/* fw_cfg: items, the data port, and DMA, which trusts no request. */
#include "board-pc/fw_cfg.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#define REQUEST UINT64_C(0x1000) /* guest addresses of the cases */
#define BUFFER  UINT64_C(0x2000)
#define DIRTY   0xA5

static struct fw_cfg chip;
static struct fw_cfg_items items;
static struct ram ram;
static const uint8_t ten[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

/* A chip with an item of ten bytes under FW_CFG_KERNEL_DATA, and 1 MiB. */
static void start(void)
{
	struct reason why;

	if (!ram.host)
		CHECK(ram_map(&ram, MIB(1), &why));
	memset(ram.host, DIRTY, ram.size);
	fw_cfg_items_init(&items);
	chip = (struct fw_cfg){ .items = &items, .ram = &ram };
	fw_cfg_reset(&chip);
	CHECK(fw_cfg_add_item(&items, FW_CFG_KERNEL_DATA, ten, sizeof(ten)));
}

static void select_key(unsigned key)
{
	fw_cfg_write(&chip, FW_CFG_SELECTOR, key, 2);
}

static uint8_t byte(void)
{
	return (uint8_t)fw_cfg_read(&chip, FW_CFG_DATA, 1);
}

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* Puts a request at `gpa` and starts it; returns the control word after it. */
static uint32_t dma_at(uint64_t gpa, uint32_t control, uint32_t length,
		       uint64_t address)
{
	uint8_t *host = ram_span(&ram, gpa, FW_CFG_DMA_REQUEST_SIZE);

	CHECK(host != NULL);
	put_be32(host, control);
	put_be32(host + 4, length);
	put_be32(host + 8, (uint32_t)(address >> 32));
	put_be32(host + 12, (uint32_t)address);
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, be32((uint32_t)gpa), 4);
	return get_be32(host);
}

static uint32_t dma(uint32_t control, uint32_t length, uint64_t address)
{
	return dma_at(REQUEST, control, length, address);
}

#define KEY(key)  ((uint32_t)(key) << 16 | FW_CFG_DMA_SELECT)
#define TEN       KEY(FW_CFG_KERNEL_DATA)
#define BUFFER_IS ((const uint8_t *)ram_span(&ram, BUFFER, 64))

/* Every byte of RAM but the request's is still DIRTY. */
static void check_untouched(void)
{
	for (uint64_t at = 0; at < ram.size; at++)
		if (at < REQUEST || at >= REQUEST + FW_CFG_DMA_REQUEST_SIZE)
			CHECK_EQ(ram.host[at], DIRTY);
}

CASE(the_signature_is_selected_at_reset)
{
	start();
	CHECK_EQ(byte(), 'Q');
	CHECK_EQ(byte(), 'E');
	CHECK_EQ(byte(), 'M');
	CHECK_EQ(byte(), 'U');
	CHECK_EQ(byte(), 0);
}

CASE(the_id_says_dma)
{
	start();
	select_key(FW_CFG_ID);
	CHECK_EQ(byte(), 3);
	CHECK_EQ(byte(), 0);
	CHECK_EQ(byte(), 0);
	CHECK_EQ(byte(), 0);
}

CASE(selecting_begins_anew_and_the_end_reads_zero)
{
	start();
	for (unsigned round = 0; round < 2; round++) {
		select_key(FW_CFG_KERNEL_DATA);
		for (unsigned i = 0; i < sizeof(ten); i++)
			CHECK_EQ(byte(), ten[i]);
		for (unsigned i = 0; i < 5; i++)
			CHECK_EQ(byte(), 0);
	}
}

CASE(an_unknown_key_has_no_bytes)
{
	static const unsigned keys[] = { 0x04,   0x1F,   0x20,   0x3FFF,
					 0x8000, 0x8003, 0xBFFF, 0xFFFF };

	start();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		select_key(keys[i]);
		CHECK_EQ(byte(), 0);
		CHECK_EQ(dma(KEY(keys[i]) | FW_CFG_DMA_READ, 1, BUFFER),
			 FW_CFG_DMA_ERROR);
		CHECK_EQ(dma(KEY(keys[i]) | FW_CFG_DMA_READ, 0, BUFFER), 0);
	}
	check_untouched();
}

CASE(the_write_channel_is_the_same_item)
{
	start();
	select_key(0x4000 | FW_CFG_KERNEL_DATA);
	fw_cfg_write(&chip, FW_CFG_DATA, 0x77, 1);
	CHECK_EQ(byte(), 1);
}

CASE(only_a_word_selects)
{
	start();
	select_key(FW_CFG_KERNEL_DATA);
	fw_cfg_write(&chip, FW_CFG_SELECTOR, FW_CFG_ID, 1);
	fw_cfg_write(&chip, FW_CFG_DATA, FW_CFG_ID, 1);
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_SELECTOR, 1) & 0xFF, 1);
	CHECK_EQ(byte(), 2);
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_SELECTOR, 2) & 0xFFFF, 0xFFFF);
	CHECK_EQ(byte(), 3);
}

CASE(the_dma_register_has_a_signature)
{
	start();
	CHECK_EQ(be32(fw_cfg_read(&chip, FW_CFG_DMA_HIGH, 4)), 0x51454D55);
	CHECK_EQ(be32(fw_cfg_read(&chip, FW_CFG_DMA_LOW, 4)), 0x20434647);
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_DMA_LOW + 3, 1) & 0xFF, 'G');
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_DMA_LOW + 3, 2), CHIP_ALL_ONES);
}

CASE(an_integer_item_is_refused_twice)
{
	start();
	CHECK(fw_cfg_add_item(&items, FW_CFG_IRQ0_OVERRIDE, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_IRQ0_OVERRIDE, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_SIGNATURE, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_FILE_DIR, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_FILE_FIRST, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_ARCH_LOCAL_END, ten, 4));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_NUMA, ten, UINT64_C(1) << 32));
	CHECK(fw_cfg_add_item(&items, FW_CFG_NUMA, NULL, 0));
	CHECK(!fw_cfg_add_item(&items, FW_CFG_NUMA, NULL, 0));
	select_key(FW_CFG_IRQ0_OVERRIDE);
	CHECK_EQ(byte(), 1);
}

CASE(files_are_in_the_directory)
{
	static const uint8_t two[2] = { 0xAB, 0xCD };
	uint8_t found[4 + 2 * 64];

	start();
	CHECK(fw_cfg_add_file(&items, "opt/z", ten, sizeof(ten)));
	CHECK(fw_cfg_add_file(&items, "etc/a", two, sizeof(two)));
	select_key(FW_CFG_FILE_DIR);
	for (size_t i = 0; i < sizeof(found); i++)
		found[i] = byte();
	CHECK_EQ(byte(), 0);
	CHECK_EQ(get_be32(found), 2);
	CHECK_EQ(get_be32(found + 4), sizeof(ten));
	CHECK_EQ(found[8] << 8 | found[9], FW_CFG_FILE_FIRST);
	CHECK_EQ(found[10] | found[11], 0);
	CHECK(!strcmp((char *)found + 12, "opt/z"));
	CHECK_EQ(get_be32(found + 68), sizeof(two));
	CHECK_EQ(found[72] << 8 | found[73], FW_CFG_FILE_FIRST + 1);
	CHECK(!strcmp((char *)found + 76, "etc/a"));
	select_key(FW_CFG_FILE_FIRST + 1);
	CHECK_EQ(byte(), 0xAB);
	CHECK_EQ(byte(), 0xCD);
	CHECK_EQ(byte(), 0);
}

CASE(a_file_that_cannot_be_is_refused)
{
	char name[FW_CFG_NAME_SIZE + 1];

	start();
	memset(name, 'n', sizeof(name));
	name[FW_CFG_NAME_SIZE] = '\0'; /* 56 characters */
	CHECK(!fw_cfg_add_file(&items, name, ten, 1));
	name[FW_CFG_NAME_SIZE - 1] = '\0'; /* 55 */
	CHECK(fw_cfg_add_file(&items, name, ten, 1));
	CHECK(!fw_cfg_add_file(&items, name, ten, 1));
	CHECK(!fw_cfg_add_file(&items, "", ten, 1));
	CHECK(!fw_cfg_add_file(&items, "big", ten, UINT64_C(1) << 32));
	CHECK(fw_cfg_add_file(&items, "empty", NULL, 0));
	CHECK_EQ(items.file_count, 2);
}

CASE(the_directory_can_be_full)
{
	char name[16];

	start();
	for (unsigned i = 0; i < FW_CFG_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "opt/%u", i);
		CHECK(fw_cfg_add_file(&items, name, &ten[i % 10], 1));
	}
	CHECK(!fw_cfg_add_file(&items, "opt/more", ten, 1));
	select_key(FW_CFG_FILE_FIRST + FW_CFG_FILES_MAX - 1);
	CHECK_EQ(byte(), ten[(FW_CFG_FILES_MAX - 1) % 10]);
	CHECK_EQ(dma(KEY(FW_CFG_FILE_DIR) | FW_CFG_DMA_READ,
		     sizeof(items.directory), BUFFER),
		 0);
	CHECK_EQ(get_be32(BUFFER_IS), FW_CFG_FILES_MAX);
}

CASE(dma_selects_and_reads)
{
	start();
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, sizeof(ten), BUFFER), 0);
	CHECK(!memcmp(BUFFER_IS, ten, sizeof(ten)));
	CHECK_EQ(BUFFER_IS[10], DIRTY);
	CHECK_EQ(*(uint8_t *)ram_span(&ram, BUFFER - 1, 1), DIRTY);
}

CASE(dma_goes_on_where_the_last_access_was)
{
	start();
	CHECK_EQ(dma(TEN, 0, 0), 0);
	CHECK_EQ(dma(FW_CFG_DMA_READ, 2, BUFFER), 0);
	CHECK_EQ(byte(), 3);
	CHECK_EQ(dma(FW_CFG_DMA_SKIP, 4, 0), 0);
	CHECK_EQ(dma(FW_CFG_DMA_READ, 3, BUFFER + 2), 0);
	CHECK_EQ(BUFFER_IS[1], 2);
	CHECK_EQ(BUFFER_IS[2], 8);
	CHECK_EQ(BUFFER_IS[4], 10);
	CHECK_EQ(dma(FW_CFG_DMA_READ, 1, BUFFER), FW_CFG_DMA_ERROR);
	CHECK_EQ(dma(FW_CFG_DMA_READ, 0, BUFFER), 0);
	CHECK_EQ(byte(), 0);
}

CASE(a_request_without_an_order_is_done)
{
	start();
	CHECK_EQ(dma(0, 99, UINT64_MAX), 0);
	CHECK_EQ(dma(FW_CFG_DMA_ERROR, 99, UINT64_MAX), 0);
	check_untouched();
}

CASE(longer_than_the_item_is_an_error_and_nothing_else)
{
	start();
	select_key(FW_CFG_KERNEL_DATA);
	CHECK_EQ(byte(), 1);
	CHECK_EQ(dma(FW_CFG_DMA_READ, 10, BUFFER), FW_CFG_DMA_ERROR);
	CHECK_EQ(dma(FW_CFG_DMA_SKIP, 10, BUFFER), FW_CFG_DMA_ERROR);
	CHECK_EQ(dma(FW_CFG_DMA_READ, UINT32_MAX, BUFFER), FW_CFG_DMA_ERROR);
	CHECK_EQ(dma(KEY(FW_CFG_ID) | FW_CFG_DMA_READ, 5, BUFFER),
		 FW_CFG_DMA_ERROR);
	check_untouched();
	CHECK_EQ(get_be32(ram.host + REQUEST + 4), 5);
	CHECK_EQ(byte(), 2); /* still the same item */
}

CASE(outside_ram_is_an_error_and_nothing_else)
{
	static const uint64_t bad[] = { MIB(1) - 9,           MIB(1),
					UINT64_C(0xFEE00000), MAP_ABOVE_4G,
					UINT64_MAX,           UINT64_MAX - 8,
					UINT64_MAX / 2 + 1 };

	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, sizeof(ten), bad[i]),
			 FW_CFG_DMA_ERROR);
	check_untouched();
	CHECK_EQ(byte(), 'Q');
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, sizeof(ten), MIB(1) - 10), 0);
	CHECK_EQ(ram.host[MIB(1) - 1], 10);
}

CASE(nothing_is_writable)
{
	start();
	CHECK_EQ(dma(TEN | FW_CFG_DMA_WRITE, 1, BUFFER), FW_CFG_DMA_ERROR);
	CHECK_EQ(byte(), 'Q');
	/* Read comes first where both are asked for. */
	CHECK_EQ(dma(TEN | FW_CFG_DMA_WRITE | FW_CFG_DMA_READ, 1, BUFFER), 0);
	CHECK_EQ(BUFFER_IS[0], 1);
}

CASE(a_request_outside_ram_is_nobodys)
{
	static const uint64_t bad[] = { MIB(1) - 3, MIB(1), GIB(3),
					UINT64_C(0xFFFFFFFF) };

	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		fw_cfg_write(&chip, FW_CFG_DMA_LOW, be32((uint32_t)bad[i]), 4);
	fw_cfg_write(&chip, FW_CFG_DMA_HIGH, be32(1), 4);
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, be32((uint32_t)REQUEST), 4);
	for (uint64_t at = 0; at < ram.size; at++)
		CHECK_EQ(ram.host[at], DIRTY);
}

CASE(a_request_that_is_cut_off_is_an_error)
{
	start();
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, be32(MIB(1) - 15), 4);
	CHECK_EQ(get_be32(ram.host + MIB(1) - 15), FW_CFG_DMA_ERROR);
	CHECK_EQ(ram.host[MIB(1) - 11], DIRTY);
	CHECK_EQ(ram.host[MIB(1) - 16], DIRTY);
	CHECK_EQ(dma_at(MIB(1) - 16, TEN, 0, 0), 0);
}

CASE(the_high_half_is_used_once)
{
	start();
	fw_cfg_write(&chip, FW_CFG_DMA_HIGH, be32(7), 4);
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, be32((uint32_t)REQUEST), 4);
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, 1, BUFFER), 0);
	CHECK_EQ(BUFFER_IS[0], 1);
}

CASE(other_sizes_start_nothing)
{
	start();
	put_be32(ram.host + REQUEST, 0);
	for (uint32_t reg = 2; reg < 12; reg++)
		for (unsigned size = 1; size <= 4; size *= 2)
			if (size != 4 || reg != FW_CFG_DMA_LOW)
				fw_cfg_write(&chip, reg,
					     be32((uint32_t)REQUEST), size);
	fw_cfg_write(&chip, FW_CFG_DMA_HIGH, 0, 4);
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, 1, BUFFER), 0);
}

CASE(a_request_may_be_its_own_buffer)
{
	start();
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, sizeof(ten), REQUEST), 0);
	CHECK_EQ(ram.host[REQUEST + 4], 5);
}

CASE(without_items_there_is_no_device)
{
	start();
	chip.items = NULL;
	select_key(FW_CFG_ID);
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_DATA, 1), CHIP_ALL_ONES);
	CHECK_EQ(fw_cfg_read(&chip, FW_CFG_DMA_HIGH, 4), CHIP_ALL_ONES);
	CHECK_EQ(dma(TEN | FW_CFG_DMA_READ, 1, BUFFER), TEN | FW_CFG_DMA_READ);
}

RUN("fw_cfg", &the_signature_is_selected_at_reset, &the_id_says_dma,
    &selecting_begins_anew_and_the_end_reads_zero, &an_unknown_key_has_no_bytes,
    &the_write_channel_is_the_same_item, &only_a_word_selects,
    &the_dma_register_has_a_signature, &an_integer_item_is_refused_twice,
    &files_are_in_the_directory, &a_file_that_cannot_be_is_refused,
    &the_directory_can_be_full, &dma_selects_and_reads,
    &dma_goes_on_where_the_last_access_was, &a_request_without_an_order_is_done,
    &longer_than_the_item_is_an_error_and_nothing_else,
    &outside_ram_is_an_error_and_nothing_else, &nothing_is_writable,
    &a_request_outside_ram_is_nobodys, &a_request_that_is_cut_off_is_an_error,
    &the_high_half_is_used_once, &other_sizes_start_nothing,
    &a_request_may_be_its_own_buffer, &without_items_there_is_no_device)
