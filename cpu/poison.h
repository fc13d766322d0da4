/*
 * Memory that the host has lost (poisoned pages, in the kernel's words), on
 * its way to a vCPU: noted by the handler of SIGBUS, on whatever thread that
 * runs, and given to the guest by the vCPU's own thread.
 */
#ifndef CPU_POISON_H
#define CPU_POISON_H

#include "cpu/cpuid.h"
#include "cpu/exits.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct poison {
	/* Guest addresses of pages, or POISON_NONE. */
	_Atomic uint64_t required; /* the vCPU touched it */
	_Atomic uint64_t optional; /* it was found otherwise */
	atomic_bool broadcast;     /* another vCPU has a machine check */
};

#define POISON_NONE UINT64_MAX

void poison_reset(struct poison *poison);

/*
 * Notes a page; safe in a signal handler. Of optional ones only the last is
 * kept: the guest is told of the others when it touches them.
 */
void poison_note(struct poison *poison, uint64_t gpa, bool required);
void poison_broadcast(struct poison *poison);

/* Has the vCPU touched a lost page that it was not told of? */
bool poison_is_noted(struct poison *poison);

/*
 * Gives the vCPU what is noted, as machine checks; its own thread calls, with
 * no exit unanswered. One that is required but cannot be taken ends the guest;
 * any other that cannot be taken is dropped. The rows of `cpuid`, leaves 0 and
 * 1, say what the guest's CPU looks like. True when every other vCPU has to be
 * told that there was one.
 */
bool poison_answer(struct poison *poison, const struct cpuid_table *cpuid,
		   struct exits *exits);

#endif
