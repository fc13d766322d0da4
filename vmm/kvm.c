#include "vmm/kvm.h"

#include "board-pc/map.h"
#include "vmm/ioctl.h"

#include <asm/kvm_para.h>
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The API has been at 12 since Linux 2.6.22. */
#define API_VERSION 12

/* A bit of CPUID.40000001H:EAX, by its name in kvm_para.h. */
#define PV(name) (UINT32_C(1) << KVM_FEATURE_##name)

#ifndef ARCH_REQ_XCOMP_GUEST_PERM /* Linux 5.17 */
#define ARCH_REQ_XCOMP_GUEST_PERM 0x1025
#endif
#define XFEATURE_TILE_DATA 18 /* Intel SDM vol. 1, 13.1 */

/* More signals than come within as many calls, each of 0.1 ms or more. */
#define CREATE_TRIES 1000

/* The guest's memory: RAM below and above the gap, and firmware. */
enum { SLOT_LOW, SLOT_HIGH, SLOT_ROM };

/* What to do about a call that failed. */
static const char *refusal_advice(int error)
{
	switch (error) {
	case EBUSY:
		return "another hypervisor, such as VirtualBox, has the CPU's "
		       "virtualisation: stop it";
	case ENOMEM:
		return "the host is short of memory, or its cgroup is: "
		       "give it more, or run fewer VMs";
	case EMFILE:
	case ENFILE:
		return "raise the limit on open files (ulimit -n)";
	default:
		return "see 'mayfly doctor'";
	}
}

/* What to do about an open() of the device that failed. */
static const char *open_advice(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return "no KVM on this host: load kvm_intel or kvm_amd, turn "
		       "virtualisation on in the firmware, or, in a VM, ask "
		       "for nested virtualisation";
	case EACCES:
	case EPERM:
		return "you may not open it: join its group (usually 'kvm') or "
		       "ask for access";
	default:
		return refusal_advice(error);
	}
}

static bool refused(struct reason *why, const char *call)
{
	return fail(why, "%s: %s failed: %s (%s)", KVM_DEVICE, call,
		    strerror(errno), refusal_advice(errno));
}

bool kvm_open(struct kvm *kvm, struct reason *why)
{
	int version;

	/* No O_CLOEXEC: nothing is executed here, and musl makes it two calls.
	 */
	kvm->device = open(KVM_DEVICE, O_RDWR);
	if (kvm->device < 0)
		return fail(why, "%s: %s (%s)", KVM_DEVICE, strerror(errno),
			    open_advice(errno));
	version = ioctl_number(kvm->device, KVM_GET_API_VERSION, 0);
	if (version == API_VERSION)
		return true;
	if (version < 0)
		refused(why, "KVM_GET_API_VERSION");
	else
		fail(why, "%s: is not KVM (API version %d, want %d)",
		     KVM_DEVICE, version, API_VERSION);
	close(kvm->device);
	kvm->device = -1;
	return false;
}

int kvm_capability(const struct kvm *kvm, int capability)
{
	int value = ioctl_number(kvm->device, KVM_CHECK_EXTENSION,
				 (uintptr_t)capability);

	return value < 0 ? 0 : value;
}

unsigned kvm_max_vcpus(const struct kvm *kvm)
{
	int max = kvm_capability(kvm, KVM_CAP_MAX_VCPUS);

	if (!max)
		max = kvm_capability(kvm, KVM_CAP_NR_VCPUS);
	return max ? (unsigned)max : 4; /* as api.rst has it */
}

uint32_t kvm_pv_features(const struct kvm *kvm)
{
	uint32_t old = PV(CLOCKSOURCE) | PV(NOP_IO_DELAY) | PV(CLOCKSOURCE2) |
		       PV(CLOCKSOURCE_STABLE_BIT);
	uint32_t since_5_9 = old | PV(PV_EOI) | PV(PV_UNHALT) |
			     PV(PV_TLB_FLUSH) | PV(PV_SEND_IPI);

	/* Both capabilities are of Linux 5.9; only the first has an if. */
	if (kvm_capability(kvm, KVM_CAP_STEAL_TIME))
		return since_5_9 | PV(STEAL_TIME);
	return kvm_capability(kvm, KVM_CAP_ASYNC_PF_INT) ? since_5_9 : old;
}

