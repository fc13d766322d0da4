/*
 * The smallest monitor: one VM whose guest writes the boot marker, perhaps
 * waits, and writes the exit port. Which thread does what, and when.
 */
#include "tests/bench/order_vm.h"

#include "board-pc/map.h"
#include "vmm/clock.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STACK_SIZE (32 * 1024)

static const struct choices *choice;
static struct order_report report;
static int wake = -1; /* eventfd: the guest has ended */
static sem_t made;    /* vCPUs that other threads have created */
static sem_t filled;  /* the CPUID table of the VM is known */

static pthread_t threads[ORDER_VCPUS_MAX + 1];
static unsigned thread_count;
static _Alignas(4096) uint8_t stacks[ORDER_VCPUS_MAX + 1][STACK_SIZE];

static unsigned vcpu_count(void)
{
	return choice->vcpus ? choice->vcpus : 1;
}

static void start_thread(void *(*function)(void *), void *argument)
{
	unsigned index = thread_count++;
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stacks[index], STACK_SIZE);
	order_check(
	    !pthread_create(&threads[index], &attributes, function, argument),
	    "pthread_create");
}

static _Noreturn void end(void)
{
	if (choice->tidy) {
		for (unsigned i = 0; i < thread_count; i++)
			pthread_join(threads[i], NULL);
		order_vm_destroy();
	}
	order_check(write(ORDER_REPORT_FD, &report, sizeof(report)) > 0,
		    "write of the report");
	_exit(0);
}

static void wait_for_end(void)
{
	struct pollfd source = { .fd = wake, .events = POLLIN };

	while (ppoll(&source, 1, NULL, NULL) != 1)
		;
}

static void *waiter(void *unused)
{
	wait_for_end();
	if (choice->waiter_ends)
		end();
	return unused;
}

/* Its LAPIC waits for a message that never comes. */
static void *secondary(void *id)
{
	unsigned index = (unsigned)(uintptr_t)id;

	if (choice->makers == MADE_BY_EACH) {
		order_vcpu_create(index);
		sem_post(&made);
	}
	if (!choice->configured_first)
		order_vcpu_configure(index);
	order_vcpu_run(index);
	return NULL;
}

static void start_secondaries(void)
{
	for (uintptr_t i = 1; i < vcpu_count(); i++)
		start_thread(secondary, (void *)i);
}

static void create_secondaries(void)
{
	for (unsigned i = 1; i < vcpu_count(); i++)
		order_vcpu_create(i);
}

static void *secondaries_starter(void *unused)
{
	if (choice->makers == MADE_MEANWHILE)
		create_secondaries();
	start_secondaries();
	return waiter(unused);
}

static void *secondaries_maker(void *unused)
{
	create_secondaries();
	sem_post(&made);
	while (sem_wait(&filled))
		;
	start_secondaries();
	return waiter(unused);
}

static void *half_maker(void *unused)
{
	for (unsigned i = 2; i < vcpu_count(); i += 2)
		order_vcpu_create(i);
	sem_post(&made);
	return unused;
}

static void wait_for_made(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		while (sem_wait(&made))
			;
}

static void make_secondaries(void)
{
	switch (choice->makers) {
	case MADE_BY_ONE:
		create_secondaries();
		break;
	case MADE_BY_TWO:
		start_thread(half_maker, NULL);
		for (unsigned i = 1; i < vcpu_count(); i += 2)
			order_vcpu_create(i);
		wait_for_made(1);
		break;
	case MADE_BY_EACH:
		start_secondaries();
		wait_for_made(vcpu_count() - 1);
		break;
	case MADE_BESIDE:
	case MADE_MEANWHILE:
		break;
	}
}

static void configure(void)
{
	order_vcpu_configure(0);
	order_vcpu_enter();
	if (choice->configured_first)
		for (unsigned i = 1; i < vcpu_count(); i++)
			order_vcpu_configure(i);
}

static void *boot(void *unused)
{
	bool wakes;

	if (choice->threads == THREADS_VCPU_EARLY)
		configure();
	order_vcpu_run(0);
	report.first_exit_ns = clock_ns(CLOCK_MONOTONIC);
	if (choice->threads == THREADS_WAITER_LATE)
		start_thread(waiter, NULL);
	order_check(order_vcpu_run(0) == PORT_EXIT, "not the exit port");
	report.end_ns = clock_ns(CLOCK_MONOTONIC);
	wakes = choice->waiter_ends || choice->tidy;
	if (wake >= 0 && wakes)
		eventfd_write(wake, 1);
	if (!choice->waiter_ends)
		end();
	return unused;
}

/* The boot vCPU's thread is the first to be started, or this one. */
static void run(void)
{
	bool late = vcpu_count() > 1 && choice->makers != MADE_BY_EACH;

	if (choice->makers == MADE_BESIDE) {
		sem_post(&filled);
		wait_for_made(1);
		boot(NULL);
		return;
	}
	switch (choice->threads) {
	case THREADS_VCPU_NEW:
	case THREADS_VCPU_EARLY:
		start_thread(boot, NULL);
		if (late)
			start_secondaries();
		waiter(NULL);
		break;
	case THREADS_WAITER_NEW:
		start_thread(late ? secondaries_starter : waiter, NULL);
		/* fall through */
	default:
		boot(NULL);
	}
}

void order_start(const struct choices *choices, bool time_calls)
{
	report.main_ns = clock_ns(CLOCK_MONOTONIC);
	choice = choices;
	order_vm_begin(choices, time_calls ? &report : NULL);
	if (choice->threads != THREADS_ONE)
		wake = eventfd(0, EFD_CLOEXEC);
	order_vm_create();
	if (choice->makers == MADE_BESIDE)
		start_thread(secondaries_maker, NULL);
	order_vm_fill();
	order_vcpu_create(0);
	make_secondaries();
	if (choice->threads != THREADS_VCPU_EARLY)
		configure();
	run();
	for (;;)
		pause(); /* another thread ends the process */
}
