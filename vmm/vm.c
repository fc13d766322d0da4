/*
 * The story of a start and an end: start() is the first, attend_to_vm() the
 * second, vm_run() both.
 */
#include "vmm/vm.h"

#include "board-pc/acpi.h"
#include "board-pc/board.h"
#include "board-pc/e820.h"
#include "board-pc/virtio/slots.h"
#include "boot/boot.h"
#include "boot/firmware.h"
#include "cpu/compiled.h"
#include "cpu/cpuid_host.h"
#include "cpu/vcpu.h"
#include "vmm/clock.h"
#include "vmm/cold.h"
#include "vmm/conclusion.h"
#include "vmm/cpus.h"
#include "vmm/devices.h"
#include "vmm/event_loop.h"
#include "vmm/guest_items.h"
#include "vmm/host_cpu.h"
#include "vmm/image_file.h"
#include "vmm/io_loop.h"
#include "vmm/kvm.h"
#include "vmm/memory_failure.h"
#include "vmm/ram.h"
#include "vmm/sandbox.h"
#include "vmm/seccomp.h"
#include "vmm/terminal.h"
#include "vmm/thread.h"
#include "vmm/timeline.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Everything that it is; all of it static, none of it allocated. */
static struct options *options;
static struct image kernel, firmware;
static struct kvm kvm = { .device = -1 };
static struct ram ram;
static uint8_t apic_ids[VCPUS_MAX];
static struct ending ending;
COLD struct fw_cfg_items vm_fw_cfg;
COLD struct outlet vm_console, vm_debug;
COLD struct inlet vm_input;
static int timeline_fd = STDERR_FILENO;
static struct event_loop loop = { .ending = &ending, .console = &vm_console };

/* Of the thread that attends to the VM; the first one is the boot vCPU's. */
COLD struct stack attendant_stack;

COLD char lacking_line[4096];

/*
 * Whether this host's KVM lacks a part of the CPU model; then that has been
 * told. A model that any host has, or that is the host's own, needs no check.
 * Where KVM does not tell, `asked` is false, and why.
 */
static bool host_lacks_cpu(bool *asked, struct reason *why)
{
	struct host_cpu host;

	*asked = true;
	if (compiled_cpu.is_baseline || compiled_cpu.is_host ||
	    options->no_cpu_check || kvm.device < 0)
		return false;
	*asked = host_cpu_ask(&kvm, &host, why);
	if (!*asked ||
	    !host_cpu_lacks(&host, lacking_line, sizeof(lacking_line)))
		return false;
	terminal_restore();
	fprintf(stderr, "mayfly: %s\n", lacking_line);
	return true;
}

/* Now: a name that cannot be written to is no news for the end. */
static bool open_timeline(struct reason *why)
{
	const char *file = options->timeline_file;

	if (!file)
		return true;
	timeline_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0666);
	return timeline_fd >= 0 ||
	       fail(why, "--timeline: %s: %s", file, strerror(errno));
}

static void tell_timeline(void)
{
	struct reason why;

	timeline_mark(TIMELINE_TEARDOWN);
	if (!timeline_on || timeline_write(timeline_fd, options->timeline_file))
		return;
	fail(&why, "--timeline: %s", strerror(errno));
	conclusion_of_failure(&why);
}

/* A file whose name has a space in it, if there is one, or a file and words. */
static bool open_module(struct module *module, struct reason *why)
{
	if (strchr(module->string, ' ') && !access(module->string, F_OK))
		module->name = module->string;
	return image_file_map(module->name, &module->file, why) ||
	       fail_in(why, "%s", module->name);
}

static bool open_devices(struct reason *why)
{
	/*
	 * A vsock's socket is a file that has to go again: so who wants to end
	 * us waits until there is somebody who does that.
	 */
	if (options->devices.has_vsock)
		event_loop_hold_signals();
	if (!devices_open(&options->devices, why))
		return false;
	return !options->kernel ||
	       devices_tell(&options->cmdline, virtio_slots_taken(), why);
}

static bool open_images(struct reason *why)
{
	if (options->firmware &&
	    !image_file_map(options->firmware, &firmware, why))
		return fail_in(why, "%s", options->firmware);
	if (options->kernel && !image_file_map(options->kernel, &kernel, why))
		return fail_in(why, "%s", options->kernel);
	for (unsigned i = 0; i < options->module_count; i++)
		if (!open_module(&options->modules[i], why))
			return false;
	return open_devices(why) && guest_items_open(options, why);
}

/* For a signal handler. */
static const char *name_of(const void *address)
{
	if (image_has(&kernel, address))
		return options->kernel;
	if (image_has(&firmware, address))
		return options->firmware;
	for (unsigned i = 0; i < options->module_count; i++)
		if (image_has(&options->modules[i].file, address))
			return options->modules[i].name;
	return guest_items_name_of(options, address);
}

static bool map_memory(struct reason *why)
{
	return ram_map(&ram, options->memory, why) || fail_in(why, "--mem");
}

static void set_apic_ids(void)
{
	for (unsigned i = 0; i < options->cpus; i++)
		apic_ids[i] = (uint8_t)topology_apic_id(&options->topology, i);
}

