/* The command line: what is taken, what is refused, and in which words. */
#include "vmm/options.h"

#include <getopt.h>

#include "board-pc/map.h"
#include "cpu/compiled.h"
#include "tests/unit/unit.h"
#include "vmm/help.h"

static struct options options;
static struct reason why;

/*
 * getopt keeps its place in globals, and glibc part of it hidden: 0 begins
 * anew in both C libraries. A program of its own begins at 1, as the command
 * line does; the first case is parsed so.
 */
static bool parse(char **words)
{
	static bool again;
	int count = 0;

	while (words[count])
		count++;
	if (again)
		optind = 0;
	again = true;
	memset(&options, 0, sizeof(options));
	why = (struct reason){ "" };
	return options_parse(&options, count, words, &why);
}

/* `mayfly` and the words given. */
#define PARSE(...) parse((char *[]){ "mayfly", __VA_ARGS__, NULL })

/* `mayfly run --kernel K` and the words given. */
#define RUN_WITH(...) PARSE("run", "--kernel", "K", __VA_ARGS__)

#define CHECK_REFUSED(parsed, option, words)                                   \
	do {                                                                   \
		CHECK(!(parsed));                                              \
		CHECK_SAYS(why.text, option);                                  \
		CHECK_SAYS(why.text, words);                                   \
	} while (0)

#define CHECK_CMDLINE(wanted)                                                  \
	do {                                                                   \
		if (strcmp(options.cmdline.text, (wanted))) {                  \
			printf("# %s:%d: \"%s\", want \"%s\"\n", __FILE__,     \
			       __LINE__, options.cmdline.text, (wanted));      \
			longjmp(unit_failed, 1);                               \
		}                                                              \
	} while (0)

CASE(a_kernel_is_enough)
{
	CHECK(PARSE("run", "--kernel", "vmlinuz"));
	CHECK_EQ(options.command, COMMAND_RUN);
	CHECK(!strcmp(options.kernel, "vmlinuz"));
	CHECK_EQ(options.module_count, 0);
	CHECK(!options.is_flat);
	CHECK(!options.testdev);
	CHECK(!strcmp(cmdline_words(&options.cmdline), ""));
	CHECK_EQ(options.memory, MIB(128));
	CHECK_EQ(options.cpus, 1);
	CHECK_EQ(topology_cpus(&options.topology), 1);
	CHECK_EQ(options.timeout_ns, 0);
	CHECK(!options.restart_on_reset);
	CHECK(!options.debugcon);
	CHECK(!options.no_cpu_check);
	CHECK_EQ(options.tsc_khz, 0);
	CHECK(!options.timeline);
	CHECK_CMDLINE("console=ttyS0");
}

CASE(what_confines_a_vm)
{
	const struct sandbox_option *sandbox = &options.sandbox;

	CHECK(RUN_WITH("--testdev"));
	CHECK(!sandbox->off && !sandbox->has_user && !sandbox->root);
	CHECK(!sandbox->cgroup);
	CHECK(RUN_WITH("--user", "1000:100", "--chroot=/srv/vm", "--cgroup=C"));
	CHECK(sandbox->has_user && sandbox->uid == 1000);
	CHECK_EQ(sandbox->gid, 100);
	CHECK(!strcmp(sandbox->root, "/srv/vm"));
	CHECK(!strcmp(sandbox->cgroup, "C"));
	CHECK(RUN_WITH("--no-sandbox", "--cgroup=C"));
	CHECK(sandbox->off);
	CHECK_REFUSED(RUN_WITH("--no-sandbox", "--user=1:1"), "--no-sandbox",
		      "excludes");
	CHECK_REFUSED(RUN_WITH("--chroot=/a", "--no-sandbox"), "--no-sandbox",
		      "excludes");
	CHECK_REFUSED(RUN_WITH("--user=root"), "--user", "'root'");
	CHECK_REFUSED(RUN_WITH("--chroot="), "--chroot", "empty");
	CHECK_REFUSED(RUN_WITH("--cgroup="), "--cgroup", "empty");
	CHECK_REFUSED(RUN_WITH("--chroot=/a", "--vsock=cid=3,path=/b/s"),
		      "--vsock", "not below");
}