void kvm_permit_amx(void)
{
	syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_GUEST_PERM, XFEATURE_TILE_DATA);
}

unsigned kvm_max_vcpu_id(const struct kvm *kvm)
{
	int max = kvm_capability(kvm, KVM_CAP_MAX_VCPU_ID);

	return max ? (unsigned)max : kvm_max_vcpus(kvm); /* api.rst again */
}

static bool map_slot(const struct kvm *kvm, uint32_t slot, uint64_t gpa,
		     uint8_t *host, uint64_t size, struct reason *why)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	if (!size || !ioctl_with(kvm->vm, KVM_SET_USER_MEMORY_REGION, &region))
		return true;
	/* EINVAL: beyond the CPU's physical addresses; newer kernels look. */
	return fail(why,
		    "%s: cannot give the guest %llu MiB of memory at 0x%llx: "
		    "%s; use a smaller --mem",
		    KVM_DEVICE, (unsigned long long)(size >> 20),
		    (unsigned long long)gpa, strerror(errno));
}

static bool map_ram(const struct kvm *kvm, const struct ram *ram,
		    struct reason *why)
{
	return map_slot(kvm, SLOT_LOW, 0, ram->host, ram_low_size(ram), why) &&
	       map_slot(kvm, SLOT_HIGH, MAP_ABOVE_4G,
			ram->host + ram_low_size(ram), ram_high_size(ram), why);
}

static bool create_chips(const struct kvm *kvm, struct reason *why)
{
	const struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP,
					      .args = { KVM_IOAPIC_PINS } };
	uint64_t identity = MAP_KVM_IDENTITY;

	if (ioctl_with(kvm->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity))
		return refused(why, "KVM_SET_IDENTITY_MAP_ADDR");
	if (ioctl_number(kvm->vm, KVM_SET_TSS_ADDR, MAP_KVM_TSS))
		return refused(why, "KVM_SET_TSS_ADDR");
	if (ioctl_with(kvm->vm, KVM_ENABLE_CAP, &split))
		return refused(why, "KVM_ENABLE_CAP (split irqchip)");
	return true;
}

bool kvm_create_vm(struct kvm *kvm, const struct ram *ram, struct reason *why)
{
	int run_size;

	/*
	 * A signal to the process interrupts the call. It is made again, but
	 * not for ever: whoever wants to end us may have to wait until it is
	 * done (event_loop_hold_signals).
	 */
	for (int tries = 0; tries < CREATE_TRIES; tries++) {
		kvm->vm = ioctl_number(kvm->device, KVM_CREATE_VM, 0);
		if (kvm->vm >= 0 || errno != EINTR)
			break;
	}
	if (kvm->vm < 0)
		return refused(why, "KVM_CREATE_VM");
	run_size = ioctl_number(kvm->device, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_size < 0)
		return refused(why, "KVM_GET_VCPU_MMAP_SIZE");
	if (run_size < (int)sizeof(struct kvm_run))
		return fail(why,
			    "%s: this kernel is too old (its kvm_run has %d "
			    "bytes)",
			    KVM_DEVICE, run_size);
	kvm->run_size = (size_t)run_size;
	return map_ram(kvm, ram, why) && create_chips(kvm, why);
}

bool kvm_map_rom(const struct kvm *kvm, const struct image *rom,
		 struct reason *why)
{
	struct kvm_userspace_memory_region region = {
		.slot = SLOT_ROM,
		.flags = KVM_MEM_READONLY,
		.guest_phys_addr = MAP_ABOVE_4G - rom->size,
		.memory_size = rom->size,
		.userspace_addr = (uintptr_t)rom->bytes,
	};

