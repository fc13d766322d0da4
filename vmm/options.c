/*
 * getopt_long's conventions: long options may be cut short while they are
 * unambiguous, values follow '=' or a space, `--` ends the options. What comes
 * after it goes to the guest.
 */
#include "vmm/options.h"

#include "board-pc/map.h"
#include "vmm/chip.h"
#include "vmm/cpus.h"
#include "vmm/memory_option.h"
#include "vmm/module_option.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_DEFAULT MIB(128)
#define MEMORY_MIN     MIB(1)
#define PAGE           UINT64_C(4096)
#define TIMEOUT_MIN_NS (SECOND_NS / 1000)
#define TIMEOUT_MAX_NS (1000000000 * SECOND_NS) /* thirty years */
#define TSC_KHZ_MIN    1000
#define TSC_KHZ_MAX    100000000

enum option_id {
	OPTION_KERNEL = 'k',
	OPTION_INITRD = 'i',
	OPTION_APPEND = 'a',
	OPTION_MEMORY = 'm',
	OPTION_CPUS = 'c',
	OPTION_TIMEOUT = 't',
	OPTION_HELP = 'h',
	OPTION_VERSION = 256,
	OPTION_ON_RESET,
	OPTION_DEBUGCON,
	OPTION_FIRMWARE,
	OPTION_OPTION_ROM,
	OPTION_NO_CPU_CHECK,
	OPTION_TSC_KHZ,
	OPTION_FW_CFG,
	OPTION_FLAT,
	OPTION_TESTDEV,
	OPTION_TIMELINE,
	OPTION_DISK,
	OPTION_NET,
	OPTION_VSOCK,
	OPTION_CONSOLE,
	OPTION_BALLOON,
	OPTION_RNG,
	OPTION_RAW,
	OPTION_CHECK,
	OPTION_USER,
	OPTION_CHROOT,
	OPTION_CGROUP,
	OPTION_NO_SANDBOX,
	OPTION_SANDBOX,
};

