/*
 * Fuzzes the command line with libFuzzer: any words. Checked: nothing out of
 * bounds (the sanitizers'); a refusal says why; what is accepted is in its
 * documented range, and every string of it ends inside its room or is one of
 * the words.
 *
 * The input: words, each ended by a newline. A byte from 0x80 on stands for a
 * piece of an option, so that these need not be guessed.
 */
#include "vmm/options.h"

#include "board-pc/map.h"
#include "cpu/vcpu.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/kvm.h"

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#define WORDS_MAX 40
#define TEXT_MAX  (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As on a host without KVM: --cpus asks for the most that there can be. */
bool __wrap_kvm_open(struct kvm *kvm, struct reason *why);
bool __wrap_kvm_open(struct kvm *kvm, struct reason *why)
{
	(void)kvm;
	return fail(why, "no KVM");
}

static const char *const pieces[] = {
	"run\n--kernel=k\n",
	"run\n--firmware=f\n",
	"cpu\n",
	"doctor\n",
	"help",
	"--kernel",
	"--flat=",
	"--initrd=",
	"--append=",
	"--mem=",
	"--cpus=",
	"--timeout=",
	"--on-reset=",
	"--debugcon",
	"--firmware",
	"--option-rom=",
	"--testdev",
	"--no-cpu-check",
	"--tsc-khz=",
	"--fw-cfg=",
	"--disk=",
	"--net=",
	"--vsock=",
	"--console=",
	"--balloon",
	"--rng=",
	"--timeline",
	"--help",
	"--version",
	"--raw",
	"--check",
	"-k",
	"-i",
	"-a",
	"-m",
	"-c",
	"-t",
	"-h",
	"--\n",
	"end",
	"restart",
	"virtio",
	"serial",
	"on",
	"off",
	"auto",
	"name=",
	",file=",
	",string=",
	",ro",
	",serial=",
	",direct",
	"tap=",
	",fd=",
	",mac=",
	"02:00:00:12:34:56",
	",vhost=",
	"cid=",
	",path=",
	"sockets=17,cores=9",
	"sockets=",
	",cores=",
	",threads=",
	"0x",
	"255",
	"256",
	"4294967295",
	"18446744073709551615",
	"console=",
	"=",
	",,",
	"--user=",
	"1000:1000",
	"--chroot=",
	"--cgroup=",
	"--no-sandbox",
	"/jail",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
};

static char text[TEXT_MAX + 1];
static char *words[WORDS_MAX + 2];
static int count;

/* The pieces are put in; 0xFF is so much that most rooms are too small. */
static size_t expand(const uint8_t *data, size_t size)
{
	const size_t known = sizeof(pieces) / sizeof(*pieces);
	size_t used = 0;

	for (; size; size--, data++) {
		char one[2] = { (char)*data, '\0' };
		const char *piece = one;
		size_t length, times = *data == 0xFF ? 64 : 1;

		if (*data >= 0x80)
			piece = pieces[*data == 0xFF ? known - 1
						     : *data % 0x80 % known];
		length = strlen(piece);
		for (; times-- && length <= TEXT_MAX - used; used += length)
			memcpy(text + used, piece, length);
	}
	text[used] = '\0';
	return used;
}

/* Each word in a block of its own, so that ASan sees its end. */
static void split(size_t used)
{
	char *at = text, *end = text + used;

	count = 0;
	words[count++] = strdup("mayfly");
	while (at < end && count < WORDS_MAX) {
		size_t length = strcspn(at, "\n");

		words[count++] = strndup(at, length);
		at += length + 1;
	}
	words[count] = NULL;
}

static bool ends_inside(const char *room, size_t size)
{
	return memchr(room, '\0', size) != NULL;
}

#define CHECK_ENDS(room) must(ends_inside((room), sizeof(room)))

static bool is_in_words(const char *string)
{
	for (int i = 0; i < count; i++)
		if (string >= words[i] && string <= words[i] + strlen(words[i]))
			return true;
	return false;
}

static void check_disks(const struct device_options *devices)
{
	must(devices->disk_count <= DISKS_MAX);
	for (unsigned i = 0; i < devices->disk_count; i++) {
		CHECK_ENDS(devices->disks[i].path);
		CHECK_ENDS(devices->disks[i].serial);
		must(*devices->disks[i].path);
	}
}

