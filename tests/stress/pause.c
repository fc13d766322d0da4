/*
 * Pauses and resumes a busy guest (tests/guests/busy.S) again and again, at
 * varying moments, on this machine's /dev/kvm:
 *
 *	build/stress/pause [ROUNDS]		10,000 if not told otherwise
 *
 * The board here is a stand-in for the real one: it counts along with each
 * vCPU, so that a write that is lost or comes twice shows at once, and a read
 * in the guest. What is lost of ticks and of interrupts between CPUs does not
 * come again: then a count stands still, and the watchdog tells which.
 */
#include "board-pc/board.h"
#include "board-pc/e820.h"
#include "board-pc/map.h"
#include "boot/boot.h"
#include "cpu/compiled.h"
#include "cpu/vcpu.h"
#include "tests/vcpu_threads.h"
#include "vmm/image_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define GUEST "build/guests/busy"

/* As in busy.S. */
enum { CPUS = 4 };
#define AREAS          UINT64_C(0x50000)
#define PORT_WRITTEN   0x500
#define PORT_READ      0x510
#define MEMORY_WRITTEN UINT64_C(0xD0000000)
#define MEMORY_READ    UINT64_C(0xD0000100)

enum count {
	TICKS,
	SENT,
	RECEIVED,
	PORT_WRITES,
	PORT_READS,
	MEMORY_WRITES,
	MEMORY_READS,
	COUNTS,
};

static const char *const names[COUNTS] = {
	[TICKS] = "ticks",
	[SENT] = "interrupts that it sent",
	[RECEIVED] = "interrupts that it took",
	[PORT_WRITES] = "port writes",
	[PORT_READS] = "port reads",
	[MEMORY_WRITES] = "memory writes",
	[MEMORY_READS] = "memory reads",
};

struct area {
	uint32_t counts[COUNTS];
	uint32_t unused[16 - COUNTS];
};

static struct kvm kvm;
static struct ram ram;
static struct ending ending;
static volatile struct area *areas; /* the guest's */

/* A guest that has not gone on for so many seconds never will. */
#define WATCHDOG 60

/* Where the test is, for the watchdog. */
static volatile sig_atomic_t rounds, awaited_cpu = -1, awaited_count;
static const char *volatile doing = "starting";

/* What each vCPU's thread has seen; the main thread reads it while paused. */
static uint32_t seen[CPUS][COUNTS];
static atomic_bool lost;
static atomic_uint inside; /* vCPUs for whom the board is at work */

static void wait_ns(long ns)
{
	const struct timespec moment = { .tv_nsec = ns };

	nanosleep(&moment, NULL);
}

/* Some accesses take their time, so that a pause comes upon them. */
static void enter(void)
{
	static atomic_uint entered;

	atomic_fetch_add(&inside, 1);
	if (atomic_fetch_add(&entered, 1) % 8 == 0)
		wait_ns(50000);
}

static void leave(void)
{
	atomic_fetch_sub(&inside, 1);
}

/* A vCPU's write of `value`, the next of its kind. */
static void check(unsigned cpu, enum count count, uint32_t value)
{
	if (value == ++seen[cpu][count] || atomic_exchange(&lost, true))
		return;
	printf("# vCPU %u: %s: %" PRIu32 " came, not %" PRIu32 "\n", cpu,
	       names[count], value, seen[cpu][count]);
}

void board_port_write(uint16_t port, const void *data, unsigned size)
{
	uint32_t value = 0;

	enter();
	memcpy(&value, data, size);
	if (port == PORT_EXIT)
		ending_set(&ending, ENDING_EXIT, value);
	else if (port >= PORT_WRITTEN && port < PORT_WRITTEN + 4 * CPUS)
		check((port - PORT_WRITTEN) / 4u, PORT_WRITES, value);
	leave();
}

