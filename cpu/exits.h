/*
 * What the exits of one vCPU are answered with.
 */
#ifndef CPU_EXITS_H
#define CPU_EXITS_H

#include "cpu/report.h"
#include "vmm/ending.h"

struct exits {
	unsigned vcpu; /* its number, for the report */
	const struct kvm_vcpu *kvm;
	const struct ram *ram;
	struct ending *ending;
	struct exit_log log;
};

/*
 * Answers the exit that is in kvm_run: KVM_RUN has just returned 0. The answer
 * is complete for KVM only when KVM_RUN has been called once more. Only the
 * vCPU's own thread calls these.
 */
void exits_answer(struct exits *exits);

/* The guest cannot go on. */
void exits_died(struct exits *exits, const char *why);

#endif
