#include "tests/bench/order_vm.h"

#include "board-pc/map.h"
#include "cpu/compiled.h"
#include "cpu/entry.h"
#include "cpu/machine_check.h"
#include "vmm/clock.h"
#include "vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RAM_SIZE      MIB(128)
#define HUGE_PAGE     MIB(2)
#define LOW_SIZE      MIB(4)
#define SUPPORTED_MAX 256
#define CODE          MAP_HIGH_RAM
#define PORT_AGE      0x3F1 /* reads 0 as long as the guest is to wait */

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

#ifndef PR_SET_VMA /* Linux 5.17 */
#define PR_SET_VMA           0x53564D41
#define PR_SET_VMA_ANON_NAME 0
#endif

static const uint8_t code[] = {
	0xBA, 0xF0, 0x03, 0x00, 0x00, /*	mov	$0x3F0, %edx */
	0xB0, 0x7B,                   /*	mov	$123, %al */
	0xEE,                         /*	out	%al, (%dx) */
	0xEB, 0x06,                   /*	jmp	3f, or 1f */
	0x42,                         /* 1:	inc	%edx */
	0xEC,                         /* 2:	in	(%dx), %al */
	0x84, 0xC0,                   /*	test	%al, %al */
	0x74, 0xFB,                   /*	jz	2b */
	0xB0, 0x00,                   /* 3:	mov	$0, %al */
	0xE6, 0xF4,                   /*	out	%al, $0xF4 */
	0xEB, 0xFE,                   /*	jmp	. */
};
#define CODE_JUMP 9 /* the displacement: 0 is to the wait */

static const struct choices *choice;
static struct order_report *report;

static int device, vm;
static uint8_t *mapping, *ram;
static size_t mapped, run_size;
static struct kvm_vcpu vcpus[ORDER_VCPUS_MAX];
static struct cpuid_table table;
static uint64_t awake_ns; /* when the guest need not wait any more */

void order_check(bool good, const char *name)
{
	if (good)
		return;
	dprintf(STDERR_FILENO, "order: %s: %s: %s\n", choice->name, name,
		strerror(errno));
	_exit(1);
}

void order_vm_begin(const struct choices *choices, struct order_report *to)
{
	choice = choices;
	report = to;
}

static uint64_t timer(void)
{
	return report ? clock_ns(CLOCK_MONOTONIC) : 0;
}

static void note(const char *name, uint64_t begin)
{
	struct order_call *call;

	if (!report || report->call_count == ORDER_CALLS_MAX)
		return;
	call = &report->calls[report->call_count++];
	call->ns = clock_ns(CLOCK_MONOTONIC) - begin;
	strncpy(call->name, name, sizeof(call->name) - 1);
}

static int call(const char *name, int fd, unsigned long request,
		uintptr_t argument)
{
	uint64_t begin = timer();
	int result = (int)syscall(SYS_ioctl, fd, request, argument);

	note(name, begin);
	order_check(result >= 0, name);
	return result;
}

#define CALL(fd, request, argument)                                            \
	call(#request, fd, request, (uintptr_t)(argument))

static void map_ram(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	uint64_t begin = timer();

	flags |= choice->reserve ? 0 : MAP_NORESERVE;
	mapped = RAM_SIZE + (choice->unaligned ? 0 : HUGE_PAGE);
	mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE, flags, -1, 0);
	note("mmap of RAM", begin);
	order_check(mapping != (uint8_t *)MAP_FAILED, "mmap");
	ram = mapping;
	if (!choice->unaligned)
		ram += -(uintptr_t)mapping & (HUGE_PAGE - 1);
	begin = timer();
	if (choice->huge)
		madvise(ram, RAM_SIZE, MADV_HUGEPAGE);
	if (choice->small_low)
		madvise(ram, LOW_SIZE, MADV_NOHUGEPAGE);
	if (choice->named)
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, mapping, mapped,
		      "guest RAM");
	if (choice->populate)
		madvise(ram + CODE, KIB(64), MADV_POPULATE_WRITE);
	note("advice on RAM", begin);
	begin = timer();
	memcpy(ram + CODE, code, sizeof(code));
	note("first touch of RAM", begin);
	if (choice->life_ms)
		ram[CODE + CODE_JUMP] = 0;
}

