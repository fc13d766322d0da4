/*
 * What stands behind a model's name: its version's changes and those of
 * CPU_FEATURES applied, what KVM gives every guest added, and the whole
 * checked.
 */
#ifndef CPU_MODELS_EXPAND_H
#define CPU_MODELS_EXPAND_H

#include "cpu/models/model.h"
#include "vmm/reason.h"

#include <stdbool.h>

struct expanded_cpu {
	char name[128]; /* "Skylake-Server-v2", or "...-v2 +pku,-avx2" */
	struct cpu_model model;
};

/*
 * `models` ends with NULL. `name` is NAME, which is its newest version, or
 * NAME-vN. `changes` is "+this,-that" ("" for none), by the names of
 * cpu/features.h; level=0xD and xlevel=0x8000001E change the highest leaf. It
 * fails with one line on what is not known, or does not go together.
 */
bool model_expand(const struct cpu_model *const *models, const char *name,
		  const char *changes, struct expanded_cpu *cpu,
		  struct reason *why);

/* Whether any 64-bit host with KVM has all of its features. */
bool model_is_baseline(const struct cpu_model *model);

/* "x86-64-v1 (...)": the versions of a model, oldest first; their number. */
unsigned model_newest_version(const struct cpu_model *model);

#endif
