#include "cpu/vcpu.h"

#include "board-pc/board.h"
#include "cpu/compiled.h"
#include "cpu/cpuid_host.h"
#include "cpu/entry.h"
#include "cpu/exits.h"
#include "cpu/gate.h"
#include "cpu/machine_check.h"
#include "cpu/poison.h"
#include "vmm/cold.h"
#include "vmm/seccomp.h"
#include "vmm/thread.h"
#include "vmm/timeline.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The signal that makes KVM_RUN return; its handler does nothing. */
#define SIG_IPI SIGUSR1

struct vcpu {
	struct kvm_vcpu kvm;
	unsigned id;      /* its index, the boot vCPU's is 0 */
	uint32_t apic_id; /* what KVM knows it by */
	pthread_t thread;
	atomic_int thread_id; /* whom a kick interrupts; 0: nobody */
	atomic_uint requests; /* enum vcpu_request, not yet answered */
	struct poison poison; /* for VCPU_MACHINE_CHECK */
	struct exits exits;
};

COLD struct vcpu vcpus[VCPUS_MAX];
COLD struct stack vcpu_stacks[VCPUS_MAX - 1];
static unsigned created;
static atomic_uint running; /* the first ones, which run or are about to */

/* The vCPU that the thread is in KVM_RUN for: read by its signal handler. */
static _Thread_local struct vcpu *volatile in_guest;

static _Thread_local bool is_boot_vcpu;

/* Where the vCPUs of a paused VM wait. */
static struct gate gate = GATE_INITIALIZER;

/* The VM that the vCPUs belong to. */
static const struct kvm *vm;
static struct ending *vm_ending;
static struct cpu_plan vm_plan;
static struct cpuid_table vm_cpuid;

/*
 * One after the other, in this thread. KVM holds its VM's lock only to count a
 * vCPU and to publish it, yet with a thread for each the first instruction came
 * 1.2 to 2.2 times as late (2 to 32 vCPUs on 2 cores), and with two threads for
 * all of them no earlier.
 */
bool vcpus_create(const struct kvm *kvm, const struct cpu_plan *plan,
		  struct reason *why)
{
	const struct topology *topology = &plan->topology;
	unsigned count = topology_cpus(topology);

	vm = kvm;
	vm_plan = *plan;
	if (cpuid_row(plan->model, CPUID_AMX, 0))
		kvm_permit_amx();
	for (created = 0; created < count; created++) {
		struct vcpu *vcpu = &vcpus[created];

		vcpu->id = created;
		vcpu->apic_id = topology_apic_id(topology, created);
		atomic_store(&vcpu->requests, 0);
		atomic_store(&vcpu->thread_id, 0);
		poison_reset(&vcpu->poison);
		if (!kvm_create_vcpu(kvm, vcpu->apic_id, &vcpu->kvm, why))
			return fail_in(why, "vCPU %u", created);
		timeline_mark_vcpu(created, false);
	}
	return kvm_map_vcpu(kvm, &vcpus[0].kvm, why) || fail_in(why, "vCPU 0");
}

/* What all vCPUs have alike of their CPUID table. Before any is configured. */
static void prepare_cpuid(void)
{
	const struct cpuid_host host = {
		.tsc_khz = vm_plan.tsc_khz ? vm_plan.tsc_khz
					   : kvm_vm_tsc_khz(vm, &vcpus[0].kvm),
		.pv_features = kvm_pv_features(vm),
		/* One CPU calls no other, and the host need not be asked. */
		.hypercalls = topology_cpus(&vm_plan.topology) > 1 &&
			      cpuid_host_has_hypercalls(vm_plan.model,
							cpuid_of_this_host),
	};

	cpuid_for_vm(&vm_cpuid, vm_plan.model, &vm_plan.topology, &host);
	cpuid_hurry_kvm(&vm_cpuid);
}

static bool set_tsc(const struct vcpu *vcpu, struct reason *why)
{
	return !vm_plan.tsc_khz ||
	       kvm_set_tsc_khz(&vcpu->kvm, vm_plan.tsc_khz, why);
}

static bool configure(const struct vcpu *vcpu, struct reason *why)
{
	struct cpuid_table table = vm_cpuid;

	cpuid_for_vcpu(&table, vcpu->apic_id);
	return set_tsc(vcpu, why) && kvm_set_cpuid(&vcpu->kvm, &table, why) &&
	       kvm_setup_mce(&vcpu->kvm, MCG_CAP, why) &&
	       kvm_set_msrs(&vcpu->kvm, &compiled_cpu.msrs,
			    compiled_cpu.msrs.required, why);
}

static void host_failed(const struct vcpu *vcpu, const struct reason *why)
{
	ending_by_host(vm_ending, "vCPU %u: %s", vcpu->id, why->text);
}

