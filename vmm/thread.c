#include "vmm/thread.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool thread_start(pthread_t *thread, void *stack, void *(*run)(void *),
		  void *argument, const char *what, struct reason *why)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, STACK_SIZE);
	error = pthread_create(thread, &attributes, run, argument);
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
