/*
 * What the kernel says of memory that the host has lost: SIGBUS with
 * BUS_MCEERR_AR or BUS_MCEERR_AO (the kernel's Documentation/mm/hwpoison.rst).
 */
#ifndef VMM_MEMORY_FAILURE_H
#define VMM_MEMORY_FAILURE_H

#include "vmm/ram.h"

/*
 * Catches SIGBUS. For use before the images are read, since their files may
 * shrink: `name_of` an address is that of the file that is mapped there, or
 * NULL. Until `ram` is mapped no page is the guest's.
 *
 * A lost page of the guest's `ram` becomes a machine check (vcpus_memory_lost).
 * What else SIGBUS says ends mayfly on the spot, with a line on standard error
 * and the terminal as it was: that mayfly itself touched a lost page of the
 * guest's (status 126), that the page was mayfly's own, or that a mapped file
 * has shrunk (125). One that somebody sent kills.
 */
void memory_failure_catch(const struct ram *ram,
			  const char *(*name_of)(const void *address));

/*
 * Asks the kernel to tell the calling thread, the main one, at once of lost
 * pages that nobody has touched. For use when the vCPUs have been started: it
 * costs a system call.
 */
void memory_failure_tell_early(void);

#endif