	if (!ioctl_with(kvm->vm, KVM_SET_USER_MEMORY_REGION, &region))
		return true;
	return fail(why, "%s: cannot give the guest its firmware: %s",
		    KVM_DEVICE, strerror(errno));
}

void kvm_destroy_vm(struct kvm *kvm)
{
	close(kvm->vm);
}

bool kvm_signal_msi(const struct kvm *kvm, uint32_t address, uint32_t data)
{
	const struct kvm_msi msi = { .address_lo = address, .data = data };

	return ioctl_with(kvm->vm, KVM_SIGNAL_MSI, &msi) > 0;
}

bool kvm_set_routes(const struct kvm *kvm, const struct kvm_route *routes,
		    unsigned count, struct reason *why)
{
	struct {
		uint32_t count, flags;
		struct kvm_irq_routing_entry entries[KVM_IOAPIC_PINS];
	} table = { 0 };

	for (unsigned i = 0; i < count && i < KVM_IOAPIC_PINS; i++)
		table.entries[table.count++] = (struct kvm_irq_routing_entry){
			.gsi = routes[i].pin,
			.type = KVM_IRQ_ROUTING_MSI,
			.u.msi = { .address_lo = routes[i].address,
				   .data = routes[i].data },
		};
	if (ioctl_with(kvm->vm, KVM_SET_GSI_ROUTING, &table))
		return refused(why, "KVM_SET_GSI_ROUTING");
	return true;
}

bool kvm_irqfd(const struct kvm *kvm, unsigned pin, int fd, struct reason *why)
{
	const struct kvm_irqfd irqfd = { .fd = (uint32_t)fd, .gsi = pin };

	if (ioctl_with(kvm->vm, KVM_IRQFD, &irqfd))
		return refused(why, "KVM_IRQFD");
	return true;
}

bool kvm_ioeventfd(const struct kvm *kvm, uint64_t gpa, const uint32_t *match,
		   int fd, bool on)
{
	const struct kvm_ioeventfd doorbell = {
		.addr = gpa,
		.len = sizeof(*match),
		.fd = fd,
		.datamatch = match ? *match : 0,
		.flags = (match ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0) |
			 (on ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN),
	};

	return !ioctl_with(kvm->vm, KVM_IOEVENTFD, &doorbell);
}

bool kvm_interrupt(const struct kvm_vcpu *vcpu, uint8_t vector,
		   struct reason *why)
{
	const struct kvm_interrupt interrupt = { .irq = vector };

	if (ioctl_with(vcpu->fd, KVM_INTERRUPT, &interrupt))
		return refused(why, "KVM_INTERRUPT");
	return true;
}

struct kvm_coalesced_mmio_ring *kvm_coalesced_ring(const struct kvm *kvm,
						   const struct kvm_vcpu *vcpu)
{
	const size_t page = 4096;
	/* The page of kvm_run's mapping; 0: it does not coalesce at all. */
	size_t at = (size_t)kvm_capability(kvm, KVM_CAP_COALESCED_MMIO);

	if (!at || (at + 1) * page > kvm->run_size ||
	    !kvm_capability(kvm, KVM_CAP_COALESCED_PIO))
		return NULL;
	return (void *)((uint8_t *)vcpu->run + at * page);
}

bool kvm_coalesce(const struct kvm *kvm, uint16_t port, bool on)
{
	const struct kvm_coalesced_mmio_zone zone = {
		.addr = port,
		.size = 1,
		.pio = 1,
	};

	return !ioctl_with(kvm->vm,
			   on ? KVM_REGISTER_COALESCED_MMIO
			      : KVM_UNREGISTER_COALESCED_MMIO,
			   &zone);
}

