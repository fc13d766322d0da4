/*
 * Fuzzes fw_cfg with libFuzzer: a stream of port accesses and DMA requests
 * from a hostile guest with very little RAM, which is between two pages that
 * nobody may touch. Checked: nothing outside RAM and outside an item is read
 * or written (the sanitizers'), and a request that comes back with the error
 * bit has changed nothing but its control word.
 *
 * The input: 20 bytes an access. The first says which; then come register,
 * size and value of a port access, or where the request is, and its control,
 * length and address.
 */
#include "board-pc/fw_cfg.h"

#include "board-pc/map.h"
#include "vmm/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#define ACCESS   20
#define RAM_SIZE (2 * PAGE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ram ram;
static struct fw_cfg_items items;
static struct fw_cfg chip;

/* An item of its own block, so that ASan sees its ends. */
static void add(unsigned key, const char *name, size_t size)
{
	uint8_t *bytes = malloc(size);

	must(bytes);
	memset(bytes, 'i', size);
	must(name ? fw_cfg_add_file(&items, name, bytes, size)
		  : fw_cfg_add_item(&items, key, bytes, size));
}

static void set_up(void)
{
	ram = guarded_ram(RAM_SIZE);
	fw_cfg_items_init(&items);
	add(FW_CFG_KERNEL_SIZE, NULL, 4);
	add(FW_CFG_KERNEL_DATA, NULL, RAM_SIZE + 100);
	add(FW_CFG_IRQ0_OVERRIDE, NULL, 1);
	add(0, "opt/a", 1000);
	add(0, "opt/b", 4096);
}

static void port(const uint8_t *it)
{
	uint32_t reg = it[1] % PORT_FW_CFG_COUNT;
	unsigned size = 1U << it[2] % 3;
	uint32_t value =
	    get_le32(it + 4) & (uint32_t)((UINT64_C(1) << 8 * size) - 1);

	if (it[0] & 2)
		fw_cfg_read(&chip, reg, size);
	else
		fw_cfg_write(&chip, reg, value, size);
}

static void start(uint64_t gpa)
{
	uint32_t high = (uint32_t)(gpa >> 32), low = (uint32_t)gpa;

	fw_cfg_write(&chip, FW_CFG_DMA_HIGH, __builtin_bswap32(high), 4);
	fw_cfg_write(&chip, FW_CFG_DMA_LOW, __builtin_bswap32(low), 4);
}

/* All of RAM is as it was, but for the control word, which has the error. */
static void check_error(const uint8_t *before, uint8_t *control,
			const struct fw_cfg_regs *regs)
{
	must(get_be32(control) == FW_CFG_DMA_ERROR);
	memcpy(control, before + (control - ram.host), 4);
	must(!memcmp(ram.host, before, RAM_SIZE));
	must(!memcmp(&chip.regs, regs, sizeof(*regs)));
	put_be32(control, FW_CFG_DMA_ERROR);
}

static void dma(const uint8_t *it)
{
	static uint8_t before[RAM_SIZE];
	uint64_t gpa = get_le16(it + 2) % (RAM_SIZE + 32);
	uint8_t *control = ram_span(&ram, gpa, 4);
	uint8_t *request = ram_span(&ram, gpa, FW_CFG_DMA_REQUEST_SIZE);
	struct fw_cfg_regs regs = chip.regs;

	regs.dma_high = 0;
	if (request)
		memcpy(request, it + 4, FW_CFG_DMA_REQUEST_SIZE);
	if (request && it[0] & 4) /* one that may well be right */
		memset(request + 4, 0, 10);
	if (request && it[0] & 8)
		memcpy(request + 6, it + 10, 2);
	memcpy(before, ram.host, RAM_SIZE);
	start(gpa);
	if (!control)
		must(!memcmp(ram.host, before, RAM_SIZE));
	else if (!request || get_be32(control))
		check_error(before, control, &regs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ram.host)
		set_up();
	memset(ram.host, 0, RAM_SIZE);
	chip = (struct fw_cfg){ .items = &items, .ram = &ram };
	fw_cfg_reset(&chip);
	for (; size >= ACCESS; data += ACCESS, size -= ACCESS)
		if (data[0] & 1)
			dma(data);
		else
			port(data);
	return 0;
}