void board_port_read(uint16_t port, void *data, unsigned size)
{
	unsigned cpu = (port - (unsigned)PORT_READ) / 4;

	enter();
	memset(data, 0xFF, size);
	if (cpu < CPUS)
		memcpy(data, &(uint32_t){ ++seen[cpu][PORT_READS] }, size);
	leave();
}

void board_memory_write(uint64_t gpa, const void *data, unsigned size)
{
	uint64_t cpu = (gpa - MEMORY_WRITTEN) / 16;
	uint32_t value = 0;

	if (size != sizeof(value) || cpu >= CPUS)
		return;
	enter();
	memcpy(&value, data, size);
	check((unsigned)cpu, MEMORY_WRITES, value);
	leave();
}

void board_memory_read(uint64_t gpa, void *data, unsigned size)
{
	uint64_t cpu = (gpa - MEMORY_READ) / 16;

	enter();
	memset(data, 0xFF, size);
	if (size == sizeof(uint32_t) && cpu < CPUS)
		memcpy(data, &(uint32_t){ ++seen[cpu][MEMORY_READS] }, size);
	leave();
}

void board_pause(void)
{
}

void board_resume(void)
{
}

void board_settle(void)
{
}

void board_wait_for_room(void)
{
}

void board_coalesce(struct kvm_coalesced_mmio_ring *ring)
{
	(void)ring;
}

/* This guest has no PIC and no IOAPIC. */
bool board_interrupt_waits(void)
{
	return false;
}

bool board_acknowledge(uint8_t *vector)
{
	(void)vector;
	return false;
}

void board_eoi(uint8_t vector)
{
	(void)vector;
}

static void fail_if(bool failed, const char *what)
{
	if (!failed)
		return;
	printf("not ok - pause: %s, in round %d\n", what, (int)rounds);
	exit(1);
}

static void check_alive(void)
{
	enum ending_kind kind = ending_get(&ending);

	if (kind)
		printf("# ending %d, value %" PRIu32 ": %s\n", (int)kind,
		       ending.value, ending.report);
	fail_if(kind != ENDING_NONE, "the guest ended");
}

/* A deadlock, or a guest that waits for what was lost. */
static void on_watchdog(int signal)
{
	static char line[200];

	(void)signal;
	if (awaited_cpu < 0)
		snprintf(line, sizeof(line),
			 "not ok - pause: stuck while %s, in round %d\n", doing,
			 (int)rounds);
	else
		snprintf(line, sizeof(line),
			 "not ok - pause: vCPU %d: no more %s, in round %d\n",
			 (int)awaited_cpu, names[awaited_count], (int)rounds);
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(2);
	_exit(1);
}

static uint32_t count_of(unsigned cpu, enum count count)
{
	return areas[cpu].counts[count];
}

static bool lead(struct entry *entry, struct reason *why)
{
	struct memory_range map[E820_MAX];
	struct boot_request request = { .cmdline = "", .map = map };

	request.map_count = e820_direct(ram.size, map);
	return image_file_map(GUEST, &request.kernel, why) &&
	       boot_load(&request, &ram, entry, why);
}

static bool start(struct reason *why)
{
	const struct cpu_plan plan = { .topology = { CPUS, 1, 1 },
				       .model = &compiled_cpu.cpuid };
	struct entry entry;

	memset(seen, 0, sizeof(seen));
	ending = (struct ending){ .wake_fd = eventfd(0, EFD_CLOEXEC) };
	if (!ram_map(&ram, MIB(4), why) || !lead(&entry, why))
		return false;
	areas = ram_span(&ram, AREAS, sizeof(*areas) * CPUS);
	return kvm_open(&kvm, why) && kvm_create_vm(&kvm, &ram, why) &&
	       vcpus_create(&kvm, &plan, why) &&
	       start_vcpus(&entry, &ram, &ending, why);
}

static void stop(void)
{
	doing = "stopping";
	stop_vcpus();
	kvm_destroy_vm(&kvm);
	close(kvm.device);
	ram_unmap(&ram);
	close(ending.wake_fd);
}