bool kvm_create_vcpu(const struct kvm *kvm, uint32_t id, struct kvm_vcpu *vcpu,
		     struct reason *why)
{
	vcpu->fd = ioctl_number(kvm->vm, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return refused(why, "KVM_CREATE_VCPU");
	vcpu->run = NULL;
	return true;
}

bool kvm_map_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu,
		  struct reason *why)
{
	struct kvm_run *run = mmap(NULL, kvm->run_size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, vcpu->fd, 0);

	if (run == MAP_FAILED)
		return refused(why, "mmap of a vCPU");
	__atomic_store_n(&vcpu->run, run, __ATOMIC_SEQ_CST);
	return true;
}

void kvm_destroy_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, kvm->run_size);
	close(vcpu->fd);
}

bool kvm_set_cpuid(const struct kvm_vcpu *vcpu, const void *table,
		   struct reason *why)
{
	if (!ioctl_with(vcpu->fd, KVM_SET_CPUID2, table))
		return true;
	if (errno == EPERM)
		return fail(why,
			    "%s: KVM_SET_CPUID2 failed: the CPU model has AMX, "
			    "which this host does not let guests have",
			    KVM_DEVICE);
	return refused(why, "KVM_SET_CPUID2");
}

bool kvm_set_msrs(const struct kvm_vcpu *vcpu, const void *msrs,
		  uint32_t required, struct reason *why)
{
	const struct kvm_msrs *all = msrs;
	int done = ioctl_with(vcpu->fd, KVM_SET_MSRS, msrs);

	if (done < 0)
		return refused(why, "KVM_SET_MSRS");
	if ((uint32_t)done < required)
		return fail(why, "%s: MSR 0x%x cannot be set to 0x%llx",
			    KVM_DEVICE, all->entries[done].index,
			    (unsigned long long)all->entries[done].data);
	return true;
}

uint32_t kvm_tsc_khz(const struct kvm_vcpu *vcpu)
{
	int khz = ioctl_number(vcpu->fd, KVM_GET_TSC_KHZ, 0);

	return khz > 0 ? (uint32_t)khz : 0;
}

uint32_t kvm_vm_tsc_khz(const struct kvm *kvm, const struct kvm_vcpu *vcpu)
{
	int khz = ioctl_number(kvm->vm, KVM_GET_TSC_KHZ, 0);

	return khz > 0 ? (uint32_t)khz : kvm_tsc_khz(vcpu);
}

bool kvm_set_tsc_khz(const struct kvm_vcpu *vcpu, uint32_t khz,
		     struct reason *why)
{
	/* Asked first: KVM remembers what it is told, even if it refuses. */
	uint32_t own = kvm_tsc_khz(vcpu);

	if (!ioctl_number(vcpu->fd, KVM_SET_TSC_KHZ, khz))
		return true;
	return fail(why,
		    "--tsc-khz: this host cannot run a guest's TSC at %u kHz; "
		    "its own has %u",
		    khz, own);
}

#define BOTH_SETS (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS)

bool kvm_set_registers(const struct kvm *kvm, const struct kvm_vcpu *vcpu,
		       const struct kvm_sregs *sregs,
		       const struct kvm_regs *regs, struct reason *why)
{
	unsigned sets = (unsigned)kvm_capability(kvm, KVM_CAP_SYNC_REGS);

	if ((sets & BOTH_SETS) == BOTH_SETS) {
		vcpu->run->s.regs.sregs = *sregs;
		vcpu->run->s.regs.regs = *regs;
		vcpu->run->kvm_dirty_regs = BOTH_SETS;
		return true;
	}
	if (ioctl_with(vcpu->fd, KVM_SET_SREGS, sregs))
		return refused(why, "KVM_SET_SREGS");
	if (ioctl_with(vcpu->fd, KVM_SET_REGS, regs))
		return refused(why, "KVM_SET_REGS");
	return true;
}

