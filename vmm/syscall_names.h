/*
 * The names of the system calls of x86-64, all that the kernel headers of the
 * build know.
 */
#ifndef VMM_SYSCALL_NAMES_H
#define VMM_SYSCALL_NAMES_H

/* NULL for a number that none has. Safe in a signal handler. */
const char *syscall_name(unsigned number);

#endif
