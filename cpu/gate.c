#include "cpu/gate.h"

void gate_shut(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->shut = true;
	pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->shut = false;
	pthread_cond_broadcast(&gate->opened);
	pthread_mutex_unlock(&gate->lock);
}

void gate_wait_for(struct gate *gate, unsigned threads)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->waiting + gate->gone < threads)
		pthread_cond_wait(&gate->arrived, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

/*
 * A thread that has not woken up yet when the gate is shut again has never
 * stopped waiting.
 */
bool gate_pass(struct gate *gate)
{
	bool waited;

	pthread_mutex_lock(&gate->lock);
	waited = gate->shut;
	if (waited) {
		gate->waiting++;
		pthread_cond_signal(&gate->arrived);
		while (gate->shut)
			pthread_cond_wait(&gate->opened, &gate->lock);
		gate->waiting--;
	}
	pthread_mutex_unlock(&gate->lock);
	return waited;
}

void gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->gone++;
	pthread_cond_signal(&gate->arrived);
	pthread_mutex_unlock(&gate->lock);
}

void gate_reset(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->shut = false;
	gate->waiting = gate->gone = 0;
	pthread_mutex_unlock(&gate->lock);
}