bool kvm_get_registers(const struct kvm_vcpu *vcpu, struct kvm_sregs *sregs,
		       struct kvm_regs *regs)
{
	return !ioctl_with(vcpu->fd, KVM_GET_SREGS, sregs) &&
	       !ioctl_with(vcpu->fd, KVM_GET_REGS, regs);
}

bool kvm_setup_mce(const struct kvm_vcpu *vcpu, uint64_t mcg_cap,
		   struct reason *why)
{
	if (ioctl_with(vcpu->fd, KVM_X86_SETUP_MCE, &mcg_cap))
		return refused(why, "KVM_X86_SETUP_MCE");
	return true;
}

bool kvm_set_mce(const struct kvm_vcpu *vcpu, const struct kvm_x86_mce *mce)
{
	return !ioctl_with(vcpu->fd, KVM_X86_SET_MCE, mce);
}

bool kvm_get_msrs(const struct kvm_vcpu *vcpu, void *msrs)
{
	const struct kvm_msrs *all = msrs;
	int done = ioctl_with(vcpu->fd, KVM_GET_MSRS, msrs);

	return done >= 0 && (uint32_t)done == all->nmsrs;
}

bool kvm_translate(const struct kvm_vcpu *vcpu, uint64_t linear, uint64_t *gpa)
{
	struct kvm_translation translation = { .linear_address = linear };

	if (ioctl_with(vcpu->fd, KVM_TRANSLATE, &translation) ||
	    !translation.valid)
		return false;
	*gpa = translation.physical_address;
	return true;
}

int kvm_run_vcpu(const struct kvm_vcpu *vcpu)
{
	return ioctl_number(vcpu->fd, KVM_RUN, 0) ? errno : 0;
}

void kvm_clock_was_stopped(const struct kvm_vcpu *vcpu)
{
	/* EINVAL: the guest has no kvmclock, and needs none of this. */
	ioctl_number(vcpu->fd, KVM_KVMCLOCK_CTRL, 0);
}

/* What to do about a KVM_RUN that failed. */
static const char *run_advice(const struct kvm_vcpu *vcpu, int error)
{
	/* KVM takes a set's bit away once it has taken the set. */
	if (error == EINVAL && vcpu->run->kvm_dirty_regs)
		return "it refused the registers that the guest begins with";
	switch (error) {
	case EFAULT:
		return "it cannot reach a page of the guest's memory: the host "
		       "is out of memory, or a file that is mapped there was "
		       "cut short";
	case ENOMEM:
		return refusal_advice(error);
	default:
		return "the host's kernel log may say why: see dmesg";
	}
}

bool kvm_run_refused(const struct kvm_vcpu *vcpu, int error, struct reason *why)
{
	struct kvm_regs regs;
	char where[32] = "";

	/* A vCPU of a VM that KVM has given up does not tell. */
	if (!ioctl_with(vcpu->fd, KVM_GET_REGS, &regs))
		snprintf(where, sizeof(where), " at RIP 0x%llx", regs.rip);
	return fail(why, "%s: KVM_RUN failed%s: %s (%s)", KVM_DEVICE, where,
		    strerror(error), run_advice(vcpu, error));
}

bool kvm_supported_cpuid(const struct kvm *kvm, struct kvm_cpuid2 *table,
			 uint32_t rows, struct reason *why)
{
	table->nent = rows;
	if (ioctl_with(kvm->device, KVM_GET_SUPPORTED_CPUID, table))
		return refused(why, "KVM_GET_SUPPORTED_CPUID");
	return true;
}

uint64_t kvm_feature_msr(const struct kvm *kvm, uint32_t index)
{
	_Alignas(struct kvm_msrs)
	    uint8_t room[sizeof(struct kvm_msrs) +
			 sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *msrs = (void *)room;

	msrs->nmsrs = 1;
	msrs->entries[0].index = index;
	return ioctl_with(kvm->device, KVM_GET_MSRS, msrs) == 1
		   ? msrs->entries[0].data
		   : 0;
}
