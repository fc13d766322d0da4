/*
 * The command line.
 */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include "board-pc/fw_cfg_machine.h"
#include "boot/loader.h"
#include "cpu/topology.h"
#include "vmm/cmdline.h"
#include "vmm/device_options.h"
#include "vmm/fw_cfg_option.h"
#include "vmm/module_option.h"
#include "vmm/reason.h"
#include "vmm/sandbox_option.h"

#include <stdbool.h>
#include <stdint.h>

enum command {
	COMMAND_RUN,
	COMMAND_CPU,
	COMMAND_DOCTOR,
	COMMAND_NONE,
	COMMAND_HELP, /* from here on the rest is not looked at */
	COMMAND_VERSION,
};

/* What few starts fill in comes first; what all do lies close together. */
struct options {
	const char *option_roms[OPTION_ROMS_MAX];
	struct fw_cfg_option fw_cfg[FW_CFG_USER_FILES_MAX];
	struct module modules[MODULES_MAX]; /* without the files' bytes */
	struct device_options devices;
	unsigned module_count, fw_cfg_count, option_rom_count;
	enum command command;
	const char *kernel;
	const char *firmware; /* NULL: the kernel is booted directly */
	bool is_flat;         /* the kernel is a raw image, for flat_address */
	uint32_t flat_address;
	uint64_t memory; /* bytes */
	unsigned cpus;   /* as many as the topology has */
	struct topology topology;
	uint64_t timeout_ns; /* 0: none */
	bool restart_on_reset;
	bool debugcon;
	bool testdev;
	bool no_cpu_check;
	bool timeline;             /* told at the end, */
	const char *timeline_file; /* to this file; NULL: standard error */
	uint32_t tsc_khz;          /* 0: the host's */
	struct sandbox_option sandbox;
	bool cpu_raw, cpu_check, doctor_sandbox;
	struct cmdline cmdline;
	char module_text[MODULE_TEXT_SIZE];
};

/*
 * Fills in `options`, which is all zero, with the defaults where `argv` says
 * nothing. A reason names the option.
 */
bool options_parse(struct options *options, int argc, char **argv,
		   struct reason *why);

#endif
