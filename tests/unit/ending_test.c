/* How a VM ends: one claim, one waking. */
#include "vmm/ending.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct ending ending;

static void begin(void)
{
	if (ending.wake_fd)
		close(ending.wake_fd);
	ending = (struct ending){ .wake_fd = eventfd(0, EFD_CLOEXEC) };
	CHECK(ending.wake_fd >= 0);
}

static bool awake(void)
{
	struct pollfd wake = { .fd = ending.wake_fd, .events = POLLIN };

	return poll(&wake, 1, 0) == 1;
}

CASE(it_runs_until_somebody_says_otherwise)
{
	begin();
	CHECK_EQ(ending_get(&ending), ENDING_NONE);
	CHECK(!awake());
}

CASE(the_first_claim_wins)
{
	begin();
	CHECK(ending_claim(&ending));
	CHECK(!ending_claim(&ending));
	CHECK(!ending_claim(&ending));
}

CASE(a_claim_alone_ends_nothing)
{
	begin();
	CHECK(ending_claim(&ending));
	CHECK_EQ(ending_get(&ending), ENDING_NONE);
	CHECK(!awake());
	ending_set(&ending, ENDING_EXIT, 7);
	CHECK_EQ(ending_get(&ending), ENDING_NONE);
	CHECK_EQ(ending.value, 0);
	CHECK(!awake());
	ending_declare(&ending, ENDING_DIED);
	CHECK_EQ(ending_get(&ending), ENDING_DIED);
	CHECK(awake());
}

CASE(the_first_ending_stays)
{
	begin();
	ending_set(&ending, ENDING_EXIT, 42);
	ending_set(&ending, ENDING_TIMEOUT, 1);
	ending_set(&ending, ENDING_SIGNAL, 15);
	CHECK_EQ(ending_get(&ending), ENDING_EXIT);
	CHECK_EQ(ending.value, 42);
	CHECK(awake());
}

CASE(waking_ends_nothing)
{
	uint64_t count;

	begin();
	ending_wake(&ending);
	ending_wake(&ending);
	CHECK(awake());
	CHECK_EQ(ending_get(&ending), ENDING_NONE);
	CHECK(read(ending.wake_fd, &count, sizeof(count)) == sizeof(count));
	CHECK(!awake());
	ending_wake(&ending);
	CHECK(awake());
}

CASE(waking_keeps_errno)
{
	struct ending closed = { .wake_fd = -1 };

	begin();
	errno = ERANGE;
	ending_wake(&ending);
	CHECK_EQ(errno, ERANGE);
	ending_wake(&closed);
	CHECK_EQ(errno, ERANGE);
}

static void on_alarm(int signal)
{
	ending_set(&ending, ENDING_SIGNAL, (uint32_t)signal);
}

CASE(a_signal_handler_may_end_it)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct pollfd wake = { .fd = 0, .events = POLLIN };

	begin();
	wake.fd = ending.wake_fd;
	CHECK(!sigaction(SIGALRM, &action, NULL));
	CHECK(!raise(SIGALRM));
	CHECK_EQ(ending_get(&ending), ENDING_SIGNAL);
	CHECK_EQ(ending.value, SIGALRM);
	CHECK_EQ(poll(&wake, 1, 0), 1);
}

enum { RACERS = 4, ROUNDS = 200 };

static pthread_barrier_t line;
static bool won[RACERS];

static void *race(void *racer)
{
	pthread_barrier_wait(&line);
	*(bool *)racer = ending_claim(&ending);
	return NULL;
}

CASE(of_threads_that_claim_at_once_one_wins)
{
	pthread_t threads[RACERS];

	CHECK(!pthread_barrier_init(&line, NULL, RACERS));
	for (int round = 0; round < ROUNDS; round++) {
		int winners = 0;

		ending.claimed = 0;
		for (int i = 0; i < RACERS; i++)
			CHECK(
			    !pthread_create(&threads[i], NULL, race, &won[i]));
		for (int i = 0; i < RACERS; i++)
			CHECK(!pthread_join(threads[i], NULL));
		for (int i = 0; i < RACERS; i++)
			winners += won[i];
		CHECK_EQ(winners, 1);
	}
}

RUN("ending", &it_runs_until_somebody_says_otherwise, &the_first_claim_wins,
    &a_claim_alone_ends_nothing, &the_first_ending_stays, &waking_ends_nothing,
    &waking_keeps_errno, &a_signal_handler_may_end_it,
    &of_threads_that_claim_at_once_one_wins)