/* What firmware boots, it finds in fw_cfg, and its tables too. */
static bool load_firmware(struct entry *entry, struct reason *why)
{
	if (!firmware_load(&firmware, &ram, entry, why))
		return fail_in(why, "%s", options->firmware);
	return !options->kernel ||
	       guest_items_add_kernel(options, &kernel, &ram, &vm_fw_cfg,
				      why) ||
	       fail_in(why, "%s", options->kernel);
}

/* Firmware's items are more; and the user's may be wrong, which is told. */
static bool needs_fw_cfg_early(void)
{
	return options->firmware || options->fw_cfg_count;
}

static bool fill_fw_cfg_early(struct reason *why)
{
	return !needs_fw_cfg_early() ||
	       guest_items_fill(options, apic_ids, &vm_fw_cfg, why);
}

/* Of most guests, that never look, nothing has to be ready. */
static void fill_fw_cfg(void)
{
	struct reason why;
	bool filled = guest_items_fill(options, apic_ids, &vm_fw_cfg, &why);

	assert(filled); /* it is the user's items that may be wrong */
}

static void write_tables(void)
{
	static_assert(VCPUS_MAX <= ACPI_CPUS_MAX, "the MADT has room");
	acpi_write(ram_span(&ram, MAP_ACPI_TABLES, MAP_ACPI_SIZE), apic_ids,
		   options->cpus, virtio_slots_taken());
}

static bool load_images(struct entry *entry, struct reason *why)
{
	struct memory_range map[E820_MAX];
	struct boot_request request = {
		.kernel = kernel,
		.kernel_name = options->kernel,
		.is_flat = options->is_flat,
		.flat_address = options->flat_address,
		.modules = options->modules,
		.module_count = options->module_count,
		.cmdline = options->cmdline.text,
		.words = cmdline_words(&options->cmdline),
		.map = map,
		.map_count = e820_direct(ram.size, map),
		.rsdp = ACPI_RSDP,
	};

	set_apic_ids();
	if (!fill_fw_cfg_early(why))
		return false;
	if (options->firmware)
		return load_firmware(entry, why);
	write_tables();
	if (!boot_load(&request, &ram, entry, why))
		return fail_in(why, "%s", options->kernel);
	return true;
}

static bool wire_board(struct reason *why)
{
	struct board_wires wires = {
		.kvm = &kvm,
		.interrupt = vcpus_interrupt,
		.ending = &ending,
		.console = &vm_console,
		.input = &vm_input,
		.debug = loop.debug,
		.ram = &ram,
		.fw_cfg = &vm_fw_cfg,
		.fill_fw_cfg = needs_fw_cfg_early() ? NULL : fill_fw_cfg,
		.cpus = options->cpus,
		.testdev = options->testdev,
	};

	const struct virtio_wires devices = {
		.kvm = &kvm,
		.ram = &ram,
		.ending = &ending,
		.interrupt = board_interrupt,
		.direct = board_direct,
		.is_direct = board_is_direct,
	};

	ending_init(&ending, eventfd(0, EFD_CLOEXEC));
	if (ending.wake_fd < 0)
		return fail(why, "eventfd: %s", strerror(errno));
	board_init(&wires);
	virtio_init(&devices);
	return true;
}

static bool check_cpus(struct reason *why)
{
	/* One, and of id 0, every KVM takes. */
	return options->cpus == 1 ||
	       cpus_fit(&options->topology, kvm_max_vcpus(&kvm),
			kvm_max_vcpu_id(&kvm), why);
}

COLD struct cpuid_table hosts_cpuid;

/* What the guest's CPUs are; CPU=host has to ask for that first. */
static bool plan_cpus(struct cpu_plan *plan, struct reason *why)
{
	struct host_cpu host;

	*plan = (struct cpu_plan){ .topology = options->topology,
				   .model = &compiled_cpu.cpuid,
				   .tsc_khz = options->tsc_khz };
	if (!compiled_cpu.is_host)
		return true;
	plan->model = &hosts_cpuid;
	return host_cpu_ask(&kvm, &host, why) &&
	       cpuid_from_host(&hosts_cpuid, host.supported, why);
}

static bool done(enum timeline_step step)
{
	timeline_mark(step);
	return true;
}

/* Once: the sandbox of a VM that starts again lets nobody open it. */
static bool open_kvm(struct reason *why)
{
	return kvm.device >= 0 || kvm_open(&kvm, why);
}

/*
 * All that is used of what is open. A next start maps the images anew; what has
 * been read of a file for fw_cfg needs none.
 */
static void list_descriptors(struct descriptors *ours)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		descriptors_add(ours, fd);
	descriptors_add(ours, timeline_fd);
	descriptors_add(ours, ending.wake_fd);
	descriptors_add(ours, kvm.device);
	descriptors_add(ours, kvm.vm);
	for (unsigned i = 0; i < options->cpus; i++)
		descriptors_add(ours, vcpu_descriptor(i));
	devices_descriptors(&options->devices, ours);
	if (!options->restart_on_reset)
		return;
	descriptors_add(ours, kernel.fd);
	descriptors_add(ours, firmware.fd);
	for (unsigned i = 0; i < options->module_count; i++)
		descriptors_add(ours, options->modules[i].file.fd);
}

