/*
 * `mayfly doctor --sandbox`: the table of system calls, and what of the sandbox
 * this host has.
 */
#ifndef VMM_SHOW_SANDBOX_H
#define VMM_SHOW_SANDBOX_H

/* Prints it; returns the exit status, a verdict of vmm/doctor.h. */
int show_sandbox(void);

#endif
