/* A gate: who waits, who is waited for, and who counts. */
#include "cpu/gate.h"

#include <stdatomic.h>

#include "tests/unit/unit.h"

enum { THREADS = 4, ROUNDS = 1000 };

static struct gate gate = GATE_INITIALIZER;
static atomic_bool ended;
static long passed[THREADS]; /* the keeper reads it while all wait */

static void *come_and_go(void *mine)
{
	long *count = mine;

	while (!atomic_load(&ended)) {
		gate_pass(&gate);
		++*count;
	}
	gate_leave(&gate);
	return NULL;
}

static void *leave_at_once(void *unused)
{
	(void)unused;
	gate_leave(&gate);
	return NULL;
}

static long sum(void)
{
	long all = 0;

	for (int i = 0; i < THREADS; i++)
		all += passed[i];
	return all;
}

static void start(pthread_t *threads, void *(*run)(void *))
{
	atomic_store(&ended, false);
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, &passed[i]));
}

static void join(const pthread_t *threads)
{
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	gate_reset(&gate);
}

CASE(an_open_gate_holds_nobody)
{
	CHECK(!gate_pass(&gate));
	gate_open(&gate);
	CHECK(!gate_pass(&gate));
}

CASE(nobody_passes_a_shut_gate)
{
	pthread_t threads[THREADS];

	start(threads, come_and_go);
	for (int round = 0; round < ROUNDS; round++) {
		long before;

		gate_shut(&gate);
		gate_wait_for(&gate, THREADS);
		before = sum();
		gate_shut(&gate);
		gate_wait_for(&gate, THREADS);
		CHECK_EQ(sum(), before);
		gate_open(&gate);
	}
	atomic_store(&ended, true);
	gate_open(&gate);
	join(threads);
}

CASE(who_has_left_is_not_waited_for)
{
	pthread_t threads[THREADS];

	gate_shut(&gate);
	start(threads, leave_at_once);
	gate_wait_for(&gate, THREADS);
	join(threads);
	CHECK(!gate_pass(&gate));
}

CASE(threads_may_leave_while_they_are_waited_for)
{
	pthread_t threads[THREADS];

	for (int round = 0; round < ROUNDS / 10; round++) {
		start(threads, come_and_go);
		gate_shut(&gate);
		atomic_store(&ended, true);
		gate_wait_for(&gate, THREADS);
		gate_open(&gate);
		gate_wait_for(&gate, THREADS);
		join(threads);
	}
}

RUN("gate", &an_open_gate_holds_nobody, &nobody_passes_a_shut_gate,
    &who_has_left_is_not_waited_for,
    &threads_may_leave_while_they_are_waited_for)