static bool enter_sandbox(struct reason *why)
{
	struct descriptors ours;

	if (options->sandbox.off)
		return true;
	ours.count = 0;
	list_descriptors(&ours);
	return sandbox_enter(options, &kvm, &ram, &ours, why) &&
	       done(TIMELINE_SANDBOX);
}

static bool start(struct reason *why)
{
	struct cpu_plan plan;
	struct entry entry;

	return map_memory(why) && done(TIMELINE_MEMORY) &&
	       load_images(&entry, why) && done(TIMELINE_IMAGE_PLACED) &&
	       wire_board(why) && done(TIMELINE_BOARD) && open_kvm(why) &&
	       check_cpus(why) && plan_cpus(&plan, why) &&
	       kvm_create_vm(&kvm, &ram, why) &&
	       (!options->firmware || kvm_map_rom(&kvm, &firmware, why)) &&
	       done(TIMELINE_VM) && vcpus_create(&kvm, &plan, why) &&
	       vcpus_configure(&entry, &ram, &ending, why) &&
	       enter_sandbox(why);
}

/*
 * A VM that could not be started. A KVM that lacks a feature may refuse the
 * model's tables: so the host is checked before it is told. What failed first
 * is the cause; the check may fail of it too.
 */
static int tell_failed_start(const struct reason *why)
{
	struct reason unasked;
	bool asked;

	devices_close();
	return host_lacks_cpu(&asked, &unasked) ? STATUS_ERROR
						: conclusion_of_failure(why);
}

/* The check of the host, while the guest runs. False: it is told. */
static bool host_has_cpu(void)
{
	struct reason why;
	bool asked;

	if (host_lacks_cpu(&asked, &why))
		return false;
	if (!asked)
		conclusion_of_failure(&why);
	return asked;
}

/*
 * What has been loaded is in the guest's memory, and nobody looks at the files
 * again, but firmware through fw_cfg, and the next start.
 */
static void forget_images(void)
{
	if (options->firmware || options->restart_on_reset)
		return;
	image_file_unmap(&kernel);
	for (unsigned i = 0; i < options->module_count; i++)
		image_file_unmap(&options->modules[i].file);
}

/* Not an exit status: there is a next start. */
#define AGAIN (-1)

/* All that the boot vCPU does not wait for; returns the exit status, or AGAIN.
 */
static int attend_to_vm(void)
{
	struct reason why;

	if (!seccomp_narrow(SECCOMP_ATTENDANT, 0, -1, &why) ||
	    !vcpus_start_others(&why))
		return conclusion_of_failure(&why);
	ram_name(&ram);
	if (!host_has_cpu())
		return STATUS_ERROR;
	forget_images();
	memory_failure_tell_early();
	event_loop_catch_signals(&ending);
	loop.terminal = terminal_raw();
	event_loop_run(&loop);
	if (options->restart_on_reset && ending_get(&ending) == ENDING_RESET)
		return AGAIN;
	terminal_restore();
	tell_timeline();
	return conclusion_of(&ending, &vm_console);
}

/* Ends the process, and lets its threads be, unless there is a next start. */
static void *attendant(void *unused)
{
	int status = attend_to_vm();

	(void)unused;
	if (status != AGAIN) {
		devices_close();
		_exit(status);
	}
	vcpus_stop();
	return NULL;
}

/* For a VM that is started again; otherwise the kernel does all this. */
static void tear_down(void)
{
	event_loop_hold_signals();
	virtio_stop();
	io_loop_stop();
	vcpus_destroy();
	kvm_destroy_vm(&kvm);
	ram_unmap(&ram);
	close(ending.wake_fd);
	timeline_restart();
}

static uint64_t deadline(void)
{
	return options->timeout_ns
		   ? clock_ns(CLOCK_MONOTONIC) + options->timeout_ns
		   : NEVER_NS;
}

int vm_run(struct options *asked)
{
	struct reason why;
	pthread_t thread;

	options = asked;
	if (options->debugcon) {
		outlet_init(&vm_debug, STDERR_FILENO);
		loop.debug = &vm_debug;
	}
	vcpus_catch_kicks();
	loop.deadline_ns = deadline();
	loop.kvm = &kvm;
	outlet_init(&vm_console, STDOUT_FILENO);
	memory_failure_catch(&ram, name_of);
	if (!sandbox_begin(&options->sandbox, &why) || !open_timeline(&why) ||
	    !open_images(&why)) {
		devices_close();
		return conclusion_of_failure(&why);
	}
	timeline_mark(TIMELINE_IMAGE_OPENED);
	for (;;) {
		if (!start(&why) ||
		    !thread_start(&thread, &attendant_stack, attendant, NULL,
				  "a thread", &why))
			return tell_failed_start(&why);
		vcpus_run_boot();
		/* Only one whose VM starts again can be joined. */
		pthread_join(thread, NULL);
		tear_down();
	}
}
