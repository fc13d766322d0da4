/*
 * The names of the system calls of x86-64, all that the kernel headers of the
 * build know.
 */
#ifndef VMM_SYSCALL_NAMES_H
#define VMM_SYSCALL_NAMES_H

#include <stdbool.h>

#define SYSCALL_NAME_SIZE 32

/* Its name, or "" for a number that none has. Safe in a signal handler. */
void syscall_name(unsigned number, char name[SYSCALL_NAME_SIZE]);

#endif
