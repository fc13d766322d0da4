/*
 * A model as rows of CPUID and as MSRs.
 */
#ifndef CPU_MODELS_ROWS_H
#define CPU_MODELS_ROWS_H

#include "cpu/cpuid.h"
#include "cpu/models/model.h"
#include "cpu/msr.h"

/*
 * The rows of a checked model, in the order of their leaves, for the only CPU
 * of a machine whose TSC's frequency is not known. Rows of zeros are left out,
 * but for those that cpuid_for_vm fills in. They fit the table whatever the
 * model.
 */
void model_rows(const struct cpu_model *model, struct cpuid_table *table);

/* Those that must differ from what KVM sets at reset. */
void model_msrs(const struct cpu_model *model, struct msr_table *table);

#endif