CASE(a_timeline_may_have_a_file)
{
	CHECK(RUN_WITH("--timeline"));
	CHECK(options.timeline && !options.timeline_file);
	CHECK(RUN_WITH("--timeline=F", "--cpus", "2"));
	CHECK(options.timeline && !strcmp(options.timeline_file, "F"));
	CHECK_REFUSED(RUN_WITH("--timeline="), "--timeline", "empty");
	CHECK_REFUSED(RUN_WITH("--timeline", "F"), "F", "after '--'");
}

CASE(a_missing_kernel_is_named)
{
	CHECK_REFUSED(PARSE("run"), "--kernel", "missing");
	CHECK_REFUSED(PARSE("run", "--mem", "1G"), "--kernel", "missing");
}

CASE(every_option_has_its_place)
{
	CHECK(PARSE("run", "--kernel=K", "--initrd=I", "--append=A", "--mem=1G",
		    "--cpus=4", "--timeout=2", "--on-reset=restart",
		    "--debugcon", "--no-cpu-check", "--tsc-khz=2000000",
		    "--flat=0x100000", "--testdev"));
	CHECK(options.testdev);
	CHECK(options.is_flat);
	CHECK_EQ(options.flat_address, 0x100000);
	CHECK(!strcmp(cmdline_words(&options.cmdline), "A"));
	CHECK(!strcmp(options.kernel, "K"));
	CHECK_EQ(options.module_count, 1);
	CHECK(!strcmp(options.modules[0].name, "I"));
	CHECK_CMDLINE("console=ttyS0 A");
	CHECK_EQ(options.memory, GIB(1));
	CHECK_EQ(options.cpus, 4);
	CHECK_EQ(options.timeout_ns, 2000000000);
	CHECK(options.restart_on_reset);
	CHECK(options.debugcon);
	CHECK(options.no_cpu_check);
	CHECK_EQ(options.tsc_khz, 2000000);
}

CASE(disks_are_counted)
{
	CHECK(RUN_WITH("--disk", "a", "--disk", "b,ro"));
	CHECK_EQ(options.devices.disk_count, 2);
	CHECK(!strcmp(options.devices.disks[0].path, "a"));
	CHECK(!strcmp(options.devices.disks[1].path, "b"));
	CHECK(!options.devices.disks[0].read_only);
	CHECK(options.devices.disks[1].read_only);
	CHECK(RUN_WITH("--disk=1", "--disk=2", "--disk=3", "--disk=4",
		       "--disk=5", "--disk=6", "--disk=7", "--disk=8"));
	CHECK_REFUSED(RUN_WITH("--disk=1", "--disk=2", "--disk=3", "--disk=4",
			       "--disk=5", "--disk=6", "--disk=7", "--disk=8",
			       "--disk=9"),
		      "--disk: ", "8");
	CHECK_REFUSED(RUN_WITH("--disk="), "--disk: ", "empty");
}

CASE(networks_are_counted)
{
	CHECK(RUN_WITH("--net=tap=a", "--net=tap=b", "--net", "fd=7",
		       "--net=tap=d"));
	CHECK_EQ(options.devices.net_count, 4);
	CHECK(!strcmp(options.devices.nets[1].tap, "b"));
	CHECK_EQ(options.devices.nets[2].fd, 7);
	CHECK_REFUSED(RUN_WITH("--net=tap=a", "--net=tap=b", "--net=tap=c",
			       "--net=tap=d", "--net=tap=e"),
		      "--net: ", "4");
	CHECK_REFUSED(RUN_WITH("--net=x"), "--net: ", "'x'");
}

CASE(a_guest_has_one_vsock)
{
	CHECK(RUN_WITH("--vsock", "cid=3,path=S", "--balloon"));
	CHECK(options.devices.has_vsock);
	CHECK_EQ(options.devices.vsock.cid, 3);
	CHECK(!strcmp(options.devices.vsock.path, "S"));
	CHECK(options.devices.balloon);
	CHECK_CMDLINE("console=ttyS0");
	CHECK_REFUSED(RUN_WITH("--vsock=cid=3,path=S", "--vsock=cid=4,path=T"),
		      "--vsock: ", "one already");
	CHECK_REFUSED(RUN_WITH("--vsock=x"), "--vsock: ", "'x'");
	CHECK_REFUSED(RUN_WITH("--balloon=on"), "--balloon=on:", "no value");
}