/* A set immediate_exit makes each KVM_RUN return EINTR at once. */
static void set_immediate_exit(struct vcpu *vcpu, uint8_t value)
{
	struct kvm_run *run = __atomic_load_n(&vcpu->kvm.run, __ATOMIC_SEQ_CST);

	if (run)
		__atomic_store_n(&run->immediate_exit, value, __ATOMIC_SEQ_CST);
}

static void answer_machine_check(struct vcpu *vcpu)
{
	if (!poison_answer(&vcpu->poison, &vm_cpuid, &vcpu->exits))
		return;
	for (unsigned i = 0; i < created; i++) {
		if (i == vcpu->id)
			continue;
		poison_broadcast(&vcpus[i].poison);
		vcpu_kick(i, VCPU_MACHINE_CHECK);
	}
}

static void wait_at_gate(struct vcpu *vcpu)
{
	if (!gate_pass(&gate))
		return;
	kvm_clock_was_stopped(&vcpu->kvm);
	board_wait_for_room();
}

/*
 * KVM_RUN has returned EINTR, and so has completed the exit before it. What is
 * requested once immediate_exit is cleared sets it again: it is answered now,
 * or after the next KVM_RUN, which returns at once. False when the vCPU is to
 * stop.
 */
static bool answer_requests(struct vcpu *vcpu)
{
	unsigned requests;

	set_immediate_exit(vcpu, 0);
	requests = atomic_exchange(&vcpu->requests, 0);
	if (requests & VCPU_MACHINE_CHECK)
		answer_machine_check(vcpu);
	if (requests & VCPU_PAUSE)
		wait_at_gate(vcpu);
	return !(requests & VCPU_STOP);
}

/* What KVM_RUN's errno means: true when the vCPU goes on. */
static bool survives(struct vcpu *vcpu, int error)
{
	struct reason why;

	/* Of EHWPOISON the signal has told more. */
	if (error == EINTR ||
	    (error == EHWPOISON && poison_is_noted(&vcpu->poison)))
		return answer_requests(vcpu);
	if (error == EAGAIN)
		return true;
	kvm_run_refused(&vcpu->kvm, error, &why);
	host_failed(vcpu, &why);
	return false;
}

/*
 * The PIC pair's INTR goes to the boot vCPU, as ExtINT of its LINT0: one
 * interrupt at a time, when KVM tells that it can be taken, or a request for
 * that moment. False when the vCPU is to stop.
 */
static bool offer_interrupt(const struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->kvm.run;
	struct reason why;
	uint8_t vector;

	if (board_interrupt_waits() && run->ready_for_interrupt_injection &&
	    board_acknowledge(&vector) &&
	    !kvm_interrupt(&vcpu->kvm, vector, &why)) {
		host_failed(vcpu, &why);
		return false;
	}
	run->request_interrupt_window = board_interrupt_waits();
	return true;
}

/*
 * In its thread, which gets what a vCPU needs and no more. A kick that came
 * before found nobody to interrupt; but it has set immediate_exit, or map()
 * does, before KVM looks at that.
 */
static void run(struct vcpu *vcpu)
{
	struct reason why;

	atomic_store(&vcpu->thread_id, thread_id());
	if (!seccomp_narrow(SECCOMP_VCPU, vcpu->id, vcpu->kvm.fd, &why)) {
		host_failed(vcpu, &why);
		return;
	}
	while (!ending_get(vm_ending)) {
		int error;

		if (is_boot_vcpu && !offer_interrupt(vcpu))
			return;
		in_guest = vcpu;
		if (is_boot_vcpu)
			timeline_mark(TIMELINE_FIRST_RUN);
		error = kvm_run_vcpu(&vcpu->kvm);
		if (is_boot_vcpu)
			timeline_mark(TIMELINE_FIRST_EXIT);
		in_guest = NULL;
		if (!error)
			exits_answer(&vcpu->exits);
		else if (!survives(vcpu, error))
			return;
	}
}

void vcpus_run_boot(void)
{
	is_boot_vcpu = true;
	run(&vcpus[0]);
	gate_leave(&gate);
}

int vcpu_descriptor(unsigned id)
{
	return vcpus[id].kvm.fd;
}

/* Not before there is a thread for it: the boot vCPU does not wait for that. */
static bool map(struct vcpu *vcpu, struct reason *why)
{
	if (!kvm_map_vcpu(vm, &vcpu->kvm, why))
		return false;
	/* A kick that came before had nothing to set. */
	if (atomic_load(&vcpu->requests))
		set_immediate_exit(vcpu, 1);
	return true;
}

