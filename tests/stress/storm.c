/*
 * Interrupts of all kinds at once (tests/guests/storm.S), from the whole board,
 * while the VM is paused and resumed, on this machine's /dev/kvm:
 *
 *	build/stress/storm [ROUNDS]		1,000 if not told otherwise
 *
 * In each round every count has to go on. An interrupt that is lost between a
 * chip and the guest does not come again: then a count stands still, and the
 * watchdog tells which.
 */
#include "board-pc/board.h"
#include "board-pc/e820.h"
#include "board-pc/map.h"
#include "boot/boot.h"
#include "cpu/compiled.h"
#include "cpu/vcpu.h"
#include "tests/vcpu_threads.h"
#include "vmm/clock.h"
#include "vmm/image_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define GUEST  "build/guests/storm"
#define COUNTS UINT64_C(0x50000) /* as in storm.S */

enum count { TICKS, BYTES, PERIODS, KINDS };

static const char *const names[KINDS] = {
	[TICKS] = "ticks of the PIT",
	[BYTES] = "interrupts of the UART",
	[PERIODS] = "periods of the RTC",
};

/* A count that has stood for so many seconds stands for ever. */
#define WATCHDOG 60

static struct kvm kvm;
static struct ram ram;
static struct ending ending;
static struct outlet console;
static struct inlet input;
static volatile uint32_t *counts; /* the guest's */
static volatile sig_atomic_t rounds, awaited;

static void on_watchdog(int signal)
{
	static char line[200];

	(void)signal;
	snprintf(line, sizeof(line),
		 "not ok - storm: no more %s, in round %d\n", names[awaited],
		 (int)rounds);
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(2);
	_exit(1);
}

static void fail_if(bool failed, const char *what)
{
	if (!failed)
		return;
	printf("not ok - storm: %s, in round %d\n", what, (int)rounds);
	exit(1);
}

static bool start(struct reason *why)
{
	const struct cpu_plan plan = { .topology = { 1, 1, 1 },
				       .model = &compiled_cpu.cpuid };
	const struct board_wires wires = { .kvm = &kvm,
					   .interrupt = vcpus_interrupt,
					   .ending = &ending,
					   .console = &console,
					   .input = &input };
	struct memory_range map[E820_MAX];
	struct boot_request request = { .cmdline = "", .map = map };
	struct entry entry;

	ending = (struct ending){
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	outlet_init(&console, open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (!ram_map(&ram, MIB(4), why))
		return false;
	counts = ram_span(&ram, COUNTS, sizeof(*counts) * KINDS);
	request.map_count = e820_direct(ram.size, map);
	board_init(&wires);
	return image_file_map(GUEST, &request.kernel, why) &&
	       boot_load(&request, &ram, &entry, why) && kvm_open(&kvm, why) &&
	       kvm_create_vm(&kvm, &ram, why) &&
	       vcpus_create(&kvm, &plan, why) &&
	       start_vcpus(&entry, &ram, &ending, why);
}

/* What the event loop does, once. */
static void serve(void)
{
	struct pollfd wake = { .fd = ending.wake_fd, .events = POLLIN };
	uint64_t next = board_advance(), now = clock_ns(CLOCK_MONOTONIC);
	struct timespec timeout = { 0 };
	uint64_t count;

	board_drain(&console);
	if (next > now)
		timeout.tv_nsec =
		    next - now < 1000000 ? (long)(next - now) : 1000000;
	if (ppoll(&wake, 1, &timeout, NULL) > 0 &&
	    read(ending.wake_fd, &count, sizeof(count)) < 0)
		return;
	if (ending_get(&ending) != ENDING_NONE)
		printf("# %s", ending.report);
	fail_if(ending_get(&ending) != ENDING_NONE, "the guest ended");
}

static void wait_for_progress(void)
{
	for (int kind = 0; kind < KINDS; kind++) {
		uint32_t before = counts[kind];

		awaited = kind;
		while (counts[kind] == before)
			serve();
	}
}

/* The chips go on meanwhile, and raise what the guest cannot take. */
static void rest(void)
{
	uint32_t before[KINDS];

	for (int kind = 0; kind < KINDS; kind++)
		before[kind] = counts[kind];
	for (int i = rounds % 5; i > 0; i--)
		serve();
	for (int kind = 0; kind < KINDS; kind++)
		fail_if(counts[kind] != before[kind], "a paused vCPU ran on");
}

static void go_round(void)
{
	alarm(WATCHDOG);
	for (long i = random() % 8; i > 0; i--)
		serve();
	vcpus_pause();
	rest();
	vcpus_resume();
	wait_for_progress();
}

static bool run(int until)
{
	struct reason why;

	alarm(WATCHDOG);
	if (!start(&why)) {
		printf("not ok - storm: %s\n", why.text);
		return false;
	}
	for (; rounds < until; rounds++)
		go_round();
	printf("# %" PRIu32 " ticks, %" PRIu32 " bytes, %" PRIu32 " periods\n",
	       counts[TICKS], counts[BYTES], counts[PERIODS]);
	stop_vcpus();
	kvm_destroy_vm(&kvm);
	ram_unmap(&ram);
	close(console.fd);
	close(ending.wake_fd);
	return true;
}

static bool has_kvm(void)
{
	int fd = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	int all = argc > 1 ? atoi(argv[1]) : 1000;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!has_kvm()) {
		printf("ok - storm # SKIP %s cannot be opened\n", KVM_DEVICE);
		return 0;
	}
	signal(SIGALRM, on_watchdog);
	/* The second VM begins with the board that the first has left. */
	if (!run(all / 2) || !run(all))
		return 1;
	printf("ok - storm: every interrupt went on, through %d pauses\n",
	       (int)rounds);
	return 0;
}
