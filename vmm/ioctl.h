/*
 * ioctl(2), whose request musl declares an int and glibc an unsigned long; the
 * system call is the same. What it returns, and errno, are the call's.
 */
#ifndef VMM_IOCTL_H
#define VMM_IOCTL_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With a number as its argument, or a pointer. */
static inline int ioctl_number(int fd, unsigned long request, uintptr_t number)
{
	return (int)syscall(SYS_ioctl, fd, request, number);
}

static inline int ioctl_with(int fd, unsigned long request, const void *what)
{
	return ioctl_number(fd, request, (uintptr_t)what);
}

#endif