/* Every count of every vCPU goes on from where it was. */
static void wait_for_progress(void)
{
	uint32_t before[CPUS][COUNTS];

	for (unsigned i = 0; i < CPUS * COUNTS; i++)
		before[i / COUNTS][i % COUNTS] =
		    count_of(i / COUNTS, i % COUNTS);
	for (unsigned i = 0; i < CPUS * COUNTS; i++) {
		awaited_count = (int)(i % COUNTS);
		awaited_cpu = (int)(i / COUNTS);
		while (count_of(i / COUNTS, i % COUNTS) ==
		       before[i / COUNTS][i % COUNTS]) {
			check_alive();
			wait_ns(100000);
		}
	}
	awaited_cpu = -1;
}

/*
 * An access that the board has answered is complete: the guest has noted it,
 * or is about to execute the instructions that do so.
 */
static void check_complete(unsigned cpu, enum count count)
{
	uint32_t ahead = seen[cpu][count] - count_of(cpu, count);

	if (ahead > 1)
		printf("# vCPU %u: %s: the board saw %" PRIu32
		       ", the guest %" PRIu32 "\n",
		       cpu, names[count], seen[cpu][count],
		       count_of(cpu, count));
	fail_if(ahead > 1, "an access was lost");
}

/* While paused: nothing moves, and nothing is lost. */
static void check_paused(void)
{
	struct area before[CPUS];

	fail_if(atomic_load(&inside), "an access was still under way");
	for (unsigned i = 0; i < CPUS; i++)
		before[i] = areas[i];
	if (rounds % 16 == 0)
		wait_ns(200000);
	for (unsigned i = 0; i < CPUS; i++) {
		struct area now = areas[i];

		fail_if(memcmp(&now, &before[i], sizeof(now)),
			"a paused vCPU ran on");
		for (enum count count = PORT_WRITES; count < COUNTS; count++)
			check_complete(i, count);
	}
	fail_if(atomic_load(&lost), "a write was lost, or came twice");
	check_alive();
}

static void go_round(void)
{
	/* From none at all to several ticks. */
	static const long moments_ns[] = { 0, 1000, 20000, 130000, 350000 };

	if (rounds % 5)
		wait_ns(moments_ns[rounds % 5] + random() % 50000);
	alarm(WATCHDOG);
	doing = "pausing";
	vcpus_pause();
	if (rounds % 7 == 0)
		vcpus_pause();
	check_paused();
	doing = "resuming";
	vcpus_resume();
	if (rounds % 11 == 0)
		vcpus_resume();
	doing = "running";
}

/* A VM from its start to its end, for some of the rounds. */
static bool run(int until)
{
	struct reason why;

	alarm(WATCHDOG);
	if (!start(&why)) {
		printf("not ok - pause: %s\n", why.text);
		return false;
	}
	for (; rounds < until; rounds++) {
		if (rounds % 500 == 0)
			wait_for_progress();
		go_round();
	}
	wait_for_progress();
	/* A VM is stopped running and paused. */
	if (until % 2)
		vcpus_pause();
	stop();
	return true;
}

static uint32_t total(enum count count)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < CPUS; i++)
		sum += seen[i][count];
	return sum;
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
	int all = argc > 1 ? atoi(argv[1]) : 10000;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!has_kvm()) {
		printf("ok - pause # SKIP %s cannot be opened\n", KVM_DEVICE);
		return 0;
	}
	signal(SIGALRM, on_watchdog);
	/* Young ones too: while the vCPUs still start each other. */
	for (int vm = 1; vm <= 9; vm++)
		if (!run(vm * 3))
			return 1;
	if (!run(all))
		return 1;
	printf("# the last VM: %" PRIu32 " port writes, %" PRIu32
	       " memory reads\n",
	       total(PORT_WRITES), total(MEMORY_READS));
	printf("ok - pause: paused and resumed %d times\n", (int)rounds);
	return 0;
}