CASE(the_console_is_serial_or_virtio)
{
	CHECK(RUN_WITH("--console", "virtio", "-a", "quiet"));
	CHECK(options.devices.virtio_console);
	CHECK_CMDLINE("console=hvc0 quiet");
	CHECK(RUN_WITH("--console", "virtio", "--console=serial"));
	CHECK(!options.devices.virtio_console);
	CHECK_CMDLINE("console=ttyS0");
	CHECK(RUN_WITH("--console=virtio", "-a", "console=ttyS0"));
	CHECK_CMDLINE("console=ttyS0");
	CHECK_REFUSED(RUN_WITH("--console=hvc0"), "--console: 'hvc0'",
		      "want virtio or serial");
}

CASE(entropy_is_there_unless_it_is_off)
{
	CHECK(RUN_WITH("--balloon"));
	CHECK(!options.devices.no_rng);
	CHECK(RUN_WITH("--rng=off"));
	CHECK(options.devices.no_rng);
	CHECK(RUN_WITH("--rng=off", "--rng", "on"));
	CHECK(!options.devices.no_rng);
	CHECK_REFUSED(RUN_WITH("--rng="), "--rng: ''", "want off or on");
}

CASE(fw_cfg_items_are_counted)
{
	char *words[4 + 2 * 65 + 1] = { "mayfly", "run", "-k", "K" };

	CHECK(RUN_WITH("--fw-cfg", "name=opt/a,string=x", "--fw-cfg",
		       "name=opt/b,file=F"));
	CHECK_EQ(options.fw_cfg_count, 2);
	CHECK(!strcmp(options.fw_cfg[0].name, "opt/a"));
	CHECK(!strcmp(options.fw_cfg[1].file, "F"));
	CHECK_REFUSED(RUN_WITH("--fw-cfg", "opt/a"), "--fw-cfg: 'opt/a'",
		      "name=");
	for (int i = 0; i < 64; i++) {
		words[4 + 2 * i] = "--fw-cfg";
		words[5 + 2 * i] = "name=n,string=x";
	}
	CHECK(parse(words));
	CHECK_EQ(options.fw_cfg_count, 64);
	words[4 + 2 * 64] = "--fw-cfg";
	words[5 + 2 * 64] = "name=n,string=x";
	CHECK_REFUSED(parse(words), "--fw-cfg", "more than 64");
}

CASE(option_roms_are_counted)
{
	char *words[4 + 9 + 1] = { "mayfly", "run", "-k", "K" };

	CHECK(RUN_WITH("--firmware=F", "--option-rom", "a", "--option-rom=b"));
	CHECK_EQ(options.option_rom_count, 2);
	CHECK(!strcmp(options.option_roms[0], "a"));
	CHECK(!strcmp(options.option_roms[1], "b"));
	CHECK_REFUSED(RUN_WITH("--option-rom="), "--option-rom", "empty");
	for (int i = 0; i < 9; i++)
		words[4 + i] = "--option-rom=r";
	CHECK_REFUSED(parse(words), "--option-rom", "more than 8");
	CHECK_REFUSED(RUN_WITH("--option-rom=r"), "--option-rom", "--firmware");
}

CASE(firmware_takes_the_place_of_a_kernel)
{
	CHECK(PARSE("run", "--firmware", "F"));
	CHECK(!strcmp(options.firmware, "F"));
	CHECK(options.kernel == NULL);
	CHECK_REFUSED(PARSE("run", "--firmware="), "--firmware", "empty");
	CHECK_REFUSED(RUN_WITH("--firmware=F", "--flat=0"), "--flat",
		      "exclude each other");
	CHECK_REFUSED(PARSE("run", "--firmware=F", "-iI"), "--initrd",
		      "no --kernel");
}

