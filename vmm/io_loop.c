#include "vmm/io_loop.h"

#include "vmm/cold.h"
#include "vmm/seccomp.h"
#include "vmm/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 16

COLD struct stack io_stack;

static struct ending *attending; /* wakes the attending thread */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all this */
static int epoll = -1;
static struct io_source stop = { .fd = -1 };
static bool stopping; /* the thread's own */
static bool running;  /* the attending thread's own */
static pthread_t thread;

/* What epoll has told and has not been passed on; forgotten ones are NULL. */
static struct epoll_event events[EVENTS_AT_ONCE];

static void stop_now(struct io_source *source, uint32_t unused)
{
	(void)source;
	(void)unused;
	stopping = true;
}

static bool watch(struct io_source *source, uint32_t wanted, struct reason *why)
{
	struct epoll_event event = { .events = wanted, .data.ptr = source };

	if (!epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event))
		return true;
	if (errno == EEXIST &&
	    !epoll_ctl(epoll, EPOLL_CTL_MOD, source->fd, &event))
		return true;
	return fail(why, "epoll_ctl: %s", strerror(errno));
}

static bool open_epoll(struct reason *why)
{
	if (epoll >= 0)
		return true;
	stop.ready = stop_now;
	stop.fd = eventfd(0, EFD_CLOEXEC);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (stop.fd >= 0 && epoll >= 0)
		return watch(&stop, EPOLLIN, why);
	return fail(why, "epoll: %s", strerror(errno));
}

void io_loop_init(struct ending *ending)
{
	attending = ending;
}

bool io_watch(struct io_source *source, uint32_t wanted, struct reason *why)
{
	bool is_first, done;

	pthread_mutex_lock(&lock);
	is_first = epoll < 0;
	done = open_epoll(why) && watch(source, wanted, why);
	pthread_mutex_unlock(&lock);
	if (is_first)
		ending_wake(attending);
	return done;
}

void io_forget(struct io_source *source)
{
	pthread_mutex_lock(&lock);
	if (source->fd >= 0 && epoll >= 0)
		epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
	for (int i = 0; i < EVENTS_AT_ONCE; i++)
		if (events[i].data.ptr == source)
			events[i].data.ptr = NULL;
	pthread_mutex_unlock(&lock);
}

static void pass_on(struct epoll_event *event)
{
	struct io_source *source;

	pthread_mutex_lock(&lock);
	source = event->data.ptr;
	event->data.ptr = NULL;
	pthread_mutex_unlock(&lock);
	if (source)
		source->ready(source, event->events);
}

static void *serve(void *unused)
{
	struct epoll_event told[EVENTS_AT_ONCE];
	struct reason why;

	(void)unused;
	if (!seccomp_narrow(SECCOMP_IO, 0, -1, &why)) {
		ending_by_host(attending, "the I/O thread: %s", why.text);
		return NULL;
	}
	while (!stopping) {
		int count = epoll_wait(epoll, told, EVENTS_AT_ONCE, -1);

		if (count <= 0)
			continue; /* a signal */
		pthread_mutex_lock(&lock);
		memcpy(events, told, (size_t)count * sizeof(*told));
		pthread_mutex_unlock(&lock);
		for (int i = 0; i < count; i++)
			pass_on(&events[i]);
	}
	return NULL;
}

bool io_loop_serve(struct reason *why)
{
	bool wanted;

	if (running)
		return true;
	pthread_mutex_lock(&lock);
	wanted = epoll >= 0;
	pthread_mutex_unlock(&lock);
	if (!wanted)
		return true;
	stopping = false;
	running = thread_start(&thread, &io_stack, serve, NULL,
			       "the I/O thread", why);
	return running;
}

void io_loop_stop(void)
{
	const uint64_t one = 1;

	if (running && write(stop.fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(thread, NULL);
	if (epoll >= 0) {
		close(epoll);
		close(stop.fd);
	}
	epoll = stop.fd = -1;
	running = false;
}
