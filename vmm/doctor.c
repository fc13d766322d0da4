#include "vmm/doctor.h"

#include "board-pc/map.h"
#include "cpu/compiled.h"
#include "cpu/model_check.h"
#include "cpu/vcpu.h"
#include "vmm/host_cpu.h"
#include "vmm/kvm.h"

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

/* The first line of a file, or false when it cannot be read. */
static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(line, (int)size, file);

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Whether a file has a line with the words in it. */
static bool mentions(const char *path, const char *words)
{
	char line[4096];
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, words);
	if (file)
		fclose(file);
	return found;
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
		{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
		{ KVM_CAP_PIT2, "KVM_CAP_PIT2" },
		{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
		{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
		{ KVM_CAP_SET_IDENTITY_MAP_ADDR,
		  "KVM_CAP_SET_IDENTITY_MAP_ADDR" },
		{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
		{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
		{ KVM_CAP_TSC_DEADLINE_TIMER, "KVM_CAP_TSC_DEADLINE_TIMER" },
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

/* Four registers' bytes after each other: part of a name. */
static void put_text(char *text, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t words[] = { a, b, c, d };

	memcpy(text, words, sizeof(words));
}

static const struct kvm_cpuid_entry2 *row_of(const struct cpuid_table *table,
					     uint32_t leaf)
{
	static const struct kvm_cpuid_entry2 none;
	const struct kvm_cpuid_entry2 *row = cpuid_row(table, leaf, 0);

	return row ? row : &none;
}

/* Intel SDM vol. 2, CPUID.1:EAX: the extended fields are added. */
static void print_signature(uint32_t eax)
{
	uint32_t family = eax >> 8 & 15, model = eax >> 4 & 15;

	if (family == 6 || family == 15)
		model |= (eax >> 16 & 15) << 4;
	if (family == 15)
		family += eax >> 20 & 255;
	printf("family    %u\nmodel     %u\nstepping  %u\n", family, model,
	       eax & 15);
}

static void print_names(const struct cpuid_table *table)
{
	const struct kvm_cpuid_entry2 *row = row_of(table, 0);
	char vendor[17] = "", name[49] = "";

	put_text(vendor, row->ebx, row->edx, row->ecx, 0);
	for (uint32_t i = 0; i < 3; i++) {
		row = row_of(table, 0x80000002 + i);
		put_text(name + 16 * i, row->eax, row->ebx, row->ecx, row->edx);
	}
	printf("model     %s\nvendor    %s\n", compiled_cpu.name, vendor);
	print_signature(row_of(table, 1)->eax);
	printf("name      %s\n", name);
}

static void print_model(const struct cpuid_table *table)
{
	uint32_t sizes = row_of(table, 0x80000008)->eax;

	print_names(table);
	printf("level     0x%x, 0x%x\n", row_of(table, 0)->eax,
	       row_of(table, 0x80000000)->eax);
	printf("addresses %u bits physical, %u bits linear\nfeatures ",
	       sizes & 255, sizes >> 8 & 255);
	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		uint32_t bits = model_features(table, &compiled_cpu.msrs, word);

		for (unsigned bit = 0; bit < 32; bit++)
			if (bits >> bit & 1)
				printf(" %s", feature_words[word].names[bit]);
	}
	putchar('\n');
}

static void print_raw(const struct cpuid_table *model)
{
	static const struct topology alone = { 1, 1, 1 };
	static const struct cpuid_host any = { .pv_features = UINT32_MAX };
	struct cpuid_table table;

	cpuid_for_vm(&table, model, &alone, &any);
	cpuid_for_vcpu(&table, 0);
	puts("CPU 0:");
	for (uint32_t i = 0; i < table.count; i++) {
		const struct kvm_cpuid_entry2 *row = &table.rows[i];

		printf("   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x "
		       "edx=0x%08x\n",
		       row->function, row->index, row->eax, row->ebx, row->ecx,
		       row->edx);
	}
}

static void print_missing(void *unused, const char *feature)
{
	(void)unused;
	puts(feature);
}

static bool ask_host(struct host_cpu *host, struct reason *why)
{
	struct kvm kvm;

	return kvm_open(&kvm, why) && host_cpu_ask(&kvm, host, why);
}

/* The rows of the model, which may be this host's own. */
static const struct cpuid_table *model_rows(struct reason *why)
{
	static struct cpuid_table hosts;
	struct host_cpu host;

	if (!compiled_cpu.is_host)
		return &compiled_cpu.cpuid;
	return ask_host(&host, why) &&
		       cpuid_from_host(&hosts, host.supported, why)
		   ? &hosts
		   : NULL;
}

static int check_host(struct reason *why)
{
	struct host_cpu host;

	if (!ask_host(&host, why))
		return DOCTOR_BROKEN;
	return host_cpu_each_missing(&host, print_missing, NULL) ? DOCTOR_COSTS
								 : DOCTOR_WELL;
}

int doctor_cpu(bool raw, bool check, struct reason *why)
{
	const struct cpuid_table *rows;

	if (check)
		return check_host(why);
	rows = model_rows(why);
	if (!rows)
		return DOCTOR_BROKEN;
	if (raw)
		print_raw(rows);
	else
		print_model(rows);
	return DOCTOR_WELL;
}