static void check_nets(const struct device_options *devices)
{
	must(devices->net_count <= NETS_MAX);
	for (unsigned i = 0; i < devices->net_count; i++) {
		const struct net_option *net = &devices->nets[i];

		CHECK_ENDS(net->tap);
		must(!*net->tap == (net->fd >= 0));
		must(!strchr(net->tap, '/'));
		must(!(net->mac[0] & 1));
	}
}

static void check_vsock(const struct device_options *devices)
{
	if (!devices->has_vsock)
		return;
	CHECK_ENDS(devices->vsock.path);
	must(*devices->vsock.path);
	must(devices->vsock.cid > 2 && devices->vsock.cid < UINT32_MAX);
}

static void check_items(const struct options *options)
{
	must(options->fw_cfg_count <= FW_CFG_USER_FILES_MAX);
	for (unsigned i = 0; i < options->fw_cfg_count; i++) {
		const struct fw_cfg_option *it = &options->fw_cfg[i];

		CHECK_ENDS(it->name);
		must(*it->name && !it->file != !it->string);
		must(is_in_words(it->file ? it->file : it->string));
	}
	must(options->option_rom_count <= OPTION_ROMS_MAX);
	for (unsigned i = 0; i < options->option_rom_count; i++)
		must(is_in_words(options->option_roms[i]) &&
		     *options->option_roms[i]);
}

static void check_modules(const struct options *options)
{
	const char *end = options->module_text + MODULE_TEXT_SIZE;

	must(options->module_count <= MODULES_MAX);
	for (unsigned i = 0; i < options->module_count; i++) {
		const struct module *it = &options->modules[i];

		must(it->name > options->module_text && it->name < end);
		must(it->string >= options->module_text && it->string < end);
		must(ends_inside(it->name, (size_t)(end - it->name)));
		must(ends_inside(it->string, (size_t)(end - it->string)));
		must(*it->name && !strchr(it->name, ' '));
	}
}

static void check_cpus(const struct options *options)
{
	must(options->cpus && options->cpus <= VCPUS_MAX);
	must(options->cpus == topology_cpus(&options->topology));
	must(topology_apic_id(&options->topology, options->cpus - 1) <
	     VCPUS_MAX);
}

static void check_sandbox(const struct options *options)
{
	const struct sandbox_option *it = &options->sandbox;

	must(!it->root || (*it->root && is_in_words(it->root)));
	must(!it->cgroup || (*it->cgroup && is_in_words(it->cgroup)));
	must(it->uid < UINT32_MAX && it->gid < UINT32_MAX);
	must(!it->off || (!it->has_user && !it->root));
	if (it->root && options->devices.has_vsock)
		must(options->devices.vsock.path[sandbox_option_prefix(
			 it, options->devices.vsock.path)] == '/');
}

static void check_run(const struct options *options)
{
	check_cpus(options);
	check_disks(&options->devices);
	check_nets(&options->devices);
	check_vsock(&options->devices);
	check_items(options);
	check_modules(options);
	check_sandbox(options);
	must(options->memory >= MIB(1) && options->memory % PAGE == 0);
	must(options->timeout_ns <= UINT64_C(1000000000) * 1000000000);
	must(!options->kernel || is_in_words(options->kernel));
	must(!options->firmware || is_in_words(options->firmware));
	must(options->kernel || options->firmware);
	must(!options->timeline_file || is_in_words(options->timeline_file));
	must(options->cmdline.ours < CMDLINE_SIZE);
	CHECK_ENDS(options->cmdline.text);
	must(cmdline_has(&options->cmdline, "console="));
}

static bool is_one_line(const struct reason *why)
{
	return *why->text && memchr(why->text, '\0', sizeof(why->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	struct reason why = { "" };

	split(expand(data, size));
	memset(&options, 0, sizeof(options));
	optind = 0;
	if (options_parse(&options, count, words, &why)) {
		if (options.command == COMMAND_RUN)
			check_run(&options);
	} else {
		must(is_one_line(&why));
	}
	while (count--)
		free(words[count]);
	return 0;
}
