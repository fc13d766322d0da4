#include "vmm/doctor.h"

#include "board-pc/map.h"
#include "cpu/compiled.h"
#include "cpu/vcpu.h"
#include "vmm/cold.h"
#include "vmm/host_cpu.h"
#include "vmm/kvm.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int verdict;

__attribute__((format(printf, 2, 3))) static void tell(int severity,
						       const char *format, ...)
{
	va_list values;

	if (severity > verdict)
		verdict = severity;
	fputs(severity == DOCTOR_WELL    ? "ok    "
	      : severity == DOCTOR_COSTS ? "cost  "
					 : "bad   ",
	      stdout);
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	putchar('\n');
}

/*
 * The beginning of a file, as a string; false when it cannot be read. No stdio:
 * that would be all that needs a heap here.
 */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t more = 0;

	if (fd < 0)
		return false;
	while (length < size - 1 &&
	       (more = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)more;
	close(fd);
	text[length] = '\0';
	return more >= 0;
}

/* The first line of a file, or false when it cannot be read, or is empty. */
static bool read_line(const char *path, char *line, size_t size)
{
	if (!read_text(path, line, size) || !*line)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

COLD char doctor_text[65536];

/* Whether a file, as far as there is room for it, has the words. */
static bool mentions(const char *path, const char *words)
{
	const char *at = doctor_text;

	if (!read_text(path, doctor_text, sizeof(doctor_text)))
		return false;
	while (*at && strncmp(at, words, strlen(words)) != 0)
		at++;
	return *at;
}

static void check_paging(const char *parameter, const char *name)
{
	char value[8];

	if (read_line(parameter, value, sizeof(value)) &&
	    (value[0] == 'N' || value[0] == '0'))
		tell(DOCTOR_COSTS,
		     "%s is off: guest memory goes through shadow page tables, "
		     "which is slow; load the module with it on",
		     name);
}

/* A kernel that has both built in shows both modules on any CPU. */
static void check_backend(void)
{
	if (exists("/sys/module/kvm_pvm")) {
		tell(DOCTOR_COSTS,
		     "backend: kvm-pvm, in software: tiny guests and firmware "
		     "run, a stock Linux starts but does not reach userspace; "
		     "for Linux use scripts/kvm-box, or a host with VMX or "
		     "SVM");
	} else if (exists("/sys/module/kvm_intel") &&
		   !mentions("/proc/cpuinfo", " svm")) {
		tell(DOCTOR_WELL, "backend: Intel VMX");
		check_paging("/sys/module/kvm_intel/parameters/ept", "EPT");
	} else if (exists("/sys/module/kvm_amd")) {
		tell(DOCTOR_WELL, "backend: AMD SVM");
		check_paging("/sys/module/kvm_amd/parameters/npt", "NPT");
	} else {
		tell(DOCTOR_COSTS, "backend: unknown: neither kvm_intel nor "
				   "kvm_amd is loaded; it may not run a stock "
				   "Linux");
	}
	if (mentions("/proc/cpuinfo", " hypervisor"))
		tell(DOCTOR_COSTS, "this host is itself a guest: every exit "
				   "costs more; bare metal is faster");
}

static void check_capabilities(const struct kvm *kvm)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP" },
		{ KVM_CAP_SIGNAL_MSI, "KVM_CAP_SIGNAL_MSI" },
		{ KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING" },
		{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
		{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
		{ KVM_CAP_SET_IDENTITY_MAP_ADDR,
		  "KVM_CAP_SET_IDENTITY_MAP_ADDR" },
		{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
		{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
		{ KVM_CAP_TSC_DEADLINE_TIMER, "KVM_CAP_TSC_DEADLINE_TIMER" },
		{ KVM_CAP_READONLY_MEM,
		  "KVM_CAP_READONLY_MEM (for --firmware)" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (kvm_capability(kvm, needed[i].number))
			tell(DOCTOR_WELL, "%s", needed[i].name);
		else
			tell(DOCTOR_BROKEN,
			     "%s is missing: this kernel is too old, or its "
			     "KVM backend is incomplete",
			     needed[i].name);
	}
	tell(DOCTOR_WELL, "vCPUs: up to %u here, up to %d in mayfly",
	     kvm_max_vcpus(kvm), VCPUS_MAX);
}

/* What no capability tells: another monitor has the CPU, memory is short. */
static void check_vm(struct kvm *kvm)
{
	struct kvm_vcpu vcpu;
	struct reason why;
	struct ram ram;

	if (ram_map(&ram, MIB(1), &why) && kvm_create_vm(kvm, &ram, &why) &&
	    kvm_create_vcpu(kvm, 0, &vcpu, &why))
		tell(DOCTOR_WELL, "a VM with a vCPU can be created");
	else
		tell(DOCTOR_BROKEN, "%s", why.text);
}

static void tell_missing(void *unused, const char *feature)
{
	(void)unused;
	tell(DOCTOR_COSTS,
	     "%s: the model has it, this host's KVM does not "
	     "tell of it; a guest that uses it may fail",
	     feature);
}

static void check_model(const struct kvm *kvm)
{
	struct host_cpu host;
	struct reason why;

	if (compiled_cpu.is_host)
		return;
	if (!host_cpu_ask(kvm, &host, &why))
		tell(DOCTOR_BROKEN, "%s", why.text);
	else if (!host_cpu_each_missing(&host, tell_missing, NULL))
		tell(DOCTOR_WELL, "CPU model %s: this host has all of it",
		     compiled_cpu.name);
}

static void check_huge_pages(void)
{
	char value[16];

	if (!read_line("/sys/module/kvm/parameters/nx_huge_pages", value,
		       sizeof(value)))
		return;
	if (!strcmp(value, "Y") || !strcmp(value, "1"))
		tell(DOCTOR_COSTS,
		     "kvm.nx_huge_pages is on: each VM starts a kernel thread "
		     "first, milliseconds in some cgroups; where the CPU does "
		     "not need it (see /sys/devices/system/cpu/"
		     "vulnerabilities/itlb_multihit) load kvm with "
		     "nx_huge_pages=never");
	else
		tell(DOCTOR_WELL, "kvm.nx_huge_pages is %s", value);
}

static void check_cgroups(void)
{
	if (!mentions("/proc/mounts", " cgroup2 "))
		return;
	if (mentions("/proc/mounts", "favordynmods"))
		tell(DOCTOR_WELL, "cgroup2 is mounted with favordynmods");
	else
		tell(DOCTOR_COSTS,
		     "cgroup2 is mounted without favordynmods: moving a new "
		     "VM's threads into a cgroup can wait for an RCU grace "
		     "period; mount -o remount,favordynmods /sys/fs/cgroup");
}

static void check_overcommit(void)
{
	char value[8];

	if (!read_line("/proc/sys/vm/overcommit_memory", value, sizeof(value)))
		return;
	if (value[0] == '2')
		tell(DOCTOR_COSTS,
		     "vm.overcommit_memory is 2: all of a guest's memory is "
		     "charged at its start; sysctl vm.overcommit_memory=0");
	else
		tell(DOCTOR_WELL, "vm.overcommit_memory is %s", value);
}

int doctor(void)
{
	struct reason why;
	struct kvm kvm;

	verdict = DOCTOR_WELL;
	if (!kvm_open(&kvm, &why)) {
		tell(DOCTOR_BROKEN, "%s", why.text);
		return verdict;
	}
	tell(DOCTOR_WELL, KVM_DEVICE " can be opened");
	check_backend();
	check_capabilities(&kvm);
	check_vm(&kvm);
	check_model(&kvm);
	check_huge_pages();
	check_cgroups();
	check_overcommit();
	return verdict;
}
