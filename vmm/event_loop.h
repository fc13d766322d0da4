/*
 * What attends to a VM while its vCPUs run: standard input, output that
 * waits, clocked chips, the time limit, signals.
 */
#ifndef VMM_EVENT_LOOP_H
#define VMM_EVENT_LOOP_H

#include "vmm/ending.h"
#include "vmm/inlet.h"
#include "vmm/outlet.h"
#include "vmm/zones.h"

struct event_loop {
	struct ending *ending;
	struct outlet *console;
	struct outlet *debug;  /* NULL: none */
	bool terminal;         /* standard input is a raw terminal */
	bool quit;             /* the user typed so; set by the loop */
	uint64_t deadline_ns;  /* CLOCK_MONOTONIC, or NEVER_NS */
	const struct kvm *kvm; /* whose writes may be coalesced, or NULL */
};

/*
 * SIGINT, SIGTERM and SIGHUP end the VM through `ending`; a reader that goes
 * away kills nobody.
 */
void event_loop_catch_signals(struct ending *ending);

/*
 * Keeps those signals for the next event_loop_catch_signals: while one VM is
 * taken down and the next is set up there is no ending that they could set.
 */
void event_loop_hold_signals(void);

/*
 * Serves until an ending is declared, and then until the output is out: as
 * long as its reader takes after an ending of the guest's own, but not beyond
 * the deadline; a second after any other ending; and not beyond another signal
 * or Ctrl-A x.
 */
void event_loop_run(struct event_loop *loop);

#endif
