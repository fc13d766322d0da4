/*
 * A thread of mayfly; its stack is static.
 */
#ifndef VMM_THREAD_H
#define VMM_THREAD_H

#include "vmm/reason.h"

#include <pthread.h>

/* What runs there is shallow; the sanitizers' frames are not. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE (512 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_SIZE (512 * 1024)
#endif
#endif
#ifndef STACK_SIZE
#define STACK_SIZE (32 * 1024)
#endif

/*
 * Starts it on `stack`, of STACK_SIZE bytes, which lives as long as it does.
 * `what` says in the reason what cannot be started, as "a thread".
 */
bool thread_start(pthread_t *thread, void *stack, void *(*run)(void *),
		  void *argument, const char *what, struct reason *why);

/* Of the calling thread, as the kernel numbers them; asked once in each. */
int thread_id(void);

#endif
