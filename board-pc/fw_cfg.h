/*
 * fw_cfg: QEMU's firmware configuration device, by ports and by DMA. Firmware
 * and guests read items from it: bytes under a 16 bit key, some also by name.
 */
#ifndef BOARD_PC_FW_CFG_H
#define BOARD_PC_FW_CFG_H

#include "vmm/chip.h"
#include "vmm/ram.h"

#include <stddef.h>

/*
 * The DMA address is two doublewords, big-endian, the low one of which starts
 * the request; read, they are "QEMU CFG" in any size.
 */
enum fw_cfg_reg {
	FW_CFG_SELECTOR = 0, /* written as a word: the key; else as the next */
	FW_CFG_DATA = 1,     /* read as a byte: the item's next one */
	FW_CFG_DMA_HIGH = 4,
	FW_CFG_DMA_LOW = 8,
};

/* The keys that are fixed, and how wide a number is there (little-endian). */
enum fw_cfg_key {
	FW_CFG_SIGNATURE = 0x00, /* "QEMU" */
	FW_CFG_ID = 0x01,        /* 32: bit 0 this interface, bit 1 DMA */
	FW_CFG_UUID = 0x02,
	FW_CFG_RAM_SIZE = 0x03, /* 64: bytes */
	FW_CFG_NB_CPUS = 0x05,  /* 16 */
	FW_CFG_KERNEL_ADDR = 0x07,
	FW_CFG_KERNEL_SIZE = 0x08,
	FW_CFG_INITRD_ADDR = 0x0A,
	FW_CFG_INITRD_SIZE = 0x0B,
	FW_CFG_NUMA = 0x0D,      /* 64: nodes; then what is in them */
	FW_CFG_BOOT_MENU = 0x0E, /* 16: show it */
	FW_CFG_MAX_CPUS = 0x0F,  /* 16: the highest APIC id, plus 1 */
	FW_CFG_KERNEL_ENTRY = 0x10,
	FW_CFG_KERNEL_DATA = 0x11,
	FW_CFG_INITRD_DATA = 0x12,
	FW_CFG_CMDLINE_ADDR = 0x13,
	FW_CFG_CMDLINE_SIZE = 0x14,
	FW_CFG_CMDLINE_DATA = 0x15,
	FW_CFG_SETUP_ADDR = 0x16,
	FW_CFG_SETUP_SIZE = 0x17,
	FW_CFG_SETUP_DATA = 0x18,
	FW_CFG_FILE_DIR = 0x19,
	FW_CFG_FILE_FIRST = 0x20, /* from here on: files */
	FW_CFG_ARCH_LOCAL = 0x8000,
	FW_CFG_ACPI_TABLES = 0x8000,   /* 16: how many; then they */
	FW_CFG_SMBIOS = 0x8001,        /* 16: how many; then they */
	FW_CFG_IRQ0_OVERRIDE = 0x8002, /* 32: the PIT is at IOAPIC pin 2 */
	FW_CFG_ARCH_LOCAL_END = 0x8003,
};

/* With its final zero. */
#define FW_CFG_NAME_SIZE 56

/* What the user may add, and in all: the rest is the machine's own. */
#define FW_CFG_USER_FILES_MAX 64
#define FW_CFG_FILES_MAX      (FW_CFG_USER_FILES_MAX + 16)

/* Control word of a DMA request, big-endian at its start. */
enum fw_cfg_dma {
	FW_CFG_DMA_ERROR = 0x01,
	FW_CFG_DMA_READ = 0x02,
	FW_CFG_DMA_SKIP = 0x04,
	FW_CFG_DMA_SELECT = 0x08, /* the key is in bits 16 to 31 */
	FW_CFG_DMA_WRITE = 0x10,
};

/* The request: control (4 bytes), length (4), address (8), all big-endian. */
#define FW_CFG_DMA_REQUEST_SIZE 16

/* The directory: a count, then entries of size, key, two zeros and name. */
#define FW_CFG_DIR_HEADER 4
#define FW_CFG_DIR_ENTRY  64

struct fw_cfg_item {
	const void *data;
	uint32_t size;
};

/* What there is to read. The bytes belong to others, and outlive it. */
struct fw_cfg_items {
	struct fw_cfg_item known[FW_CFG_FILE_FIRST];
	struct fw_cfg_item local[FW_CFG_ARCH_LOCAL_END - FW_CFG_ARCH_LOCAL];
	struct fw_cfg_item files[FW_CFG_FILES_MAX];
	unsigned file_count;
	uint8_t
	    directory[FW_CFG_DIR_HEADER + FW_CFG_FILES_MAX * FW_CFG_DIR_ENTRY];
};

/* Signature, id, and a directory without files. */
void fw_cfg_items_init(struct fw_cfg_items *items);

/*
 * Adds an item under a fixed key. False when the key is none of those, or is
 * taken, or the item has 4 GiB or more. `data` may be NULL when `size` is 0.
 */
bool fw_cfg_add_item(struct fw_cfg_items *items, unsigned key, const void *data,
		     uint64_t size);

/*
 * Adds a file, whose name is copied. False when there are FW_CFG_FILES_MAX
 * already, one of that name, the name is empty or has more than 55 characters,
 * or the file has 4 GiB or more. The directory keeps the order of the calls:
 * qboot wants the files of ACPI among the first 20.
 */
bool fw_cfg_add_file(struct fw_cfg_items *items, const char *name,
		     const void *data, uint64_t size);

struct fw_cfg_regs {
	uint32_t position; /* in the item, of the next byte */
	uint32_t dma_high;
	uint16_t key;
	uint8_t zero[2];
};

_Static_assert(sizeof(struct fw_cfg_regs) == 12, "saved as it is");

/*
 * Without `items` there is no such device: its registers read as ones. The
 * items must not change while there is a vCPU that runs.
 */
struct fw_cfg {
	struct fw_cfg_regs regs;
	const struct fw_cfg_items *items;
	const struct ram *ram;
};

void fw_cfg_reset(struct fw_cfg *chip);
chip_read fw_cfg_read;
chip_write fw_cfg_write;

#endif
