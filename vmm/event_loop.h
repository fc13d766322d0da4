/*
 * What the main thread does while the vCPUs run: standard input, output that
 * waits, clocked chips, the time limit, signals.
 */
#ifndef VMM_EVENT_LOOP_H
#define VMM_EVENT_LOOP_H

#include "vmm/ending.h"
#include "vmm/inlet.h"
#include "vmm/outlet.h"

struct event_loop {
	struct ending *ending;
	struct outlet *console;
	struct outlet *debug; /* NULL: none */
	bool terminal;        /* standard input is a raw terminal */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC, or NEVER_NS */
};

/*
 * SIGINT, SIGTERM and SIGHUP end the VM through `ending`; a reader that goes
 * away kills nobody.
 */
void event_loop_catch_signals(struct ending *ending);

/*
 * Serves until an ending is declared, and then until the output is out: as
 * long as its reader takes after an ending of the guest's own, a second after
 * any other, and not beyond the deadline or another signal.
 */
void event_loop_run(struct event_loop *loop);

#endif