static const struct option run_options[] = {
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "flat", required_argument, NULL, OPTION_FLAT },
	{ "initrd", required_argument, NULL, OPTION_INITRD },
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "mem", required_argument, NULL, OPTION_MEMORY },
	{ "cpus", required_argument, NULL, OPTION_CPUS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "on-reset", required_argument, NULL, OPTION_ON_RESET },
	{ "debugcon", no_argument, NULL, OPTION_DEBUGCON },
	{ "firmware", required_argument, NULL, OPTION_FIRMWARE },
	{ "option-rom", required_argument, NULL, OPTION_OPTION_ROM },
	{ "testdev", no_argument, NULL, OPTION_TESTDEV },
	{ "no-cpu-check", no_argument, NULL, OPTION_NO_CPU_CHECK },
	{ "tsc-khz", required_argument, NULL, OPTION_TSC_KHZ },
	{ "fw-cfg", required_argument, NULL, OPTION_FW_CFG },
	{ "disk", required_argument, NULL, OPTION_DISK },
	{ "net", required_argument, NULL, OPTION_NET },
	{ "vsock", required_argument, NULL, OPTION_VSOCK },
	{ "console", required_argument, NULL, OPTION_CONSOLE },
	{ "balloon", no_argument, NULL, OPTION_BALLOON },
	{ "rng", required_argument, NULL, OPTION_RNG },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "chroot", required_argument, NULL, OPTION_CHROOT },
	{ "cgroup", required_argument, NULL, OPTION_CGROUP },
	{ "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },
	{ "timeline", optional_argument, NULL, OPTION_TIMELINE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static const struct option cpu_options[] = {
	{ "raw", no_argument, NULL, OPTION_RAW },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

static const struct option doctor_options[] = {
	{ "sandbox", no_argument, NULL, OPTION_SANDBOX },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 }
};

static const struct option no_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static bool set_cpus(struct options *options, const char *text,
		     struct reason *why)
{
	if (!cpus_parse(text, &options->topology, why))
		return false;
	options->cpus = topology_cpus(&options->topology);
	return true;
}

/*
 * Seconds as 90, 1.5 or .25, in nanoseconds; what is finer is cut off. Not
 * strtod, which would be a twentieth of the whole program.
 */
static bool parse_seconds(const char *text, uint64_t *ns)
{
	const char *point = strchr(text, '.');
	uint64_t unit = SECOND_NS;
	bool has_digits = false;

	*ns = 0;
	for (; *text; text++) {
		if (text == point)
			continue;
		if (!isdigit((unsigned char)*text) || *ns > TIMEOUT_MAX_NS)
			return false;
		has_digits = true;
		if (point && text > point) {
			unit /= 10;
			*ns += (uint64_t)(*text - '0') * unit;
		} else {
			*ns = 10 * *ns + (uint64_t)(*text - '0') * SECOND_NS;
		}
	}
	return has_digits && *ns <= TIMEOUT_MAX_NS;
}

static bool set_timeout(struct options *options, const char *text,
			struct reason *why)
{
	if (parse_seconds(text, &options->timeout_ns) &&
	    options->timeout_ns >= TIMEOUT_MIN_NS)
		return true;
	return fail(
	    why, "--timeout: '%.40s': want seconds, 0.001 to 1000000000", text);
}

static bool set_tsc_khz(struct options *options, const char *text,
			struct reason *why)
{
	unsigned long khz;
	char *end;

	errno = 0;
	khz = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno ||
	    khz < TSC_KHZ_MIN || khz > TSC_KHZ_MAX)
		return fail(why, "--tsc-khz: '%.40s': want kHz, %d to %d", text,
			    TSC_KHZ_MIN, TSC_KHZ_MAX);
	options->tsc_khz = (uint32_t)khz;
	return true;
}

static bool set_on_reset(struct options *options, const char *text,
			 struct reason *why)
{
	options->restart_on_reset = !strcmp(text, "restart");
	if (options->restart_on_reset || !strcmp(text, "end"))
		return true;
	return fail(why, "--on-reset: '%.40s': want end or restart", text);
}

static bool add_fw_cfg(struct options *options, const char *text,
		       struct reason *why)
{
	if (options->fw_cfg_count == FW_CFG_USER_FILES_MAX)
		return fail(why, "--fw-cfg: more than %d items",
			    FW_CFG_USER_FILES_MAX);
	return fw_cfg_option_parse(
		   text, &options->fw_cfg[options->fw_cfg_count++], why) ||
	       fail_in(why, "--fw-cfg");
}

static bool set_file(const char **file, const char *option, struct reason *why)
{
	*file = optarg;
	return *optarg || fail(why, "%s: the file's name is empty", option);
}

static bool set_timeline(struct options *options, struct reason *why)
{
	options->timeline = true;
	return !optarg || set_file(&options->timeline_file, "--timeline", why);
}

static bool add_option_rom(struct options *options, struct reason *why)
{
	if (options->option_rom_count == OPTION_ROMS_MAX)
		return fail(why, "--option-rom: more than %d", OPTION_ROMS_MAX);
	return set_file(&options->option_roms[options->option_rom_count++],
			"--option-rom", why);
}

static bool set_modules(struct options *options, const char *text,
			struct reason *why)
{
	return module_option_parse(text, options->module_text, options->modules,
				   &options->module_count, why) ||
	       fail_in(why, "--initrd");
}

static bool set_flat(struct options *options, const char *text,
		     struct reason *why)
{
	bool is_hexadecimal = !strncmp(text, "0x", 2);
	unsigned long address;
	char *end;

	text += is_hexadecimal ? 2 : 0;
	errno = 0;
	address = strtoul(text, &end, is_hexadecimal ? 16 : 10);
	if (!isxdigit((unsigned char)*text) || *end || errno ||
	    address > UINT32_MAX)
		return fail(why,
			    "--flat: '%.40s' is not an address; want a number"
			    " below 4 GiB, as 0x100000",
			    optarg);
	options->is_flat = true;
	options->flat_address = (uint32_t)address;
	return true;
}

static bool set_option(struct options *options, int id, struct reason *why)
{
	switch (id) {
	case OPTION_KERNEL:
		return set_file(&options->kernel, "--kernel", why);
	case OPTION_INITRD:
		return set_modules(options, optarg, why);
	case OPTION_FLAT:
		return set_flat(options, optarg, why);
	case OPTION_TESTDEV:
		return options->testdev = true;
	case OPTION_APPEND:
		return cmdline_append(&options->cmdline, optarg, why);
	case OPTION_MEMORY:
		return memory_option_parse(optarg, &options->memory, why) ||
		       fail_in(why, "--mem");
	case OPTION_CPUS:
		return set_cpus(options, optarg, why);
	case OPTION_TIMEOUT:
		return set_timeout(options, optarg, why);
	case OPTION_ON_RESET:
		return set_on_reset(options, optarg, why);
	case OPTION_DEBUGCON:
		return options->debugcon = true;
	case OPTION_FIRMWARE:
		return set_file(&options->firmware, "--firmware", why);
	case OPTION_OPTION_ROM:
		return add_option_rom(options, why);
	case OPTION_NO_CPU_CHECK:
		return options->no_cpu_check = true;
	case OPTION_TIMELINE:
		return set_timeline(options, why);
	case OPTION_TSC_KHZ:
		return set_tsc_khz(options, optarg, why);
	case OPTION_FW_CFG:
		return add_fw_cfg(options, optarg, why);
	case OPTION_DISK:
		return device_options_disk(&options->devices, optarg, why);
	case OPTION_NET:
		return device_options_net(&options->devices, optarg, why);
	case OPTION_VSOCK:
		return device_options_vsock(&options->devices, optarg, why);
	case OPTION_CONSOLE:
		return device_options_console(&options->devices, optarg, why);
	case OPTION_BALLOON:
		return options->devices.balloon = true;
	case OPTION_RNG:
		return device_options_rng(&options->devices, optarg, why);
	case OPTION_USER:
		return sandbox_option_user(optarg, &options->sandbox, why);
	case OPTION_CHROOT:
		return set_file(&options->sandbox.root, "--chroot", why);
	case OPTION_CGROUP:
		return set_file(&options->sandbox.cgroup, "--cgroup", why);
	case OPTION_NO_SANDBOX:
		return options->sandbox.off = true;
	case OPTION_RAW:
		return options->cpu_raw = true;
	case OPTION_CHECK:
		return options->cpu_check = true;
	case OPTION_SANDBOX:
		return options->doctor_sandbox = true;
	case OPTION_HELP:
		options->command = COMMAND_HELP;
		return true;
	default:
		options->command = COMMAND_VERSION;
		return true;
	}
}

/* What getopt_long did not like about `word`, and it called that `answer`. */
static bool bad_option(int answer, const char *word, struct reason *why)
{
	bool is_long = !strncmp(word, "--", 2);

	if (answer == ':')
		return fail(why, "%.60s: wants a value; see 'mayfly --help'",
			    word);
	if (is_long && optopt)
		return fail(why, "%.60s: takes no value; see 'mayfly --help'",
			    word);
	if (!is_long && optopt > 0 && optopt < 256 && isprint(optopt))
		return fail(why, "-%c: no such option; see 'mayfly --help'",
			    optopt);
	return fail(why,
		    "%.60s: no such option, or not a full one; see 'mayfly "
		    "--help'",
		    word);
}

/* Everything from argv[1] on, which follows the command's name. */
static bool parse_all(struct options *options, int argc, char **argv,
		      const char *letters, const struct option *known,
		      struct reason *why)
{
	int id, at;

	opterr = 0;
	for (;;) {
		/* The word that is looked at; 0 and 1 both mean the first. */
		at = optind ? optind : 1;
		id = getopt_long(argc, argv, letters, known, NULL);
		if (id == -1)
			break;
		if (id == '?' || id == ':')
			return bad_option(id, argv[at], why);
		if (!set_option(options, id, why))
			return false;
		if (options->command >= COMMAND_HELP)
			return true;
	}
	/* It passes the `--` that ends the options, and stops at a word. */
	if (optind < argc && optind == at)
		return fail(why,
			    "%.60s: not an option; words for the guest come "
			    "after '--'",
			    argv[optind]);
	for (; optind < argc; optind++)
		if (!cmdline_append(&options->cmdline, argv[optind], why))
			return false;
	return true;
}

/* A guest without a console= gets ours, in front of everything else. */
static bool default_console(struct options *options, struct reason *why)
{
	bool is_virtio = options->devices.virtio_console;

	return cmdline_has(&options->cmdline, "console=") ||
	       cmdline_prepend(&options->cmdline,
			       is_virtio ? "console=hvc0" : "console=ttyS0",
			       why);
}

/* Options that do not go together. */
static bool combine(const struct options *options, struct reason *why)
{
	const struct device_options *devices = &options->devices;

	if (options->firmware && options->is_flat)
		return fail(why, "--flat: a raw image and --firmware exclude "
				 "each other");
	if (options->module_count && !options->kernel)
		return fail(why, "--initrd: there is no --kernel that it is "
				 "for");
	if (options->option_rom_count && !options->firmware)
		return fail(why, "--option-rom: only firmware runs it; want "
				 "--firmware, too");
	return sandbox_option_combine(
	    &options->sandbox, devices->has_vsock ? devices->vsock.path : NULL,
	    why);
}

static bool parse_run(struct options *options, int argc, char **argv,
		      struct reason *why)
{
	options->memory = MEMORY_DEFAULT;
	options->cpus = 1;
	options->topology = (struct topology){ 1, 1, 1 };
	if (!parse_all(options, argc, argv, "+:k:i:a:m:c:t:h", run_options,
		       why))
		return false;
	if (options->command != COMMAND_RUN)
		return true;
	if (!options->kernel && !options->firmware)
		return fail(why, "--kernel FILE is missing; see 'mayfly "
				 "--help'");
	return combine(options, why) && default_console(options, why);
}

static bool parse_plain(struct options *options, int argc, char **argv,
			const struct option *known, struct reason *why)
{
	if (!parse_all(options, argc, argv, "+:h", known, why))
		return false;
	if (options->cmdline.text[0])
		return fail(why, "%.60s: not an option of this command",
			    options->cmdline.text);
	return true;
}

static bool no_command(struct reason *why)
{
	return fail(why, "nothing to do: 'mayfly run --kernel FILE' starts a "
			 "guest; see 'mayfly --help'");
}

bool options_parse(struct options *options, int argc, char **argv,
		   struct reason *why)
{
	const char *command = argc > 1 ? argv[1] : "-";

	if (*command == '-') {
		options->command = COMMAND_NONE;
		return parse_all(options, argc, argv, "+:h", no_options, why) &&
		       (options->command != COMMAND_NONE || no_command(why));
	}
	if (!strcmp(command, "run"))
		return parse_run(options, argc - 1, argv + 1, why);
	if (!strcmp(command, "cpu")) {
		options->command = COMMAND_CPU;
		return parse_plain(options, argc - 1, argv + 1, cpu_options,
				   why);
	}
	if (!strcmp(command, "doctor")) {
		options->command = COMMAND_DOCTOR;
		return parse_plain(options, argc - 1, argv + 1, doctor_options,
				   why);
	}
	options->command = COMMAND_HELP;
	return !strcmp(command, "help") ||
	       fail(why,
		    "'%.60s': no such command; there are run, cpu and doctor",
		    command);
}
