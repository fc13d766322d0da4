/*
 * The CPUID tables that a start may give its vCPUs.
 */
#include "cpu/compiled.h"
#include "tests/bench/order_vm.h"

#define CPUID_XSAVE 0xD

/* A model with more rows than the smallest; the build makes it. */
extern const struct compiled_cpu large_cpu;

static void remove_xsave_rows(struct cpuid_table *table)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].function != CPUID_XSAVE)
			table->rows[kept++] = table->rows[i];
	table->count = kept;
}

void order_cpuid(const struct choices *choices, uint32_t tsc_khz,
		 struct cpuid_table *table)
{
	const struct topology topology = {
		.sockets = 1,
		.cores = choices->vcpus ? choices->vcpus : 1,
		.threads = 1,
	};
	const struct cpuid_host host = { .tsc_khz = tsc_khz,
					 .pv_features = CPUID_PV_OFFERED };
	bool large = choices->cpuid >= CPUID_LARGE;

	cpuid_for_vm(table, large ? &large_cpu.cpuid : &compiled_cpu.cpuid,
		     &topology, &host);
	cpuid_hurry_kvm(table);
	if (choices->cpuid == CPUID_LESS_XSAVE ||
	    choices->cpuid == CPUID_LARGE_LESS_XSAVE)
		remove_xsave_rows(table);
}
