#include "tests/bench/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct setup plan_setups[] = {
	{ "1 vCPU, 128 MiB", 1, 128, IMAGE_TINY },
	{ "2 vCPUs", 2, 128, IMAGE_TINY },
	{ "4 vCPUs", 4, 128, IMAGE_TINY },
	{ "8 vCPUs", 8, 128, IMAGE_TINY },
	{ "32 vCPUs", 32, 128, IMAGE_TINY },
	{ "4 GiB", 1, 4096, IMAGE_TINY },
	{ "512 MiB", 1, 512, IMAGE_TINY },
	{ "512 MiB, initrd of 300 MB", 1, 512, IMAGE_INITRD },
	{ "ELF kernel of 60 MB", 1, 128, IMAGE_KERNEL },
};
const unsigned plan_setup_count = sizeof(plan_setups) / sizeof(*plan_setups);

/* Leanest: what can be turned off is, and no chip but the LAPIC in KVM. */
#define MICROVM                                                                \
	"microvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=off,"    \
	"acpi=off,auto-kernel-cmdline=off,kernel-irqchip=split"

static const char *directory, *mayfly;

static const struct {
	const char *name, *command; /* looked for on PATH */
	int status;
} monitors[MONITOR_COUNT] = {
	[MONITOR_FLOOR] = { "floor", NULL, 0 },
	[MONITOR_FLOOR_CPUID] = { "floor and CPUID", NULL, 0 },
	[MONITOR_MAYFLY_BARE] = { "without sandbox", NULL, 0 },
	[MONITOR_MAYFLY] = { "mayfly", NULL, 0 },
	[MONITOR_QEMU_BIOS] = { "QEMU microvm", "qemu-system-x86_64", 1 },
	[MONITOR_QEMU_PVH] = { "QEMU microvm", "qemu-system-x86_64", 1 },
	[MONITOR_FIRECRACKER] = { "Firecracker", "firecracker", 0 },
	[MONITOR_LKVM] = { "kvmtool", "lkvm", 0 },
};

const char *plan_monitor_name(enum monitor_id monitor)
{
	return monitors[monitor].name;
}

void plan_init(const char *built, const char *binary)
{
	directory = built;
	mayfly = binary;
}

/* A word that stays. */
__attribute__((format(printf, 1, 2))) static char *word(const char *format, ...)
{
	static char words[32768];
	static size_t used;
	char *text = words + used;
	va_list list;

	va_start(list, format);
	used += (size_t)vsnprintf(text, sizeof(words) - used, format, list) + 1;
	va_end(list);
	if (used > sizeof(words))
		abort();
	return text;
}

/* Appends words, up to a NULL, to a command line. */
static void append(char **argv, ...)
{
	va_list list;
	char *next;

	while (*argv)
		argv++;
	va_start(list, argv);
	while ((next = va_arg(list, char *)))
		*argv++ = next;
	va_end(list);
	*argv = NULL;
}

static char *find(const char *command, struct reason *why)
{
	char path[4096], *at = path;
	const char *list = getenv("PATH");

	snprintf(path, sizeof(path), "%s", list ? list : "");
	for (char *folder; (folder = strsep(&at, ":"));) {
		char *file = word("%s/%s", folder, command);

		if (!access(file, X_OK))
			return file;
	}
	fail(why, "%s: not on PATH", command);
	return NULL;
}

static void add_mayfly(char **argv, const struct setup *setup, bool stays)
{
	const char *kernel = setup->image == IMAGE_KERNEL ? "large"
			     : stays                      ? "stay"
							  : "tiny";

	append(argv, word("%s", mayfly), "run", "--kernel",
	       word("%s/%s", directory, kernel), "--mem",
	       word("%uM", setup->mib), "--cpus", word("%u", setup->cpus),
	       NULL);
	if (setup->image == IMAGE_INITRD)
		append(argv, "--initrd", word("%s/initrd", directory), NULL);
}

static void add_floor(char **argv, const char *name, const struct setup *setup,
		      bool stays)
{
	append(argv, word("%s/%s", directory, name), "-m",
	       word("%u", setup->mib), "-c", word("%u", setup->cpus),
	       stays ? "-s" : NULL, NULL);
}

/* `guest`: -bios or -kernel, and the file. */
static void add_qemu(char **argv, const struct setup *setup, const char *guest,
		     const char *file)
{
	append(argv, "-M", MICROVM, "-nodefaults", "-no-user-config",
	       "-nographic", "-accel", "kvm", "-m", word("%u", setup->mib),
	       "-smp", word("%u", setup->cpus), "-device",
	       "isa-debug-exit,iobase=0xf4,iosize=0x04", guest,
	       word("%s/%s", directory, file), NULL);
}

/* Its file of options is written here; it ends with the i8042's reset. */
static void add_firecracker(char **argv, const struct setup *setup, bool stays)
{
	char *name = word("%s/firecracker-%u-%u%s.json", directory, setup->cpus,
			  setup->mib, stays ? "-stay" : "");
	FILE *file = fopen(name, "w");

	if (file) {
		fprintf(file,
			"{\"boot-source\":{\"kernel_image_path\":\"%s/%s\"},"
			"\"drives\":[],\"machine-config\":{\"vcpu_count\":%u,"
			"\"mem_size_mib\":%u}}\n",
			directory, stays ? "stay" : "tiny", setup->cpus,
			setup->mib);
		fclose(file);
	}
	append(argv, "--no-api", "--config-file", name, NULL);
}

static void add_lkvm(char **argv, const struct setup *setup, bool stays)
{
	append(argv, "run", "-k",
	       word("%s/%s.flat", directory, stays ? "stay" : "tiny"), "-m",
	       word("%u", setup->mib), "-c", word("%u", setup->cpus),
	       "--network", "mode=none", NULL);
}

bool plan_cell(enum monitor_id monitor, const struct setup *setup, bool stays,
	       struct cell *cell, struct reason *why)
{
	const char *command = monitors[monitor].command;

	*cell = (struct cell){ .monitor = monitor,
			       .setup = setup,
			       .status = monitors[monitor].status };
	if (monitor != MONITOR_MAYFLY && setup->image != IMAGE_TINY)
		return fail(why, "not timed with %s", setup->name);
	if ((monitor == MONITOR_FLOOR_CPUID ||
	     monitor == MONITOR_MAYFLY_BARE) &&
	    setup != &plan_setups[0])
		return fail(why, "timed with the first machine only");
	if (command && !(cell->argv[0] = find(command, why)))
		return false;
	switch (monitor) {
	case MONITOR_FLOOR:
		add_floor(cell->argv, "floor", setup, stays);
		break;
	case MONITOR_FLOOR_CPUID:
		add_floor(cell->argv, "floor-cpuid", setup, stays);
		break;
	case MONITOR_MAYFLY_BARE:
		add_mayfly(cell->argv, setup, stays);
		append(cell->argv, "--no-sandbox", NULL);
		break;
	case MONITOR_MAYFLY:
		add_mayfly(cell->argv, setup, stays);
		break;
	case MONITOR_QEMU_BIOS:
		add_qemu(cell->argv, setup, "-bios",
			 stays ? "stay.bios" : "tiny.bios");
		break;
	case MONITOR_QEMU_PVH:
		add_qemu(cell->argv, setup, "-kernel", stays ? "stay" : "tiny");
		break;
	case MONITOR_FIRECRACKER:
		add_firecracker(cell->argv, setup, stays);
		break;
	default:
		add_lkvm(cell->argv, setup, stays);
	}
	return true;
}
