/* The I/O thread: who is called, in which thread, and who no longer. */
#include "vmm/io_loop.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct ending ending;
static struct reason why;
static sem_t called;
static pthread_t caller;
static atomic_uint calls[2];
static struct io_source sources[2];

static void take(int fd)
{
	uint64_t count;

	CHECK(read(fd, &count, sizeof(count)) == sizeof(count));
}

static void give(int fd)
{
	const uint64_t one = 1;

	CHECK(write(fd, &one, sizeof(one)) == sizeof(one));
}

static void ready(struct io_source *source, uint32_t events)
{
	calls[source - sources]++;
	caller = pthread_self();
	if (events & EPOLLIN)
		take(source->fd);
	sem_post(&called);
}

/* The first to be called forgets the other, whose event was told with it. */
static void forget_other(struct io_source *source, uint32_t events)
{
	ready(source, events);
	io_forget(&sources[source == sources]);
}

static void begin(void (*then)(struct io_source *, uint32_t))
{
	sem_init(&called, 0, 0);
	ending = (struct ending){ .wake_fd = eventfd(0, EFD_NONBLOCK) };
	io_loop_init(&ending);
	for (int i = 0; i < 2; i++) {
		sources[i] = (struct io_source){ eventfd(0, 0), then };
		calls[i] = 0;
	}
}

static void watch_both(void)
{
	for (int i = 0; i < 2; i++)
		CHECK(io_watch(&sources[i], EPOLLIN, &why));
}

static void end(void)
{
	io_loop_stop();
	for (int i = 0; i < 2; i++)
		close(sources[i].fd);
	close(ending.wake_fd);
}

CASE(there_is_no_thread_before_something_is_watched)
{
	begin(ready);
	give(sources[0].fd);
	CHECK(io_loop_serve(&why));
	io_loop_stop();
	CHECK_EQ(calls[0], 0);
	end();
}

CASE(the_first_watch_wakes_whoever_starts_the_thread)
{
	begin(ready);
	watch_both();
	take(ending.wake_fd);
	give(sources[1].fd);
	CHECK_EQ(calls[1], 0);
	CHECK(io_loop_serve(&why));
	CHECK(io_loop_serve(&why));
	sem_wait(&called);
	CHECK_EQ(calls[1], 1);
	CHECK_EQ(calls[0], 0);
	CHECK(!pthread_equal(caller, pthread_self()));
	end();
}

CASE(a_forgotten_source_is_not_called)
{
	begin(ready);
	watch_both();
	CHECK(io_loop_serve(&why));
	io_forget(&sources[0]);
	give(sources[0].fd);
	give(sources[1].fd);
	sem_wait(&called);
	end();
	CHECK_EQ(calls[0], 0);
	CHECK_EQ(calls[1], 1);
}

CASE(nor_is_one_that_is_forgotten_in_the_same_turn)
{
	begin(forget_other);
	watch_both();
	give(sources[0].fd);
	give(sources[1].fd);
	CHECK(io_loop_serve(&why));
	sem_wait(&called);
	end();
	CHECK_EQ(calls[0] + calls[1], 1);
}

CASE(what_is_wanted_can_change)
{
	begin(ready);
	watch_both();
	CHECK(io_watch(&sources[0], 0, &why));
	CHECK(io_loop_serve(&why));
	give(sources[0].fd);
	give(sources[1].fd);
	sem_wait(&called);
	CHECK_EQ(calls[0], 0);
	CHECK(io_watch(&sources[0], EPOLLIN, &why));
	sem_wait(&called);
	CHECK_EQ(calls[0], 1);
	end();
}

CASE(it_stops_and_starts_again)
{
	for (int i = 0; i < 3; i++) {
		begin(ready);
		watch_both();
		CHECK(io_loop_serve(&why));
		give(sources[0].fd);
		sem_wait(&called);
		end();
		CHECK_EQ(calls[0], 1);
	}
}

CASE(what_cannot_be_watched_is_told)
{
	begin(ready);
	close(sources[0].fd);
	sources[0].fd = open("/", O_RDONLY);
	CHECK(!io_watch(&sources[0], EPOLLIN, &why));
	CHECK_SAYS(why.text, "epoll_ctl");
	end();
}

RUN("io_loop", &there_is_no_thread_before_something_is_watched,
    &the_first_watch_wakes_whoever_starts_the_thread,
    &a_forgotten_source_is_not_called,
    &nor_is_one_that_is_forgotten_in_the_same_turn, &what_is_wanted_can_change,
    &it_stops_and_starts_again, &what_cannot_be_watched_is_told)
