#include "cpu/vcpu.h"

#include "board-pc/board.h"
#include "cpu/cpuid.h"
#include "cpu/entry.h"
#include "cpu/msr.h"
#include "cpu/report.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The signal that makes KVM_RUN return; its handler does nothing. */
#define SIG_IPI SIGUSR1

/* A run loop is shallow; the sanitizers' frames are not. */
#ifdef __SANITIZE_ADDRESS__
#define STACK_SIZE (512 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_SIZE (512 * 1024)
#endif
#endif
#ifndef STACK_SIZE
#define STACK_SIZE (32 * 1024)
#endif

struct vcpu {
	struct kvm_vcpu kvm;
	unsigned id;
	pthread_t thread;
	struct exit_log log;
};

static struct vcpu vcpus[VCPUS_MAX];
static _Alignas(4096) uint8_t stacks[VCPUS_MAX][STACK_SIZE];
static unsigned created, started;

/* The VM that the vCPUs belong to. */
static const struct kvm *vm;
static const struct ram *vm_ram;
static struct ending *vm_ending;

bool vcpus_create(const struct kvm *kvm, unsigned count, struct reason *why)
{
	vm = kvm;
	for (created = 0; created < count; created++) {
		struct vcpu *vcpu = &vcpus[created];

		vcpu->id = created;
		vcpu->log.count = 0;
		if (!kvm_create_vcpu(kvm, created, &vcpu->kvm, why))
			return fail_in(why, "vCPU %u", created);
	}
	return true;
}

static bool configure(const struct vcpu *vcpu, struct reason *why)
{
	struct cpuid_table table;

	cpuid_build(&table, vcpu->id, created);
	return kvm_set_cpuid(&vcpu->kvm, &table, why) &&
	       kvm_set_msrs(&vcpu->kvm, &msr_table, why);
}

static void host_failed(const struct vcpu *vcpu, const struct reason *why)
{
	if (!ending_claim(vm_ending))
		return;
	snprintf(vm_ending->report, sizeof(vm_ending->report), "vCPU %u: %s\n",
		 vcpu->id, why->text);
	ending_declare(vm_ending, ENDING_HOST);
}

static void guest_died(const struct vcpu *vcpu, const char *why, int run_error)
{
	struct death death = { .why = why,
			       .vcpu = vcpu->id,
			       .kvm = &vcpu->kvm,
			       .log = &vcpu->log,
			       .ram = vm_ram,
			       .run_error = run_error };

	if (!ending_claim(vm_ending))
		return;
	report_death(&death, vm_ending->report, sizeof(vm_ending->report));
	ending_declare(vm_ending, ENDING_DIED);
}

static struct exit_record *log_exit(struct vcpu *vcpu)
{
	struct exit_log *log = &vcpu->log;
	struct exit_record *record =
	    &log->records[log->count++ % EXIT_LOG_SIZE];

	record->reason = vcpu->kvm.run->exit_reason;
	return record;
}

static void handle_port(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->kvm.run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool is_write = run->io.direction == KVM_EXIT_IO_OUT;
	struct exit_record *record = log_exit(vcpu);

	record->size = run->io.size;
	record->is_write = is_write;
	record->address = run->io.port;
	for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
		if (is_write)
			board_port_write(run->io.port, data, run->io.size);
		else
			board_port_read(run->io.port, data, run->io.size);
		record->data = 0;
		memcpy(&record->data, data, run->io.size);
	}
}

static void handle_memory(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->kvm.run;
	struct exit_record *record = log_exit(vcpu);

	/* KVM's own bound is the size of mmio.data. */
	record->size = (uint8_t)run->mmio.len;
	record->is_write = run->mmio.is_write;
	record->address = run->mmio.phys_addr;
	if (run->mmio.is_write)
		board_memory_write(run->mmio.phys_addr, run->mmio.data,
				   run->mmio.len);
	else
		board_memory_read(run->mmio.phys_addr, run->mmio.data,
				  run->mmio.len);
	record->data = 0;
	memcpy(&record->data, run->mmio.data, record->size);
}