CASE(every_letter_is_its_option)
{
	CHECK(PARSE("run", "-k", "K", "-iI", "-a", "A", "-m", "1G", "-c4", "-t",
		    "2"));
	CHECK(!strcmp(options.kernel, "K"));
	CHECK_EQ(options.module_count, 1);
	CHECK(!strcmp(options.modules[0].name, "I"));
	CHECK_CMDLINE("console=ttyS0 A");
	CHECK_EQ(options.memory, GIB(1));
	CHECK_EQ(options.cpus, 4);
	CHECK_EQ(options.timeout_ns, 2000000000);
}

CASE(long_options_may_be_cut_short)
{
	CHECK(PARSE("run", "--k", "K", "--m=1G", "--cpu", "2", "--on", "end"));
	CHECK(!strcmp(options.kernel, "K"));
	CHECK_EQ(options.memory, GIB(1));
	CHECK_EQ(options.cpus, 2);
	CHECK(PARSE("run", "--ver"));
	CHECK_EQ(options.command, COMMAND_VERSION);
}

CASE(the_last_of_an_option_counts)
{
	CHECK(RUN_WITH("--cpus", "2", "--cpus", "3", "-k", "L",
		       "--on-reset=restart", "--on-reset=end"));
	CHECK_EQ(options.cpus, 3);
	CHECK(!strcmp(options.kernel, "L"));
	CHECK(!options.restart_on_reset);
}

static uint64_t size_of(char *text)
{
	CHECK(RUN_WITH("--mem", text));
	return options.memory;
}

CASE(sizes)
{
	CHECK_EQ(size_of("512"), MIB(512));
	CHECK_EQ(size_of("512M"), MIB(512));
	CHECK_EQ(size_of("512m"), MIB(512));
	CHECK_EQ(size_of("2G"), GIB(2));
	CHECK_EQ(size_of("2g"), GIB(2));
	CHECK_EQ(size_of("1048576K"), GIB(1));
	CHECK_EQ(size_of("1028k"), KIB(1028));
	CHECK_EQ(size_of("1M"), MIB(1));
	CHECK_EQ(size_of("010M"), MIB(10));
}

CASE(what_is_no_size_is_refused)
{
	static char *const bad[] = { "",
				     "M",
				     "x",
				     "-1M",
				     "+1M",
				     " 1M",
				     "1 M",
				     "1MB",
				     "1.5G",
				     "0x10M",
				     "1P",
				     "1GG",
				     "1M ",
				     "99999999999999999999",
				     "18446744073709551615T" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_REFUSED(RUN_WITH("--mem", bad[i]), "--mem", bad[i]);
		CHECK_SAYS(why.text, "not a size");
	}
}

CASE(memory_has_limits)
{
	uint64_t max = (UINT64_C(1) << compiled_cpu.physical_address_bits) -
		       (MAP_ABOVE_4G - MAP_GAP);
	char text[32];

	CHECK_REFUSED(RUN_WITH("--mem", "1K"), "--mem: 1K", "too little");
	CHECK_REFUSED(RUN_WITH("--mem", "0"), "--mem: 0", "too little");
	CHECK_REFUSED(RUN_WITH("--mem", "1023K"), "--mem", "at least 1M");
	CHECK_REFUSED(RUN_WITH("--mem", "99T"), "--mem: 99T", "at most");
	CHECK_REFUSED(RUN_WITH("--mem", "1025K"), "--mem: 1025K",
		      "multiple of 4K");
	snprintf(text, sizeof(text), "%lluK", (unsigned long long)(max >> 10));
	CHECK_EQ(size_of(text), max);
	snprintf(text, sizeof(text), "%lluK",
		 (unsigned long long)(max >> 10) + 4);
	CHECK_REFUSED(RUN_WITH("--mem", text), "--mem", "at most");
}

/* tests/unit/cpus_test.c has the rest. */
CASE(cpus_are_a_number_or_a_topology)
{
	CHECK(RUN_WITH("--cpus", "255"));
	CHECK_EQ(options.cpus, 255);
	CHECK_EQ(options.topology.cores, 255);
	CHECK(RUN_WITH("--cpus", "8,sockets=2", "-c", "sockets=3,threads=2"));
	CHECK_EQ(options.cpus, 6);
	CHECK_EQ(options.topology.sockets, 3);
	CHECK_EQ(options.topology.cores, 1);
	CHECK_EQ(options.topology.threads, 2);
	CHECK_REFUSED(RUN_WITH("--cpus", "0"), "--cpus", "from 1 to 255");
	CHECK_REFUSED(RUN_WITH("--cpus", "256"), "--cpus: '256'", "(255");
}

