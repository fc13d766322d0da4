/*
 * The floor: the least that a program must do to run a guest's first
 * instruction on this host's KVM, with the RAM, the vCPUs and the LAPICs that
 * mayfly gives. Compiled with mayfly's flags and libc. Usage:
 *
 *	floor [-m MIB] [-c CPUS] [-s]
 *
 * The guest is TINY: it writes 123 to port 0x3F0 and 0 to port
 * 0xF4, and the floor ends with 0; with -s it is STAY instead. 1 is the
 * end of a floor that could not, or of another exit.
 *
 * What a monitor adds, and is left out on purpose: an image and its tables, a
 * check of the API's version and of capabilities, CPUID, MSRs, machine check
 * banks, KVM's TSS and identity map (VMX without unrestricted guest), chips, a
 * thread for each vCPU, an event loop, signals, messages. With -DFLOOR_CPUID
 * (build/bench/floor-cpuid) the boot vCPU is given mayfly's CPUID rows: the
 * difference is what that one call costs.
 */
#include "board-pc/map.h"
#include "cpu/compiled.h"
#include "tests/bench/tiny.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRY    UINT64_C(0x100000)
#define RUN_SIZE 4096 /* of kvm_run; its other pages are not needed */
#define CR0      0x11 /* PE, ET */
#define APIC_ON  0x900

static const uint8_t tiny[] = { TINY }, stay[] = { STAY };

/* The state of PVH's entry: flat segments, no paging. */
#define FLAT(sel, kind)                                                        \
	{                                                                      \
		.limit = 0xFFFFFFFF, .selector = (sel), .type = (kind),        \
		.present = 1, .s = 1, .g = 1, .db = 1                          \
	}
static const struct kvm_sregs sregs = {
	.cs = FLAT(0x10, 0xB),
	.ds = FLAT(0x18, 3),
	.es = FLAT(0x18, 3),
	.fs = FLAT(0x18, 3),
	.gs = FLAT(0x18, 3),
	.ss = FLAT(0x18, 3),
	.tr = { .limit = 0x67, .type = 0xB, .present = 1 },
	.ldt = { .type = 2, .unusable = 1 },
	.cr0 = CR0,
	.apic_base = MAP_LAPIC | APIC_ON,
};

/* The result of an ioctl; the floor ends when it failed. */
static int call(int fd, unsigned long request, uintptr_t argument)
{
	int result = (int)syscall(SYS_ioctl, fd, request, argument);

	if (result < 0)
		_exit(1);
	return result;
}

static void add_slot(int vm, uint32_t slot, uint64_t gpa, uint8_t *host,
		     uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	call(vm, KVM_SET_USER_MEMORY_REGION, (uintptr_t)&region);
}

static void add_memory(int vm, uint64_t size, bool stays)
{
	uint8_t *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ram == (uint8_t *)MAP_FAILED)
		_exit(1);
	memcpy(ram + ENTRY, stays ? stay : tiny,
	       stays ? sizeof(stay) : sizeof(tiny));
	add_slot(vm, 0, 0, ram, size < MAP_GAP ? size : MAP_GAP);
	if (size > MAP_GAP)
		add_slot(vm, 1, MAP_ABOVE_4G, ram + MAP_GAP, size - MAP_GAP);
}

/* All vCPUs; returns the first, which starts the guest. */
static int add_vcpus(int vm, unsigned count)
{
	int first = call(vm, KVM_CREATE_VCPU, 0);

	for (unsigned i = 1; i < count; i++)
		call(vm, KVM_CREATE_VCPU, i);
#ifdef FLOOR_CPUID
	struct cpuid_table table = compiled_cpu.cpuid;

	cpuid_hurry_kvm(&table);
	call(first, KVM_SET_CPUID2, (uintptr_t)&table);
#endif
	return first;
}

static _Noreturn void run(int vcpu)
{
	struct kvm_run *run =
	    mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

	if (run == MAP_FAILED)
		_exit(1);
	run->s.regs.sregs = sregs;
	run->s.regs.regs = (struct kvm_regs){ .rip = ENTRY, .rflags = 2 };
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	for (;;) {
		call(vcpu, KVM_RUN, 0);
		if (run->exit_reason != KVM_EXIT_IO)
			_exit(1);
		if (run->io.port == PORT_EXIT)
			_exit(0);
	}
}

int main(int argc, char **argv)
{
	const struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP,
					      .args = { 24 } };
	uint64_t mib = 128;
	unsigned cpus = 1;
	bool stays = false;
	int option, vm;

	while ((option = getopt(argc, argv, "m:c:s")) >= 0) {
		if (option == 'm')
			mib = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			cpus = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			stays = true;
		else
			_exit(1);
	}
	vm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = call(vm, KVM_CREATE_VM, 0);
	add_memory(vm, MIB(mib), stays);
	call(vm, KVM_ENABLE_CAP, (uintptr_t)&split);
	run(add_vcpus(vm, cpus));
}
