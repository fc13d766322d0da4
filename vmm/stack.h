/*
 * How much stack a thread of mayfly has; its stack is static.
 */
#ifndef VMM_STACK_H
#define VMM_STACK_H

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

#endif