static void *secondary_thread(void *argument)
{
	struct vcpu *vcpu = argument;
	struct reason why;

	if (map(vcpu, &why) && configure(vcpu, &why)) {
		timeline_mark_vcpu(vcpu->id, true);
		run(vcpu);
	} else {
		host_failed(vcpu, &why);
	}
	gate_leave(&gate);
	return NULL;
}

static void wake_up(int signal)
{
	(void)signal;
}

/* Whoever finds the handler missing installs the same. */
void vcpus_catch_kicks(void)
{
	static atomic_bool installed;
	struct sigaction ipi = { .sa_handler = wake_up,
				 .sa_flags = SA_RESTART };

	if (atomic_load(&installed))
		return;
	sigaction(SIG_IPI, &ipi, NULL);
	atomic_store(&installed, true);
}

/* (musl's pthread_kill is three calls, one of which reaches any process.) */
static void interrupt(int thread)
{
	vcpus_catch_kicks();
	syscall(SYS_tgkill, getpid(), thread, SIG_IPI);
}

void vcpu_kick(unsigned id, unsigned requests)
{
	struct vcpu *vcpu = &vcpus[id];
	int error = errno, thread;

	atomic_fetch_or(&vcpu->requests, requests);
	set_immediate_exit(vcpu, 1);
	thread = atomic_load(&vcpu->thread_id);
	if (thread)
		interrupt(thread);
	errno = error;
}

void vcpus_interrupt(void)
{
	/* It looks by itself before it enters the guest again. */
	if (!is_boot_vcpu)
		vcpu_kick(0, 0);
}

bool vcpus_memory_lost(uint64_t gpa, bool required)
{
	struct vcpu *vcpu = required ? in_guest : &vcpus[0];

	if (required && !vcpu)
		return false;
	if (!created)
		return true; /* between two VMs: nobody is left to be told */
	poison_note(&vcpu->poison, gpa, required);
	vcpu_kick(vcpu->id, VCPU_MACHINE_CHECK);
	return true;
}

/*
 * Who started mayfly may have signals blocked, and its threads inherit that: a
 * kick would not get a vCPU out of the guest, nor a lost page end its KVM_RUN.
 */
static void unblock_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIG_IPI);
	sigaddset(&set, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool vcpus_configure(const struct entry *entry, const struct ram *ram,
		     struct ending *ending, struct reason *why)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	vm_ending = ending;
	for (unsigned i = 0; i < created; i++)
		vcpus[i].exits = (struct exits){ .vcpu = i,
						 .kvm = &vcpus[i].kvm,
						 .ram = ram,
						 .ending = ending };
	prepare_cpuid();
	entry_registers(entry, cpuid_row(&vm_cpuid, 1, 0)->eax, &sregs, &regs);
	if (!configure(&vcpus[0], why) ||
	    !kvm_set_registers(vm, &vcpus[0].kvm, &sregs, &regs, why))
		return false;
	timeline_mark_vcpu(0, true);
	unblock_signals();
	running = 1;
	return true;
}

static bool start_thread(struct vcpu *vcpu, struct reason *why)
{
	char what[32];

	snprintf(what, sizeof(what), "a thread for vCPU %u", vcpu->id);
	if (!thread_start(&vcpu->thread, &vcpu_stacks[vcpu->id - 1],
			  secondary_thread, vcpu, what, why))
		return false;
	atomic_fetch_add(&running, 1);
	return true;
}

bool vcpus_start_others(struct reason *why)
{
	for (unsigned i = 1; i < created; i++)
		if (!start_thread(&vcpus[i], why))
			return false;
	return true;
}

struct kvm_coalesced_mmio_ring *vcpus_coalesced_ring(void)
{
	return kvm_coalesced_ring(vm, &vcpus[0].kvm);
}

static void kick_all(unsigned requests)
{
	for (unsigned i = 0; i < running; i++)
		vcpu_kick(i, requests);
}

void vcpus_pause(void)
{
	gate_shut(&gate);
	/* In this order none has a second access that may not wait. */
	kick_all(VCPU_PAUSE);
	board_pause();
	gate_wait_for(&gate, running);
	board_settle();
}

void vcpus_resume(void)
{
	board_resume();
	gate_open(&gate);
}

void vcpus_stop(void)
{
	board_pause();
	kick_all(VCPU_STOP);
	gate_open(&gate);
	/* A vCPU that still kicks the others finds no thread to interrupt. */
	for (unsigned i = 0; i < running; i++)
		atomic_store(&vcpus[i].thread_id, 0);
	for (unsigned i = 1; i < running; i++)
		pthread_join(vcpus[i].thread, NULL);
}

void vcpus_destroy(void)
{
	unsigned all = created;

	gate_reset(&gate);
	board_coalesce(NULL);
	running = created = 0;
	for (unsigned i = 0; i < all; i++)
		kvm_destroy_vcpu(vm, &vcpus[i].kvm);
}
