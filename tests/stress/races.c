/*
 * The vCPUs' threads, the board's lock and the ending, with ThreadSanitizer and
 * a fake KVM: VMs are paused, resumed, kicked, ended and stopped by whoever can
 * do that, at any moment. Any report of ThreadSanitizer is a failure, and so is
 * a deadlock.
 *
 *	build/stress/races [VMS]
 */
#include "board-pc/board.h"
#include "cpu/compiled.h"
#include "cpu/vcpu.h"
#include "tests/stress/fake_kvm.h"
#include "tests/vcpu_threads.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { CPUS = 4, ROUNDS = 40, WATCHDOG = 60 };

static const struct kvm kvm = { .device = -1, .vm = -1 };
static struct ending ending;
static struct outlet console, debug;
static struct inlet input;
static struct ram ram;
static volatile sig_atomic_t vm;

static void on_watchdog(int signal)
{
	static const char line[] = "not ok - races: a deadlock\n";

	(void)signal;
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void fail_if(bool failed, const char *what)
{
	if (!failed)
		return;
	printf("not ok - races: %s, in VM %d\n", what, (int)vm);
	exit(1);
}

static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = random() % 100000 };

	nanosleep(&moment, NULL);
}

/* A reader that is slow: what vCPUs write soon has to wait for room. */
static void fill(struct outlet *outlet, int fd)
{
	outlet_init(outlet, fd);
	while (outlet_waiting(outlet) < OUTLET_SIZE - 5)
		outlet_put(outlet, 'x');
}

static void start(int fd)
{
	const struct cpu_plan plan = { .topology = { CPUS, 1, 1 },
				       .model = &compiled_cpu.cpuid };
	static const struct entry entry = { .rip = 0x100000 };
	const struct board_wires wires = { .kvm = &kvm,
					   .ending = &ending,
					   .console = &console,
					   .input = &input,
					   .debug = &debug };
	struct reason why;

	memset(&ending, 0, sizeof(ending));
	ending.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fill(&console, fd);
	fill(&debug, fd);
	board_init(&wires);
	if (vm % 4)
		board_coalesce(fake_kvm_ring());
	fake_kvm_power_on((enum fake_end)(vm % FAKE_ENDS));
	fail_if(!vcpus_create(&kvm, &plan, &why), why.text);
	fail_if(!start_vcpus(&entry, &ram, &ending, &why), why.text);
}

static void pause_and_resume(void)
{
	unsigned before;

	vcpus_pause();
	before = fake_kvm_exits();
	fail_if(fake_kvm_busy() && !ending_get(&ending),
		"a paused vCPU has an exit half done");
	wait_a_moment();
	fail_if(fake_kvm_exits() != before, "a paused vCPU ran on");
	if (random() % 4 == 0)
		vcpus_pause();
	vcpus_resume();
}

/* What the event loop does. */
static void serve(void)
{
	uint8_t bytes[64] = "input";
	struct output_tally tally;

	board_collect(random() % 2, &tally);
	board_drain(&console);
	board_drain(&debug);
	if (board_input_room() >= sizeof(bytes))
		board_input(bytes, sizeof(bytes));
	board_advance();
}

/* Another thread that kicks, and may end the VM: a signal handler would. */
static void *meddle(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 4 == 0)
			vcpus_memory_lost(0x1000 * i, false);
		vcpu_kick(i % CPUS, VCPU_MACHINE_CHECK);
		if (i % 8 == 0)
			ending_wake(&ending);
		wait_a_moment();
	}
	if (vm % 3 == 0)
		ending_set(&ending, ENDING_SIGNAL, 15);
	return NULL;
}

static void run(int fd)
{
	pthread_t meddler;

	start(fd);
	fail_if(pthread_create(&meddler, NULL, meddle, NULL), "no thread");
	for (int i = 0; i < ROUNDS && !ending_get(&ending); i++) {
		wait_a_moment();
		pause_and_resume();
		if (random() % 8 == 0)
			serve();
	}
	fail_if(pthread_join(meddler, NULL), "no thread");
	if (vm % 2)
		vcpus_pause();
	if (vm % 5)
		ending_set(&ending, ENDING_TIMEOUT, 0);
	if (vm % 7)
		board_release();
	stop_vcpus();
	close(ending.wake_fd);
}

int main(int argc, char **argv)
{
	int vms = argc > 1 ? atoi(argv[1]) : 100;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	signal(SIGALRM, on_watchdog);
	for (vm = 0; vm < vms; vm = vm + 1) {
		alarm(WATCHDOG);
		run(fd);
	}
	fail_if(fake_kvm_exits() < (unsigned)vms, "hardly anything happened");
	printf("# %u exits\n", fake_kvm_exits());
	printf("ok - races: %d VMs\n", (int)vm);
	return 0;
}