CASE(a_timeout_is_seconds)
{
	static char *const bad[] = { "0",
				     "",
				     "-1",
				     "x",
				     "1s",
				     ".",
				     "nan",
				     "inf",
				     "1e10",
				     "0.0001",
				     "1.5.2",
				     "1000000001",
				     "99999999999999999999",
				     "1000000000.1",
				     "5 " };

	CHECK(RUN_WITH("--timeout", "1.5"));
	CHECK_EQ(options.timeout_ns, 1500000000);
	CHECK(RUN_WITH("--timeout", ".25"));
	CHECK_EQ(options.timeout_ns, 250000000);
	CHECK(RUN_WITH("--timeout", "2."));
	CHECK_EQ(options.timeout_ns, 2000000000);
	CHECK(RUN_WITH("--timeout", "0.0012345678912"));
	CHECK_EQ(options.timeout_ns, 1234567);
	CHECK(RUN_WITH("--timeout", "1000000000"));
	CHECK_EQ(options.timeout_ns, 1000000000000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_REFUSED(RUN_WITH("--timeout", bad[i]), "--timeout",
			      bad[i]);
}

CASE(a_tsc_frequency_is_khz)
{
	static char *const bad[] = { "0",    "",          "-1",        "x",
				     "2GHz", "999",       "100000001", "1e6",
				     "2.5",  "4294969296" };

	CHECK(RUN_WITH("--tsc-khz", "1000"));
	CHECK_EQ(options.tsc_khz, 1000);
	CHECK(RUN_WITH("--tsc-khz=100000000"));
	CHECK_EQ(options.tsc_khz, 100000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_REFUSED(RUN_WITH("--tsc-khz", bad[i]), "--tsc-khz",
			      bad[i]);
}

CASE(on_reset_is_end_or_restart)
{
	CHECK_REFUSED(RUN_WITH("--on-reset=stop"), "--on-reset: 'stop'",
		      "end or restart");
	CHECK_REFUSED(RUN_WITH("--on-reset="), "--on-reset", "end or restart");
	CHECK_REFUSED(RUN_WITH("--on-reset=restarts"), "--on-reset",
		      "end or restart");
}

CASE(append_repeats_and_keeps_its_order)
{
	CHECK(RUN_WITH("--append", "quiet root=/dev/vda", "-a", "ro"));
	CHECK_CMDLINE("console=ttyS0 quiet root=/dev/vda ro");
	CHECK(RUN_WITH("--append", "", "--append", "a", "--append", ""));
	CHECK_CMDLINE("console=ttyS0 a");
}

CASE(words_after_two_dashes_are_the_guests)
{
	CHECK(RUN_WITH("-a", "a", "--", "b", "--cpus", "c d", "--", "-x"));
	CHECK_CMDLINE("console=ttyS0 a b --cpus c d -- -x");
	CHECK_EQ(options.cpus, 1);
	CHECK(RUN_WITH("--"));
	CHECK_CMDLINE("console=ttyS0");
}

CASE(a_word_that_is_no_option_is_refused)
{
	CHECK_REFUSED(RUN_WITH("quiet"), "quiet: not an option", "'--'");
	CHECK_REFUSED(RUN_WITH("quiet", "--cpus", "2"), "quiet", "'--'");
	CHECK_REFUSED(PARSE("run", "K"), "K: not an option", "'--'");
	/* Here the two dashes are a value, and end nothing. */
	CHECK_REFUSED(RUN_WITH("--append", "--", "quiet"), "quiet", "'--'");
}

CASE(a_console_that_is_named_is_not_added_to)
{
	CHECK(RUN_WITH("-a", "console=hvc0"));
	CHECK_CMDLINE("console=hvc0");
	CHECK(RUN_WITH("-a", "quiet console=hvc0 ro"));
	CHECK_CMDLINE("quiet console=hvc0 ro");
	CHECK(RUN_WITH("--", "console="));
	CHECK_CMDLINE("console=");
}

CASE(what_ends_in_console_is_no_console)
{
	CHECK(RUN_WITH("-a", "netconsole=@/ x=console=1"));
	CHECK_CMDLINE("console=ttyS0 netconsole=@/ x=console=1");
	CHECK(RUN_WITH("-a", "netconsole=@/ console=tty0"));
	CHECK_CMDLINE("netconsole=@/ console=tty0");
}

CASE(the_command_line_fills_up_to_its_end)
{
	static char most[CMDLINE_SIZE + 1];
	size_t room = CMDLINE_SIZE - sizeof("console=ttyS0 ");

	memset(most, 'x', sizeof(most) - 1);
	most[room] = '\0';
	CHECK(RUN_WITH("--append", most));
	CHECK_EQ(strlen(options.cmdline.text), CMDLINE_SIZE - 1);
	CHECK(!strncmp(options.cmdline.text, "console=ttyS0 xx", 16));
	CHECK_REFUSED(RUN_WITH("--append", most, "--append", "y"), "--append",
		      "longer than 65535 bytes");
	most[room] = 'x';
	most[room + 1] = '\0';
	CHECK_REFUSED(RUN_WITH("--append", most), "--append", "longer than");
	most[room + 1] = 'x';
	CHECK_REFUSED(RUN_WITH("--append", most), "--append", "longer than");
	CHECK_REFUSED(RUN_WITH("--", most), "--append", "longer than");
}

CASE(words_fill_it_up_to_the_same_end)
{
	static char most[CMDLINE_SIZE + 1];
	size_t room = CMDLINE_SIZE - 1;

	memset(most, 'x', sizeof(most) - 1);
	memcpy(most, "console=", 8);
	most[room] = '\0';
	CHECK(RUN_WITH("--append", most));
	CHECK_CMDLINE(most);
	most[room - 2] = '\0';
	CHECK(RUN_WITH("--append", most, "--append", "y"));
	CHECK_EQ(strlen(options.cmdline.text), CMDLINE_SIZE - 1);
	CHECK_REFUSED(RUN_WITH("--append", most, "--append", "yy"), "--append",
		      "longer than");
}

CASE(unknown_options_are_named)
{
	CHECK_REFUSED(RUN_WITH("--memory", "1G"),
		      "--memory:", "no such option");
	CHECK_REFUSED(RUN_WITH("--debugcon", "-z"), "-z:", "no such option");
	CHECK_REFUSED(RUN_WITH("-zc", "1"), "-z:", "no such option");
	CHECK_REFUSED(PARSE("--kernel", "K"), "--kernel:", "no such option");
	CHECK_REFUSED(PARSE("cpu", "--mem"), "--mem:", "no such option");
	CHECK_REFUSED(PARSE("doctor", "--check"), "--check:", "no such option");
}

CASE(letters_that_are_none_are_shown_as_they_were_written)
{
	CHECK_REFUSED(RUN_WITH("--cpus", "2", "-\xC3\xA9x"),
		      "-\xC3\xA9x:", "no such option");
	CHECK_REFUSED(RUN_WITH("--cpus", "2", "-\tx"),
		      "-\tx:", "no such option");
	CHECK_REFUSED(PARSE("run", "-\x80"), "-\x80:", "no such option");
}

CASE(an_option_that_is_cut_too_short_is_named)
{
	/* --raw or --check; --help and --version only. */
	CHECK(PARSE("cpu", "--c"));
	CHECK(options.cpu_check);
	CHECK_REFUSED(PARSE("doctor", "--c"), "--c:", "no such option");
}

CASE(a_missing_value_is_named)
{
	CHECK_REFUSED(PARSE("run", "--kernel"), "--kernel:", "wants a value");
	CHECK_REFUSED(RUN_WITH("--mem"), "--mem:", "wants a value");
	CHECK_REFUSED(RUN_WITH("--cp"), "--cp:", "wants a value");
	CHECK_REFUSED(RUN_WITH("-m"), "-m:", "wants a value");
	CHECK_REFUSED(RUN_WITH("--debugcon", "-t"), "-t:", "wants a value");
}

CASE(a_value_that_is_not_wanted_is_named)
{
	CHECK_REFUSED(RUN_WITH("--debugcon=1"),
		      "--debugcon=1:", "takes no value");
	CHECK_REFUSED(RUN_WITH("--help=run"), "--help=run:", "takes no value");
	CHECK_REFUSED(PARSE("--version=2"), "--version=2:", "takes no value");
	CHECK_REFUSED(PARSE("cpu", "--raw=1"), "--raw=1:", "takes no value");
}

CASE(help_and_version_end_the_reading)
{
	CHECK(PARSE("--help"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("-h"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("help"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("--version"));
	CHECK_EQ(options.command, COMMAND_VERSION);
	CHECK(PARSE("run", "--help", "--nonsense"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("run", "-h"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("cpu", "--help"));
	CHECK_EQ(options.command, COMMAND_HELP);
	CHECK(PARSE("doctor", "-h"));
	CHECK_EQ(options.command, COMMAND_HELP);
}

CASE(the_other_commands)
{
	CHECK(PARSE("cpu"));
	CHECK_EQ(options.command, COMMAND_CPU);
	CHECK(!options.cpu_raw && !options.cpu_check);
	CHECK(PARSE("cpu", "--raw"));
	CHECK(options.cpu_raw && !options.cpu_check);
	CHECK(PARSE("cpu", "--check"));
	CHECK(!options.cpu_raw && options.cpu_check);
	CHECK(PARSE("doctor"));
	CHECK_EQ(options.command, COMMAND_DOCTOR);
	CHECK_REFUSED(PARSE("cpu", "x"), "x:", "not an option");
	CHECK_REFUSED(PARSE("doctor", "--", "x"), "x:", "not an option");
}

CASE(no_command_and_unknown_ones)
{
	CHECK(!parse((char *[]){ "mayfly", NULL }));
	CHECK_SAYS(why.text, "nothing to do");
	CHECK_REFUSED(PARSE("--"), "nothing to do", "--help");
	CHECK_REFUSED(PARSE("--", "run"), "nothing to do", "--help");
	CHECK_REFUSED(PARSE("boot"), "'boot'", "no such command");
	CHECK_REFUSED(PARSE("runs"), "'runs'", "no such command");
	CHECK_REFUSED(PARSE(""), "no such command", "run, cpu and doctor");
}

CASE(a_program_without_a_name)
{
	char *nothing[] = { NULL };

	CHECK(!parse(nothing));
	CHECK_SAYS(why.text, "nothing to do");
}

CASE(the_help_fits_one_screen)
{
	unsigned lines = 0, column = 0;

	for (const char *at = help_text; *at; at++) {
		column = *at == '\n' ? 0 : column + 1;
		lines += *at == '\n';
		CHECK(column < 80);
		CHECK(*at != '\t');
	}
	CHECK_EQ(column, 0);
	CHECK(lines <= 24);
}

CASE(the_help_names_every_option)
{
	static const char *const names[] = {
		"--kernel",       "--initrd",  "--append",   "--mem",
		"--cpus",         "--timeout", "--on-reset", "--debugcon",
		"--help",         "--version", "cpu",        "doctor",
		"--no-cpu-check", "--tsc-khz", "--flat",     "--testdev",
		"--disk",         "--net",     "--vsock",    "--console",
		"--balloon",      "--rng",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		CHECK_SAYS(help_text, names[i]);
}

CASE(an_initrd_is_files_with_commas_between)
{
	static char text[MODULE_TEXT_SIZE];

	CHECK(PARSE("run", "-kK", "-i", "a,b c -d,,e,f"));
	CHECK_EQ(options.module_count, 3);
	CHECK(!strcmp(options.modules[0].name, "a"));
	CHECK(!strcmp(options.modules[0].string, "a"));
	CHECK(!strcmp(options.modules[1].name, "b"));
	CHECK(!strcmp(options.modules[1].string, "b c -d,e"));
	CHECK(!strcmp(options.modules[2].name, "f"));
	CHECK(PARSE("run", "-kK", "-i", "a,b", "-i", ",,x,,"));
	CHECK_EQ(options.module_count, 1);
	CHECK(!strcmp(options.modules[0].name, ",x,"));
	CHECK_REFUSED(PARSE("run", "-kK", "-i", ""), "--initrd", "empty");
	CHECK_REFUSED(PARSE("run", "-kK", "-i", "a,"), "--initrd", "empty");
	CHECK_REFUSED(PARSE("run", "-kK", "-i", ","), "--initrd", "empty");
	CHECK_REFUSED(PARSE("run", "-kK", "-i", "a, b"), "--initrd", "empty");
	memset(text, 'x', MODULE_TEXT_SIZE / 2);
	CHECK_REFUSED(PARSE("run", "-kK", "-i", text), "--initrd", "longer");
	text[MODULE_TEXT_SIZE / 2 - 1] = '\0';
	CHECK(PARSE("run", "-kK", "-i", text));
	for (int i = 0; i < MODULES_MAX; i++)
		memcpy(text + (size_t)i * 2, "m,", 2);
	text[MODULES_MAX * 2 - 1] = '\0';
	CHECK(PARSE("run", "-kK", "-i", text));
	CHECK_EQ(options.module_count, MODULES_MAX);
	memcpy(text + MODULES_MAX * 2 - 1, ",m", 3);
	CHECK_REFUSED(PARSE("run", "-kK", "-i", text), "--initrd", "32 files");
}

CASE(a_flat_address_is_below_4_gib)
{
	static char *const bad[] = { "",    "0x",   "x",  "-1",
				     "+1",  " 1",   "1M", "0x100000000",
				     "0x ", "0x-1", "ff", "4294967296" };

	CHECK(PARSE("run", "-kK", "--flat", "4294967295"));
	CHECK_EQ(options.flat_address, UINT32_MAX);
	CHECK(PARSE("run", "-kK", "--flat=0"));
	CHECK(options.is_flat);
	CHECK_EQ(options.flat_address, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_REFUSED(PARSE("run", "-kK", "--flat", bad[i]), "--flat",
			      "not an address");
}

CASE(the_users_words_are_the_end_of_the_command_line)
{
	CHECK(PARSE("run", "-kK", "-a", "x y", "--", "z"));
	CHECK(!strcmp(cmdline_words(&options.cmdline), "x y z"));
	CHECK(PARSE("run", "-kK", "--", "console=x"));
	CHECK(!strcmp(cmdline_words(&options.cmdline), "console=x"));
}

RUN("options", &an_initrd_is_files_with_commas_between,
    &a_flat_address_is_below_4_gib,
    &the_users_words_are_the_end_of_the_command_line, &a_kernel_is_enough,
    &what_confines_a_vm, &a_timeline_may_have_a_file,
    &a_missing_kernel_is_named, &every_option_has_its_place, &disks_are_counted,
    &networks_are_counted, &a_guest_has_one_vsock,
    &the_console_is_serial_or_virtio, &entropy_is_there_unless_it_is_off,
    &fw_cfg_items_are_counted, &option_roms_are_counted,
    &firmware_takes_the_place_of_a_kernel, &every_letter_is_its_option,
    &long_options_may_be_cut_short, &the_last_of_an_option_counts, &sizes,
    &what_is_no_size_is_refused, &memory_has_limits,
    &cpus_are_a_number_or_a_topology, &a_timeout_is_seconds,
    &a_tsc_frequency_is_khz, &on_reset_is_end_or_restart,
    &append_repeats_and_keeps_its_order, &words_after_two_dashes_are_the_guests,
    &a_word_that_is_no_option_is_refused,
    &a_console_that_is_named_is_not_added_to,
    &what_ends_in_console_is_no_console, &the_command_line_fills_up_to_its_end,
    &words_fill_it_up_to_the_same_end, &unknown_options_are_named,
    &letters_that_are_none_are_shown_as_they_were_written,
    &an_option_that_is_cut_too_short_is_named, &a_missing_value_is_named,
    &a_value_that_is_not_wanted_is_named, &help_and_version_end_the_reading,
    &the_other_commands, &no_command_and_unknown_ones,
    &a_program_without_a_name, &the_help_fits_one_screen,
    &the_help_names_every_option)
