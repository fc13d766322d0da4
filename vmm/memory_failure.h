/*
 * What the kernel says of memory that the host has lost: SIGBUS with
 * BUS_MCEERR_AR or BUS_MCEERR_AO (the kernel's Documentation/mm/hwpoison.rst).
 */
#ifndef VMM_MEMORY_FAILURE_H
#define VMM_MEMORY_FAILURE_H

#include "vmm/ram.h"

/*
 * Catches SIGBUS, and asks the kernel to tell the calling thread, the main
 * one, at once of lost pages that nobody has touched. For use when the vCPUs
 * have been started, since it costs two system calls, and after terminal_raw,
 * whose handler it replaces. It may be called again.
 *
 * A lost page of the guest's `ram` becomes a machine check (vcpus_memory_lost).
 * What else SIGBUS says ends mayfly on the spot, with a line on standard error
 * and the terminal as it was: that mayfly itself touched a lost page of the
 * guest's (status 126), that the page was mayfly's own, or that a mapped file
 * has shrunk (125). One that somebody sent kills.
 */
void memory_failure_catch(const struct ram *ram);

#endif
