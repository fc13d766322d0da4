/* A thread of mayfly that needs more than its stack dies, and harms nobody. */
#include "vmm/thread.h"

#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILL 0x5A

/* Shared with the child that dies. Stacks grow down: the second's neighbour is
 * the first. */
static struct stack *stacks;

static void *leave(void *argument)
{
	*(int *)argument = 1;
	return NULL;
}

/* Frame after frame, until there is no more. */
static int deeper(volatile int *depth) /* NOLINT(misc-no-recursion) */
{
	volatile int frame[64] = { ++*depth };

	if (*depth < 0)
		return 0;
	return deeper(depth) + frame[*depth % 64];
}

static void *go_too_deep(void *argument)
{
	(void)argument;
	volatile int depth = 0;

	deeper(&depth);
	return NULL;
}

/* One frame, larger than the guard and the stack, touched at its far end. */
static void *leap(void *argument)
{
	volatile char frame[sizeof(struct stack) + 2 * GUARD_SIZE];

	(void)argument;
	frame[0] = 1;
	return frame[0] ? NULL : stacks;
}

static _Noreturn void die_by(void *(*run)(void *))
{
	struct reason why;
	pthread_t thread;

	signal(SIGSEGV, SIG_DFL);
	if (!thread_start(&thread, &stacks[1], run, NULL, "a thread", &why))
		_exit(2);
	pthread_join(thread, NULL);
	_exit(1);
}

static bool neighbour_is_whole(void)
{
	for (size_t i = 0; i < sizeof(*stacks); i++)
		if (((const unsigned char *)&stacks[0])[i] != FILL)
			return false;
	return true;
}

static void dies(void *(*run)(void *))
{
	pid_t child;
	int status;

	if (!HAS_GUARDS) {
		puts("# not tried: there are no guards with sanitizers");
		return;
	}
	stacks = mmap(NULL, 2 * sizeof(*stacks), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(stacks != MAP_FAILED);
	memset(&stacks[0], FILL, sizeof(*stacks));
	child = fork();
	CHECK(child >= 0);
	if (!child)
		die_by(run);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGSEGV);
	CHECK(neighbour_is_whole());
	munmap(stacks, 2 * sizeof(*stacks));
}

CASE(a_thread_runs)
{
	static struct stack stack;
	struct reason why;
	pthread_t thread;
	int has_run = 0;

	for (int times = 0; times < 2; times++) {
		has_run = 0;
		CHECK(thread_start(&thread, &stack, leave, &has_run, "a thread",
				   &why));
		CHECK(!pthread_join(thread, NULL));
		CHECK(has_run);
	}
}

CASE(who_goes_too_deep_dies_before_the_neighbour_changes)
{
	dies(go_too_deep);
}

CASE(who_leaps_over_the_guard_dies_as_well)
{
	dies(leap);
}

RUN("thread", &a_thread_runs,
    &who_goes_too_deep_dies_before_the_neighbour_changes,
    &who_leaps_over_the_guard_dies_as_well)
