#include "vmm/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool guard(struct stack *stack)
{
	return !HAS_GUARDS ||
	       !mprotect(stack->guard, sizeof(stack->guard), PROT_NONE);
}

bool thread_start(pthread_t *thread, struct stack *stack, void *(*run)(void *),
		  void *argument, const char *what, struct reason *why)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack->bytes, sizeof(stack->bytes));
	error = guard(stack)
		    ? pthread_create(thread, &attributes, run, argument)
		    : errno;
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
