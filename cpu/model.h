/*
 * The CPU model: fixed when mayfly is compiled.
 */
#ifndef CPU_MODEL_H
#define CPU_MODEL_H

#include "cpu/features.h"

struct cpu_model {
	const char *name;
	char vendor[13];
	uint32_t level;  /* highest basic leaf */
	uint32_t xlevel; /* highest extended leaf */
	uint32_t family, model, stepping;
	uint32_t features[FEATURE_WORDS];
	char model_id[48]; /* the brand string, zero-padded */
	unsigned physical_address_bits;
	unsigned linear_address_bits;
};

extern const struct cpu_model cpu_model;

#endif
