/*
 * A kernel as firmware takes it from fw_cfg: its parts, and where each goes.
 */
#ifndef BOARD_PC_FW_CFG_LINUX_H
#define BOARD_PC_FW_CFG_LINUX_H

#include "board-pc/fw_cfg.h"
#include "vmm/handover.h"
#include "vmm/reason.h"

struct fw_cfg_linux {
	struct image kernel;
	struct image initrd; /* may be empty */
	const char *cmdline;
	uint64_t ram_size;
};

/* Where an ELF file was loaded, and where it is entered. */
struct fw_cfg_elf {
	uint64_t start, end;
	uint32_t entry; /* PVH's */
};

/* qboot reads so much of the setup data, whatever size it has. */
#define FW_CFG_SETUP_PEEK 8192

/* Setup data is at most this: boot.rst's limit of real-mode code. */
#define FW_CFG_SETUP_MAX 32768

/* The bytes of those items that are not in the files. */
struct fw_cfg_linux_bytes {
	uint32_t kernel_addr, kernel_size, kernel_entry;
	uint32_t initrd_addr, initrd_size;
	uint32_t cmdline_addr, cmdline_size;
	uint32_t setup_addr, setup_size;
	uint8_t setup[FW_CFG_SETUP_MAX];
};

/*
 * Adds the items of a bzImage, protocol 2.05 or later, which the firmware
 * loads: SeaBIOS by linuxboot_dma.bin, qboot itself. The files and the command
 * line stay where they are, and outlive the items.
 */
bool fw_cfg_linux_bzimage(const struct fw_cfg_linux *request,
			  struct fw_cfg_linux_bytes *bytes,
			  struct fw_cfg_items *items, struct reason *why);

/* The same for an ELF file that is in guest memory already, as QEMU has it. */
bool fw_cfg_linux_elf(const struct fw_cfg_linux *request,
		      const struct fw_cfg_elf *elf,
		      struct fw_cfg_linux_bytes *bytes,
		      struct fw_cfg_items *items, struct reason *why);

#endif
