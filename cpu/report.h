/*
 * The report on a guest that died: why, where, its control registers, its last
 * exits, and a likely cause where one is known.
 */
#ifndef CPU_REPORT_H
#define CPU_REPORT_H

#include "vmm/kvm.h"
#include "vmm/ram.h"

/* The last exits of a vCPU, kept by its run loop: a store each, no more. */
#define EXIT_LOG_SIZE 8 /* a power of two */

struct exit_record {
	uint32_t reason; /* KVM_EXIT_... */
	uint8_t size;
	uint8_t is_write;
	uint64_t address; /* port or guest address */
	uint64_t data;    /* what was written, or what a read got */
};

struct exit_log {
	uint32_t count; /* all so far */
	struct exit_record records[EXIT_LOG_SIZE];
};

struct death {
	const char *why; /* "triple fault", ... */
	unsigned vcpu;
	const struct kvm_vcpu *kvm;
	const struct exit_log *log;
	const struct ram *ram;
};

/*
 * Writes the report as lines into `text`. The vCPU must not be running: its
 * own thread calls.
 */
void report_death(const struct death *death, char *text, size_t size);

#endif