static void handle_system_event(const struct vcpu *vcpu)
{
	switch (vcpu->kvm.run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		ending_set(vm_ending, ENDING_POWEROFF, 0);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		ending_set(vm_ending, ENDING_RESET, 0);
		break;
	default:
		guest_died(vcpu, "it told KVM that it crashed", 0);
	}
}

static const char *internal_error_name(const struct kvm_run *run)
{
	switch (run->internal.suberror) {
	case KVM_INTERNAL_ERROR_EMULATION:
		return "KVM could not emulate an instruction";
	case KVM_INTERNAL_ERROR_DELIVERY_EV:
		return "KVM internal error: an event could not be delivered";
	default:
		return "KVM internal error";
	}
}

static void handle_exit(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->kvm.run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		handle_port(vcpu);
		return;
	case KVM_EXIT_MMIO:
		handle_memory(vcpu);
		return;
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		return;
	default:
		log_exit(vcpu);
	}
	switch (run->exit_reason) {
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(vcpu);
		break;
	case KVM_EXIT_SHUTDOWN:
		guest_died(vcpu, "triple fault", 0);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		guest_died(vcpu, internal_error_name(run), 0);
		break;
	case KVM_EXIT_FAIL_ENTRY:
		guest_died(vcpu, "KVM could not enter it (FAIL_ENTRY)", 0);
		break;
	default:
		guest_died(vcpu, "an exit that nothing here answers", 0);
	}
}

/* What KVM_RUN's errno means: true when the guest goes on. */
static bool survives(struct vcpu *vcpu, int error)
{
	struct reason why;

	if (error == EINTR || error == EAGAIN)
		return true;
	kvm_run_refused(&vcpu->kvm, error, &why);
	host_failed(vcpu, &why);
	return false;
}

static void run(struct vcpu *vcpu)
{
	while (!ending_get(vm_ending)) {
		int error = kvm_run_vcpu(&vcpu->kvm);

		if (!error)
			handle_exit(vcpu);
		else if (!survives(vcpu, error))
			return;
	}
}

static void *boot_thread(void *vcpu)
{
	run(vcpu);
	return NULL;
}

static void *secondary_thread(void *argument)
{
	struct vcpu *vcpu = argument;
	struct reason why;

	if (configure(vcpu, &why))
		run(vcpu);
	else
		host_failed(vcpu, &why);
	return NULL;
}

static bool start_thread(struct vcpu *vcpu, struct reason *why)
{
	void *(*main)(void *) = vcpu->id ? secondary_thread : boot_thread;
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stacks[vcpu->id], STACK_SIZE);
	error = pthread_create(&vcpu->thread, &attributes, main, vcpu);
	if (error)
		return fail(why,
			    "cannot start a thread for vCPU %u: %s (see "
			    "ulimit -u, and pids.max of the cgroup)",
			    vcpu->id, strerror(error));
	started++;
	return true;
}

bool vcpus_start(const struct entry *entry, const struct ram *ram,
		 struct ending *ending, struct reason *why)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vm_ram = ram;
	vm_ending = ending;
	entry_registers(entry, &sregs, &regs);
	if (!configure(&vcpus[0], why) ||
	    !kvm_set_registers(&vcpus[0].kvm, &sregs, &regs, why))
		return false;
	for (started = 0; started < created;)
		if (!start_thread(&vcpus[started], why))
			return false;
	return true;
}

static void wake_up(int signal)
{
	(void)signal;
}

void vcpus_stop(void)
{
	struct sigaction ipi = { .sa_handler = wake_up };

	sigaction(SIG_IPI, &ipi, NULL);
	for (unsigned i = 0; i < started; i++) {
		vcpus[i].kvm.run->immediate_exit = 1;
		pthread_kill(vcpus[i].thread, SIG_IPI);
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(vcpus[i].thread, NULL);
	for (unsigned i = 0; i < created; i++)
		kvm_destroy_vcpu(vm, &vcpus[i].kvm);
	created = started = 0;
}
