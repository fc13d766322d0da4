/*
 * A gate that threads come past again and again. While it is shut they wait
 * before it, and whoever has shut it is told when no thread is on its way.
 *
 * One thread, the keeper, shuts and opens; the others pass and leave.
 */
#ifndef CPU_GATE_H
#define CPU_GATE_H

#include <pthread.h>
#include <stdbool.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t opened;  /* the threads at rest wait for it */
	pthread_cond_t arrived; /* the keeper does */
	bool shut;
	unsigned waiting; /* threads before the gate */
	unsigned gone;    /* threads that will not come again */
};

#define GATE_INITIALIZER                                                       \
	{                                                                      \
		.lock = PTHREAD_MUTEX_INITIALIZER,                             \
		.opened = PTHREAD_COND_INITIALIZER,                            \
		.arrived = PTHREAD_COND_INITIALIZER,                           \
	}

/* Shut, it stays shut, and open, open, when it is told so once more. */
void gate_shut(struct gate *gate);
void gate_open(struct gate *gate);

/*
 * Waits until each of `threads` threads waits before the gate, or has left for
 * good. What they did before is visible to the keeper. The gate is shut.
 */
void gate_wait_for(struct gate *gate, unsigned threads);

/* A thread comes past: true when it had to wait before the gate. */
bool gate_pass(struct gate *gate);

/* A thread will not come again. */
void gate_leave(struct gate *gate);

/* All threads have left and ended: it is as new. */
void gate_reset(struct gate *gate);

#endif
