/*
 * How the boot vCPU takes the PIC pair's interrupts (KVM's API, "KVM_INTERRUPT"
 * and ready_for_interrupt_injection), with a KVM that follows a script: each
 * KVM_RUN looks at what it was given, and ends as the script says.
 */
#include "board-pc/board.h"
#include "cpu/compiled.h"
#include "cpu/vcpu.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "tests/vcpu_threads.h"

enum { PAGES = 3 * 4096, STEPS = 8, NOTHING = -1 };

/* One KVM_RUN: what it has to find, and how it ends. */
struct step {
	int vector;        /* KVM_INTERRUPT before it, or NOTHING */
	bool window;       /* request_interrupt_window */
	void (*act)(void); /* meanwhile */
	bool kicked;       /* it ends with EINTR, when immediate_exit is set */
	bool ready;        /* what it tells then */
	uint32_t exit_reason;
};

static const struct step *script;
static struct kvm_run *run_page; /* of the vCPU, mapped here too */
static atomic_uint step_at, wrong;
static int queued = NOTHING;
static bool refuses; /* KVM_INTERRUPT fails */

static struct ending ending;
static struct outlet console;
static struct inlet input;

static int refused(int error)
{
	errno = error;
	return -1;
}

static long interrupt(const struct kvm_interrupt *argument)
{
	if (refuses || queued != NOTHING)
		return refused(EEXIST);
	queued = (int)argument->irq;
	return 0;
}

static long create_vcpu(void)
{
	int fd = memfd_create("vcpu", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGES))
		return -1;
	run_page = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return run_page == MAP_FAILED ? -1 : fd;
}

/* The guest's last instruction. */
static void write_exit(void)
{
	run_page->exit_reason = KVM_EXIT_IO;
	run_page->io.direction = KVM_EXIT_IO_OUT;
	run_page->io.size = 1;
	run_page->io.port = PORT_EXIT;
	run_page->io.count = 1;
	run_page->io.data_offset = 4096;
	((uint8_t *)run_page)[4096] = 0;
}

static long run_step(void)
{
	const struct step *step = &script[atomic_fetch_add(&step_at, 1)];

	if (queued != step->vector ||
	    run_page->request_interrupt_window != step->window)
		atomic_fetch_add(&wrong, 1);
	queued = NOTHING;
	if (step->act)
		step->act();
	run_page->ready_for_interrupt_injection = step->ready;
	run_page->exit_reason = step->exit_reason;
	if (step->exit_reason == KVM_EXIT_IO)
		write_exit();
	while (step->kicked &&
	       !__atomic_load_n(&run_page->immediate_exit, __ATOMIC_SEQ_CST))
		;
	return step->kicked ? refused(EINTR) : 0;
}

/* In the place of libc's, by which vmm/kvm.c calls. */
long syscall(long number, ...)
{
	unsigned long request;
	const void *argument;
	va_list rest;

	(void)number;
	va_start(rest, number);
	(void)va_arg(rest, int);
	request = va_arg(rest, unsigned long);
	argument = va_arg(rest, const void *);
	va_end(rest);
	switch (request) {
	case KVM_CREATE_VCPU:
		return create_vcpu();
	case KVM_SET_MSRS:
		return ((const struct kvm_msrs *)argument)->nmsrs;
	case KVM_INTERRUPT:
		return interrupt(argument);
	case KVM_RUN:
		return run_step();
	default:
		return 0;
	}
}

static void out(uint16_t port, uint8_t value)
{
	board_port_write(port, &value, 1);
}

static void raise_uart(void)
{
	out(PORT_UART + 4, 0x08); /* MCR: OUT2 */
	out(PORT_UART + 1, 0x02); /* IER: THRE, which is so */
}

static void lower_uart(void)
{
	out(PORT_UART + 1, 0x00);
}

static void end_of_interrupt(void)
{
	out(0x20, 0x20);
}

/* The PIC has vectors 0x20 up, and all lines but the UART's masked. */
static void init_pic(void)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, 0x01);
	out(0x21, 0xEF);
}

static struct kvm kvm = { .device = -1, .vm = -1, .run_size = PAGES };