static void set_slot(void)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = RAM_SIZE,
		.userspace_addr = (uintptr_t)ram,
	};

	CALL(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static void create_chips(void)
{
	const struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP,
					      .args = { KVM_IOAPIC_PINS } };
	const struct kvm_pit_config pit = { 0 };
	uint64_t identity = MAP_KVM_IDENTITY;

	if (!choice->no_identity)
		CALL(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	if (!choice->no_tss)
		CALL(vm, KVM_SET_TSS_ADDR, MAP_KVM_TSS);
	if (choice->chips == CHIPS_SPLIT)
		CALL(vm, KVM_ENABLE_CAP, &split);
	else
		CALL(vm, KVM_CREATE_IRQCHIP, 0);
	if (choice->chips == CHIPS_KERNEL_AND_PIT)
		CALL(vm, KVM_CREATE_PIT2, &pit);
}

/* At a port that no guest here writes. */
static void watch_ports(void)
{
	const struct kvm_coalesced_mmio_zone zone = { .addr = PORT_UART,
						      .size = 1,
						      .pio = 1 };
	struct kvm_ioeventfd event = { .addr = PORT_UART,
				       .len = 1,
				       .flags = KVM_IOEVENTFD_FLAG_PIO };

	if (choice->ioeventfd) {
		event.fd = (int)syscall(SYS_eventfd2, 0, 0);
		CALL(vm, KVM_IOEVENTFD, &event);
	}
	if (choice->coalesced)
		CALL(vm, KVM_REGISTER_COALESCED_MMIO, &zone);
}

static void prepare_cpuid(void)
{
	int fd = choice->vm_tsc ? vm : vcpus[0].fd;
	uint32_t tsc_khz = (uint32_t)CALL(fd, KVM_GET_TSC_KHZ, 0);
	uint64_t begin = timer();

	order_cpuid(choice, tsc_khz, &table);
	note("CPUID table worked out", begin);
}

static void ask_supported(void)
{
	static _Alignas(struct kvm_cpuid2)
	    uint8_t room[sizeof(struct kvm_cpuid2) +
			 SUPPORTED_MAX * sizeof(struct kvm_cpuid_entry2)];
	struct kvm_cpuid2 *supported = (void *)room;

	supported->nent = SUPPORTED_MAX;
	CALL(device, KVM_GET_SUPPORTED_CPUID, supported);
}

void order_vm_create(void)
{
	uint64_t begin = timer();

	for (unsigned i = 0; i < choice->trivial; i++)
		syscall(SYS_fcntl, STDIN_FILENO, F_GETFD);
	note("trivial calls", begin);
	map_ram();
	begin = timer();
	device = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
	note("open, fcntl of /dev/kvm", begin);
	order_check(device >= 0, KVM_DEVICE);
	if (choice->ask_supported)
		ask_supported();
	vm = CALL(device, KVM_CREATE_VM, 0);
	run_size = (size_t)CALL(device, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (choice->chips_first)
		create_chips();
}

void order_vm_fill(void)
{
	set_slot();
	if (!choice->chips_first)
		create_chips();
	watch_ports();
}

void order_vcpu_create(unsigned id)
{
	struct kvm_vcpu *vcpu = &vcpus[id];
	uint64_t begin;

	vcpu->fd = CALL(vm, KVM_CREATE_VCPU, id);
	begin = timer();
	vcpu->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	note("mmap of kvm_run", begin);
	order_check(vcpu->run != MAP_FAILED, "mmap of kvm_run");
	if (id == 0)
		prepare_cpuid();
}

void order_vcpu_configure(unsigned id)
{
	struct cpuid_table own = table;
	uint64_t mce = MCG_CAP;

	cpuid_for_vcpu(&own, id);
	if (choice->cpuid != CPUID_NONE)
		CALL(vcpus[id].fd, KVM_SET_CPUID2, &own);
	if (!choice->no_mce)
		CALL(vcpus[id].fd, KVM_X86_SETUP_MCE, &mce);
	if (!choice->no_msrs)
		CALL(vcpus[id].fd, KVM_SET_MSRS, &compiled_cpu.msrs);
}

void order_vcpu_enter(void)
{
	static const struct entry entry = { .mode = ENTRY_PROTECTED32,
					    .rip = CODE,
					    .rsp = CODE };
	struct kvm_run *run = vcpus[0].run;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	entry_registers(&entry, 0, &sregs, &regs);
	if (choice->set_calls) {
		CALL(vcpus[0].fd, KVM_SET_SREGS, &sregs);
		CALL(vcpus[0].fd, KVM_SET_REGS, &regs);
		return;
	}
	run->s.regs.sregs = sregs;
	run->s.regs.regs = regs;
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
}

/* The guest asks whether it has waited long enough. */
static void answer_age(struct kvm_run *run)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!awake_ns)
		awake_ns = now + choice->life_ms * UINT64_C(1000000);
	*((uint8_t *)run + run->io.data_offset) = now >= awake_ns;
}

uint16_t order_vcpu_run(unsigned id)
{
	struct kvm_run *run = vcpus[id].run;

	do {
		CALL(vcpus[id].fd, KVM_RUN, 0);
		order_check(run->exit_reason == KVM_EXIT_IO, "no port exit");
		if (run->io.port == PORT_AGE)
			answer_age(run);
	} while (run->io.port == PORT_AGE);
	return run->io.port;
}

static void close_timed(int fd, const char *name)
{
	uint64_t begin = timer();

	close(fd);
	note(name, begin);
}

void order_vm_destroy(void)
{
	uint64_t begin = timer();

	munmap(mapping, mapped);
	note("munmap of RAM", begin);
	for (unsigned i = 0; i < choice->vcpus || i < 1; i++) {
		munmap(vcpus[i].run, run_size);
		close_timed(vcpus[i].fd, "close of the vCPU");
	}
	close_timed(vm, "close of the VM");
	close_timed(device, "close of /dev/kvm");
}
