/*
 * poison STEP... -- ARGUMENT...: mayfly itself, and somebody inside it who
 * tells it of lost memory, since nobody outside can. Its guests are
 * tests/guests/machine-check*.S; its first CPU is told. The steps:
 *
 *	ready, inside	waits until the guest waits, or is in #MC
 *	required	says that the first vCPU touched a lost page
 *	optional	says to the main thread that a page is lost
 *	lose		really loses the page: MADV_HWPOISON. It costs the host
 *			a page of memory until it reboots: in a kvm-box only
 *	touch		then reads that page, as mayfly might
 *	monitor		says that the main thread touched the guest's page
 *	own		says that a vCPU touched a lost page of mayfly's own
 *	own-optional	says to the main thread that such a page is lost
 *	shrunk		says that a file that is mapped has become shorter
 *	go		lets the guest go on
 *	pause		a fifth of a second
 *
 * What it says is SIGBUS with the kernel's own siginfo. Ends as mayfly does,
 * with 77 when the kernel cannot lose pages.
 */
#define main mayfly_main
#include "vmm/main.c"
#include "vmm/vm.c"
#undef main

#include "vmm/seccomp_filter.h"

#include <dirent.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define STATUS_SKIP 77

/* Of the guests. */
#define PAGE  0x2000000
#define STATE 0x2100000
#define GO    0x2100004

/*
 * What tells mayfly's threads is made by themselves, and no call of mayfly's:
 * their filters allow it here, and nothing else besides (ld's --wrap).
 */
unsigned __real_seccomp_filter_make(const struct seccomp_facts *facts,
				    enum seccomp_kind kind, int vcpu,
				    struct sock_filter *filter);
unsigned __wrap_seccomp_filter_make(const struct seccomp_facts *facts,
				    enum seccomp_kind kind, int vcpu,
				    struct sock_filter *filter);

unsigned __wrap_seccomp_filter_make(const struct seccomp_facts *facts,
				    enum seccomp_kind kind, int vcpu,
				    struct sock_filter *filter)
{
	static const struct sock_filter tell[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_tgsigqueueinfo, 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	unsigned length = __real_seccomp_filter_make(facts, kind, vcpu, filter);
	struct sock_filter *tree = filter + SECCOMP_FILTER_HEAD;

	memmove(tree + 2, tree, (length - SECCOMP_FILTER_HEAD) * sizeof(*tree));
	memcpy(tree, tell, sizeof(tell));
	return length + 2;
}

static pid_t boot_vcpu, this_thread; /* the first thread, and ours */
static char **steps;
static uint8_t own_page[4096];

static void nap(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	nanosleep(&moment, NULL);
}

/* A word of the guest's memory, once there is any. */
static volatile uint32_t *guest_word(uint64_t gpa)
{
	volatile struct ram *there = &ram;

	while (!there->host || there->size <= gpa)
		nap();
	return (volatile uint32_t *)(there->host + gpa);
}

static void await_state(uint32_t state)
{
	while (*guest_word(STATE) < state)
		nap();
}

/*
 * The thread that attends to the VM has begun, and asked to be told early. (One
 * that has only just been made, AddressSanitizer does not know yet.)
 */
static void await_signal_handlers(void)
{
	struct sigaction action;

	while (!sigaction(SIGINT, NULL, &action) &&
	       action.sa_handler == SIG_DFL)
		nap();
}

/* The thread that attends to the VM: the first started after this one. */
static pid_t attendant_thread(void)
{
	DIR *threads;
	struct dirent *it;
	pid_t first = 0;

	await_signal_handlers();
	threads = opendir("/proc/self/task");
	while (threads && (it = readdir(threads))) {
		pid_t thread = atoi(it->d_name);

		if (thread > this_thread && (!first || thread < first))
			first = thread;
	}
	closedir(threads);
	return first;
}

/*
 * The kernel takes such a signal only from the thread that it is for: so that
 * one is interrupted, in KVM_RUN if it is there, and sends it to itself.
 */
static siginfo_t saying;

static void say_to_oneself(int signal_number)
{
	(void)signal_number;
	if (syscall(SYS_rt_tgsigqueueinfo, boot_vcpu, syscall(SYS_gettid),
		    SIGBUS, &saying)) {
		perror("poison: rt_tgsigqueueinfo");
		_exit(1);
	}
}

static void say(pid_t thread, int code, const volatile void *address)
{
	struct sigaction action = { .sa_handler = say_to_oneself };

	memset(&saying, 0, sizeof(saying));
	saying.si_signo = SIGBUS;
	saying.si_code = code;
	saying.si_addr = (void *)address;
	saying.si_addr_lsb = 12;
	sigaction(SIGUSR2, &action, NULL);
	syscall(SYS_tgkill, boot_vcpu, thread, SIGUSR2);
}

static void lose(void)
{
	await_signal_handlers();
	if (madvise((void *)guest_word(PAGE), 4096, MADV_HWPOISON)) {
		perror("poison: MADV_HWPOISON");
		_exit(STATUS_SKIP);
	}
}

static void take(const char *step)
{
	if (!strcmp(step, "ready"))
		await_state(1);
	else if (!strcmp(step, "inside"))
		await_state(2);
	else if (!strcmp(step, "required"))
		say(boot_vcpu, BUS_MCEERR_AR, guest_word(PAGE));
	else if (!strcmp(step, "optional"))
		say(attendant_thread(), BUS_MCEERR_AO, guest_word(PAGE));
	else if (!strcmp(step, "lose"))
		lose();
	else if (!strcmp(step, "touch"))
		(void)*guest_word(PAGE);
	else if (!strcmp(step, "monitor"))
		say(attendant_thread(), BUS_MCEERR_AR, guest_word(PAGE));
	else if (!strcmp(step, "own"))
		say(boot_vcpu, BUS_MCEERR_AR, own_page);
	else if (!strcmp(step, "own-optional"))
		say(attendant_thread(), BUS_MCEERR_AO, own_page);
	else if (!strcmp(step, "shrunk"))
		say(attendant_thread(), BUS_ADRERR, own_page);
	else if (!strcmp(step, "go"))
		*guest_word(GO) = 1;
	else if (!strcmp(step, "pause"))
		for (int i = 0; i < 200; i++)
			nap();
	else
		_exit(1);
}

static void *take_steps(void *unused)
{
	(void)unused;
	this_thread = (pid_t)syscall(SYS_gettid);
	for (char **step = steps; *step; step++)
		take(*step);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int at = 1;

	while (at < argc && strcmp(argv[at], "--"))
		at++;
	if (at == argc)
		return 1;
	argv[at] = NULL;
	steps = argv + 1;
	boot_vcpu = getpid();
	if (pthread_create(&thread, NULL, take_steps, NULL))
		return 1;
	return mayfly_main(argc - at, argv + at);
}
