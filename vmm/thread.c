#include "vmm/thread.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The thread guards its stack itself: nobody waits for that, the boot vCPU
 * least of all. One that the kernel refuses a guard does without.
 */
static void *begin(void *argument)
{
	struct stack *stack = argument;

	if (HAS_GUARDS)
		mprotect(stack->guard, sizeof(stack->guard), PROT_NONE);
	return stack->run(stack->argument);
}

bool thread_start(pthread_t *thread, struct stack *stack, void *(*run)(void *),
		  void *argument, const char *what, struct reason *why)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack->bytes, sizeof(stack->bytes));
	stack->run = run;
	stack->argument = argument;
	error = pthread_create(thread, &attributes, begin, stack);
	return !error || fail(why,
			      "cannot start %s: %s (see ulimit -u, and "
			      "pids.max of the cgroup)",
			      what, strerror(error));
}

int thread_id(void)
{
	static _Thread_local int id;

	if (!id)
		id = (int)syscall(SYS_gettid);
	return id;
}
