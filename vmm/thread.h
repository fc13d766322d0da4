/*
 * A thread of mayfly; its stack is static.
 */
#ifndef VMM_THREAD_H
#define VMM_THREAD_H

#include "vmm/reason.h"

#include <pthread.h>
#include <stdint.h>

/* What runs there is shallow; the sanitizers' frames are not. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE (512 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_SIZE (512 * 1024)
#endif
#endif
#ifdef STACK_SIZE
#define HAS_GUARDS false /* LeakSanitizer reads all static memory */
#else
#define STACK_SIZE (32 * 1024)
#define HAS_GUARDS true
#endif

#define GUARD_SIZE 4096 /* a page */

/*
 * Stacks grow down: who needs more than there is ends by SIGSEGV in the guard,
 * before it is at somebody else's memory. (One that leaps over the guard with a
 * large frame touches it first: -fstack-clash-protection.)
 */
struct stack {
	_Alignas(GUARD_SIZE) uint8_t guard[GUARD_SIZE];
	uint8_t bytes[STACK_SIZE - 2 * sizeof(void *)];
	void *(*run)(void *); /* beside what of the stack is always touched */
	void *argument;
};

/*
 * Starts it on `stack`, which lives as long as it does. `what` says in the
 * reason what cannot be started, as "a thread". System calls: those of musl's
 * pthread_create, and the new thread's first is mprotect with PROT_NONE.
 */
bool thread_start(pthread_t *thread, struct stack *stack, void *(*run)(void *),
		  void *argument, const char *what, struct reason *why);

/* Of the calling thread, as the kernel numbers them; asked once in each. */
int thread_id(void);

#endif
