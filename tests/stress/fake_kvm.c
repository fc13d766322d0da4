#include "tests/stress/fake_kvm.h"

#include "board-pc/map.h"
#include "vmm/coalesced.h"
#include "vmm/kvm.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { VCPUS = 8, PAGE = 4096, FIRST_FD = 1000 };

struct fake_vcpu {
	_Alignas(PAGE) uint8_t run[2 * PAGE]; /* struct kvm_run and its data */
	uint32_t random;
	bool pending; /* an exit that the next KVM_RUN completes */
};

static struct fake_vcpu fakes[VCPUS];
static enum fake_end how;
static atomic_uint busy, exits;

static _Alignas(PAGE) uint8_t ring_page[PAGE];
static struct kvm_coalesced_mmio_ring *const ring = (void *)ring_page;
static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER;

bool __wrap_kvm_create_vcpu(const struct kvm *kvm, uint32_t id,
			    struct kvm_vcpu *vcpu, struct reason *why);
bool __wrap_kvm_map_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu,
			 struct reason *why);
void __wrap_kvm_destroy_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu);
int __wrap_kvm_run_vcpu(const struct kvm_vcpu *vcpu);

void fake_kvm_power_on(enum fake_end end)
{
	how = end;
	memset(ring_page, 0, sizeof(ring_page));
	atomic_store(&busy, 0);
}

struct kvm_coalesced_mmio_ring *fake_kvm_ring(void)
{
	return ring;
}

unsigned fake_kvm_busy(void)
{
	return atomic_load(&busy);
}

unsigned fake_kvm_exits(void)
{
	return atomic_load(&exits);
}

/* KVM's calls are done; threads, and signals to them, are real. */
long syscall(long number, ...)
{
	const struct kvm_msrs *msrs;
	unsigned long request;
	va_list rest;
	int first;

	if (number == SYS_gettid)
		return gettid();
	va_start(rest, number);
	first = va_arg(rest, int);
	request = va_arg(rest, unsigned long);
	msrs = va_arg(rest, const struct kvm_msrs *);
	va_end(rest);
	if (number == SYS_tgkill)
		return tgkill(first, (int)request, (int)(intptr_t)msrs);
	return request == KVM_SET_MSRS ? (long)msrs->nmsrs : 0;
}

bool __wrap_kvm_create_vcpu(const struct kvm *kvm, uint32_t id,
			    struct kvm_vcpu *vcpu, struct reason *why)
{
	static uint32_t seed = 1;
	struct fake_vcpu *fake = &fakes[id];

	(void)kvm;
	(void)why;
	*fake = (struct fake_vcpu){ .random = seed++ };
	vcpu->fd = FIRST_FD + (int)id;
	vcpu->run = NULL;
	return true;
}

bool __wrap_kvm_map_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu,
			 struct reason *why)
{
	(void)kvm;
	(void)why;
	__atomic_store_n(&vcpu->run, (void *)fakes[vcpu->fd - FIRST_FD].run,
			 __ATOMIC_SEQ_CST);
	return true;
}

void __wrap_kvm_destroy_vcpu(const struct kvm *kvm, struct kvm_vcpu *vcpu)
{
	(void)kvm;
	vcpu->run = NULL;
}

/* Below `limit`: Marsaglia's xorshift32, a word of state. */
static uint32_t pick(struct fake_vcpu *fake, uint32_t limit)
{
	fake->random ^= fake->random << 13;
	fake->random ^= fake->random >> 17;
	fake->random ^= fake->random << 5;
	return fake->random % limit;
}

static void access_port(struct fake_vcpu *fake, struct kvm_run *run,
			uint16_t port, bool is_write, uint8_t value)
{
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = is_write ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
	run->io.size = 1;
	run->io.port = port;
	run->io.count = is_write ? 1 : 1 + pick(fake, 16);
	run->io.data_offset = PAGE;
	fake->run[PAGE] = value;
}

static void access_memory(struct fake_vcpu *fake, struct kvm_run *run)
{
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = MAP_GAP + pick(fake, 64);
	run->mmio.len = 4;
	run->mmio.is_write = (uint8_t)pick(fake, 2);
}

static void exit_to_us(struct fake_vcpu *fake, struct kvm_run *run)
{
	static const uint16_t some[] = {
		PORT_UART, PORT_UART, PORT_UART + 5, PORT_RTC,     PORT_RTC + 1,
		PORT_POST, 0x1234,    PORT_DEBUGCON, PORT_UART + 1
	};

	if (pick(fake, 4) == 0)
		access_memory(fake, run);
	else
		access_port(fake, run, some[pick(fake, sizeof(some) / 2)],
			    pick(fake, 3) != 0, (uint8_t)pick(fake, 256));
}

/* As virt/kvm/coalesced_mmio.c does it, but that it leaves out what is full. */
static void coalesce(struct fake_vcpu *fake)
{
	static const uint16_t some[] = { PORT_UART, PORT_DEBUGCON };
	uint32_t end = ring->last;
	uint32_t next = (end + 1) % (uint32_t)COALESCED_ENTRIES;

	if (next == __atomic_load_n(&ring->first, __ATOMIC_ACQUIRE))
		return;
	ring->coalesced_mmio[end] = (struct kvm_coalesced_mmio){
		.phys_addr = some[pick(fake, 2)],
		.len = 1,
		.pio = 1,
		.data = { 'c' },
	};
	__atomic_store_n(&ring->last, next, __ATOMIC_RELEASE);
}

static void write_coalesced(struct fake_vcpu *fake)
{
	pthread_mutex_lock(&ring_lock);
	for (uint32_t bytes = pick(fake, 32); bytes; bytes--)
		coalesce(fake);
	pthread_mutex_unlock(&ring_lock);
}

/* The end of the guest: 0 or the errno of KVM_RUN. */
static int end(struct fake_vcpu *fake, struct kvm_run *run)
{
	switch (how) {
	case FAKE_EXIT_PORT:
		access_port(fake, run, PORT_EXIT, true, 42);
		return 0;
	case FAKE_TRIPLE_FAULT:
		run->exit_reason = KVM_EXIT_SHUTDOWN;
		return 0;
	case FAKE_EFAULT:
		return EFAULT;
	default:
		exit_to_us(fake, run);
		return 0;
	}
}

/*
 * In the guest, with all signals blocked but while it runs: 0 or EINTR. One
 * rest in eight ends with a signal only.
 */
static int run_guest(struct fake_vcpu *fake, const struct kvm_run *run,
		     const sigset_t *open)
{
	struct timespec moment = { .tv_nsec = (long)pick(fake, 200000) };
	bool halted = pick(fake, 8) == 0;

	if (__atomic_load_n(&run->immediate_exit, __ATOMIC_SEQ_CST))
		return EINTR;
	write_coalesced(fake);
	if (pick(fake, 2))
		return 0;
	return ppoll(NULL, 0, halted ? NULL : &moment, open) < 0 ? errno : 0;
}

int __wrap_kvm_run_vcpu(const struct kvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = &fakes[vcpu->fd - FIRST_FD];
	struct kvm_run *run = vcpu->run;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!fake->pending)
		atomic_fetch_add(&busy, 1);
	fake->pending = false;
	error = run_guest(fake, run, &before);
	if (!error) {
		if (pick(fake, 200) == 0)
			error = end(fake, run);
		else
			exit_to_us(fake, run);
	}
	if (error) {
		atomic_fetch_sub(&busy, 1);
	} else {
		fake->pending = true;
		atomic_fetch_add(&exits, 1);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}
