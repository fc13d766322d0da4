/*
 * The parts of a start: what is done is as its struct choices says, and in
 * which order is order_start.c's business. What fails ends the process, after
 * a line on standard error.
 */
#ifndef TESTS_BENCH_ORDER_VM_H
#define TESTS_BENCH_ORDER_VM_H

#include "cpu/cpuid.h"
#include "tests/bench/order.h"

#include <stdint.h>

#define ORDER_VCPUS_MAX 32

/* Before all else. Calls are timed into `report`, unless it is NULL. */
void order_vm_begin(const struct choices *choices, struct order_report *report);

void order_check(bool good, const char *name);

/*
 * Device, memory, VM; its memory slot and chips; then the vCPUs, each created
 * before it is configured, and 0 before the others. Any thread may do it.
 */
void order_vm_create(void);
void order_vm_fill(void);
void order_vcpu_create(unsigned id);
void order_vcpu_configure(unsigned id);

/* The table of the VM; what differs between its vCPUs is the caller's. */
void order_cpuid(const struct choices *choices, uint32_t tsc_khz,
		 struct cpuid_table *table);

/* The boot vCPU's registers. */
void order_vcpu_enter(void);

/*
 * KVM_RUN until a port is written: which one. The reads by which the guest asks
 * whether it has waited long enough are answered.
 */
uint16_t order_vcpu_run(unsigned id);

/* What the kernel does by itself when a process ends. */
void order_vm_destroy(void);

#endif