static void begin(const struct step *steps)
{
	const struct cpu_plan plan = { .topology = { 1, 1, 1 },
				       .model = &compiled_cpu.cpuid };
	const struct board_wires wires = { .kvm = &kvm,
					   .interrupt = vcpus_interrupt,
					   .ending = &ending,
					   .console = &console,
					   .input = &input };
	struct reason why;

	script = steps;
	queued = NOTHING;
	refuses = false;
	atomic_store(&step_at, 0);
	atomic_store(&wrong, 0);
	ending = (struct ending){
		.wake_fd = eventfd(0, EFD_CLOEXEC),
	};
	outlet_init(&console, -1);
	board_init(&wires);
	init_pic();
	CHECK(vcpus_create(&kvm, &plan, &why));
}

static void start(void)
{
	static const struct entry entry = { .rip = 0x100000 };
	static struct ram ram;
	struct reason why;

	CHECK(start_vcpus(&entry, &ram, &ending, &why));
}

/* The script has ended the guest, after so many of its steps. */
static void check_end(enum ending_kind kind, unsigned steps)
{
	uint64_t count;

	while (!ending_get(&ending))
		CHECK(read(ending.wake_fd, &count, sizeof(count)) > 0);
	stop_vcpus();
	close(ending.wake_fd);
	munmap(run_page, PAGES);
	CHECK_EQ(ending_get(&ending), kind);
	CHECK_EQ(atomic_load(&step_at), steps);
	CHECK_EQ(atomic_load(&wrong), 0);
}

CASE(it_waits_for_the_window)
{
	static const struct step steps[] = {
		{ NOTHING, true, .exit_reason = KVM_EXIT_INTR },
		{ NOTHING, true, .ready = true,
		  .exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN },
		{ 0x24, false, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	raise_uart();
	start();
	check_end(ENDING_EXIT, 3);
}

CASE(a_ready_vcpu_needs_no_window)
{
	static const struct step steps[] = {
		{ NOTHING, false, raise_uart, .ready = true,
		  .exit_reason = KVM_EXIT_INTR },
		{ 0x24, false, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	start();
	check_end(ENDING_EXIT, 2);
}

CASE(the_next_waits_while_one_is_queued)
{
	static const struct step steps[] = {
		{ NOTHING, true, .ready = true, .exit_reason = KVM_EXIT_INTR },
		/* An automatic end would let it come at once. */
		{ 0x24, false, end_of_interrupt, .exit_reason = KVM_EXIT_INTR },
		{ NOTHING, true, .ready = true,
		  .exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN },
		{ 0x24, false, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	out(0x4D0, 0x10); /* level-triggered, and not served */
	raise_uart();
	start();
	check_end(ENDING_EXIT, 4);
}

CASE(what_falls_before_the_window_is_not_taken)
{
	static const struct step steps[] = {
		{ NOTHING, true, lower_uart, .ready = true,
		  .exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN },
		{ NOTHING, false, .ready = true, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	raise_uart();
	start();
	check_end(ENDING_EXIT, 2);
}

CASE(another_thread_gets_it_out_of_the_guest)
{
	static const struct step steps[] = {
		{ NOTHING, false, .kicked = true, .ready = true },
		{ 0x24, false, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	start();
	while (atomic_load(&step_at) == 0)
		;
	raise_uart();
	check_end(ENDING_EXIT, 2);
}

CASE(what_kvm_refuses_ends_the_vm)
{
	static const struct step steps[] = {
		{ NOTHING, true, .ready = true,
		  .exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN },
		{ NOTHING, true, .exit_reason = KVM_EXIT_INTR },
		{ NOTHING, false, .exit_reason = KVM_EXIT_IO },
	};

	begin(steps);
	raise_uart();
	refuses = true;
	start();
	check_end(ENDING_HOST, 1);
	CHECK_SAYS(ending.report, "KVM_INTERRUPT");
}

RUN("vcpu_irq", &it_waits_for_the_window, &a_ready_vcpu_needs_no_window,
    &the_next_waits_while_one_is_queued,
    &what_falls_before_the_window_is_not_taken,
    &another_thread_gets_it_out_of_the_guest, &what_kvm_refuses_ends_the_vm)
